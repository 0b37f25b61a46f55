"""How much of the evidence that a question was marked with is among the first that recall finds.

The form of the data: a JSON list of conversations, each with ``speakers`` (two), ``turns`` (``id``,
``at``, ``speaker``, ``text``, ``photo``) and ``questions`` (``question``, ``evidence`` turn ids,
``category`` 1 several turns, 2 time, 3 open, 4 one turn, 5 cannot be answered: left out).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np

from ofrenda.engines.protocols import Embedder
from ofrenda.measure.archives import Said, bench_life, create_embedder, import_chat
from ofrenda.measure.words import Figures, Task
from ofrenda.memory import Hit, Recall, rebuild
from ofrenda.memory.ranking import BALANCED, MEANING_ALONE, WORDS_ALONE, Weights
from ofrenda.memory.script import language_of
from ofrenda.types import Member, MemberId, Person, Role
from ofrenda.vault import Life

FIRST: Final = (5, 10)
CATEGORIES: Final = {1: "several", 2: "time", 3: "open", 4: "one"}
WAYS: Final[Mapping[str, Weights]] = {
    "all": BALANCED,
    "words": WORDS_ALONE,
    "meaning": MEANING_ALONE,
}
_TURN: Final = re.compile(r"D\d+:\d+")
_LIMIT: Final = 12


@dataclass(frozen=True, slots=True)
class Question:
    """``evidence``: ids of messages of the life."""

    text: str
    category: int
    evidence: frozenset[int]


@dataclass(frozen=True, slots=True)
class Remembered:
    """A conversation as a life: asked by ``listener``, who was the other side of it."""

    name: str
    life: Life
    listener: Member
    questions: tuple[Question, ...]


def read_conversations(path: Path) -> list[dict[str, Any]]:
    """The conversations of the file."""
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return found


async def remembered(home: Path, conversation: Mapping[str, Any], embed: Embedder) -> Remembered:
    """Build ``conversation`` as a life: its first speaker is the person, its second a member."""
    first, second = conversation["speakers"]
    listener = Member(MemberId("other"), second, "friend", Role.FAMILY)
    name = str(conversation["id"])
    life = bench_life(home, f"evidence-{name}", Person(first, (language_of(first),)), [listener])
    said = [Said(turn["speaker"], at, _text(turn)) for turn, at in _timed(conversation["turns"])]
    numbers = import_chat(life, home, f"talk {name}", said, {first: None, second: listener.id})
    await rebuild(life, embed)
    where = {
        turn["id"]: number for turn, number in zip(conversation["turns"], numbers, strict=True)
    }
    return Remembered(name, life, listener, tuple(_questions(conversation["questions"], where)))


def _timed(turns: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], datetime]]:
    """Each turn with its time: the data give that of the session, and a minute passes by turn."""
    timed = []
    session, begun, passed = None, datetime.min, 0
    for turn in turns:
        if turn["session"] != session:
            session, passed = turn["session"], 0
            begun = datetime.strptime(turn["at"], "%I:%M %p on %d %B, %Y")
        timed.append((turn, begun + timedelta(minutes=passed)))
        passed += 1
    return timed


def _text(turn: Mapping[str, Any]) -> str:
    photo = turn.get("photo")
    return f"{turn['text']} ({photo})" if photo else str(turn["text"])


def _questions(rows: Sequence[Mapping[str, Any]], where: Mapping[str, int]) -> list[Question]:
    found = []
    for row in rows:
        marked = {one for text in row["evidence"] for one in _TURN.findall(str(text))}
        evidence = frozenset(where[one] for one in marked if one in where)
        if row["category"] in CATEGORIES and evidence:
            found.append(Question(str(row["question"]), int(row["category"]), evidence))
    return found


async def evidence_found(
    talk: Remembered, recall: Recall, weights: Weights
) -> list[tuple[int, tuple[float, ...]]]:
    """For each question its category, and the share of its evidence among the first messages
    (:data:`FIRST`). A passage of several messages counts as that many."""
    found = []
    for question in talk.questions:
        hits = await recall.search(question.text, talk.listener, limit=_LIMIT, weights=weights)
        order = _messages(hits)
        shares = tuple(
            len(question.evidence & set(order[:first])) / len(question.evidence) for first in FIRST
        )
        found.append((question.category, shares))
    return found


def _messages(hits: Sequence[Hit]) -> list[int]:
    return list(dict.fromkeys(part.source.id for hit in hits for part in hit.passage.parts))


@dataclass(frozen=True, slots=True)
class _Found:
    """One question answered: of which conversation and kind, with which shares of its evidence."""

    talk: str
    kind: int
    shares: tuple[float, ...]


def _mean(found: Sequence[_Found]) -> tuple[float, ...]:
    return tuple(round(float(one), 3) for one in np.mean([one.shares for one in found], axis=0))


def _rows(way: str, found: Sequence[_Found]) -> list[dict[str, Any]]:
    groups = {
        f"questions: {name}": [one for one in found if one.kind == kind]
        for kind, name in CATEGORIES.items()
    }
    groups |= {
        f"conversation {talk}": [one for one in found if one.talk == talk]
        for talk in sorted({one.talk for one in found})
    }
    return [
        {
            "way": way,
            "of": name,
            "questions": len(some),
            **{
                f"recall_at_{first}": share for first, share in zip(FIRST, _mean(some), strict=True)
            },
        }
        for name, some in {"all": list(found), **groups}.items()
        if some
    ]


async def measure_chinese(task: Task) -> Figures:
    """The part ``zh``: seventy turns and 26 questions in Chinese, written by hand for this check
    and small: it shows that Chinese is found, not how well on real talk."""
    data = resources.files("ofrenda.measure") / "data" / "zh_talk.json"
    return await _measure(task, json.loads(data.read_text("utf-8")), "zh")


async def measure(task: Task) -> Figures:
    """The part ``recall``: all conversations, all ways of recall; a row for each way and kind of
    question, and for each conversation. Small: twenty questions of one conversation."""
    talks = read_conversations(task.data_file("locomo*.json"))
    return await _measure(task, talks[:1] if task.small else talks, "locomo")


async def _measure(task: Task, talks: Sequence[Mapping[str, Any]], name: str) -> Figures:
    embed = create_embedder(task.settings)
    found: dict[str, list[_Found]] = {way: [] for way in WAYS}
    for done, conversation in enumerate(talks):
        talk = await remembered(task.folder, conversation, embed)
        with talk.life:
            if task.small:
                talk = replace(talk, questions=talk.questions[:20])
            recall = await Recall.load(talk.life, embed)
            for way, weights in WAYS.items():
                shares = await evidence_found(talk, recall, weights)
                found[way] += [_Found(talk.name, kind, some) for kind, some in shares]
        task.progress((done + 1) / len(talks))
    at_5, at_10 = _mean(found["all"])
    floors = {way: _mean(found[way]) for way in ("words", "meaning")}
    return Figures(
        metrics={f"{name}_recall_at_5": at_5, f"{name}_recall_at_10": at_10},
        floor={
            f"{name}_recall_at_{first}": max(one[place] for one in floors.values())
            for place, first in enumerate(FIRST)
        },
        rows=[row for way, some in found.items() for row in _rows(way, some)],
    )
