"""The demo's fictional Henry Lau as a life, and how well he answers written questions."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from memory.rows import new_life

from ofrenda.archive import add, decide, identities
from ofrenda.clock import ManualClock
from ofrenda.demo import CAST, PERSON, write_family
from ofrenda.dialogue import Conversation
from ofrenda.engines.protocols import Embedder, Engines
from ofrenda.memory import Recall, rebuild
from ofrenda.memory.audience import heard_by, listening
from ofrenda.memory.ranking import WORDS_ALONE
from ofrenda.memory.script import language_of, sentences
from ofrenda.persona import Habit, habits_of
from ofrenda.types import Member, MemberId, Provenance, Sentence, Transcript
from ofrenda.vault import Life

MEMBERS = {member.name: member for member in CAST}
NOW = datetime.fromisoformat("2024-05-01T10:00:00+00:00")
QUESTIONS = tomllib.loads(Path(__file__).with_name("demo_questions.toml").read_text("utf-8"))


_WORDS_AND_CUE = replace(WORDS_ALONE, before=1.0)


@dataclass(frozen=True, slots=True)
class Row:
    """A question and the excerpts of which one must be spoken; none where nothing answers it."""

    who: Member
    ask: str
    wanted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """Of ``count`` questions: answered with the wanted words, with other own words, or neither."""

    right: int
    wrong: int
    count: int

    def __str__(self) -> str:
        none = self.count - self.right - self.wrong
        return f"right {self.right:3}  wrong {self.wrong:3}  none {none:3}  of {self.count:3}"


def rows(part: str, *, answerable: bool) -> list[Row]:
    """The questions of ``held_out`` or ``tuning``."""
    if answerable:
        return [
            Row(MEMBERS[who], one[0], tuple(one[1:]))
            for who, some in QUESTIONS[part].items()
            for one in some
        ]
    return [
        Row(MEMBERS[who], one, ())
        for who, some in QUESTIONS["unanswerable"][part].items()
        for one in some
    ]


async def build(folder: Path, embed: Embedder) -> Life:
    """The demo's archive as ``ofrenda demo`` builds it, with a cheap passphrase and no voice."""
    keeper, *others = CAST
    life = new_life(folder / "home", person=PERSON, keeper=keeper)
    for member in others:
        life.add_member(member)
    family = write_family(folder / "family")
    for path in (*family.exports, family.essays):
        add(life, path)
    for sender in identities(life):
        who = family.senders.get(sender.name)
        if sender.holder is None and who is not None:
            if who == "person":
                decide(life, sender.id, "person")
            else:
                decide(life, sender.id, "member", MemberId(who))
    await rebuild(life, embed)
    return life


async def reply_to(
    life: Life, recall: Recall, engines: Engines, who: Member, ask: str
) -> list[Sentence]:
    """What is said to ``ask`` at the beginning of a call."""
    conversation = Conversation(life, who, engines, clock=ManualClock(NOW), recall=recall)
    await conversation.open()
    heard = Transcript(ask, language_of(ask), 1.0)
    return [one async for one in conversation.reply(heard)]


def judged(row: Row, spoken: Sequence[Sentence]) -> str:
    """``right``, ``wrong`` (own words that do not answer) or ``none``; what is offered after
    saying that it is not remembered is ``none``, whatever it holds."""
    if spoken[0].provenance is Provenance.UNKNOWN:
        return "none"
    text = " ".join(one.text for one in spoken)
    if any(wanted in text for wanted in row.wanted):
        return "right"
    own = [
        one
        for one in spoken
        if one.provenance in (Provenance.OWN_WORDS, Provenance.REMEMBERED)
        # "And then?" in the person's own words answers nothing, and claims nothing.
        and Habit.LISTENING not in habits_of(one.text)
    ]
    return "wrong" if own else "none"


async def score(life: Life, recall: Recall, engines: Engines, some: Sequence[Row]) -> Score:
    """How ``some`` questions are answered."""
    found = [judged(row, await reply_to(life, recall, engines, row.who, row.ask)) for row in some]
    return Score(found.count("right"), found.count("wrong"), len(some))


async def by_words_alone(recall: Recall, some: Sequence[Row]) -> Score:
    """A baseline: the person's best passage by BM25 over texts and cues, said whatever it is."""
    texts: list[str | None] = []
    for row in some:
        hits = await recall.search(row.ask, row.who, limit=1, own=True, weights=_WORDS_AND_CUE)
        texts.append(hits[0].passage.text if hits else None)
    return _baseline(some, texts)


def by_chance(life: Life, some: Sequence[Row], seed: int = 7) -> Score:
    """A baseline: any passage of the person's that this listener may hear."""
    draw = random.Random(seed)
    return _baseline(some, [draw.choice(_audible(life, row.who)) for row in some])


def _baseline(some: Sequence[Row], texts: Sequence[str | None]) -> Score:
    right = sum(
        text is not None and any(wanted in text for wanted in row.wanted)
        for row, text in zip(some, texts, strict=True)
    )
    return Score(right, sum(text is not None for text in texts) - right, len(some))


def _audible(life: Life, who: Member) -> list[str]:
    with life.db.read() as db:
        found = db.execute(
            heard_by(
                "SELECT p.text FROM passage AS p WHERE AUDIBLE(p) AND p.said_by = 'person'"
                " ORDER BY p.id"
            ),
            listening(who),
        ).fetchall()
    return [str(row["text"]) for row in found]


def private_lines(life: Life, listener: Member) -> frozenset[str]:
    """What the person said in private chats to others than ``listener``, sentence by sentence,
    and said nowhere that the listener may read."""
    with life.db.read() as db:
        found = db.execute(
            "SELECT text FROM passage WHERE said_by = 'person' AND NOT is_group"
            " AND to_member IS NOT NULL AND to_member <> ?",
            (str(listener.id),),
        ).fetchall()
    audible = "\n".join(_audible(life, listener))
    return frozenset(
        sentence
        for row in found
        for sentence in sentences(str(row["text"]))
        if sentence not in audible
    )
