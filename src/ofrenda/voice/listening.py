"""A blind listening test: which of the voices that were made is most like the person.

A few lines lie ready as sound, each as every voice says it and evened in loudness. Somebody who
knew the person hears two at a time, in random order and on random sides, and says which is more
like them; nothing tells which voice is which. Where the keeper allows it, a recording that no voice
was made from is among them. The result is counted by :mod:`.preference`.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from ofrenda.clock import Clock
from ofrenda.errors import BadInput
from ofrenda.types import BlobId, MemberId
from ofrenda.vault import Life
from ofrenda.voice.preference import PERSON, Answer
from ofrenda.voice.store import now_utc

OWN: Final = "own"
"""Something the person wrote; whether a listener may hear it is asked each time."""
PLAIN: Final = "plain"
RECORDING: Final = "recording"
"""What is said in a recording that the keeper let all who listen hear."""
ENOUGH: Final = 12
"""Pairs after which a listener is told that it is enough: four to five minutes."""
_PERSON_EVERY: Final = 4
"""Every fourth pair has the recording in it, as long as there is one."""


@dataclass(frozen=True, slots=True)
class Line:
    """Something to listen to; ``id`` is 0 before it is kept."""

    kind: str
    text: str
    language: str
    id: int = 0


@dataclass(frozen=True, slots=True)
class Trial:
    """Two voices to be heard saying one line; ``left`` is heard first."""

    line: Line
    left: str
    right: str


def begin(life: Life, lines: Sequence[Line]) -> list[Line]:
    """Lay out new lines to listen to, in place of those there were; what was answered stays.
    Returns them as they are kept."""
    life.require_consent("voice")
    clear(life)
    kept = []
    with life.db.write() as db:
        for line in lines:
            number = db.execute(
                "INSERT INTO listening_line (kind, text, language) VALUES (?, ?, ?)",
                (line.kind, line.text, line.language),
            ).lastrowid
            kept.append(Line(line.kind, line.text, line.language, int(number)))
    return kept


def put_sound(life: Life, line: Line, voice: str, wav: bytes) -> None:
    """Keep ``line`` as ``voice`` says it. BadInput where the line is gone meanwhile."""
    blob = life.voice_blobs.put(wav)
    stored = False
    try:
        with life.db.write() as db:
            if db.execute("SELECT 1 FROM listening_line WHERE id = ?", (line.id,)).fetchone():
                db.execute(
                    "INSERT INTO listening_sound (line, voice, blob) VALUES (?, ?, ?)",
                    (line.id, voice, blob),
                )
                stored = True
    finally:
        if not stored:
            life.voice_blobs.delete(blob)
    if not stored:
        raise BadInput("The listening test was laid out anew meanwhile.")


def clear(life: Life) -> None:
    """Take away the lines and their sound; what was answered stays."""
    with life.db.write() as db:
        blobs = [BlobId(row[0]) for row in db.execute("SELECT blob FROM listening_sound")]
        db.execute("DELETE FROM listening_line")
    for blob in blobs:
        life.voice_blobs.delete(blob)


def forget_answers(life: Life) -> None:
    """Take back all that was answered."""
    with life.db.write() as db:
        db.execute("DELETE FROM listening_answer")


def sound(life: Life, trial: Trial, side: str) -> bytes:
    """What is heard on a ``side`` (``left``, ``right``), a WAV file; BadInput where it is gone."""
    voice = trial.left if side == "left" else trial.right
    with life.db.read() as db:
        row = db.execute(
            "SELECT blob FROM listening_sound WHERE line = ? AND voice = ?", (trial.line.id, voice)
        ).fetchone()
    if row is None:
        raise BadInput("This sound is no longer here. Open the page anew.")
    return life.voice_blobs.get(BlobId(row[0]))


def ready(life: Life) -> dict[str, int]:
    """How many lines each voice can be heard with."""
    with life.db.read() as db:
        rows = db.execute("SELECT voice, count(*) FROM listening_sound GROUP BY voice").fetchall()
    return {row[0]: row[1] for row in rows}


def left_for(
    life: Life, listener: MemberId, *, may_hear: Callable[[Line], bool]
) -> tuple[int, int]:
    """How many pairs this listener has answered, in all, and how many are left that they may hear
    just now."""
    trials, answered = _state(life, listener)
    audible = {line: may_hear(line) for line in {trial.line for trial in trials}}
    return sum(answered.values()), sum(audible[trial.line] for trial in trials)


def next_trial(
    life: Life,
    listener: MemberId,
    *,
    may_hear: Callable[[Line], bool],
    chance: random.Random | None = None,
) -> Trial | None:
    """A pair that this listener has not heard yet; None when there is none left.

    Of the pairs that they compared least often one is drawn. ``may_hear`` is asked of the drawn
    line just now, whatever held when the lines were laid out."""
    chance = chance or random.SystemRandom()
    trials, answered = _state(life, listener)
    turn_of_person = sum(answered.values()) % _PERSON_EVERY == _PERSON_EVERY - 1
    chance.shuffle(trials)

    def order(trial: Trial) -> tuple[bool, int]:
        pair = _pair(trial.left, trial.right)
        return (PERSON in pair) != turn_of_person, answered[pair]

    heard: dict[int, bool] = {}
    for trial in sorted(trials, key=order):
        line = trial.line
        if line.id not in heard:
            heard[line.id] = may_hear(line)
        if heard[line.id]:
            turned = chance.random() < 0.5
            return Trial(line, trial.right, trial.left) if turned else trial
    return None


def keep_answer(
    life: Life,
    listener: MemberId,
    trial: Trial,
    nearer: str | None,
    *,
    clock: Clock | None = None,
) -> None:
    """Keep what was answered: ``left``, ``right``, or None for no difference. The answer to a pair
    that was answered already is left alone. BadInput where a voice is gone."""
    one, other = _pair(trial.left, trial.right)
    voice = {"left": trial.left, "right": trial.right}.get(nearer or "")
    with life.db.write() as db:
        there = {row[0] for row in db.execute("SELECT id FROM voice_profile")} | {PERSON}
        if not {one, other} <= there:
            raise BadInput("This sound is no longer here. Open the page anew.")
        db.execute(
            "INSERT INTO listening_answer (member, line, one, other, nearer, at_utc)"
            " SELECT ?1, (SELECT id FROM listening_line WHERE id = ?2), ?3, ?4, ?5, ?6"
            " WHERE NOT EXISTS (SELECT 1 FROM listening_answer"
            " WHERE member = ?1 AND line = ?2 AND one = ?3 AND other = ?4)",
            (listener, trial.line.id, one, other, voice, now_utc(clock)),
        )


def answers(life: Life) -> list[Answer]:
    """All that was answered, oldest first."""
    with life.db.read() as db:
        rows = db.execute(
            "SELECT member, one, other, nearer FROM listening_answer ORDER BY id"
        ).fetchall()
    return [Answer(*row) for row in rows]


def _state(life: Life, listener: MemberId) -> tuple[list[Trial], Counter[tuple[str, str]]]:
    """The pairs that are left for a listener, and how often they compared each two voices."""
    with life.db.read() as db:
        sounds = db.execute(
            "SELECT l.id, l.kind, l.text, l.language, s.voice FROM listening_sound AS s"
            " JOIN listening_line AS l ON l.id = s.line ORDER BY l.id, s.voice"
        ).fetchall()
        told = db.execute(
            "SELECT line, one, other FROM listening_answer WHERE member = ?", (listener,)
        ).fetchall()
    answered: Counter[tuple[str, str]] = Counter((row[1], row[2]) for row in told)
    done = {(row[0], row[1], row[2]) for row in told}
    trials = []
    for _, rows in itertools.groupby(sounds, key=lambda row: row[0]):
        same = list(rows)
        line = Line(same[0][1], same[0][2], same[0][3], same[0][0])
        for one, other in itertools.combinations([row[4] for row in same], 2):
            if (line.id, *_pair(one, other)) not in done:
                trials.append(Trial(line, one, other))
    return trials, answered


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one <= other else (other, one)
