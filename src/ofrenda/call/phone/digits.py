"""Digits from a telephone, keyed or spoken."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, cast

import numpy as np
from pipecat.audio.vad.vad_analyzer import VADParams, VADState
from pipecat.frames.frames import InputAudioRawFrame, InputDTMFFrame
from pipecat.serializers.base_serializer import FrameSerializer

from ofrenda.call.phone.companies import HEARING_RATE
from ofrenda.call.phone.pins import spoken_digits
from ofrenda.call.phone.socket import PhoneSocket
from ofrenda.call.silero import SharedSilero
from ofrenda.engines.protocols import SpeechToText
from ofrenda.errors import OfrendaError
from ofrenda.types import Audio

_log = logging.getLogger(__name__)

SAID = 0.9
"""Seconds of silence after which spoken digits are looked at: people pause between digits."""
LONGEST = 15.0
"""Seconds of speech that are listened to at once."""
HEARING_SECONDS = 20.0
"""Longest that speech to text may take."""
PRE_ROLL = 0.5
"""Seconds before detected speech that belong to it."""


class Silent(enum.Enum):
    """Nothing was keyed or said."""

    LEFT = "left"
    """The caller is not there any more."""
    WAITED = "waited"
    """The time is up."""


class Digits:
    """Listens on one stream for keys and spoken digits, inside :meth:`listening`.

    ``deaf`` says whether the house itself is heard just now: what comes back of that is no
    answer. Keys count all the same. ``serializer`` must be made for 16 kHz."""

    def __init__(
        self,
        socket: PhoneSocket,
        serializer: FrameSerializer,
        stt: SpeechToText,
        *,
        languages: Sequence[str],
        deaf: Callable[[], bool],
    ) -> None:
        self._socket = socket
        self._serializer = serializer
        self._stt = stt
        self._languages = tuple(languages)
        self._deaf = deaf
        self._heard: asyncio.Queue[str | Silent] = asyncio.Queue()
        self._hearing: asyncio.Task[None] | None = None
        self._ear = _Ear()

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Listen; the stream can be read by somebody else afterwards."""
        # The serializer takes its rate from its own parameters; there is no pipeline yet.
        await self._serializer.setup(cast(Any, None))
        task = asyncio.create_task(self._listen(), name="digits")
        try:
            yield
        finally:
            for one in (task, self._hearing):
                if one is not None:
                    one.cancel()
                    await asyncio.gather(one, return_exceptions=True)

    async def next(self, seconds: float) -> str | Silent:
        """What comes next within so many seconds: a key (``0`` to ``9``, ``*``, ``#``), or all
        digits of something said. Who is speaking when the time is up is heard out."""
        while True:
            try:
                async with asyncio.timeout(seconds):
                    return await self._heard.get()
            except TimeoutError:
                if not self._speaking:
                    return Silent.WAITED
                seconds = SAID

    def forget(self) -> None:
        """What came until now does not count; that the caller has left does."""
        left = False
        while not self._heard.empty():
            left |= self._heard.get_nowait() is Silent.LEFT
        if left:
            self._heard.put_nowait(Silent.LEFT)

    @property
    def _speaking(self) -> bool:
        hearing = self._hearing is not None and not self._hearing.done()
        return self._ear.speaking or hearing

    async def _listen(self) -> None:
        with contextlib.suppress(RuntimeError):  # read again after its end
            while (message := await self._socket.receive())["type"] == "websocket.receive":
                await self._take(message["text"])
        self._heard.put_nowait(Silent.LEFT)

    async def _take(self, message: str) -> None:
        frame = await self._serializer.deserialize(message)
        if isinstance(frame, InputDTMFFrame):
            self._ear.forget()
            self._heard.put_nowait(frame.button.value)
        elif isinstance(frame, InputAudioRawFrame):
            speech = self._ear.hear(frame.audio, deaf=self._deaf())
            if speech is not None and (self._hearing is None or self._hearing.done()):
                self._hearing = asyncio.create_task(self._understand(speech))

    async def _understand(self, speech: Audio) -> None:
        try:
            async with asyncio.timeout(HEARING_SECONDS):
                text = await self._stt.transcribe(speech, languages=self._languages)
        except (OfrendaError, TimeoutError) as error:
            _log.warning("Spoken digits were not heard: %s", type(error).__name__)
            return
        if digits := spoken_digits(text.text):
            self._heard.put_nowait(digits)


class _Ear:
    """Collects what is said until silence follows it."""

    def __init__(self) -> None:
        self._vad = SharedSilero(VADParams(start_secs=0.12, stop_secs=SAID))
        self._sound = bytearray()
        self.speaking = False

    def forget(self) -> None:
        """What was said until now does not count."""
        self._sound.clear()
        self.speaking = False

    def hear(self, pcm: bytes, *, deaf: bool) -> Audio | None:
        """Take 16-bit mono sound at 16 kHz; what was said, when it has just ended."""
        state = self._vad.hear(pcm)
        if deaf:
            self.forget()
            return None
        self._sound += pcm
        self.speaking |= state is VADState.SPEAKING
        most = LONGEST if self.speaking else PRE_ROLL
        excess = len(self._sound) - int(most * HEARING_RATE) * 2
        if excess > 0:
            del self._sound[:excess]
        if not self.speaking or state is not VADState.QUIET:
            return None
        samples = np.frombuffer(bytes(self._sound), dtype="<i2").astype(np.float32) / 32768.0
        self.forget()
        return Audio(samples, HEARING_RATE)
