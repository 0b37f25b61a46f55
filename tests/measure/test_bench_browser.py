"""Interruptions in real Chromium: what is counted, and that it can be."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ofrenda.measure.browser_call import BLOCK, CHROMIUM, bench_browser, interruptions_in
from ofrenda.settings import Settings
from ofrenda.types import Consent, Member, MemberId, Person, Role
from ofrenda.vault import KdfParameters, Life

MEI = Member(MemberId("m-mei"), "Mei Lindqvist", "wife", Role.KEEPER)


def levels(*stretches: tuple[float, float, float]) -> list[list[float]]:
    """So many seconds of these peaks at the microphone and at the loudspeaker, in turn."""
    return [
        [microphone, loudspeaker]
        for seconds, microphone, loudspeaker in stretches
        for _ in range(round(seconds / BLOCK))
    ]


def test_an_interruption_is_timed_from_the_first_sound_to_silence() -> None:
    (found,) = interruptions_in(
        levels((1.3, 0.3, 0.0), (0.6, 0.0, 0.0), (2.0, 0.0, 0.2), (0.25, 0.3, 0.2), (1.0, 0.3, 0.0))
    )
    assert found == pytest.approx(250.0, abs=2 * 1000 * BLOCK)


def test_who_speaks_before_the_answer_is_under_way_or_after_it_interrupts_nothing() -> None:
    assert not interruptions_in(
        levels((0.5, 0.0, 0.0), (0.4, 0.0, 0.2), (0.3, 0.3, 0.2), (1.0, 0.3, 0.0))
    )
    assert not interruptions_in(
        levels((0.5, 0.0, 0.0), (2.0, 0.0, 0.2), (0.5, 0.0, 0.0), (1.0, 0.3, 0.0))
    )


def test_an_answer_that_goes_on_to_the_end_of_the_recording_is_not_counted() -> None:
    assert not interruptions_in(levels((0.5, 0.0, 0.0), (2.0, 0.0, 0.2), (1.0, 0.3, 0.2)))


@pytest.mark.realtime
@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs Chromium ({CHROMIUM})")
async def test_an_answer_is_interrupted_in_chromium(tmp_path: Path) -> None:
    life, _ = Life.create(
        tmp_path / "home",
        "papa",
        "four quiet lanterns by the ferry",
        person=Person("Henrik Lindqvist", ("en",)),
        consent=Consent(datetime.now(UTC), MEI.name, "wife", "relatives", ("text",), "I agree."),
        keeper=MEI,
        kdf=KdfParameters(memory_kib=8, passes=1, lanes=1),
    )
    with life:
        result = await bench_browser(life, Settings(home=tmp_path / "home"), interruptions=1)
    assert result.metrics["browser_barge_ins"] == 1
    time_to_silence = result.metrics["browser_barge_in_p50_ms"]
    assert time_to_silence is not None
    assert 50 < time_to_silence < 1000
