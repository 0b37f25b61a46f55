"""The words inside ``attributedBody``: where newer systems keep what they no longer put in
``text``. Only the string is read, not the objects around it."""

from __future__ import annotations

import plistlib
from xml.parsers.expat import ExpatError

_STREAM = b"\x04\x0bstreamtyped"
_STRING = b"\x84\x01+"
"""An object begins, and it is a string."""

_END, _AFTER = 0x86, b"\x86\x84"
_TWO_BYTES, _FOUR_BYTES = 0x81, 0x82
_LARGEST = 4 * 2**20


def words_of(blob: bytes) -> str | None:
    """The message's text; None where the bytes are of neither known kind or damaged."""
    if len(blob) > _LARGEST:
        return None
    if blob.startswith(_STREAM):
        return _stream(blob)
    if blob.startswith(b"bplist"):
        return _keyed(blob)
    return None


def _stream(blob: bytes) -> str | None:
    place = blob.find(_STRING)
    if place < 0:
        return ""
    place += len(_STRING)
    length = blob[place] if place < len(blob) else 0
    place += 1
    if length in (_TWO_BYTES, _FOUR_BYTES):
        size = 2 if length == _TWO_BYTES else 4
        length = int.from_bytes(blob[place : place + size], "little")
        place += size
    elif length >= 0x80:
        return None
    end = place + length
    if end >= len(blob) or blob[end] != _END:
        # Some streams announce more than they hold: the object's own end decides.
        end = blob.find(_AFTER, place)
        if end < 0:
            return None
    try:
        return blob[place:end].decode("utf-8")
    except UnicodeDecodeError:
        return None


def _keyed(blob: bytes) -> str | None:
    try:
        archive = plistlib.loads(blob, fmt=plistlib.FMT_BINARY)
        objects = archive["$objects"]
        root = objects[archive["$top"]["root"].data]
        found = root["NS.string"] if "NS.string" in root else objects[root["NSString"].data]
        if isinstance(found, plistlib.UID):
            found = objects[found.data]
        if isinstance(found, dict):
            found = found["NS.string"]
    except (
        plistlib.InvalidFileException,
        ExpatError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        OverflowError,
        RecursionError,
        MemoryError,
    ):
        return None
    return found if isinstance(found, str) else None
