"""A sentence that comes in pieces of any length is heard without a gap between them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from pipecat.frames.frames import Frame, OutputAudioRawFrame
from pipecat.processors.frame_processor import FrameDirection

from ofrenda.call.frames import SayFrame
from ofrenda.call.rules import CallRules
from ofrenda.call.speaking import CHUNK_SECONDS, HouseLines, Mouth
from ofrenda.engines.protocols import TextToSpeech
from ofrenda.types import Audio, Provenance, Sentence

from .plain import HOUSE_VOICE, PERSON_VOICE

RATE = 24_000


class Recorded(Mouth):
    """Keeps what it would send on."""

    def __init__(self, tts: TextToSpeech, exchange: Any) -> None:
        super().__init__(
            exchange, tts, HouseLines(), rate=RATE, rules=CallRules(), on_mute=lambda: None
        )
        self.sent: list[Frame] = []

    async def push_frame(
        self, frame: Frame, direction: FrameDirection = FrameDirection.DOWNSTREAM
    ) -> None:
        self.sent.append(frame)


class Pieces:
    """Speaks a rising line, cut into ``sizes``."""

    def __init__(self, sizes: list[int]) -> None:
        self._sizes = sizes

    async def synthesize(self, text: str, **_how: Any) -> AsyncIterator[Audio]:
        line = np.linspace(0.1, 0.9, sum(self._sizes), dtype=np.float32)
        for piece in np.split(line, np.cumsum(self._sizes)[:-1]):
            yield Audio(piece, RATE)


@pytest.mark.parametrize("sizes", [[10_800, 77, 16_201, 1], [480] * 5, [5], [960, 1920]])
async def test_pieces_join_without_a_gap(sizes: list[int]) -> None:
    async def at_once(*_: Any) -> None:
        return

    talk = SimpleNamespace(voice=PERSON_VOICE, neutral_voice=HOUSE_VOICE)
    exchange = SimpleNamespace(not_too_far_ahead=at_once, talk=talk, found=set())
    mouth = Recorded(cast(TextToSpeech, Pieces(sizes)), exchange)
    sentence = Sentence("x", "x", "en", Provenance.REMEMBERED)
    reply = SimpleNamespace(mute=False, opening=False, prepared=None, first_audio=None, ahead=0.0)
    spoken = SimpleNamespace(sentence=sentence, seconds=0.0, complete=False)
    await mouth.process_frame(
        SayFrame(cast(Any, reply), cast(Any, spoken)), FrameDirection.DOWNSTREAM
    )
    pcm = b"".join(frame.audio for frame in mouth.sent if isinstance(frame, OutputAudioRawFrame))
    heard = np.frombuffer(pcm, "<i2")
    chunk = round(CHUNK_SECONDS * RATE)
    assert all(
        len(frame.audio) % (2 * chunk) == 0
        for frame in mouth.sent
        if isinstance(frame, OutputAudioRawFrame)
    )
    assert (heard[: sum(sizes)] > 3000).all()
    assert (heard[sum(sizes) :] == 0).all()
    assert spoken.complete
    assert 0 <= spoken.seconds - sum(sizes) / RATE < CHUNK_SECONDS
