"""The pictures of iPhones (HEIC): their size and their EXIF block, found by the boxes of the file.

Written from ISO/IEC 14496-12 (boxes, ``iloc``) and 23008-12 (``Exif`` items, ``ispe``). The
picture itself is not decoded: the libraries that do bring codecs whose licences we cannot.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

from ofrenda.errors import FileUnreadable

_BRANDS: Final = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
_MAX_META: Final = 4 << 20
_MAX_EXIF: Final = 1 << 20
_MAX_ITEMS: Final = 10_000


def is_heic(head: bytes) -> bool:
    """By the first box."""
    return head[4:8] == b"ftyp" and head[8:12] in _BRANDS


def heic_exif(file: BinaryIO) -> tuple[tuple[int, int], bytes | None]:
    """Width and height of the largest picture in the file, and its EXIF block from the TIFF head
    on (None: it has none). Raises :class:`FileUnreadable`."""
    meta = _meta(file)
    boxes = dict(_boxes(meta, 4))  # a full box: four bytes of version first
    size = _largest(boxes.get(b"iprp", b""))
    if size is None:
        raise _damaged()
    item = _exif_item(boxes.get(b"iinf", b""))
    place = None if item is None else _located(boxes.get(b"iloc", b""), item)
    if place is None:
        return size, None
    file.seek(place[0])
    data = file.read(min(place[1], _MAX_EXIF))
    start = 4 + int.from_bytes(data[:4], "big")
    block = data[start:]
    return size, block if block[:2] in (b"II", b"MM") else None


def _meta(file: BinaryIO) -> bytes:
    place = 0
    for _ in range(64):
        file.seek(place)
        head = file.read(16)
        if len(head) < 8:
            break
        size, kind, begin = int.from_bytes(head[:4], "big"), head[4:8], 8
        if size == 1:
            size, begin = int.from_bytes(head[8:16], "big"), 16
        if kind == b"meta":
            if not begin < size <= _MAX_META:
                break
            file.seek(place + begin)
            return file.read(size - begin)
        if size < begin:
            break
        place += size
    raise _damaged()


def _boxes(data: bytes, place: int = 0) -> Iterator[tuple[bytes, bytes]]:
    while place + 8 <= len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        if size < 8:
            return
        yield data[place + 4 : place + 8], data[place + 8 : place + size]
        place += size


def _largest(properties: bytes) -> tuple[int, int] | None:
    found = None
    for kind, box in _boxes(dict(_boxes(properties)).get(b"ipco", b"")):
        if kind == b"ispe" and len(box) >= 12:
            size = int.from_bytes(box[4:8], "big"), int.from_bytes(box[8:12], "big")
            if found is None or size[0] * size[1] > found[0] * found[1]:
                found = size
    return found


def _exif_item(box: bytes) -> int | None:
    """The number of the item that is the EXIF block."""
    start = 4 + (2 if box[:1] == b"\0" else 4)
    for kind, entry in _boxes(box, start):
        if kind != b"infe" or not entry:
            continue
        wide = 4 if entry[0] >= 3 else 2
        if entry[0] >= 2 and entry[4 + wide + 2 : 4 + wide + 6] == b"Exif":
            return int.from_bytes(entry[4 : 4 + wide], "big")
    return None


def _located(box: bytes, wanted: int) -> tuple[int, int] | None:
    """Where the bytes of an item lie in the file, and how many; only where they are in one
    piece and in the file itself."""
    version = box[0] if box else 3
    if version > 2 or len(box) < 8:
        return None
    offset_size, length_size = box[4] >> 4, box[4] & 15
    base_size, index_size = box[5] >> 4, box[5] & 15 if version else 0
    place = 6
    wide = 4 if version == 2 else 2

    def number(size: int) -> int:
        nonlocal place
        value = int.from_bytes(box[place : place + size], "big")
        place += size
        return value

    for _ in range(min(number(wide), _MAX_ITEMS)):
        item = number(wide)
        method = number(2) & 15 if version else 0
        number(2)
        base = number(base_size)
        extents = number(2)
        if place > len(box) or extents > _MAX_ITEMS:
            return None
        found = None
        for _ in range(extents):
            number(index_size)
            found = (base + number(offset_size), number(length_size))
        if item == wanted:
            return found if extents == 1 and method == 0 else None
    return None


def _damaged() -> FileUnreadable:
    return FileUnreadable("corrupt", "This picture is damaged or none at all.")
