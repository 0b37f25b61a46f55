"""When and where a picture was taken, by what the camera wrote into it. Runs in a child process.

No pixel is ever decoded: only the head of the file is looked at.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from ofrenda.archive.kept.heic import heic_exif, is_heic
from ofrenda.errors import FileUnreadable

if TYPE_CHECKING:
    from PIL.Image import Exif

JOB: Final = "ofrenda.archive.kept.exif:look"
MAX_PIXELS: Final = 100_000_000
"""Larger pictures are bombs more often than photos."""
_FORMATS: Final = ("JPEG", "MPO", "PNG", "WEBP", "TIFF", "GIF", "AVIF")
_PLUGINS: Final = ("Jpeg", "Mpo", "Png", "WebP", "Tiff", "Gif", "Avif")
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_ORIENTATION = 0x0112
_TAKEN = ((0x9003, 0x9011), (0x9004, 0x9012))
"""DateTimeOriginal, then DateTimeDigitized, each with its offset. Never DateTime: that is when a
program last wrote the file."""
_STAMP = re.compile(r"(\d{4})[:/-](\d{2})[:/-](\d{2})[ T](\d{2}):(\d{2}):(\d{2})")
_OFFSET = re.compile(r"[+-](?:0\d|1[0-4]):[0-5]\d")
_SIDEWAYS = (5, 6, 7, 8)


def look(file: BinaryIO, arguments: Mapping[str, Any]) -> Iterator[Any]:
    """One dictionary: ``width`` and ``height`` in pixels as the picture is to be looked at,
    ``orientation`` (EXIF 1 to 8), ``taken_local``, ``taken_offset``, ``lat``, ``lon``; None for
    what the file does not say or says impossibly. Raises :class:`FileUnreadable`."""
    head = file.read(32)
    file.seek(0)
    if is_heic(head):
        size, block = heic_exif(file)
        exif = _exif_of(block)
    else:
        size, exif = _opened(file)
    width, height = size
    if width * height > MAX_PIXELS:
        raise FileUnreadable("too_large", "This picture is larger than 100 million pixels.")
    orientation = exif.get(_ORIENTATION) if exif is not None else None
    turned = orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1
    if turned in _SIDEWAYS:
        width, height = height, width
    taken, offset = _taken(exif)
    lat, lon = _place(exif)
    yield {
        "width": width,
        "height": height,
        "orientation": turned,
        "taken_local": taken,
        "taken_offset": offset,
        "lat": lat,
        "lon": lon,
    }


def _opened(file: BinaryIO) -> tuple[tuple[int, int], Exif | None]:
    import importlib

    from PIL import Image, UnidentifiedImageError

    for plugin in _PLUGINS:
        importlib.import_module(f"PIL.{plugin}ImagePlugin")
    known: list[str] = [name for name in _FORMATS if name in Image.OPEN]
    Image.MAX_IMAGE_PIXELS = None  # counted here, and nothing is decoded
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(file, formats=known) as image:
            # Asking a PNG for its EXIF the usual way decodes every pixel of it.
            block = image.info.get("exif")
            if isinstance(block, bytes):
                return image.size, _exif_of(block)
            return image.size, image.getexif() if image.format == "TIFF" else None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise FileUnreadable("corrupt", "This picture is damaged or none at all.") from error


def _exif_of(block: bytes | None) -> Exif | None:
    from PIL import Image

    if block is None:
        return None
    exif = Image.Exif()
    try:
        with warnings.catch_warnings(action="ignore"):
            exif.load(block)
    except Exception:  # noqa: BLE001 - as above
        return None
    return exif


def _part(exif: Exif | None, which: int) -> Mapping[int, Any]:
    if exif is None:
        return {}
    try:
        with warnings.catch_warnings(action="ignore"):
            return dict(exif.get_ifd(which))
    except Exception:  # noqa: BLE001 - as above
        return {}


def _taken(exif: Exif | None) -> tuple[str | None, str | None]:
    part = _part(exif, _EXIF_IFD)
    for stamp, zone in _TAKEN:
        found = _STAMP.match(str(part.get(stamp, "")))
        if found is None:
            continue
        try:
            moment = datetime.strptime(" ".join(found.groups()), "%Y %m %d %H %M %S")
        except ValueError:
            continue
        if moment.year < 1840:
            continue
        if moment.strftime("%m-%d %H:%M") == "01-01 00:00" and moment.year in (1970, 1980, 2000):
            continue  # a clock that was never set
        offset = str(part.get(zone, "")).strip("\0 ")
        return moment.isoformat(), offset if _OFFSET.fullmatch(offset) else None
    return None, None


def _place(exif: Exif | None) -> tuple[float | None, float | None]:
    gps = _part(exif, _GPS_IFD)
    lat = _degrees(gps.get(2), gps.get(1), "NS", 90)
    lon = _degrees(gps.get(4), gps.get(3), "EW", 180)
    if lat is None or lon is None or (lat == 0 and lon == 0):
        return None, None
    return lat, lon


def _degrees(parts: Any, side: Any, sides: str, most: int) -> float | None:
    """Degrees with sign, to about 1 m; None for anything that cannot be."""
    try:
        degrees, minutes, seconds = (float(each) for each in parts)
        letter = str(side).strip("\0 ").upper()
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    fits = 0 <= minutes <= 60 and 0 <= seconds <= 60 and degrees >= 0 and value <= most
    if not math.isfinite(value) or not fits or len(letter) != 1 or letter not in sides:
        return None
    return round(-value if letter == sides[1] else value, 5)
