"""Any server that speaks OpenAI's speech API and takes a clip to speak like.

vLLM-Omni (Qwen3-TTS, VoxCPM2, CosyVoice 3, MOSS), SGLang-Omni (dots.tts, FireRedTTS3) and most
servers of one model answer ``POST /audio/speech`` with ``stream``, and take the clip as a data URL
(``ref_audio``) with its words (``ref_text``). Nothing of the voice is kept there: the clip goes
along with every sentence. Talks to the configured address and to nothing else.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx

from ofrenda.engines.addresses import allowed, is_loopback
from ofrenda.engines.protocols import Capabilities, EngineKind
from ofrenda.engines.tts import remote
from ofrenda.engines.tts.enrolled import prompt_in, prompted
from ofrenda.engines.tts.pcm import PcmStream
from ofrenda.errors import EngineUnavailable
from ofrenda.settings import Settings
from ofrenda.types import CALM, Audio, Mood, ReferenceClip, VoiceProfile

ENGINE = "speech-api"
LEAST_S, MOST_S = 3.0, 15.0
"""Seconds of a prompt: Qwen3-TTS asks for 3 at least and works best with 5 to 10; dots.tts says
that more than about 10 gains nothing."""
_LANGUAGES = {"en": "English", "zh": "Chinese"}


class SpeechApi:
    """A :class:`~ofrenda.engines.protocols.TextToSpeech` that learns a voice from clips."""

    def __init__(self, settings: Settings, *, url: str) -> None:
        self._settings = settings
        self._url = url
        self._client: httpx.AsyncClient | None = None

    @property
    def capabilities(self) -> Capabilities:
        """What this engine is; the licence of a served model is not known here."""
        return Capabilities(
            name=ENGINE,
            kind=EngineKind.TTS,
            languages=(),
            streaming=True,
            sample_rate=self._settings.tts_rate,
            models=(),
            licence="unknown",
            offline=is_loopback(self._url),
        )

    async def warm(self) -> None:
        """Prepare the client; sends nothing."""
        self._connected()

    async def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

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
            model=self._settings.tts_model or "",
        )

    async def forget(self, profile: VoiceProfile) -> None:
        """Nothing: such a server keeps no voice."""

    async def synthesize(
        self, text: str, *, voice: VoiceProfile, mood: Mood = CALM, language: str | None = None
    ) -> AsyncIterator[Audio]:
        """Speak ``text`` as it comes from the server, at its rate (``OFRENDA_TTS_RATE``)."""
        prompt = prompt_in(voice, mood, engine=ENGINE)
        if not text.strip():
            return
        body: dict[str, Any] = {
            "model": self._settings.tts_model or "",
            "input": text,
            "voice": "default",
            "response_format": "pcm",
            "stream": True,
            "task_type": "Base",
            "ref_audio": "data:audio/wav;base64," + base64.b64encode(prompt.wav).decode(),
            "ref_text": prompt.text,
            "speed": round(1.0 + 0.15 * mood.pace, 2),
        }
        if language in _LANGUAGES:
            body["language"] = _LANGUAGES[language]
        sound = PcmStream(self._settings.tts_rate)
        with remote.speaking_plainly(self._url):
            async with self._connected().stream("POST", "audio/speech", json=body) as response:
                remote.require_success(response)
                kind = response.headers.get("content-type", "")
                if kind.startswith(("text/", "application/json")):
                    raise remote.unreadable(self._url)
                async for data in response.aiter_bytes():
                    for piece in sound.feed(data):
                        yield piece
        for piece in sound.rest():
            yield piece
        if not sound.bytes:
            raise EngineUnavailable("The speech server gave no sound. Try again.")

    def _connected(self) -> httpx.AsyncClient:
        if self._client is None:
            key = self._settings.tts_key
            headers = remote.bearer(key.get_secret_value() if key else None)
            self._client = remote.client(self._url + "/", headers)
        return self._client


def create(settings: Settings) -> SpeechApi:
    """The engine; nothing is sent until there is something to say. Raises ``EngineRefused``."""
    url = allowed(
        settings.tts_url,
        settings,
        engine=ENGINE,
        variable="OFRENDA_TTS_URL",
        example="http://127.0.0.1:8091/v1",
        what="the voice and what it says",
    )
    return SpeechApi(settings, url=url)
