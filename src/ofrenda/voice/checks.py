"""Whether a recording can give a life its voice, and what would help when it cannot."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ofrenda.errors import ClipRejected
from ofrenda.settings import Settings
from ofrenda.sound import Recording
from ofrenda.types import Audio
from ofrenda.voice.pitch import median_pitch
from ofrenda.voice.quality import (
    ECHO_SECONDS,
    NOISY_SNR_DB,
    SILENT_DBFS,
    Quality,
    loudest_dbfs,
    measure_quality,
)
from ofrenda.voice.speech import RATE, Span, cut, find_speech
from ofrenda.voice.talkers import TWO_VOICES, two_voices

SHORTEST_SPEECH: Final = 10.0
"""Seconds of speech without which no voice is chosen: best results of prompt-driven engines begin
at 5 to 10 s, and a third is set aside for measuring."""
SHORTEST_SOURCE: Final = 3.0
"""Seconds of speech in one of several recordings: the shortest segment the lab cuts."""
LITTLE_SPEECH: Final = 45.0
"""Under this many seconds a warning says that more would help; the aim is 90 s."""
_HARDLY_ANY: Final = 3.0
"""Seconds of speech that, in a recording of :data:`SHORTEST_SPEECH` or longer, are as likely a
mistake of the speech finder: it hears up to 2.3 s in five minutes of music."""

Progress = Callable[[str, float], None]
"""Called with the step (``listening``, ``comparing``, ``trying``) and the share of it done."""

WARNINGS: Final[Mapping[str, str]] = {
    "little_speech": "There is little speech; 60 to 90 seconds would give a closer voice.",
    "telephone": "This sounds like a telephone line: expect a duller voice. A recording made on "
    "the phone itself, such as a voice note or a video, would help.",
    "noisy": "There is noise or music under the voice; a quieter recording would help.",
    "echo": "The room echoes; a recording from nearer or in a furnished room would help.",
    "strained": "The recording is overloaded in its loud parts; a softer one would help.",
    "quiet": "The voice is very soft in this recording; a louder one would help.",
    "short": "There is only a sentence or two in it; more recordings are needed beside it.",
    "two_voices": "More than one person speaks: mark one sentence in which only the person does.",
    "cut_short": "The file ends before it should: only its beginning could be read.",
}
"""What each warning of a report says."""
_ECHO_HEARD_DB: Final = 10.0
"""Noise closer than this under the voice is taken for echo: 0.4 to 0.5 s at 5 dB in dry rooms."""
_QUIET_DBFS: Final = -45.0
"""Level of speech under which the 16-bit steps and the codec's noise are less than 40 dB away."""


@dataclass(frozen=True, slots=True)
class ClipReport:
    """What was found in a clip that can be used.

    ``seconds`` of the whole, ``speech_seconds`` of speech in ``spans`` pieces, ``pitch_hz`` the
    median (None: hardly any voiced sound), ``quality``, and ``warnings``: keys of
    :data:`WARNINGS`.
    """

    seconds: float
    speech_seconds: float
    spans: int
    pitch_hz: float | None
    quality: Quality
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values, for ``--json`` and the database."""
        return {**dataclasses.asdict(self), "warnings": list(self.warnings)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ClipReport:
        """The report that :meth:`to_json` wrote."""
        return cls(
            **{
                **data,
                "quality": Quality(**data["quality"]),
                "warnings": tuple(data["warnings"]),
            }
        )


def examine_clip(
    audio: Audio,
    *,
    settings: Settings | None = None,
    progress: Progress | None = None,
    alone: bool = True,
) -> ClipReport:
    """Judge a clip; :class:`ClipRejected` where no voice should be made from it.

    Reasons: ``silent``, ``no_speech``, ``too_short``, ``too_noisy``, ``clipped``, ``two_voices``.
    ``alone`` False: it is one recording of several for the voice lab, and may be as short as
    :data:`SHORTEST_SOURCE` and hold other people, which then is a warning. Takes about 0.6 s per
    minute of sound on one core.
    """
    audio = _at_rate(audio)
    if loudest_dbfs(audio) < SILENT_DBFS:
        raise ClipRejected(
            "silent",
            "This recording is silent. Choose one in which the person can be heard.",
        )
    listening = None if progress is None else lambda share: progress("listening", share)
    speech = find_speech(audio, settings=settings, progress=listening)
    seconds = sum(span.seconds for span in speech)
    require_enough(audio, seconds, SHORTEST_SPEECH if alone else SHORTEST_SOURCE)
    quality = measure_quality(audio, speech)
    if quality.drowned:
        raise ClipRejected(
            "too_noisy",
            "The noise or music in this recording is nearly as loud as the voice. "
            "Choose a quieter one.",
        )
    if quality.clipped:
        raise ClipRejected(
            "clipped",
            "This recording is overloaded: the voice is distorted. Choose one that was recorded "
            "more softly or from farther away.",
        )
    spoken = cut(audio, speech)
    if progress is not None:
        progress("comparing", 0.0)
    several = two_voices(spoken).score >= TWO_VOICES
    if several and alone:
        raise ClipRejected(
            "two_voices",
            "More than one person speaks in this recording. Choose one in which only the person "
            "speaks, or cut out the others.",
        )
    return ClipReport(
        seconds=round(audio.seconds, 2),
        speech_seconds=round(seconds, 2),
        spans=len(speech),
        pitch_hz=_rounded(median_pitch(spoken)),
        quality=quality,
        warnings=(*_warnings(seconds, quality, alone), *(("two_voices",) if several else ())),
    )


def examine_recording(
    recording: Recording,
    *,
    settings: Settings | None = None,
    progress: Progress | None = None,
    alone: bool = True,
) -> ClipReport:
    """As :func:`examine_clip`, and compares the sound with what its file promised."""
    report = examine_clip(recording.audio, settings=settings, progress=progress, alone=alone)
    promised = recording.promised
    if promised is None or recording.codec == "adpcm_g722":  # raw G.722 says nothing reliable
        return report
    if recording.audio.seconds < 0.9 * promised:
        return dataclasses.replace(report, warnings=(*report.warnings, "cut_short"))
    return report


def require_enough(audio: Audio, seconds: float, needed: float = SHORTEST_SPEECH) -> None:
    """ClipRejected (``no_speech``, ``too_short``) when ``seconds`` of speech in ``audio`` are fewer
    than ``needed``."""
    if seconds >= needed:
        return
    hardly_any = 0.0 if audio.seconds < SHORTEST_SPEECH else _HARDLY_ANY
    if seconds <= hardly_any:
        raise ClipRejected(
            "no_speech",
            "Nobody can be heard speaking in this recording, only silence, music or noise. "
            "Choose one in which the person speaks.",
        )
    raise ClipRejected(
        "too_short",
        f"There are only {seconds:.0f} seconds of speech in this recording. "
        f"At least {needed:.0f} are needed, and 60 to 90 are best.",
    )


def _warnings(seconds: float, quality: Quality, alone: bool) -> tuple[str, ...]:
    found = {
        "little_speech": alone and seconds < LITTLE_SPEECH,
        "short": not alone and seconds < SHORTEST_SPEECH,
        "telephone": quality.telephone,
        "noisy": quality.snr < NOISY_SNR_DB,
        # under loud noise the decays are the noise's own
        "echo": quality.echo is not None
        and quality.echo >= ECHO_SECONDS
        and quality.snr >= _ECHO_HEARD_DB,
        "strained": quality.strained,
        "quiet": quality.level < _QUIET_DBFS,
    }
    return tuple(name for name, holds in found.items() if holds)


def _at_rate(audio: Audio) -> Audio:
    if audio.sample_rate == RATE:
        return audio
    import soxr

    samples = soxr.resample(audio.samples, audio.sample_rate, RATE)
    return Audio(np.asarray(samples, np.float32), RATE)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def speech_in(audio: Audio, *, settings: Settings | None = None) -> tuple[Audio, tuple[Span, ...]]:
    """The sound at 16 kHz and where in it somebody speaks."""
    audio = _at_rate(audio)
    return audio, find_speech(audio, settings=settings)
