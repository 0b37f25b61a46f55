"""How many calls at a time this machine holds: more and more callers, until the answers come late.

The callers run in the process of the bench, beside the media, and what they cost is in the figures:
a house whose callers are elsewhere holds more.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from ofrenda.call import Switchboard
from ofrenda.errors import LineBusy
from ofrenda.measure.asking import ANSWER_SECONDS, Row, ask
from ofrenda.measure.caller import Caller
from ofrenda.measure.questions import Questions
from ofrenda.measure.result import percentile
from ofrenda.types import Member

TWICE = 2.0
"""A crowd is too large when its p95 is this many times that of one caller alone."""
HOLES = 0.05
"""And when more than this share of the answers had holes in them (underruns): what sounds in time
and in pieces is no call."""
MOST_CALLS = 16
TURNS_EACH = 4
ALONE_TURNS = 8
"""Questions of one caller alone, whose p95 all others are held against."""
STAGGER = 3.0
"""Seconds within which the callers ring, so that they do not speak in step."""
WITHIN = 300.0
"""Seconds for one kind of engines: a crowd takes about 9 s a question, however large it is."""

Found = dict[str, float | int | None]
Open = Callable[[int], Switchboard]
"""A switchboard that takes so many calls at a time."""


@dataclass(slots=True)
class Crowd:
    """What was found: the p95 of voice to voice in ms by number of calls, and the raw rows.
    ``held``: the most calls at a time that were held; ``complete``: the next number was too many,
    or was not to be tried; ``refused``: one more than ``held`` was refused politely."""

    p95: dict[int, float | None] = field(default_factory=dict)
    rows: list[tuple[int, Row]] = field(default_factory=list)
    held: int = 0
    complete: bool = False
    refused: bool = False


async def measure_crowd(
    open_switchboard: Open,
    member: Member,
    questions: Questions,
    *,
    turns: int = TURNS_EACH,
    alone: int = ALONE_TURNS,
    most: int = MOST_CALLS,
    within: float = WITHIN,
    progress: Callable[[int], None] | None = None,
    keep: Callable[[Crowd], None] | None = None,
) -> Crowd:
    """Let 1, 2, 4, 8 ... callers ask ``turns`` questions each (``alone`` where there is one) at the
    same time, until p95 has doubled, answers have holes, somebody is not answered, or ``most`` is
    reached; then numbers in between. What is under way after ``within`` seconds is given up.
    ``keep`` is told after each number of calls."""
    crowd = Crowd()
    until = time.monotonic() + within
    too_many = most + 1
    while (calls := next_calls(crowd.held, too_many, most)) is not None:
        if progress is not None:
            progress(calls)
        switchboard = open_switchboard(calls)
        try:
            async with asyncio.timeout(until - time.monotonic()):
                asked = alone if calls == 1 else turns
                rows = await _all_at_once(switchboard, member, questions, calls, asked)
                crowd.rows += [(calls, row) for row in rows]
                crowd.p95[calls] = percentile([r.v2v for r in rows if r.v2v is not None], 95)
                if holds(crowd, calls, rows):
                    crowd.held = calls
                    crowd.refused = await _one_more_is_refused(switchboard, member, calls)
                else:
                    too_many = calls
        except TimeoutError:
            return crowd
        finally:
            await switchboard.close()
            if keep is not None:
                keep(crowd)
    crowd.complete = True
    return crowd


def next_calls(held: int, too_many: int, most: int) -> int | None:
    """How many to try next when ``held`` calls are held and ``too_many`` are not."""
    if too_many - held <= 1:
        return None
    if too_many > most:
        return min(most, max(1, 2 * held))
    return (held + too_many) // 2


def holds(crowd: Crowd, calls: int, rows: Sequence[Row]) -> bool:
    """Whether ``calls`` at a time were all answered like one; their p95 is in ``crowd`` already."""
    late, alone = crowd.p95[calls], crowd.p95[1]
    if late is None or alone is None or any(row.v2v is None for row in rows):
        return False
    broken = sum(row.underruns > 0 for row in rows)
    return late <= TWICE * alone and broken <= HOLES * len(rows)


def figures(crowd: Crowd, kind: str) -> Found:
    """The metrics of a crowd; ``kind``: which engines answered it (``scripted`` or ``real``)."""
    found: Found = {
        f"concurrent_calls_{kind}": crowd.held,
        f"concurrent_{kind}_complete": int(crowd.complete),
        f"concurrent_{kind}_one_more_refused": int(crowd.refused),
        f"concurrent_{kind}_p95_alone_ms": crowd.p95.get(1),
        f"concurrent_{kind}_p95_at_most_ms": crowd.p95.get(crowd.held),
        f"concurrent_{kind}_underruns": sum(
            row.underruns for calls, row in crowd.rows if calls <= crowd.held
        ),
    }
    return found


async def _all_at_once(
    switchboard: Switchboard, member: Member, questions: Questions, calls: int, turns: int
) -> list[Row]:
    starts = random.Random(calls)  # noqa: S311 - when they ring, not a secret

    async def one(number: int, wait: float) -> list[Row]:
        await asyncio.sleep(wait)
        caller = Caller(keep_sound=False)
        call_id = await caller.call(lambda offer: switchboard.answer(offer, member))
        rows = []
        try:
            await caller.until_state("listening", within=2 * ANSWER_SECONDS)
            for turn in range(turns):
                place = (number * turns + turn) % len(questions.asked)
                rows.append(await ask(switchboard, caller, call_id, questions, place, False))
        except TimeoutError:
            rows.append(Row(-1))
        finally:
            await caller.hang_up()
        return rows

    async with asyncio.TaskGroup() as tasks:
        callers = [
            tasks.create_task(one(number, starts.uniform(0.0, STAGGER))) for number in range(calls)
        ]
    return [row for caller in callers for row in caller.result()]


async def _one_more_is_refused(switchboard: Switchboard, member: Member, calls: int) -> bool:
    """Fill all places, ring once more, and see that it is told so and takes no place."""
    await asyncio.gather(*(switchboard.hang_up(one) for one in list(switchboard.calls)))
    callers = [Caller(keep_sound=False) for _ in range(calls)]
    extra = Caller(keep_sound=False)
    try:
        for caller in callers:
            await caller.call(lambda offer: switchboard.answer(offer, member))
        try:
            await extra.call(lambda offer: switchboard.answer(offer, member))
        except LineBusy:
            return len(switchboard.calls) == calls
        await extra.until(lambda r: bool(r.of("ended")), within=ANSWER_SECONDS)
        told = extra.received.of("ended")[-1]["reason"] == "busy"
        return told and len(switchboard.calls) == calls
    except TimeoutError:
        return False
    finally:
        for caller in (*callers, extra):
            with suppress(ConnectionError):
                await caller.vanish()
