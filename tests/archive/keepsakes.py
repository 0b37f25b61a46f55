"""Exports with recordings and photos in them, and an ear that hears what it is told."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pysilk
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from ofrenda.archive import add, decide, identities
from ofrenda.engines.scripted import ScriptedSpeechToText
from ofrenda.types import Audio, Transcript
from ofrenda.vault import Life
from tests.voice.recordings import RATE, encode, vowels

MARK = "\u200e"


def note(seconds: float, pitch: float = 150.0, codec: str = "libopus", form: str = "ogg") -> bytes:
    """A voice note; each length and pitch is another file."""
    rate = {"libopencore_amrnb": 8_000, "aac": 44_100}.get(codec, 48_000)
    return encode(vowels(seconds, pitch), codec, form, rate=rate)


def silk(seconds: float) -> bytes:
    packed = io.BytesIO()
    pcm = (np.clip(vowels(seconds, 150.0).samples, -1, 1) * 32767).astype("<i2").tobytes()
    pysilk.encode(io.BytesIO(pcm), packed, RATE, 24_000)
    return packed.getvalue()


def jpeg(
    *,
    taken: str | None = None,
    offset: str | None = None,
    place: tuple[float, str, float, str] | None = None,
    orientation: int | None = None,
    size: tuple[int, int] = (64, 48),
    shade: int = 90,
) -> bytes:
    """A photo as a camera writes it."""
    image = Image.new("RGB", size, (shade, 120, 60))
    exif = image.getexif()
    if orientation is not None:
        exif[0x0112] = orientation
    part = exif.get_ifd(0x8769)
    if taken is not None:
        part[0x9003] = taken
    if offset is not None:
        part[0x9011] = offset
    if place is not None:
        gps = exif.get_ifd(0x8825)
        gps[1], gps[2] = place[1], degrees(place[0])
        gps[3], gps[4] = place[3], degrees(place[2])
    file = io.BytesIO()
    image.save(file, "JPEG", exif=exif)
    return file.getvalue()


def degrees(value: float) -> tuple[IFDRational, IFDRational, IFDRational]:
    whole = int(value)
    minutes = (value - whole) * 60
    return (
        IFDRational(whole, 1),
        IFDRational(int(minutes), 1),
        IFDRational(round((minutes - int(minutes)) * 60 * 100), 100),
    )


def whatsapp(*lines: str, **files: bytes) -> bytes:
    """An iOS export: ``lines`` are "Name: body" or "Name: NAME.opus" for a file of ``files``."""
    text = ""
    for place, line in enumerate(lines):
        name, _, body = line.partition(": ")
        key = body.partition("\n")[0]
        if key in files:
            body = f"{MARK}<attached: {key}>" + body[len(key) :]
            text += MARK
        text += f"[13/06/2018, 21:{place // 60:02}:{place % 60:02}] {name}: {body}\n"
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("_chat.txt", text)
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def take(life: Life, folder: Path, name: str, data: bytes) -> None:
    """Add one export."""
    path = folder / name
    path.write_bytes(data)
    add(life, path)


def name_the_person(life: Life, name: str, holder: str = "person") -> None:
    for found in identities(life):
        if found.name == name:
            decide(life, found.id, holder)


class Ear(ScriptedSpeechToText):
    """Hears the length of what it is given, as surely as it is told, and remembers everything."""

    def __init__(self, confidence: float = 0.9, words: str = "I heard {:.0f} seconds") -> None:
        super().__init__()
        self.confidence = confidence
        self.words = words
        self.given: list[tuple[float, tuple[str, ...]]] = []

    async def transcribe(self, audio: Audio, *, languages: Sequence[str] = ()) -> Transcript:
        self.given.append((audio.seconds, tuple(languages)))
        if float(np.abs(audio.samples).max()) < 1e-3:
            return Transcript("", languages[0], 0.0)
        return Transcript(self.words.format(audio.seconds), languages[0], self.confidence)
