"""The bench of waiting: real speech with pauses, judged as a call judges it."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from ofrenda.call.patience import Patience
from ofrenda.call.rules import CallRules
from ofrenda.call.unfinished import Words
from ofrenda.engines.protocols import EngineKind, SpeechToText, TurnDetector
from ofrenda.engines.registry import create
from ofrenda.measure.pause_sets import (
    LONGEST,
    RATE,
    Turn,
    languages_there,
    prompts,
    silences,
    spoken_turns,
)
from ofrenda.measure.pauses import (
    CALL,
    HEARING,
    Listened,
    Settled,
    Silence,
    Trusting,
    bench_result,
    listen,
    replay,
)
from ofrenda.settings import Settings
from ofrenda.types import Audio

RULES = CallRules()
WHOLE = Words.WHOLE


def turn(*pauses: float, likely: float = 0.99) -> Listened:
    """Half a second of speech before each pause, and after the last."""
    silent, at = [], 0.0
    for pause in pauses:
        at += 0.5
        noticed = at + pause + RULES.voice_start
        silent.append(Silence(at, noticed - 0.1, noticed, likely, WHOLE))
        at += pause
    silent.append(Silence(at + 0.5, None, None, likely, WHOLE))
    nothing = Audio(np.zeros(16, np.float32), RATE)
    return Listened(Turn("phrases", "en", 1, nothing, pauses), at + 0.5, tuple(silent))


def test_who_does_not_pause_is_answered_as_soon_as_the_words_are_known() -> None:
    decided = replay([turn() for _ in range(CALL)], lambda: Patience(RULES), orders=1)
    assert not any(one.cut_in for one in decided)
    by_place = [one.end for one in sorted(decided, key=lambda one: one.place)]
    assert by_place[0] == pytest.approx(RULES.patience_first)
    assert by_place[-1] == pytest.approx(RULES.hear_early + HEARING)


def test_one_wrong_end_is_enough() -> None:
    trustful = CallRules(patience_first=0.0)
    decided = replay([turn(1.2) for _ in range(CALL)], lambda: Patience(trustful), orders=1)
    assert [one.place for one in decided if one.cut_in] == [0]
    assert all(one.end <= 1.5 for one in decided)


def test_a_pause_that_is_shorter_than_the_wait_is_no_end() -> None:
    assert not any(one.cut_in for one in replay([turn(0.6)], lambda: Settled(RULES, 0.9)))
    assert all(one.cut_in for one in replay([turn(0.6)], lambda: Settled(RULES, 0.3)))
    assert all(one.cut_in for one in replay([turn(0.6)], lambda: Trusting(RULES)))


def test_the_figures_show_what_each_wait_would_buy() -> None:
    result = bench_result([turn(0.6), turn(0.8), turn(1.6)])
    assert result.metrics["phrases_turns"] == 3
    assert result.metrics["phrases_shorter_pauses_cut_in_rate"] == 0.0
    assert result.floor["phrases_cut_in_rate"] == 1.0
    waits = [row for row in result.rows if row["part"] == "wait"]
    rates = [row["cut_in_rate"] for row in waits[:-1]]
    assert rates == sorted(rates, reverse=True)
    assert waits[-1]["wait"] == "learned"


@pytest.mark.speech
@pytest.mark.models
@pytest.mark.skipif("en" not in languages_there(), reason="asterisk-core-sounds-en-g722 is missing")
async def test_waiting_cuts_into_fewer_real_sentences_than_the_detector_alone() -> None:
    settings = Settings()
    turns = list(spoken_turns(settings, "en", 1, most=8))
    assert {one.set for one in turns} == {"clean", "phrases", "words"}
    for one in turns:
        added = sum(one.pauses)
        assert added <= 2 * LONGEST
        longest = max((b - a for a, b in silences(one.audio.samples)), default=0) / RATE
        assert not one.pauses or longest > max(one.pauses) - 0.1
    stt = cast(SpeechToText, create(EngineKind.STT, settings))
    detector = cast(TurnDetector, create(EngineKind.TURN, settings))
    try:
        heard = [await listen(one, stt, detector) for one in turns if one.set == "phrases"]
    finally:
        await stt.close()
        await detector.close()
    assert all(one.silences[-1].resumed is None for one in heard)
    ours = replay(heard, lambda: Patience(RULES))
    alone = replay(heard, lambda: Trusting(RULES))
    assert sum(one.cut_in for one in ours) < 0.5 * sum(one.cut_in for one in alone)


@pytest.mark.skipif("en" not in languages_there(), reason="asterisk-core-sounds-en-g722 is missing")
def test_there_are_enough_prompts_in_english_alone() -> None:
    names = [name for name, _ in prompts("en")]
    assert len(names) == len(set(names)) > 80
