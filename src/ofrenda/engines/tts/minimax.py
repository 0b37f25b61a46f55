"""MiniMax speech (cloud): a voice cloned from up to five minutes, spoken over one WebSocket.

Enrolment uploads a reel of clips and, for a closer voice, one short clip with its words
(``clone_prompt``); the voice then lives in the account until :meth:`forget` deletes it, or for
seven days without use, after which it is made again from the clips in the profile. Synthesis uses
the two-way WebSocket: text in, hexadecimal 16-bit sound out, ``task_cancel`` when interrupted.

Written from the public documentation (platform.minimax.io/docs, 2026) and tested against a server
on this machine that plays it; never run against the service itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx

from ofrenda.engines.addresses import allowed, is_loopback
from ofrenda.engines.protocols import Capabilities, EngineKind
from ofrenda.engines.tts import prompts, remote
from ofrenda.engines.tts.enrolled import hosted, voice_id_in
from ofrenda.engines.tts.pcm import PcmStream
from ofrenda.errors import EngineError, EngineRefused, EngineTimeout, EngineUnavailable
from ofrenda.settings import Settings
from ofrenda.types import CALM, Audio, Mood, MoodName, ReferenceClip, VoiceProfile

ENGINE = "minimax"
URL = "https://api.minimax.io"
MODEL = "speech-2.8-hd"
RATE = 24_000
REEL_LEAST_S, REEL_MOST_S = 10.0, 120.0
"""Seconds of the reel: the service takes 10 s to 5 min, and says 1 to 2 min are best."""
PROMPT_LEAST_S, PROMPT_MOST_S = 2.0, 7.9
"""Seconds of the clip with words: the service takes less than 8."""

_EMOTIONS: Mapping[MoodName, str | None] = {
    MoodName.CALM: None,
    MoodName.WARM: None,
    MoodName.GLAD: "happy",
    MoodName.PLAYFUL: "happy",
    MoodName.TENDER: "calm",
    MoodName.SAD: "sad",
    MoodName.CONCERNED: "calm",
}
"""The service's words for a mood; none asks for the voice as it is."""

_LANGUAGES = {"en": "English", "zh": "Chinese"}
_BUSY, _KEY, _MONEY = (1001, 1002, 1039, 1041), (1004,), (1008,)
_VOICE_GONE = (2042, 2054, 20132)


class MiniMax:
    """A :class:`~ofrenda.engines.protocols.TextToSpeech` in the cloud."""

    def __init__(self, settings: Settings, *, url: str) -> None:
        self._settings = settings
        self._url = url
        key = settings.tts_key
        self._headers = remote.bearer(key.get_secret_value() if key else None)
        self._model = settings.tts_model or MODEL

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
            licence="LicenseRef-MiniMax-terms",
            offline=is_loopback(self._url),
        )

    async def warm(self) -> None:
        """Nothing is sent before there is something to say."""

    async def close(self) -> None:
        """Nothing is held open between sentences."""

    async def enroll(
        self, reference: Sequence[ReferenceClip], *, consent_id: str, name: str
    ) -> VoiceProfile:
        """Upload a reel and one short clip with its words, and have a voice made.

        The artefact keeps the short clips, so that the voice can be made again."""
        sound = prompts.reel(reference, least=REEL_LEAST_S, most=REEL_MOST_S)
        short: tuple[prompts.VoicePrompt, ...] = ()
        with contextlib.suppress(EngineRefused):  # the words help, and are not needed
            short = prompts.prompts_of(reference, least=PROMPT_LEAST_S, most=PROMPT_MOST_S)[:1]
        voice_id = "Ofrenda" + "".join(c for c in name if c.isalnum())
        async with self._http() as client:
            reel = await self._upload(client, prompts.wav_bytes(sound), "voice_clone")
            order: dict[str, Any] = {"file_id": reel, "voice_id": voice_id}
            if short:
                clip = await self._upload(client, short[0].wav, "prompt_audio")
                order["clone_prompt"] = {"prompt_audio": clip, "prompt_text": short[0].text}
            await self._order(client, "v1/voice_clone", order)
        return hosted(reference, engine=ENGINE, name=name, consent_id=consent_id, voice_id=voice_id)

    async def forget(self, profile: VoiceProfile) -> None:
        """Delete the voice from the account."""
        async with self._http() as client:
            order = {"voice_type": "voice_cloning", "voice_id": voice_id_in(profile, engine=ENGINE)}
            try:
                await self._order(client, "v1/delete_voice", order)
            except _VoiceGone:
                return

    async def synthesize(
        self, text: str, *, voice: VoiceProfile, mood: Mood = CALM, language: str | None = None
    ) -> AsyncIterator[Audio]:
        """Speak ``text`` at 24 kHz as it comes; leaving the iterator cancels it at the service."""
        voice_id = voice_id_in(voice, engine=ENGINE)
        if not text.strip():
            return
        sound = PcmStream(RATE)
        try:
            async with self._socket() as socket:
                await self._expect(socket, "connected_success")
                await self._send(socket, self._start(voice_id, mood, language))
                await self._expect(socket, "task_started")
                await self._send(socket, {"event": "task_continue", "text": text})
                await self._send(socket, {"event": "task_finish"})
                finished = False
                try:
                    while not finished:
                        answer = await self._receive(socket)
                        finished = answer.get("event") == "task_finished"
                        for piece in sound.feed(_sound_in(answer)):
                            yield piece
                finally:
                    if not finished:
                        with contextlib.suppress(EngineError, OSError):
                            await self._send(socket, {"event": "task_cancel"})
        except TimeoutError:
            raise EngineTimeout("The speech service took too long. Try again.") from None
        except _socket_errors():
            raise EngineUnavailable(
                "The connection to the speech service broke off. Try again."
            ) from None
        for piece in sound.rest():
            yield piece
        if not sound.bytes:
            raise EngineUnavailable("The speech service gave no sound. Try again.")

    def _start(self, voice_id: str, mood: Mood, language: str | None) -> dict[str, Any]:
        setting: dict[str, Any] = {
            "voice_id": voice_id,
            "speed": round(1.0 + 0.2 * mood.pace, 2),
            "vol": 1.0,
            "pitch": 0,
        }
        emotion = _EMOTIONS[mood.name] if mood.intensity >= 0.3 else None
        if emotion is not None:
            setting["emotion"] = emotion
        start: dict[str, Any] = {
            "event": "task_start",
            "model": self._model,
            "voice_setting": setting,
            "audio_setting": {"sample_rate": RATE, "format": "pcm", "channel": 1},
        }
        if language in _LANGUAGES:
            start["language_boost"] = _LANGUAGES[language]
        return start

    def _http(self) -> httpx.AsyncClient:
        return remote.client(self._url + "/", self._headers)

    def _socket(self) -> Any:
        from websockets.asyncio.client import connect

        parts = urlsplit(self._url)
        scheme = "wss" if parts.scheme == "https" else "ws"
        return connect(
            urlunsplit((scheme, parts.netloc, "/ws/v1/t2a_v2_bidi", "", "")),
            additional_headers=self._headers,
            open_timeout=remote.CONNECT_S,
            close_timeout=1.0,
            max_size=2**23,
            proxy=None if is_loopback(self._url) else True,
        )

    async def _expect(self, socket: Any, event: str) -> None:
        answer = await self._receive(socket)
        if answer.get("event") != event:
            raise remote.unreadable(self._url)

    async def _receive(self, socket: Any) -> dict[str, Any]:
        async with asyncio.timeout(remote.READ_S):
            raw = await socket.recv()
        try:
            answer = json.loads(raw)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise remote.unreadable(self._url)
        _require_well(answer)
        return answer

    @staticmethod
    async def _send(socket: Any, message: Mapping[str, Any]) -> None:
        await socket.send(json.dumps(message))

    async def _upload(self, client: httpx.AsyncClient, wav: bytes, purpose: str) -> int:
        with remote.speaking_plainly(self._url):
            response = await client.post(
                "v1/files/upload",
                data={"purpose": purpose},
                files={"file": ("voice.wav", wav, "audio/wav")},
                timeout=remote.UPLOAD_S,
            )
        found = self._answer(response).get("file")
        file_id = found.get("file_id") if isinstance(found, dict) else None
        if not isinstance(file_id, int):
            raise remote.unreadable(self._url)
        return file_id

    async def _order(self, client: httpx.AsyncClient, path: str, order: Mapping[str, Any]) -> None:
        with remote.speaking_plainly(self._url):
            response = await client.post(path, json=order, timeout=remote.UPLOAD_S)
        self._answer(response)

    def _answer(self, response: httpx.Response) -> dict[str, Any]:
        remote.require_success(response)
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise remote.unreadable(self._url)
        _require_well(answer)
        return answer


class _VoiceGone(EngineRefused):
    """The account has no such voice."""


def _require_well(answer: Mapping[str, Any]) -> None:
    """Raise what ``base_resp`` says: the service answers 200 also when it refuses."""
    base = answer.get("base_resp")
    code = base.get("status_code", 0) if isinstance(base, dict) else 0
    if code == 0 and answer.get("event") != "task_failed":
        return
    if code in _BUSY:
        raise EngineUnavailable("The speech service has too much to do. Try again later.")
    if code in _KEY:
        raise EngineRefused("The speech service does not accept the key. Check OFRENDA_TTS_KEY.")
    if code in _MONEY:
        raise EngineRefused("The account at the speech service has run out. Look after it first.")
    if code in _VOICE_GONE:
        raise _VoiceGone(
            "The speech service no longer has this voice: it drops one that is not used for seven "
            "days. Make it again with 'ofrenda voice'."
        )
    if code in (1026, 1027):
        raise EngineRefused("The speech service does not want to say this sentence.")
    if code in (1043, 1044):
        raise EngineRefused(
            "The words of a clip do not fit its sound. Correct them with 'ofrenda voice'."
        )
    if code in (2037, 2048):
        raise EngineRefused("A clip is too long or too short for the speech service.")
    raise EngineRefused(f"The speech service refused (code {code}). Check OFRENDA_TTS_MODEL.")


def _sound_in(answer: Mapping[str, Any]) -> bytes:
    """The sound in a message. The last message may repeat all of it, and is marked so."""
    data = answer.get("data")
    if not isinstance(data, dict) or data.get("status") == 2:
        return b""
    try:
        return bytes.fromhex(data.get("audio") or "")
    except (ValueError, TypeError):
        raise EngineUnavailable("The speech service sent broken sound. Try again.") from None


def _socket_errors() -> tuple[type[Exception], ...]:
    from websockets.exceptions import WebSocketException

    return (WebSocketException, OSError)


def create(settings: Settings) -> MiniMax:
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
        raise EngineRefused("The engine 'minimax' needs a key. Set OFRENDA_TTS_KEY.")
    return MiniMax(settings, url=url)
