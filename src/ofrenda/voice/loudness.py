"""Loudness as ears judge it (ITU-R BS.1770-4, EBU R 128), by the meter of FFmpeg."""

from __future__ import annotations

from typing import Final

import numpy as np

from ofrenda.types import Audio

PEAK_DBTP: Final = -1.0
"""Highest true peak after :func:`level_to`: room for a codec to overshoot."""
_SHORTEST: Final = 0.5
"""Seconds under which the meter, which looks at 0.4 s at a time, has nothing to say."""
_SILENT_LUFS: Final = -69.9
"""What the meter says of sound under its absolute gate."""


def measure_loudness(audio: Audio) -> tuple[float, float] | None:
    """Integrated loudness in LUFS and true peak in dBTP; None for silence or under half a second.

    A sine of 997 Hz at -20 dBFS gives -23.0 LUFS.
    """
    import av

    if audio.seconds < _SHORTEST:
        return None
    graph = av.filter.Graph()
    source = graph.add_abuffer(
        sample_rate=audio.sample_rate,
        format="flt",
        layout="mono",
        time_base=f"1/{audio.sample_rate}",  # type: ignore[arg-type]  # the filter's own syntax
    )
    meter = graph.add("ebur128", "metadata=1:peak=true")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(audio.samples[None], "flt", "mono")
    frame.sample_rate = audio.sample_rate
    frame.pts = 0
    source.push(frame)
    source.push(None)
    loudness, peak = -70.0, 0.0
    while True:
        try:
            heard = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            break
        told = heard.metadata
        loudness = float(told.get("lavfi.r128.I", loudness))
        peak = max(peak, float(told.get("lavfi.r128.true_peak", 0.0)))
    if loudness <= _SILENT_LUFS:
        return None
    return loudness, float(20 * np.log10(max(peak, 1e-6)))


def level_to(audio: Audio, loudness: float) -> Audio:
    """``audio`` at ``loudness`` LUFS, or as near as :data:`PEAK_DBTP` lets it; silence stays.

    One gain for all of it: nothing is compressed, so that its rise and fall stay the person's.
    """
    measured = measure_loudness(audio)
    if measured is None:
        return audio
    gain = min(loudness - measured[0], PEAK_DBTP - measured[1])
    return Audio(audio.samples * np.float32(10 ** (gain / 20)), audio.sample_rate)
