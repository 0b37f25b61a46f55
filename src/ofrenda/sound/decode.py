"""From any recording to mono samples, piece by piece, in memory only."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, BinaryIO, Final, cast

import numpy as np

from ofrenda.errors import ClipRejected
from ofrenda.sound.silk import decode_silk, is_silk
from ofrenda.types import Audio, Samples

if TYPE_CHECKING:
    import av
    from av.audio.stream import AudioStream
    from av.container import InputContainer

MAX_SECONDS: Final = 2 * 3600
"""Longest sound taken in whole. Two hours at 16 kHz are 460 MB of memory; a few kilobytes of
packed silence can promise days."""
MAX_BYTES: Final = 4 << 30
"""Largest file taken in whole: an hour of a telephone's 4K video is about 3 GB."""
_MAX_BROKEN_SHARE: Final = 0.5
"""Packets that may fail to decode. A scratched recording loses a few; a file whose every second
packet is damaged (or scrambled by copy protection) holds no voice."""
_FORMATS: Final = (
    "aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,flac,flv,g722,gsm,matroska,webm,mov,mp3,mpeg,"
    "mpegts,ogg,w64,wav,wv"
)
"""What a container may be. Playlists are not among them: they name other files and addresses."""
_BY_NAME: Final = {".g722": "g722", ".gsm": "gsm"}
"""Sound without any header, known by the name alone."""
_MUSIC_TAGS: Final = frozenset({"artist", "album", "album_artist", "track", "genre"})


@dataclass(frozen=True, slots=True)
class About:
    """What a file says of itself: the ``codec``'s name, the ``source_rate`` in Hz it was stored
    with, ``promised`` seconds by its header (None where it does not say), whether it is a ``film``
    and whether it bears the tags of published ``music``."""

    codec: str
    source_rate: int
    promised: float | None
    film: bool = False
    music: bool = False


@dataclass(frozen=True, slots=True)
class Recording:
    """A decoded file: ``audio``, the ``codec``'s name, the ``source_rate`` in Hz it was stored
    with, and ``promised`` seconds by its header (None where it does not say)."""

    audio: Audio
    codec: str
    source_rate: int
    promised: float | None


def decode(data: bytes | BinaryIO, *, sample_rate: int = 16_000, name: str | None = None) -> Audio:
    """The sound of a recording (voice note, music file, video ...) as mono at ``sample_rate`` Hz.

    ``name`` is the file's name: some formats without a header are known by its ending only.
    Nothing is written anywhere. Raises :class:`ClipRejected` with reason ``corrupt``,
    ``no_audio``, ``protected``, ``unknown_format`` or ``too_long``.
    """
    return read_recording(data, sample_rate=sample_rate, name=name).audio


def read_recording(
    data: bytes | BinaryIO, *, sample_rate: int = 16_000, name: str | None = None
) -> Recording:
    """As :func:`decode`, with what the file says of itself."""
    file = io.BytesIO(data) if isinstance(data, bytes) else data
    opened = open_sound(
        file, sample_rate=sample_rate, name=name, max_seconds=MAX_SECONDS, max_bytes=MAX_BYTES
    )
    with opened as (about, pieces):
        samples = np.concatenate(list(pieces))
    return Recording(Audio(samples, sample_rate), about.codec, about.source_rate, about.promised)


def read_stretches(
    file: BinaryIO,
    stretches: Sequence[tuple[float, float]],
    *,
    sample_rate: int,
    name: str | None = None,
) -> list[Audio]:
    """Only the sound between ``start`` and ``end`` of each stretch, in seconds; they may overlap.

    The rest is decoded and forgotten: memory is needed for the stretches alone. Raises as
    :func:`decode`.
    """
    places = [(round(start * sample_rate), round(end * sample_rate)) for start, end in stretches]
    parts: list[list[Samples]] = [[np.zeros(0, np.float32)] for _ in places]
    last = max((end for _, end in places), default=0)
    at = 0
    opened = open_sound(
        file, sample_rate=sample_rate, name=name, max_seconds=MAX_SECONDS, max_bytes=MAX_BYTES
    )
    with opened as (_, pieces):
        for piece in pieces:
            for part, (start, end) in zip(parts, places, strict=True):
                if start < at + len(piece) and at < end:
                    part.append(piece[max(0, start - at) : end - at])
            at += len(piece)
            if at >= last:
                break
    return [Audio(np.concatenate(part), sample_rate) for part in parts]


@contextmanager
def open_sound(
    file: BinaryIO,
    *,
    sample_rate: int,
    name: str | None = None,
    max_seconds: float,
    max_bytes: int,
) -> Iterator[tuple[About, Iterator[Samples]]]:
    """What a recording says of itself, and its sound piece by piece, mono at ``sample_rate`` Hz.

    ``file`` can be read at any place; it is never held in memory, with two small exceptions (SILK,
    AMR without a header). At least one sample is given, or :class:`ClipRejected` is raised, on
    opening or while the pieces are taken, as by :func:`decode`.
    """
    import av
    from av.error import FFmpegError

    head, size = _look(file, max_bytes)
    if is_silk(head):
        sound = decode_silk(file, size, sample_rate)
        yield (
            About("silk", sound.source_rate, len(sound.samples) / sample_rate),
            iter((sound.samples,)),
        )
        return
    ending = PurePath(name).suffix.lower() if name else ""
    if ending in {".aud", ".amr"} and not head.startswith(b"#!AMR"):
        # old WeChat voice messages are AMR without its first line
        file = cast(BinaryIO, io.BytesIO(b"#!AMR\n" + file.read(_MAX_BARE_AMR)))
    try:
        with av.open(
            file,
            "r",
            format=_BY_NAME.get(ending),
            # an empty list of protocols: a file that refers to other files gets nothing
            options={"format_whitelist": _FORMATS, "protocol_whitelist": "none"},
            metadata_errors="replace",
        ) as container:
            about, stream = _about(container, max_seconds)
            yield about, _counted(container, stream, sample_rate, max_seconds)
    except (FFmpegError, ValueError) as error:
        raise _refusal(file, head, size) from error


_MAX_BARE_AMR: Final = 64 << 20
"""Eleven hours of AMR at its highest rate."""


def _look(file: BinaryIO, max_bytes: int) -> tuple[bytes, int]:
    """First bytes and size of ``file``; ClipRejected when it is empty or too large."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size == 0:
        raise ClipRejected("corrupt", "This file is empty. Copy the recording once more.")
    if size > max_bytes:
        raise ClipRejected(
            "too_long",
            f"This file is larger than {max_bytes >> 30} GB. "
            "Cut out the part where the person speaks.",
        )
    head = file.read(16)
    file.seek(0)
    return head, size


def _about(container: InputContainer, max_seconds: float) -> tuple[About, AudioStream]:
    """What the file says of itself, and the track to listen to."""
    stream = cast("AudioStream | None", container.streams.best("audio"))
    if stream is None:
        if _says_protected(container):
            raise _protected()
        raise ClipRejected(
            "no_audio", "There is no sound in this file. Choose a recording with the voice on it."
        )
    context = stream.codec_context
    if context is None:
        raise ClipRejected(
            "unknown_format",
            "The sound in this file is of a kind that cannot be read. Convert it to m4a, mp3 or "
            "wav first.",
        )
    promised = (
        float(stream.duration * stream.time_base) if stream.duration and stream.time_base else None
    )
    if promised is not None and promised > max_seconds and container.format.name != "g722":
        raise _too_long(max_seconds)
    tags = {key.casefold() for key in (*container.metadata, *stream.metadata)}
    films = [each for each in container.streams.video if not _is_cover(each)]
    about = About(
        context.name,
        int(context.sample_rate or 0),
        promised,
        film=bool(films),
        music=bool(tags & _MUSIC_TAGS),
    )
    return about, stream


def _is_cover(stream: object) -> bool:
    """Whether a picture track is the cover of a record and not a film."""
    from av.stream import Disposition

    found: Disposition = getattr(stream, "disposition", Disposition(0))
    return bool(found & Disposition.attached_pic)


def _counted(
    container: InputContainer, stream: AudioStream, sample_rate: int, max_seconds: float
) -> Iterator[Samples]:
    total = 0
    for chunk in _mono(container, stream, sample_rate):
        total += len(chunk)
        if total > max_seconds * sample_rate:
            raise _too_long(max_seconds)
        # float formats may hold anything, infinities included
        yield np.clip(np.nan_to_num(chunk, posinf=1.0, neginf=-1.0), -1.0, 1.0)
    if not total:
        raise ClipRejected(
            "corrupt",
            "No sound could be read from this file: it is empty or damaged. "
            "Copy it once more from where it came.",
        )


def _mono(container: InputContainer, stream: AudioStream, sample_rate: int) -> Iterator[Samples]:
    """Decoded sound, piece by piece; damaged packets are left out."""
    import av

    def new() -> av.AudioResampler:
        return av.AudioResampler(format="flt", layout="mono", rate=sample_rate)

    resampler = new()
    shape: tuple[int, str, str] | None = None
    for frame in _frames(container, stream):
        found = (frame.sample_rate, frame.layout.name, frame.format.name)
        if shape is not None and found != shape:  # a recording may change its layout midway
            yield from (f.to_ndarray()[0] for f in resampler.resample(None))
            resampler = new()
        shape = found
        frame.pts = None  # gaps in the time stamps are not filled
        yield from (f.to_ndarray()[0] for f in resampler.resample(frame))
    if shape is not None:
        yield from (f.to_ndarray()[0] for f in resampler.resample(None))


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[av.AudioFrame]:
    from av.error import FFmpegError

    packets = broken = 0
    for packet in container.demux(stream):
        packets += 1
        try:
            yield from packet.decode()
        except FFmpegError:
            broken += 1
            if broken > 50 and broken > packets * _MAX_BROKEN_SHARE:
                raise
    if broken > packets * _MAX_BROKEN_SHARE:
        raise ValueError("most packets are damaged")


def _says_protected(container: InputContainer) -> bool:
    """Whether a track says that it is encrypted (m4p, aax, Common Encryption)."""
    return any(
        getattr(stream, "codec_tag", "") in {"drms", "enca", "aavd"} for stream in container.streams
    )


def _refusal(file: BinaryIO, head: bytes, size: int) -> ClipRejected:
    """The most helpful thing to say of a file that could not be read."""
    if head[4:8] == b"ftyp":
        file.seek(max(0, size - (8 << 20)))
        tail = file.read(8 << 20)
        file.seek(0)
        if any(mark in piece for piece in (file.read(8 << 20), tail) for mark in _LOCKED):
            return _protected()
    return ClipRejected(
        "corrupt",
        "This file cannot be read as a recording: it is damaged, cut short or not sound at all. "
        "Copy it once more from where it came.",
    )


_LOCKED: Final = (b"drms", b"enca", b"aavd")


def _protected() -> ClipRejected:
    return ClipRejected(
        "protected",
        "This file is copy-protected and cannot be read. "
        "Choose a recording that you or the person made.",
    )


def _too_long(max_seconds: float) -> ClipRejected:
    return ClipRejected(
        "too_long",
        f"This recording is longer than {max_seconds / 3600:.0f} hours. "
        "Cut out the part where the person speaks.",
    )
