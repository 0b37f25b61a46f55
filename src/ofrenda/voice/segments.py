"""Cutting speech on its pauses into segments of 3 to 12 seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ofrenda.types import Audio
from ofrenda.voice.speech import Span

SHORTEST: Final = 3.0
LONGEST: Final = 12.0
"""Seconds of a segment: engines that are prompted want 3 to 12 s, and the fit whole phrases."""
_BEST: Final = 6.0
"""Seconds that are long enough for a sentence; longer ones gain nothing."""
_PAUSE: Final = 0.8
"""A longer pause ends a segment: an engine copies the pauses it is given."""
_BEFORE: Final = 0.10
_AFTER: Final = 0.25
"""Seconds of quiet kept around a segment, where nobody speaks there: prompted engines that are cut
off at the last sound go on speaking it."""


def cut_segments(audio: Audio, theirs: Sequence[Span], speech: Sequence[Span]) -> tuple[Span, ...]:
    """Segments of :data:`SHORTEST` to :data:`LONGEST` seconds out of the stretches ``theirs``.

    ``speech`` is all speech of ``audio``, anybody's: no segment holds a piece of it that is not in
    ``theirs``. Stretches that find no partner to make up three seconds are left out. In order,
    never touching.
    """
    segments: list[Span] = []
    for run in _runs(theirs, speech):
        pieces = [piece for stretch in run for piece in _shorter(audio, stretch)]
        segments.extend(_joined(pieces))
    return _with_quiet(segments, speech, audio.seconds)


def _runs(theirs: Sequence[Span], speech: Sequence[Span]) -> list[list[Span]]:
    """Stretches that follow each other with nothing but a short pause between them."""
    runs: list[list[Span]] = []
    for stretch in theirs:
        before = runs[-1][-1] if runs else None
        if (
            before is None
            or stretch.start - before.end > _PAUSE
            or _overlap(speech, before.end, stretch.start) > 0.05
        ):
            runs.append([])
        runs[-1].append(stretch)
    return runs


def _overlap(spans: Sequence[Span], start: float, end: float) -> float:
    return sum(max(0.0, min(span.end, end) - max(span.start, start)) for span in spans)


def _shorter(audio: Audio, stretch: Span) -> list[Span]:
    """A stretch without a pause, in pieces of at most :data:`LONGEST`: cut where it is softest."""
    if stretch.seconds <= LONGEST:
        return [stretch]
    rate = audio.sample_rate
    size = rate // 50
    first = round((stretch.start + SHORTEST) * rate)
    last = round(min(stretch.end - SHORTEST, stretch.start + LONGEST) * rate)
    sound = audio.samples[first:last]
    count = len(sound) // size
    power = np.square(sound[: count * size].reshape(count, size)).mean(axis=1)
    # 60 ms of softness: one soft frame may be the closure of a p or t
    softest = int(np.convolve(power, np.ones(3) / 3, mode="same").argmin())
    at = stretch.start + SHORTEST + (softest + 0.5) * 0.02
    return [Span(stretch.start, at), *_shorter(audio, Span(at, stretch.end))]


def _joined(pieces: Sequence[Span]) -> list[Span]:
    """The best way to make segments of neighbouring pieces: as much as possible is kept, cuts lie
    in long pauses, and segments are long enough for a sentence."""
    best: list[tuple[float, tuple[Span, ...]]] = [(0.0, ())]
    for last in range(1, len(pieces) + 1):
        found = best[last - 1]  # the last piece is left out
        for first in range(last, 0, -1):
            segment = Span(pieces[first - 1].start, pieces[last - 1].end)
            if segment.seconds > LONGEST:
                break
            if segment.seconds < SHORTEST:
                continue
            pause = pieces[last].start - segment.end if last < len(pieces) else _PAUSE
            value = segment.seconds + min(0.0, segment.seconds - _BEST) / 4 + pause
            value += best[first - 1][0]
            if value > found[0]:
                found = value, (*best[first - 1][1], segment)
        best.append(found)
    return list(best[-1][1])


def _with_quiet(
    segments: Sequence[Span], speech: Sequence[Span], seconds: float
) -> tuple[Span, ...]:
    """Segments with a little of the quiet around them, up to half of the pause."""
    ends = sorted([span.end for span in speech] + [segment.end for segment in segments])
    starts = sorted([span.start for span in speech] + [segment.start for segment in segments])
    found = []
    for segment in segments:
        before = max((end for end in ends if end <= segment.start + 1e-6), default=-2 * _BEFORE)
        after = min((start for start in starts if start >= segment.end - 1e-6), default=seconds + 9)
        start = max(0.0, segment.start - min(_BEFORE, (segment.start - before) / 2))
        end = min(seconds, segment.end + min(_AFTER, (after - segment.end) / 2))
        found.append(Span(round(start, 2), round(end, 2)))
    return tuple(found)
