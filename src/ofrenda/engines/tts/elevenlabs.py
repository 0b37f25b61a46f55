"""ElevenLabs (cloud): an instant voice clone, spoken as streamed 16-bit sound over HTTP.

Written from the public API (``/v1/voices/add``, ``/v1/text-to-speech/{id}/stream``) and tested
against a server on this machine that plays it; never run against the service itself. The models
that stream only over its dialogue WebSocket (v3, v4) are not used.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import quote

import httpx

from ofrenda.engines.addresses import allowed, is_loopback
from ofrenda.engines.protocols import Capabilities, EngineKind
from ofrenda.engines.tts import prompts, remote
from ofrenda.engines.tts.enrolled import hosted, voice_id_in
from ofrenda.engines.tts.pcm import PcmStream
from ofrenda.errors import EngineRefused, EngineUnavailable
from ofrenda.settings import Settings
from ofrenda.types import CALM, Audio, Mood, MoodName, ReferenceClip, VoiceProfile

ENGINE = "elevenlabs"
URL = "https://api.elevenlabs.io"
MODEL = "eleven_flash_v2_5"
RATE = 24_000
LEAST_S, MOST_S = 10.0, 120.0
"""Seconds of the reel; the service says 1 to 2 minutes."""

_LIVELY = {MoodName.GLAD: 0.35, MoodName.PLAYFUL: 0.3, MoodName.SAD: 0.45, MoodName.TENDER: 0.5}
"""``stability`` at full intensity: lower varies more. 0.6 otherwise."""
_STEADY = 0.6


class ElevenLabs:
    """A :class:`~ofrenda.engines.protocols.TextToSpeech` in the cloud."""

    def __init__(self, settings: Settings, *, url: str) -> None:
        self._url = url
        self._model = settings.tts_model or MODEL
        self._key = settings.tts_key.get_secret_value() if settings.tts_key else ""

    @property
    def capabilities(self) -> Capabilities:
        """What this engine is."""
        return Capabilities(
            name=ENGINE,
            kind=EngineKind.TTS,
            languages=(),
            streaming=True,
            sample_rate=RATE,
            models=(),
            licence="LicenseRef-ElevenLabs-terms",
            offline=is_loopback(self._url),
        )

    async def warm(self) -> None:
        """Nothing is sent before there is something to say."""

    async def close(self) -> None:
        """Nothing is held open between sentences."""

    async def enroll(
        self, reference: Sequence[ReferenceClip], *, consent_id: str, name: str
    ) -> VoiceProfile:
        """Upload a reel of the clips, and have a voice made. No name of a person is sent."""
        wav = prompts.wav_bytes(prompts.reel(reference, least=LEAST_S, most=MOST_S))
        with remote.speaking_plainly(self._url):
            async with self._http() as client:
                response = await client.post(
                    "v1/voices/add",
                    data={"name": name, "remove_background_noise": "false"},
                    files={"files": ("voice.wav", wav, "audio/wav")},
                    timeout=remote.UPLOAD_S,
                )
        remote.require_success(response)
        voice_id = _field(response, "voice_id")
        if voice_id is None:
            raise remote.unreadable(self._url)
        return hosted(reference, engine=ENGINE, name=name, consent_id=consent_id, voice_id=voice_id)

    async def forget(self, profile: VoiceProfile) -> None:
        """Delete the voice from the account; one that is gone already is no trouble."""
        with remote.speaking_plainly(self._url):
            async with self._http() as client:
                response = await client.delete(f"v1/voices/{_quoted_id(profile)}")
        if response.status_code != 404:
            remote.require_success(response)

    async def synthesize(
        self, text: str, *, voice: VoiceProfile, mood: Mood = CALM, language: str | None = None
    ) -> AsyncIterator[Audio]:
        """Speak ``text`` at 24 kHz as it comes; leaving the iterator ends the request."""
        voice_id = _quoted_id(voice)
        if not text.strip():
            return
        lively = _LIVELY.get(mood.name, _STEADY)
        body: dict[str, Any] = {
            "text": text,
            "model_id": self._model,
            "voice_settings": {
                "stability": round(_STEADY + (lively - _STEADY) * mood.intensity, 2),
                "similarity_boost": 0.9,
                "speed": round(1.0 + 0.15 * mood.pace, 2),
            },
        }
        if language is not None:
            body["language_code"] = language
        sound = PcmStream(RATE)
        with remote.speaking_plainly(self._url):
            async with (
                self._http() as client,
                client.stream(
                    "POST",
                    f"v1/text-to-speech/{voice_id}/stream",
                    params={"output_format": f"pcm_{RATE}"},
                    json=body,
                ) as response,
            ):
                remote.require_success(response)
                async for data in response.aiter_bytes():
                    for piece in sound.feed(data):
                        yield piece
        for piece in sound.rest():
            yield piece
        if not sound.bytes:
            raise EngineUnavailable("The speech service gave no sound. Try again.")

    def _http(self) -> httpx.AsyncClient:
        return remote.client(self._url + "/", {"xi-api-key": self._key})


def _field(response: httpx.Response, name: str) -> str | None:
    try:
        value = response.json().get(name)
    except (ValueError, AttributeError):
        return None
    return value if isinstance(value, str) and value else None


def _quoted_id(profile: VoiceProfile) -> str:
    return quote(voice_id_in(profile, engine=ENGINE), safe="")


def create(settings: Settings) -> ElevenLabs:
    """The engine; nothing is sent until there is something to say. Raises ``EngineRefused``."""
    url = allowed(
        settings.tts_url or URL,
        settings,
        engine=ENGINE,
        variable="OFRENDA_TTS_URL",
        example=URL,
        what="the voice and what it says",
    )
    if settings.tts_key is None:
        raise EngineRefused("The engine 'elevenlabs' needs a key. Set OFRENDA_TTS_KEY.")
    return ElevenLabs(settings, url=url)
