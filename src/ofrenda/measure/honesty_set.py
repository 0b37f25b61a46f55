"""The invented archive of the honesty bench, and the questions to it."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any, Final, Literal

from ofrenda.archive import add, decide, identities
from ofrenda.engines.protocols import Embedder
from ofrenda.memory import rebuild
from ofrenda.types import Consent, Member, MemberId, Person, Role
from ofrenda.vault import Life
from ofrenda.vault.keys import KdfParameters

Part = Literal["tuning", "held_out"]
Kind = Literal["answerable", "unanswerable", "false_premise", "protected"]

SEED: Final = 20_250
"""The seed of the published figures; the tests draw with others."""

_DATA: Final[dict[str, Any]] = tomllib.loads(
    (resources.files("ofrenda.measure") / "data" / "honesty.toml").read_text("utf-8")
)
_NAMES: Final = {language: _DATA["person"][f"listener_{language}"] for language in ("en", "zh")}

PERSON: Final = Person(_DATA["person"]["name"], ("en", "zh"), date(1938, 4, 2), date(2019, 11, 5))
MEMBERS: Final = {
    "en": Member(MemberId("honesty-en"), _NAMES["en"], "daughter", Role.KEEPER, _NAMES["en"]),
    "zh": Member(MemberId("honesty-zh"), _NAMES["zh"], "wife", Role.FAMILY, _NAMES["zh"]),
}
"""Who asks, by language. Each fact was told to the member of its language, or written."""


@dataclass(frozen=True, slots=True)
class Question:
    """``wanted``: words of which one must be spoken; none where nothing answers."""

    kind: Kind
    language: str
    text: str
    wanted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HonestySet:
    """Files of an archive, and questions to it. ``tellings``: (cue, what he said, language);
    ``essays``: (title, text, language)."""

    tellings: tuple[tuple[str, str, str], ...]
    essays: tuple[tuple[str, str, str], ...]
    questions: tuple[Question, ...]


def draw(
    part: Part,
    *,
    seed: int = SEED,
    answerable: int = 300,
    unanswerable: int = 300,
    false: int = 100,
) -> HonestySet:
    """Draw an archive of the families of ``part`` and at most so many questions of each kind
    (both languages in proportion; the protected questions all, where ``false`` is 100 or more)."""
    chance = random.Random(seed)  # noqa: S311 - the same draw each time is wanted
    tellings: list[tuple[str, str, str]] = []
    essays: list[tuple[str, str, str]] = []
    questions: dict[Kind, list[Question]] = {
        "answerable": [],
        "unanswerable": [],
        "false_premise": [],
        "protected": [],
    }
    for family in _DATA["family"]:
        if family["part"] != part:
            continue
        language = family["language"]
        for row in family["rows"]:
            told = chance.choice(family["tells"]).format(*row)
            if " # " in told:
                title, text = told.split(" # ", 1)
                essays.append((_upper(title), _sentences(text), language))
            else:
                cue, said = told.split(" | ", 1)
                tellings.append((cue, _sentences(said), language))
            wanted = tuple(one.format(*row) for one in family["answer"])
            wanted += tuple(_upper(one) for one in wanted)
            for kind, templates in (
                ("answerable", "asks"),
                ("unanswerable", "absent"),
                ("false_premise", "premise"),
            ):
                for template in family[templates]:
                    questions[kind].append(  # type: ignore[index]
                        Question(
                            kind,  # type: ignore[arg-type]
                            language,
                            template.format(*row),
                            wanted if kind == "answerable" else (),
                        )
                    )
    for language in ("en", "zh"):
        questions["protected"] += [
            Question("protected", language, text) for text in _DATA["protected"][language]
        ]
        for line in _DATA["chatter"][language]:
            cue, said = line.split(" | ")
            tellings.append((cue, said, language))
    chance.shuffle(tellings)
    most = {
        "answerable": answerable,
        "unanswerable": unanswerable,
        "false_premise": false,
        "protected": max(1, len(questions["protected"]) * min(false, 100) // 100),
    }
    chosen: list[Question] = []
    for name, some in questions.items():
        # A template without a blank comes out once for every row.
        distinct = list(dict.fromkeys(some))
        chosen += chance.sample(distinct, min(most[name], len(distinct)))
    return HonestySet(tuple(tellings), tuple(essays), tuple(chosen))


def _sentences(text: str) -> str:
    """``text`` with a capital letter at the beginning of each sentence."""
    parts = text.split(". ")
    return ". ".join(_upper(part) for part in parts)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


async def build(folder: Path, drawn: HonestySet, embed: Embedder) -> Life:
    """The archive as a life in ``folder``, imported like any other and remembered."""
    keeper, other = MEMBERS["en"], MEMBERS["zh"]
    consent = Consent(
        datetime.fromisoformat("2024-01-01T00:00:00+00:00"),
        keeper.name,
        keeper.relation,
        "relatives",
        ("text",),
        "invented",
    )
    life, _ = Life.create(
        folder / "home",
        "honesty",
        "an invented life for a bench",
        person=PERSON,
        consent=consent,
        keeper=keeper,
        kdf=KdfParameters(memory_kib=64, passes=1, lanes=1),
    )
    life.add_member(other)
    files = folder / "files"
    (files / "essays").mkdir(parents=True)
    for language, name in _NAMES.items():
        chat = files / f"WhatsApp Chat with {name}.txt"
        chat.write_text(_chat(drawn.tellings, language, name), encoding="utf-8")
        add(life, chat)
    for number, (title, text, _) in enumerate(drawn.essays):
        head = (
            f"---\ntitle: {title}\nauthor: {PERSON.name}\ndate: 2009-03-{number % 27 + 1:02}\n---\n"
        )
        (files / "essays" / f"{number:03}.md").write_text(head + text + "\n", encoding="utf-8")
    if drawn.essays:
        add(life, files / "essays")
    for sender in identities(life):
        if sender.holder is None:
            member = next((one for one in MEMBERS.values() if one.name == sender.name), None)
            if member is None:
                decide(life, sender.id, "person")
            else:
                decide(life, sender.id, "member", member.id)
    await rebuild(life, embed)
    return life


def _chat(tellings: Sequence[tuple[str, str, str]], language: str, name: str) -> str:
    """The tellings of one language as an Android phone exports them, one every three days."""
    at = datetime(2012, 1, 3, 18, 30)
    lines = []
    for cue, said, told_in in tellings:
        if told_in != language:
            continue
        lines.append(f"{at:%d/%m/%Y, %H:%M} - {name}: {cue}")
        lines.append(f"{at + timedelta(minutes=2):%d/%m/%Y, %H:%M} - {PERSON.name}: {said}")
        at += timedelta(days=3, minutes=41)
    return "\n".join(lines) + "\n"
