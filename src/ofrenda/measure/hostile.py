"""The figures of the archive bench on hostile and damaged input, for every format."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from ofrenda.measure.attribution import Verdict, attributions
from ofrenda.measure.mutants import GOLDENS, Tally, formats, try_format

TOP_SIX = ("whatsapp", "telegram", "wechat", "imessage", "messenger", "line", "sms-backup")
"""The formats that most families hold (Instagram comes with Messenger)."""


@dataclass(frozen=True, slots=True)
class Row:
    """One format: ``chats`` tricky chats read as they were written, and its damaged files."""

    format: str
    tally: Tally
    verdict: Verdict


def rows(*, mutants: int = 200, chats: int = 1000, seed: int = 1, processes: int = 1) -> list[Row]:
    """Try every format: ``chats`` made-up chats of each, and ``mutants`` damaged copies of each of
    its twelve or more sound files.

    At the full size 81,600 copies and 28,000 chats take some 10 minutes of processor time, spread
    over ``processes``.
    """
    orders = [(format, mutants, chats, seed) for format in formats()]
    if processes == 1:
        return [_row(order) for order in orders]
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=fresh) as pool:
        return list(pool.map(_row, orders))


def metrics(found: list[Row]) -> dict[str, int | float]:
    """The keys of ``bench/results/archive.json`` that these rows fill. ``misattributed`` and
    ``wrong_timestamps`` count damaged and sound files together."""
    tallies, verdicts = [row.tally for row in found], [row.verdict for row in found]
    both: list[Tally | Verdict] = [*tallies, *verdicts]
    return {
        "formats": len(found),
        "goldens": sum(one.goldens for one in tallies),
        "mutants_tried": sum(one.mutants_tried for one in tallies),
        "mutants_readable": sum(one.readable for one in tallies),
        "uncaught": sum(one.uncaught for one in tallies),
        "slow": sum(one.slow for one in tallies),
        "slowest_mutant_s": round(max(one.slowest_s for one in tallies), 3),
        "unmarked": sum(one.unmarked for one in tallies),
        "chats_tried": sum(one.chats for one in verdicts),
        "chat_messages": sum(one.messages for one in verdicts),
        "chats_asked_about": sum(one.ambiguous for one in verdicts),
        "messages_left_out": sum(one.left_out for one in verdicts),
        "misattributed": sum(one.misattributed for one in both),
        "wrong_timestamps": sum(one.wrong_timestamps for one in both),
    }


def _row(order: tuple[str, int, int, int]) -> Row:
    format, mutants, chats, seed = order
    tally = Tally()
    try_format(format, tally, mutants=mutants, seed=seed, least=GOLDENS)
    total = Verdict()
    for verdict in attributions(chats=chats, seed=seed, formats=[format]).values():
        total.add(verdict)
    return Row(format, tally, total)
