from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from ofrenda.engines.turn.smart_turn import create
from ofrenda.errors import EngineRefused
from ofrenda.settings import Settings
from ofrenda.types import Audio, Samples

SOUNDS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
pytestmark = pytest.mark.models


def load(path: Path) -> Samples:
    with av.open(str(path), format="g722") as container:
        frames = [frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)]
    return np.concatenate(frames).astype(np.float32) / 32768


@pytest.mark.speech
@pytest.mark.skipif(not SOUNDS.is_dir(), reason="needs Debian's asterisk-core-sounds-en-g722")
async def test_a_whole_sentence_sounds_more_complete_than_its_first_half() -> None:
    engine = create(Settings())
    names = ["cannot-complete-as-dialed", "conf-getpin", "check-number-dial-again", "agent-pass"]
    whole, half = [], []
    for name in names:
        samples = load(SOUNDS / f"{name}.g722")
        loud = np.flatnonzero(np.abs(samples) > 0.02)
        samples = samples[loud[0] : loud[-1]]
        pause = np.zeros(3200, np.float32)
        for part, into in ((samples, whole), (samples[: len(samples) // 2], half)):
            sound = Audio(np.concatenate([part, pause]), 16_000)
            into.append(await engine.end_probability(sound))
    await engine.close()
    assert all(0 <= probability <= 1 for probability in whole + half)
    assert np.mean(whole) > np.mean(half) + 0.3


async def test_only_the_last_eight_seconds_count() -> None:
    engine = create(Settings())
    random = np.random.default_rng(3)
    end = random.normal(0, 0.1, 8 * 16_000).astype(np.float32)
    before = random.normal(0, 0.1, 5 * 16_000).astype(np.float32)
    alone = await engine.end_probability(Audio(end, 16_000))
    after = await engine.end_probability(Audio(np.concatenate([before, end]), 16_000))
    assert alone == after
    await engine.close()


async def test_no_sound_at_all_is_no_error_and_another_rate_is_one() -> None:
    engine = create(Settings())
    nothing = np.zeros(0, np.float32)
    assert 0 <= await engine.end_probability(Audio(nothing, 16_000)) <= 1
    with pytest.raises(EngineRefused, match="16000 Hz"):
        await engine.end_probability(Audio(nothing, 8_000))
    await engine.close()
