"""SILK, the voice messages of WeChat, QQ and old Skype, which FFmpeg does not know."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import BinaryIO, Final

import numpy as np

from ofrenda.errors import ClipRejected
from ofrenda.types import Samples

_MAGIC: Final = (b"\x02#!SILK_V3", b"#!SILK_V3")
"""WeChat puts one byte before the standard beginning."""
_RATE: Final = 24_000
"""Samples a second that are asked of the decoder: the highest SILK stores. WeChat uses 24 kHz or
16 kHz, and the file does not say which."""
_MAX_BYTES: Final = 16 << 20
"""A minute, the longest voice message of WeChat, is about 0.2 MB."""


@dataclass(frozen=True, slots=True)
class SilkSound:
    """Decoded: ``samples`` mono, and the rate in Hz up to which SILK stores."""

    samples: Samples
    source_rate: int = _RATE


def is_silk(head: bytes) -> bool:
    """Whether a file begins as SILK does."""
    return head.startswith(_MAGIC)


def decode_silk(file: BinaryIO, size: int, sample_rate: int) -> SilkSound:
    """The sound of a SILK file of ``size`` bytes, mono at ``sample_rate`` Hz.

    A file that holds nothing but the beginning decodes to no samples without an error; that is a
    failure all the same. Raises :class:`ClipRejected` (``corrupt``, ``too_long``).
    """
    import pysilk
    import soxr

    if size > _MAX_BYTES:
        raise ClipRejected(
            "too_long", "This voice message is larger than any phone makes. Cut it into parts."
        )
    sound = io.BytesIO()
    try:
        pysilk.decode(io.BytesIO(file.read(_MAX_BYTES)), sound, _RATE)
    except (pysilk.SilkError, ValueError, OSError) as error:
        raise _damaged() from error
    pcm = np.frombuffer(sound.getbuffer(), "<i2", count=sound.tell() // 2)
    if not len(pcm):
        raise _damaged()
    samples = (pcm / 32768).astype(np.float32)
    if sample_rate != _RATE:
        samples = np.asarray(soxr.resample(samples, _RATE, sample_rate), np.float32)
    return SilkSound(samples)


def _damaged() -> ClipRejected:
    return ClipRejected(
        "corrupt",
        "This voice message is damaged or empty. Copy it once more from the phone.",
    )
