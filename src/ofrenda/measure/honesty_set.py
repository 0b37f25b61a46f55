"""The invented archives of the honesty bench, and the questions to them.

What the answerer was made better on is ``tuning``, ``wide_fit`` and ``wide_check``, and
``held_out`` since its failures were read. The single answers to ``blind2`` and ``blind3`` nobody
reads; who wrote ``blind3`` had not read the answerer either.
"""

from __future__ import annotations

import functools
import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any, Final, Literal

from ofrenda.archive import add, decide, identities
from ofrenda.engines.protocols import Embedder
from ofrenda.memory import rebuild
from ofrenda.types import Consent, Member, MemberId, Person, Role
from ofrenda.vault import Life
from ofrenda.vault.keys import KdfParameters

Part = Literal["tuning", "held_out", "wide_fit", "wide_check", "blind2", "blind3"]
Kind = Literal["answerable", "unanswerable", "false_premise", "protected"]

SEED: Final = 20_250
"""The seed of the published figures; the tests draw with others."""

_FILES: Final[Mapping[str, str]] = {
    "tuning": "honesty.toml",
    "held_out": "honesty.toml",
    "wide_fit": "honesty_wide.toml",
    "wide_check": "honesty_wide.toml",
    "blind2": "honesty_blind2.toml",
    "blind3": "honesty_blind3.toml",
}


@functools.cache
def _table(part: Part) -> dict[str, Any]:
    folder = resources.files("ofrenda.measure") / "data"
    return tomllib.loads((folder / _FILES[part]).read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Cast:
    """The person remembered, and who asks, by language. Each fact was told to the member of its
    language, or written."""

    person: Person
    members: Mapping[str, Member]


def cast_of(part: Part) -> Cast:
    """Who is remembered, and who asks, in ``part``."""
    table = _table(part)["person"]
    members = {
        language: Member(
            MemberId(f"honesty-{language}"),
            table[f"listener_{language}"],
            table[f"relation_{language}"],
            role,
            table[f"listener_{language}"],
        )
        for language, role in (("en", Role.KEEPER), ("zh", Role.FAMILY))
    }
    return Cast(Person(table["name"], ("en", "zh"), table["born"], table["died"]), members)


@dataclass(frozen=True, slots=True)
class Question:
    """``wanted``: words of which one must be spoken; none where nothing answers. ``about``: what
    was told of the subject it names; empty where nothing in the archive is about that."""

    kind: Kind
    language: str
    text: str
    wanted: tuple[str, ...] = ()
    about: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class HonestySet:
    """Files of an archive, and questions to it. ``cast``: who speaks; ``tellings``: (cue,
    what the person said, language); ``essays``: (title, text, language)."""

    cast: Cast
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
    table = _table(part)
    tellings: list[tuple[str, str, str]] = []
    essays: list[tuple[str, str, str]] = []
    questions: dict[Kind, list[Question]] = {
        "answerable": [],
        "unanswerable": [],
        "false_premise": [],
        "protected": [],
    }
    for family in table["family"]:
        if family["part"] != part:
            continue
        language = family["language"]
        for row in family["rows"]:
            told = chance.choice(family["tells"]).format(*row)
            if " # " in told:
                title, text = told.split(" # ", 1)
                text = _sentences(text)
                essays.append((_upper(title), text, language))
            else:
                cue, said = told.split(" | ", 1)
                text = _sentences(said)
                tellings.append((cue, text, language))
            _ask(questions, family, row, text)
    for language in ("en", "zh"):
        questions["protected"] += [
            Question("protected", language, text) for text in table["protected"][language]
        ]
        for line in table["chatter"][language]:
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
        distinct = _distinct(some)
        chosen += chance.sample(distinct, min(most[name], len(distinct)))
    return HonestySet(cast_of(part), tuple(tellings), tuple(essays), tuple(chosen))


def _distinct(questions: Sequence[Question]) -> list[Question]:
    """Each question once; it is about all that it was asked of."""
    about: dict[Question, list[str]] = {}
    for one in questions:
        about.setdefault(one, []).append(one.about)
    return [replace(one, about="\n".join(texts).strip()) for one, texts in about.items()]


def _ask(
    questions: Mapping[Kind, list[Question]],
    family: Mapping[str, Any],
    row: Sequence[str],
    told: str,
) -> None:
    """Add the questions that ``family`` has about ``row``, of which ``told`` was told."""
    language = family["language"]
    for template in family["asks"]:
        # What must be spoken stands after the question, or is the same for all of the family.
        question, _, answer = template.partition(" | ")
        wanted = tuple(one.format(*row) for one in ([answer] if answer else family["answer"]))
        wanted += tuple(_upper(one) for one in wanted)
        questions["answerable"].append(
            Question("answerable", language, question.format(*row), wanted, told)
        )
    others: tuple[tuple[Kind, str], ...] = (
        ("unanswerable", "absent"),
        ("false_premise", "premise"),
    )
    for kind, templates in others:
        questions[kind] += [
            # Without a blank it names something else of the kind, which was never told of.
            Question(kind, language, template.format(*row), about=told if "{" in template else "")
            for template in family[templates]
        ]


def _sentences(text: str) -> str:
    """``text`` with a capital letter at the beginning of each sentence."""
    parts = text.split(". ")
    return ". ".join(_upper(part) for part in parts)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


async def build(folder: Path, drawn: HonestySet, embed: Embedder) -> Life:
    """The archive as a life in ``folder``, imported like any other and remembered."""
    person, members = drawn.cast.person, drawn.cast.members
    keeper, other = members["en"], members["zh"]
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
        person=person,
        consent=consent,
        keeper=keeper,
        kdf=KdfParameters(memory_kib=64, passes=1, lanes=1),
    )
    life.add_member(other)
    files = folder / "files"
    (files / "essays").mkdir(parents=True)
    for language, member in members.items():
        chat = files / f"WhatsApp Chat with {member.name}.txt"
        chat.write_text(_chat(drawn, language), encoding="utf-8")
        add(life, chat)
    for number, (title, text, _) in enumerate(drawn.essays):
        head = (
            f"---\ntitle: {title}\nauthor: {person.name}\ndate: 2009-03-{number % 27 + 1:02}\n---\n"
        )
        (files / "essays" / f"{number:03}.md").write_text(head + text + "\n", encoding="utf-8")
    if drawn.essays:
        add(life, files / "essays")
    for sender in identities(life):
        if sender.holder is None:
            caller = next((one for one in members.values() if one.name == sender.name), None)
            if caller is None:
                decide(life, sender.id, "person")
            else:
                decide(life, sender.id, "member", caller.id)
    await rebuild(life, embed)
    return life


def _chat(drawn: HonestySet, language: str) -> str:
    """The tellings of one language as an Android phone exports them, one every three days."""
    at = datetime(2012, 1, 3, 18, 30)
    lines = []
    name, person = drawn.cast.members[language].name, drawn.cast.person.name
    for cue, said, told_in in drawn.tellings:
        if told_in != language:
            continue
        lines.append(f"{at:%d/%m/%Y, %H:%M} - {name}: {cue}")
        lines.append(f"{at + timedelta(minutes=2):%d/%m/%Y, %H:%M} - {person}: {said}")
        at += timedelta(days=3, minutes=41)
    return "\n".join(lines) + "\n"
