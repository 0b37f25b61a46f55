"""A recording of any length, decoded in a process apart, as pieces of sound."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO, Final

import numpy as np

from ofrenda.apart import Apart
from ofrenda.errors import FileUnreadable
from ofrenda.sound.bandwidth import Bandwidth
from ofrenda.sound.decode import About, open_sound
from ofrenda.types import Samples

MAX_SECONDS: Final = 4 * 3600
MAX_BYTES: Final = 2 << 30
"""Longest and largest recording listened to: a film of an evening. Longer ones are kept unheard."""
_BLOCK_SECONDS: Final = 4
_JOB: Final = "ofrenda.sound.listening:decode_apart"


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known at the end: ``seconds`` that could be decoded, and up to which frequency
    there is voice in it (None: silence)."""

    seconds: float
    bandwidth_hz: int | None


def listen(
    apart: Apart, file: BinaryIO, *, sample_rate: int, name: str | None = None
) -> Generator[About | Samples | Measured, None, None]:
    """What a recording says of itself, then its sound, mono at ``sample_rate`` Hz in pieces of up
    to 4 s, and what was measured last.

    The bytes are decoded in ``apart``. Raises :class:`FileUnreadable` with the reasons of
    :func:`ofrenda.sound.decode` and of :meth:`Apart.run`.
    """
    arguments = {"sample_rate": sample_rate, "name": name}
    for told in apart.run(_JOB, file, arguments):
        yield _believed(told, sample_rate)


def _believed(told: Any, sample_rate: int) -> About | Samples | Measured:
    """What the child said, if it has the form it must have."""
    try:
        if isinstance(told, bytes) and len(told) <= 2 * _BLOCK_SECONDS * sample_rate:
            return (np.frombuffer(told, "<i2") / 32768).astype(np.float32)
        if "codec" in told:
            promised = told["promised"]
            return About(
                str(told["codec"])[:40],
                int(told["source_rate"]),
                None if promised is None else float(promised),
                bool(told["film"]),
                bool(told["music"]),
            )
        hertz = told["bandwidth_hz"]
        return Measured(float(told["seconds"]), None if hertz is None else int(hertz))
    except (TypeError, ValueError, KeyError) as error:
        raise FileUnreadable("crashed", "The decoder gave back what is no sound.") from error


def decode_apart(file: BinaryIO, arguments: Mapping[str, Any]) -> Iterator[Any]:
    """The child's part of :func:`listen`."""
    rate = int(arguments["sample_rate"])
    band = Bandwidth(rate)
    total = 0
    opened = open_sound(
        file,
        sample_rate=rate,
        name=arguments["name"],
        max_seconds=MAX_SECONDS,
        max_bytes=MAX_BYTES,
    )
    with opened as (about, pieces):
        yield asdict(about)
        for block in _blocks(pieces, _BLOCK_SECONDS * rate):
            total += len(block)
            band.add(block)
            yield (np.clip(block, -1.0, 1.0) * 32767).astype("<i2").tobytes()
    yield {"seconds": total / rate, "bandwidth_hz": band.hertz(about.source_rate)}


def _blocks(pieces: Iterator[Samples], size: int) -> Iterator[Samples]:
    """The same sound in pieces of ``size`` samples, the last one shorter."""
    held: list[Samples] = []
    count = 0
    for piece in pieces:
        held.append(piece)
        count += len(piece)
        if count < size:
            continue
        joined = np.concatenate(held)
        whole = count // size * size
        for start in range(0, whole, size):
            yield joined[start : start + size]
        held = [joined[whole:]]
        count -= whole
    if count:
        yield np.concatenate(held)
