"""One question of a played caller and its answer, timed stage by stage."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

from ofrenda.call import Switchboard, TurnMetrics
from ofrenda.measure.caller import Caller, Uttered
from ofrenda.measure.questions import Questions
from ofrenda.types import Audio

ANSWER_SECONDS = 30.0
"""A question without an answer for this long counts as unanswered."""
INTERRUPT_AFTER = 1.2
"""Seconds of an answer heard before it is interrupted: who speaks sooner had not finished."""
REST = 1.0
"""Seconds of rest before the next question."""


@dataclass(frozen=True, slots=True)
class Row:
    """One question, in milliseconds. ``v2v``: from the last sound of the question, known exactly,
    to the first sound of the answer at the caller; the stages add up to it. ``words`` is recall
    for own words, recall and language model otherwise. ``kept``: the first sentence was there as
    sound. ``barge_in``: from the first sound of an interruption to the last of the answer."""

    question: int
    v2v: float | None = None
    turn_end: float | None = None
    stt: float | None = None
    words: float | None = None
    tts: float | None = None
    transport: float | None = None
    hearing: float | None = None
    provenance: str | None = None
    kept: bool = False
    barge_in: float | None = None
    cut_in: bool = False
    underruns: int = 0


async def ask(
    switchboard: Switchboard,
    caller: Caller,
    call_id: str,
    questions: Questions,
    number: int,
    interrupt: bool,
) -> Row:
    """Ask question ``number`` in a call that is listening, and wait until it is at rest again."""
    known = len(_turns(switchboard, call_id))
    said = await caller.say(questions.asked[number])
    try:
        audible = await caller.until_audible(said.ended, within=ANSWER_SECONDS)
        cut_in = any(said.began < t < said.ended for t in caller.received.audible(said.began))
        barge_in = await _interrupt(caller, questions.interruption) if interrupt else None
        await caller.until(
            lambda _: len(_turns(switchboard, call_id)) > known, within=2 * ANSWER_SECONDS
        )
        await caller.until(lambda r: r.at_rest(REST), within=2 * ANSWER_SECONDS)
    except TimeoutError:
        return Row(number)
    return _row(number, said, audible, _turns(switchboard, call_id)[known], barge_in, cut_in)


def _turns(switchboard: Switchboard, call_id: str) -> list[TurnMetrics]:
    return [turn for turn in switchboard.metrics if turn.call_id == call_id]


async def _interrupt(caller: Caller, interruption: Audio) -> float | None:
    """Speak into the answer; returns the time to silence in ms, None where the answer was over
    before the interruption could have ended it."""
    await asyncio.sleep(INTERRUPT_AFTER)
    said = await caller.say(interruption)
    heard = [t for t in caller.received.audible(said.began) if t < said.ended]
    with contextlib.suppress(TimeoutError):
        await caller.until_state("thinking", within=ANSWER_SECONDS, after=said.ended)
    if not heard or not caller.received.of("cut"):
        return None
    return 1000 * (heard[-1] - said.began)


def _row(
    number: int,
    said: Uttered,
    audible: float,
    turn: TurnMetrics,
    barge_in: float | None,
    cut_in: bool,
) -> Row:
    return Row(
        number,
        v2v=1000 * (audible - said.ended),
        turn_end=turn.turn_end + 1000 * (turn.speech_end - said.ended),
        stt=turn.stt,
        words=turn.words,
        tts=turn.tts,
        transport=turn.transport + 1000 * (audible - turn.sounded),
        hearing=turn.hearing,
        provenance=turn.first_provenance,
        kept=turn.first_kept,
        barge_in=barge_in,
        cut_in=cut_in,
        underruns=turn.underruns,
    )
