"""Calls coming and going for a long time: does anything stay behind?"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import psutil
from aiortc import RTCPeerConnection

from ofrenda.call import Offer, Switchboard
from ofrenda.call.media import end_for_good
from ofrenda.errors import CallError
from ofrenda.measure.asking import ANSWER_SECONDS, ask
from ofrenda.measure.caller import Caller, Microphone
from ofrenda.measure.questions import Questions
from ofrenda.types import Member

WARM_UP = 0.2
"""Share of the time in which pools fill, models are used for the first time and caches grow; what
comes after it is compared."""
REST_EVERY = 5
"""After so many calls all have hung up, and what is left is counted."""
SETTLE = 20.0
"""Longest wait for a call that is over to be gone."""


@dataclass(frozen=True, slots=True)
class Left:
    """What is there while nobody calls: seconds since the start, resident memory of this process
    and of the engines in MB, tasks, threads (without the event loop's own pool), sockets, files."""

    at: float
    memory: float
    engines: float
    tasks: int
    threads: int
    sockets: int
    files: int


@dataclass(slots=True)
class Soak:
    """What was counted at each rest, and what happened in between."""

    rests: list[Left] = field(default_factory=list)
    calls: int = 0
    answered: int = 0
    unanswered: int = 0
    half_made: int = 0
    vanished: int = 0


async def measure_soak(
    switchboard: Switchboard,
    member: Member,
    questions: Questions,
    seconds: float,
    *,
    engine_memory: Callable[[], int] = lambda: 0,
    progress: Callable[[float], None] | None = None,
) -> Soak:
    """Call for ``seconds``: whole calls, interrupted ones, callers who vanish, and offers that are
    never followed up, in turn; count what is left at each rest."""
    soak, began = Soak(), time.monotonic()
    dice = random.Random(1)  # noqa: S311 - who calls, not a secret
    while time.monotonic() - began < seconds or len(soak.rests) < 3:
        for _ in range(REST_EVERY):
            await _someone(switchboard, member, questions, soak, dice)
            if progress is not None:
                progress(min(1.0, (time.monotonic() - began) / seconds))
        soak.rests.append(await _rest(switchboard, began, engine_memory))
    return soak


def figures(soak: Soak) -> dict[str, float | int | None]:
    """The metrics: growth of memory in MB per hour (least squares), and how much more of everything
    there was at the last rest than at the first one after the warm-up."""
    after = soak.rests[max(1, int(WARM_UP * len(soak.rests))) :]
    first, last = after[0], after[-1]
    return {
        "soak_minutes": round(last.at / 60, 1),
        "soak_calls": soak.calls,
        "soak_answered": soak.answered,
        "soak_unanswered": soak.unanswered,
        "soak_half_made_offers": soak.half_made,
        "soak_memory_mb_per_hour": _slope([(one.at, one.memory) for one in after]),
        "soak_engines_mb_per_hour": _slope([(one.at, one.engines) for one in after]),
        "soak_memory_grown_mb": round(last.memory - first.memory, 1),
        "soak_leaked_tasks": last.tasks - first.tasks,
        "soak_leaked_threads": last.threads - first.threads,
        "soak_leaked_sockets": last.sockets - first.sockets,
        "soak_leaked_files": last.files - first.files,
    }


def _slope(points: list[tuple[float, float]]) -> float | None:
    if len(points) < 2:
        return None
    at, size = np.asarray(points).T
    return round(float(np.polyfit(at / 3600, size, 1)[0]), 1)


async def _someone(
    switchboard: Switchboard,
    member: Member,
    questions: Questions,
    soak: Soak,
    dice: random.Random,
) -> None:
    if dice.random() < 0.3:
        soak.half_made += 1
        await _half_made(switchboard, member)
    caller = Caller(keep_sound=False)
    call_id = await caller.call(lambda offer: switchboard.answer(offer, member))
    soak.calls += 1
    try:
        await caller.until_state("listening", within=2 * ANSWER_SECONDS)
        for turn in range(dice.randint(1, 3)):
            place = dice.randrange(len(questions.asked))
            row = await ask(switchboard, caller, call_id, questions, place, turn == 1)
            if row.v2v is None:
                soak.unanswered += 1
            else:
                soak.answered += 1
    except TimeoutError:
        soak.unanswered += 1
    if dice.random() < 0.3:
        soak.vanished += 1
        await caller.vanish()
    else:
        await caller.hang_up()
    await _gone(switchboard)


async def _half_made(switchboard: Switchboard, member: Member) -> None:
    """An offer of a page that is closed before it has read the answer."""
    peer, microphone = RTCPeerConnection(), Microphone()
    peer.createDataChannel("ofrenda")
    peer.addTrack(microphone)
    try:
        await peer.setLocalDescription(await peer.createOffer())
        end_for_good(peer)
        offer = Offer(peer.localDescription.sdp, "offer")
        answer = await switchboard.answer(offer, member)
    except CallError:
        return
    finally:
        await peer.close()
        microphone.stop()
    await switchboard.hang_up(answer.call_id)


async def _gone(switchboard: Switchboard) -> None:
    until = time.monotonic() + SETTLE
    while switchboard.calls and time.monotonic() < until:  # noqa: ASYNC110 - it has no event
        await asyncio.sleep(0.1)


async def _rest(switchboard: Switchboard, began: float, engine_memory: Callable[[], int]) -> Left:
    await _gone(switchboard)
    await asyncio.sleep(1.0)
    gc.collect()
    me = psutil.Process(os.getpid())
    pool = [t for t in threading.enumerate() if t.name.startswith("asyncio_")]
    return Left(
        at=time.monotonic() - began,
        memory=me.memory_info().rss / 1e6,
        engines=engine_memory() / 1e6,
        tasks=len(asyncio.all_tasks()),
        threads=me.num_threads() - len(pool),
        sockets=len(me.net_connections("all")),
        files=me.num_fds() - len(me.net_connections("all")),
    )
