"""The bench of the line itself: real WebRTC, engines and words that cost nothing."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ofrenda.call import CallRules, Switchboard
from ofrenda.clock import SystemClock
from ofrenda.engines.scripted import scripted_engines
from ofrenda.measure import soak as soaking
from ofrenda.measure.asking import Row
from ofrenda.measure.babble import babble
from ofrenda.measure.call import STAGES, _metrics, ask_all, beside
from ofrenda.measure.crowd import Crowd, holds, measure_crowd
from ofrenda.measure.crowd import figures as crowd_figures
from ofrenda.measure.crowd import next_calls as next_crowd
from ofrenda.measure.evenness import loudness_spread
from ofrenda.measure.floor import FloorTalk
from ofrenda.measure.questions import PAUSES, Questions, with_pauses
from ofrenda.measure.resources import watched
from ofrenda.measure.result import BenchResult, write_result
from ofrenda.types import Member, MemberId, Person, Provenance, Role, Sentence, VoiceProfile

pytestmark = pytest.mark.realtime

MIA = Member(MemberId("m1"), "Mia", "daughter", Role.FAMILY)


class _Life:
    def person(self) -> Person:
        return Person("Ida", ("en",))


def scripted(calls: int) -> Switchboard:
    return Switchboard(
        _Life(),
        scripted_engines(),
        clock=SystemClock(),
        max_calls=calls,
        rules=CallRules(patience_first=0.0),  # as with a caller who is known not to pause
        talk=lambda _m, _l: FloorTalk(),
    )


QUESTIONS = Questions((babble(1.3),), babble(1.0))


async def test_the_stages_of_a_turn_add_up_to_what_the_caller_waited() -> None:
    switchboard = scripted(1)
    async with switchboard, watched(lambda: None) as resources:
        rows = await ask_all(switchboard, MIA, Questions((babble(1.3),), babble(1.0)), 3)
    assert switchboard.calls == {}
    for row in rows:
        assert row.v2v is not None
        stages = [row.turn_end, row.stt, row.words, row.tts, row.transport]
        assert sum(s for s in stages if s is not None) == pytest.approx(row.v2v)
        assert not row.cut_in
    assert [row.barge_in is not None for row in rows] == [False, False, True]
    metrics = _metrics(rows, resources)
    assert metrics["unanswered"] == 0
    assert metrics["missed_end_rate"] == 0
    v2v, barge_in = metrics["v2v_p50_ms"], metrics["barge_in_p50_ms"]
    assert v2v is not None
    assert v2v < 1000
    assert barge_in is not None
    assert barge_in < 1000
    assert {f"stage_{stage}_p50_ms" for stage in STAGES} <= metrics.keys()
    assert isinstance(metrics["peak_rss_mb"], float)


async def test_a_crowd_is_let_in_one_by_one_and_one_more_is_refused() -> None:
    told: list[tuple[int, int]] = []
    crowd = await measure_crowd(
        scripted,
        MIA,
        QUESTIONS,
        turns=1,
        alone=1,
        most=2,
        keep=lambda so_far: told.append((so_far.held, len(so_far.rows))),
    )
    assert set(crowd.p95) == {1, 2}
    assert told[0] == (1, 1)
    assert told[-1][1] == 3
    assert [calls for calls, _ in crowd.rows] == [1, 2, 2]
    assert all(row.v2v is not None for _, row in crowd.rows)
    assert crowd.refused
    found = crowd_figures(crowd, "scripted")
    assert found["concurrent_scripted_one_more_refused"] == 1
    assert found["concurrent_calls_scripted"] in (1, 2)


async def test_a_crowd_ends_when_its_time_is_over_and_keeps_what_it_has() -> None:
    began = time.monotonic()
    crowd = await measure_crowd(scripted, MIA, QUESTIONS, turns=50, alone=1, most=2, within=14.0)
    assert time.monotonic() - began < 20.0
    assert crowd.held == 1
    assert [calls for calls, _ in crowd.rows] == [1]
    assert not crowd.complete


def test_a_crowd_whose_answers_are_late_or_have_holes_or_stay_away_is_too_large() -> None:
    crowd = Crowd(p95={1: 1000.0, 2: 1900.0, 4: 2100.0})
    whole = [Row(0, v2v=900.0)] * 20
    holed = Row(0, v2v=900.0, underruns=3)
    assert holds(crowd, 2, whole)
    assert not holds(crowd, 4, whole)
    assert holds(crowd, 2, [*whole, holed])
    assert not holds(crowd, 2, [*whole, holed, holed])
    assert not holds(crowd, 2, [*whole, Row(0)])


def test_a_crowd_doubles_and_then_looks_in_between() -> None:
    def tried(limit: int, most: int) -> list[int]:
        held, too_many, numbers = 0, most + 1, []
        while (calls := next_crowd(held, too_many, most)) is not None:
            numbers.append(calls)
            held, too_many = (calls, too_many) if calls <= limit else (held, calls)
        assert held == min(limit, most)
        return numbers

    assert tried(16, 16) == [1, 2, 4, 8, 16]
    assert tried(5, 16) == [1, 2, 4, 8, 6, 5]
    assert tried(12, 12) == [1, 2, 4, 8, 12]
    assert tried(0, 16) == [1]


async def test_a_soak_counts_what_is_left_of_calls_that_come_and_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(soaking, "REST_EVERY", 1)
    switchboard = scripted(2)
    try:
        soak = await soaking.measure_soak(switchboard, MIA, QUESTIONS, 0.1)
    finally:
        await switchboard.close()
    assert len(soak.rests) == soak.calls == 3
    assert soak.answered >= 3
    assert soak.unanswered == 0
    found = soaking.figures(soak)
    for left in ("tasks", "threads", "sockets", "files"):
        assert found[f"soak_leaked_{left}"] == 0


async def test_a_leak_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    rests = [soaking.Left(60.0 * n, 100.0 + n, 0.0, 3 + n, 9, 5, 7) for n in range(30)]
    found = soaking.figures(soaking.Soak(rests=rests))
    assert found["soak_memory_mb_per_hour"] == pytest.approx(60.0)
    assert found["soak_leaked_tasks"] == 23


async def test_the_clauses_of_an_even_voice_are_equally_loud() -> None:
    said = "A sentence that is long enough for the meter."
    sentence = Sentence(said, said, "en", Provenance.OWN_WORDS)
    voice = VoiceProfile("v", "scripted", "", ("en",))
    found = await loudness_spread(scripted_engines().tts, voice, [sentence, sentence])
    assert found["loudness_clauses"] == 2
    assert found["loudness_off_p95_lu"] == pytest.approx(0.0, abs=0.1)


def test_a_pause_is_put_into_each_question_and_nothing_is_lost() -> None:
    (whole,) = QUESTIONS.asked
    long = Questions((babble(2.0),), QUESTIONS.interruption)
    (paused,) = with_pauses(long).asked
    assert paused.seconds == pytest.approx(2.0 + PAUSES[0], abs=0.01)
    silent = abs(paused.samples) < 1e-6
    assert silent.sum() >= PAUSES[0] * paused.sample_rate
    assert with_pauses(QUESTIONS).asked[0] is whole  # too short for a middle


def test_one_part_of_the_bench_leaves_the_others_as_they_are(tmp_path: Path) -> None:
    turns = BenchResult("call", {"v2v_p50_ms": 900.0}, [{"part": "turns", "v2v": 900.0}])
    file = write_result(turns, tmp_path)
    soak = BenchResult("call", {"soak_calls": 3}, [{"part": "soak", "at": 1.0}])
    both = beside(file, soak)
    assert both.metrics == {"v2v_p50_ms": 900.0, "soak_calls": 3}
    assert [row["part"] for row in both.rows] == ["turns", "soak"]
    again = beside(write_result(both, tmp_path), turns)
    assert sorted(row["part"] for row in again.rows) == ["soak", "turns"]
