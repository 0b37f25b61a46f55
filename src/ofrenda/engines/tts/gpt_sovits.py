"""A GPT-SoVITS server (``api_v2.py``) on this machine, speaking like one clip of 3 to 10 s.

The server reads the clip from a path, so while a sentence is made the clip lies in a folder in
memory (``/dev/shm`` where there is one) that only this user can enter. For the same reason the
server has to run on this machine.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from ofrenda.engines.addresses import allowed, is_loopback
from ofrenda.engines.protocols import Capabilities, EngineKind
from ofrenda.engines.tts import prompts, remote
from ofrenda.engines.tts.enrolled import prompt_in, prompted
from ofrenda.engines.tts.pcm import PcmStream
from ofrenda.errors import EngineRefused, EngineUnavailable
from ofrenda.settings import Settings
from ofrenda.types import CALM, Audio, Mood, ReferenceClip, VoiceProfile

ENGINE = "gpt-sovits"
RATE = 32_000
"""Hz of ``v2`` and ``v2Pro``; the WAV header is passed over."""
LEAST_S, MOST_S = 3.0, 10.0
"""Seconds of the clip: the server refuses anything else."""
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it


class GptSoVits:
    """A :class:`~ofrenda.engines.protocols.TextToSpeech` that speaks like a clip."""

    def __init__(self, settings: Settings, *, url: str) -> None:
        self._settings = settings
        self._url = url
        self._folder: Path | None = None

    @property
    def capabilities(self) -> Capabilities:
        """What this engine is."""
        return Capabilities(
            name=ENGINE,
            kind=EngineKind.TTS,
            languages=("en", "zh"),
            streaming=True,
            sample_rate=RATE,
            models=(),
            licence="MIT",
            offline=True,
        )

    async def warm(self) -> None:
        """Nothing is sent before there is something to say."""

    async def close(self) -> None:
        """Take away the folder with the clips."""
        folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    async def enroll(
        self, reference: Sequence[ReferenceClip], *, consent_id: str, name: str
    ) -> VoiceProfile:
        """Choose the clips to speak like, one for each mood heard; sends nothing."""
        return prompted(
            reference,
            engine=ENGINE,
            name=name,
            consent_id=consent_id,
            least=LEAST_S,
            most=MOST_S,
        )

    async def forget(self, profile: VoiceProfile) -> None:
        """Take away the clips; the server keeps none."""
        await self.close()

    async def synthesize(
        self, text: str, *, voice: VoiceProfile, mood: Mood = CALM, language: str | None = None
    ) -> AsyncIterator[Audio]:
        """Speak ``text`` at 32 kHz as it comes."""
        prompt = prompt_in(voice, mood, engine=ENGINE)
        if not text.strip():
            return
        body: dict[str, Any] = {
            "text": text,
            "text_lang": language or prompt.language,
            "ref_audio_path": str(self._lend(prompt)),
            "prompt_text": prompt.text,
            "prompt_lang": prompt.language,
            "media_type": "wav",
            "streaming_mode": True,
            "speed_factor": round(1.0 + 0.15 * mood.pace, 2),
        }
        sound = PcmStream(RATE)
        with remote.speaking_plainly(self._url):
            async with (
                remote.client(self._url + "/", {}) as client,
                client.stream("POST", "tts", json=body) as response,
            ):
                remote.require_success(response)
                async for data in response.aiter_bytes():
                    for piece in sound.feed(data):
                        yield piece
        for piece in sound.rest():
            yield piece
        if not sound.bytes:
            raise EngineUnavailable("The speech server gave no sound. Try again.")

    def _lend(self, prompt: prompts.VoicePrompt) -> Path:
        """The path of a clip for the server to read."""
        if self._folder is None:
            where = _IN_MEMORY if _IN_MEMORY.is_dir() else None
            self._folder = Path(tempfile.mkdtemp(prefix="ofrenda-", dir=where))
        path = self._folder / f"{hashlib.sha256(prompt.wav).hexdigest()[:16]}.wav"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_bytes(prompt.wav)
        return path


def create(settings: Settings) -> GptSoVits:
    """The engine; nothing is sent until there is something to say. Raises ``EngineRefused``."""
    url = allowed(
        settings.tts_url or "http://127.0.0.1:9880",
        settings,
        engine=ENGINE,
        variable="OFRENDA_TTS_URL",
        example="http://127.0.0.1:9880",
        what="the voice and what it says",
    )
    if not is_loopback(url):
        raise EngineRefused(
            "A GPT-SoVITS server reads clips from its own disk, so it has to run on this machine. "
            "Set OFRENDA_TTS_URL to its address here, for example http://127.0.0.1:9880"
        )
    return GptSoVits(settings, url=url)
