"""Writes what the fictional Henry Lau left behind: three chat exports and five essays.

Everybody and everything in it is invented. The scenes under ``texts/`` are the story; ordinary
days are drawn from ``everyday.scenes`` with a fixed seed, so that the same files come out each
time. The exports are in the two dialects that families hold: an iPhone's zip and an Android
phone's text files.
"""

from __future__ import annotations

import random
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from importlib import resources
from pathlib import Path

from ofrenda.types import Member, MemberId, Person, Role

PERSON = Person(
    name="Henry Lau",
    languages=("en", "zh"),
    born=date(1958, 10, 7),
    died=date(2022, 11, 2),
    timezone="Europe/London",
)

CAST: tuple[Member, ...] = (
    Member(MemberId("xiaowen"), "Xiaowen", "wife", Role.KEEPER, called="Wenwen"),
    Member(MemberId("ida"), "Ida", "daughter", Role.FAMILY, called="Sparrow"),
    Member(MemberId("gus"), "Gus", "brother", Role.FAMILY, called="Gus"),
)
"""The members of the demo, the keeper first."""

_SEED = 1911
_FIRST_DAY = date(2016, 2, 1)
_LAST_DAY = date(2022, 10, 25)
_NOTICE = (
    "Messages and calls are end-to-end encrypted. No one outside of this chat, "
    "not even WhatsApp, can read or listen to them."
)
_LABEL = """\
Everything in this folder is synthetic.

The Lau family, Saltmere and the ferry Marigold are invented; no line was written by, to or about a
real person, and the voice in the clip is made by a text-to-speech model from stock voices.
"""


@dataclass(frozen=True, slots=True)
class DemoFamily:
    """Where the files are. ``senders`` maps each name that an export uses to whose it is:
    ``person``, or a member's id."""

    folder: Path
    exports: tuple[Path, ...]
    essays: Path
    messages: int
    senders: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Line:
    at: datetime
    who: str
    text: str


def write_family(folder: Path) -> DemoFamily:
    """Write exports and essays under ``folder`` (made if missing) and say what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "SYNTHETIC.txt").write_text(_LABEL, encoding="utf-8")
    draw = random.Random(_SEED)  # noqa: S311 - a fixed seed is wanted, not a secret
    wife = _chat("wife", draw, every_days=16)
    daughter = _chat("daughter", draw, every_days=24)
    group = _chat("group", draw, every_days=80)

    wife_zip = folder / "WhatsApp Chat - Henry.zip"
    with zipfile.ZipFile(wife_zip, "w", zipfile.ZIP_DEFLATED) as out:
        names = {"H": "Henry", "W": "Xiaowen"}
        member = zipfile.ZipInfo("_chat.txt", date_time=(2022, 11, 20, 9, 0, 0))
        out.writestr(member, _iphone(wife, names), compress_type=zipfile.ZIP_DEFLATED)
    daughter_txt = folder / "WhatsApp Chat with Dad.txt"
    daughter_txt.write_text(_android(daughter, {"H": "Dad", "I": "Ida"}), encoding="utf-8")
    group_txt = folder / "WhatsApp Chat with The Laus.txt"
    names = {"H": "Dad", "W": "Mum", "I": "Ida", "G": "Uncle Gus"}
    group_txt.write_text(_android(group, names, group="The Laus"), encoding="utf-8")

    essays = folder / "essays"
    essays.mkdir(exist_ok=True)
    texts = resources.files("ofrenda.demo") / "texts" / "essays"
    for essay in sorted(texts.iterdir(), key=lambda entry: entry.name):
        (essays / essay.name).write_text(essay.read_text(encoding="utf-8"), encoding="utf-8")
    return DemoFamily(
        folder=folder,
        exports=(wife_zip, daughter_txt, group_txt),
        essays=essays,
        messages=len(wife) + len(daughter) + len(group),
        senders={
            "Henry": "person",
            "Dad": "person",
            "Henry Lau": "person",
            "Xiaowen": "xiaowen",
            "Mum": "xiaowen",
            "Ida": "ida",
            "Uncle Gus": "gus",
        },
    )


def _chat(name: str, draw: random.Random, *, every_days: int) -> list[_Line]:
    """The story's scenes of one chat, with ordinary days between them, in order of time."""
    lines = list(_scenes(_text(f"{name}.scenes"), draw))
    taken = {line.at.date() for line in lines}
    ordinary = _everyday(name)
    day = _FIRST_DAY + timedelta(days=draw.randrange(every_days))
    while day <= _LAST_DAY:
        if day not in taken:
            hours, said = draw.choice(ordinary)
            start = datetime.combine(day, time(draw.choice(hours), draw.randrange(60)))
            lines += _timed(said, start, draw)
        day += timedelta(days=1 + draw.randrange(2 * every_days - 1))
    return sorted(lines, key=lambda line: line.at)


def _scenes(text: str, draw: random.Random) -> Iterator[_Line]:
    for scene in re.split(r"^# ", text, flags=re.MULTILINE)[1:]:
        head, *said = scene.strip().split("\n")
        yield from _timed(said, datetime.strptime(head, "%Y-%m-%d %H:%M"), draw)


def _everyday(name: str) -> list[tuple[range, list[str]]]:
    """The ordinary exchanges of one chat: the hours they fall in, and their ``X: text`` lines."""
    _, *blocks = re.split(r"^@ ", _text("everyday.scenes"), flags=re.MULTILINE)
    found = []
    for head, *said in (block.strip().split("\n") for block in blocks):
        chat, first, last = head.split()
        if chat == name:
            found.append((range(int(first), int(last)), said))
    return found


def _timed(said: list[str], start: datetime, draw: random.Random) -> list[_Line]:
    at, lines = start, []
    for line in said:
        who, text = line.split(": ", 1)
        chosen = re.sub(r"\{([^}]*)\}", lambda m: draw.choice(m.group(1).split("|")), text)
        lines.append(_Line(at, who, chosen))
        at += timedelta(seconds=draw.randrange(9, 170))
    return lines


def _iphone(lines: list[_Line], names: dict[str, str]) -> str:
    """The iPhone's dialect: brackets, seconds, twelve hours, direction marks before notices."""

    def head(at: datetime) -> str:
        hour = at.hour % 12 or 12
        half = "AM" if at.hour < 12 else "PM"
        return f"[{at:%d/%m/%Y}, {hour}:{at:%M:%S}\u202f{half}]"

    rows = [f"\u200e{head(lines[0].at)} Henry: \u200e{_NOTICE}"]
    rows += [f"{head(line.at)} {names[line.who]}: {line.text}" for line in lines]
    return "\n".join(rows) + "\n"


def _android(lines: list[_Line], names: dict[str, str], group: str | None = None) -> str:
    """The Android phone's dialect: a dash, minutes, twenty-four hours."""
    first = lines[0].at
    rows = [f"{first:%d/%m/%Y, %H:%M} - {_NOTICE}"]
    if group:
        rows.append(f'{first:%d/%m/%Y, %H:%M} - Ida created group "{group}"')
    rows += [f"{line.at:%d/%m/%Y, %H:%M} - {names[line.who]}: {line.text}" for line in lines]
    return "\n".join(rows) + "\n"


def _text(name: str) -> str:
    return (resources.files("ofrenda.demo") / "texts" / name).read_text(encoding="utf-8")
