"""When the caller speaks and pauses: voice activity as the few changes that a call acts on."""

from __future__ import annotations

import enum
from collections.abc import Callable

from pipecat.audio.vad.vad_analyzer import VADParams, VADState

from ofrenda.call.rules import CallRules
from ofrenda.call.silero import SharedSilero


class Change(enum.Enum):
    """What has just changed in the caller's voice."""

    BEGAN = "began"
    """They speak, after a silence."""
    WENT_ON = "went on"
    """They speak, after a silence too short to be a pause."""
    FALTERED = "faltered"
    """Silent for :attr:`CallRules.hear_early`: worth transcribing already."""
    PAUSED = "paused"
    """Silent for :attr:`CallRules.voice_stop`: a possible end of the turn."""


class VoiceActivity:
    """Follows one caller's voice on whatever clock the times given to it are from.

    ``is_echo`` says whether what begins to sound is the person's own voice come back."""

    def __init__(self, rules: CallRules, *, is_echo: Callable[[], bool] = lambda: False) -> None:
        self._early = rules.hear_early
        self._is_echo = is_echo
        self._vad = SharedSilero(
            VADParams(
                start_secs=rules.voice_start,
                stop_secs=rules.voice_stop,
                min_volume=rules.voice_volume,
            )
        )
        self._faltered = False
        self.speaking = False
        """From :attr:`Change.BEGAN` to :attr:`Change.PAUSED`."""
        self.sounding = False
        """Whether there was a voice in the last piece of sound."""
        self.starting = False
        """Whether there may have been, for less than :attr:`CallRules.voice_start`."""
        self.fell: float | None = None
        """When the silence began that is not over; None while they speak."""

    def hear(self, pcm: bytes, now: float, *, deaf: bool = False) -> Change | None:
        """Take 16-bit mono sound at 16 kHz that ends at ``now``; ``deaf``: change nothing."""
        state = self._vad.hear(pcm)
        if deaf:
            return None
        begins = state is VADState.SPEAKING and not self.speaking
        if begins and self._is_echo():
            state = VADState.QUIET
        self.sounding = state is VADState.SPEAKING
        self.starting = state is VADState.STARTING
        if self.sounding:
            return self._voice()
        if self.speaking and not self.starting:
            return self._silence(now, whole=state is VADState.QUIET)
        return None

    def stop(self, now: float) -> bool:
        """No more sound arrives: whoever was speaking has paused. Returns whether they were."""
        was, self.speaking = self.speaking, False
        self.sounding = self.starting = False
        if was and self.fell is None:
            self.fell = now
        return was

    def forget(self) -> None:
        """Nobody is speaking."""
        self.speaking = self.sounding = self.starting = self._faltered = False
        self.fell = None

    def _voice(self) -> Change | None:
        fell, self.fell, self._faltered = self.fell, None, False
        if not self.speaking:
            self.speaking = True
            return Change.BEGAN
        return Change.WENT_ON if fell is not None else None

    def _silence(self, now: float, *, whole: bool) -> Change | None:
        if self.fell is None:
            self.fell = now
        if whole:
            self.speaking = self._faltered = False
            return Change.PAUSED
        if not self._faltered and now - self.fell >= self._early:
            self._faltered = True
            return Change.FALTERED
        return None
