"""Two people are told from one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from ofrenda.engines.protocols import TextToSpeech
from ofrenda.engines.tts.kokoro import create
from ofrenda.engines.tts.stock import stock_profile
from ofrenda.errors import ClipRejected
from ofrenda.settings import Settings
from ofrenda.types import Audio, Samples
from ofrenda.voice import examine_clip
from ofrenda.voice.sample import SENTENCES, speak

from .recordings import RATE, louder, prompts


@pytest.fixture
async def kokoro(settings: Settings) -> AsyncIterator[TextToSpeech]:
    engine = create(settings)
    yield engine
    await engine.close()


async def sentences(tts: TextToSpeech, voice: str) -> list[Samples]:
    return [
        (await speak(tts, text, stock_profile(voice), "en")).samples for text in SENTENCES["en"]
    ]


def in_turns(one: list[Samples], other: list[Samples]) -> Audio:
    """Three sentences of one, then one of the other, as long as there are any."""
    pause = np.zeros(RATE // 3, np.float32)
    pieces: list[Samples] = []
    for i, sentence in enumerate(other):
        pieces += [*one[3 * i : 3 * i + 3], sentence]
    return Audio(
        np.concatenate([part for piece in pieces for part in (louder(piece, 0.06), pause)]), RATE
    )


@pytest.mark.models
@pytest.mark.speech
@pytest.mark.timeout(300)
@pytest.mark.parametrize("other", ["am_michael", "bf_emma"])
async def test_a_man_or_a_woman_beside_her_is_noticed(
    kokoro: TextToSpeech, allison_folder: Path, settings: Settings, other: str
) -> None:
    hers = [prompt for prompt in prompts(allison_folder, shortest=4.0) if len(prompt) < 8 * RATE]
    with pytest.raises(ClipRejected) as caught:
        examine_clip(in_turns(hers, await sentences(kokoro, other)), settings=settings)
    assert caught.value.reason == "two_voices"


@pytest.mark.models
@pytest.mark.speech
def test_one_woman_in_every_third_of_her_prompts_is_one(
    allison_folder: Path, settings: Settings
) -> None:
    every = prompts(allison_folder, shortest=3.0)
    for start in range(3):
        reel = np.concatenate([louder(prompt, 0.06) for prompt in every[start::3]])
        examine_clip(Audio(reel[: 45 * RATE], RATE), settings=settings)
