"""The bench of the line itself: real WebRTC, engines and words that cost nothing."""

from __future__ import annotations

import pytest

from ofrenda.call import Switchboard
from ofrenda.clock import SystemClock
from ofrenda.engines.scripted import scripted_engines
from ofrenda.measure.babble import babble
from ofrenda.measure.call import STAGES, _metrics, ask_all
from ofrenda.measure.floor import FloorTalk
from ofrenda.measure.questions import Questions
from ofrenda.measure.resources import watched
from ofrenda.types import Member, MemberId, Person, Role

pytestmark = pytest.mark.realtime

MIA = Member(MemberId("m1"), "Mia", "daughter", Role.FAMILY)


class _Life:
    def person(self) -> Person:
        return Person("Ida", ("en",))


async def test_the_stages_of_a_turn_add_up_to_what_the_caller_waited() -> None:
    switchboard = Switchboard(
        _Life(),
        scripted_engines(),
        clock=SystemClock(),
        max_calls=1,
        talk=lambda _m, _l: FloorTalk(),
    )
    async with watched(lambda: None) as resources:
        rows = await ask_all(switchboard, MIA, Questions((babble(1.3),), babble(1.0)), 3)
    await switchboard.close()
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
