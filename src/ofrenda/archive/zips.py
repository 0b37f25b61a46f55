"""A zip as a container: refused as a whole when anything in it is not as it should be."""

from __future__ import annotations

import io
import stat
import struct
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import BinaryIO, cast
from zipfile import BadZipFile, ZipFile, ZipInfo

from ofrenda.archive.container import (
    JUNK,
    READ_ERRORS,
    Container,
    Entry,
    Limits,
    plain_name,
    unreadable,
)
from ofrenda.archive.decoding import east_code
from ofrenda.errors import ArchiveError

ZIP_MAGIC = b"PK\x03\x04"
_END = b"PK\x05\x06"
_END_BYTES = 22
_COMMENT_BYTES = 65_535
_CENTRAL = b"PK\x01\x02"
_UTF8_FLAG = 0x800
_LOCKED_FLAG = 0x1
_LOCAL_HEADER_BYTES = 30


@contextmanager
def open_zip(entry: Entry, limits: Limits) -> Iterator[Container]:
    """The files of a zip, streamed from it on demand.

    A zip on the disk is read there; one inside another zip is held in memory, up to
    ``limits.nested`` bytes. Raises ``ArchiveError``: for a damaged, locked or hostile zip.
    """
    in_place = entry.path is not None or entry.seekable
    if not in_place and entry.size > limits.nested:
        raise ArchiveError(
            "A zip inside the zip is too large to be read there. "
            "Unpack the outer one on your computer and add the folder."
        )
    try:
        raw = entry.opener() if in_place else io.BytesIO(entry.bytes(limits.nested))
    except READ_ERRORS as error:
        raise unreadable(error) from None
    with raw:
        _check_count(raw, limits)
        try:
            archive = ZipFile(cast(io.BufferedReader, raw))
        except READ_ERRORS as error:
            raise unreadable(error) from None
        with archive:
            yield _contents(entry, archive, limits)


def _check_count(raw: BinaryIO, limits: Limits) -> None:
    """Refuse too many entries before they are all turned into objects."""
    try:
        length = raw.seek(0, io.SEEK_END)
        raw.seek(max(0, length - _END_BYTES - _COMMENT_BYTES))
        tail = raw.read()
        place = tail.rfind(_END)
        if place < 0 or place + _END_BYTES > len(tail):
            raise BadZipFile
        size = min(struct.unpack_from("<I", tail, place + 12)[0], length)
        end = length - len(tail) + place
        # With more than 65,535 entries (zip64) two records of 76 bytes lie in between.
        raw.seek(max(0, end - size - 76))
        count, carry = 0, b""
        while raw.tell() < end and (piece := raw.read(min(2**20, end - raw.tell()))):
            count += (carry + piece).count(_CENTRAL)
            carry = piece[-3:]
        raw.seek(0)
    except READ_ERRORS as error:
        raise unreadable(error) from None
    if count > limits.entries:
        raise _refused(f"it holds more than {limits.entries:,} files")


def _contents(entry: Entry, archive: ZipFile, limits: Limits) -> Container:
    infos = [info for info in archive.infolist() if not info.filename or not info.is_dir()]
    names = _names(infos)
    total = sum(info.file_size for info in infos)
    if total > limits.total:
        raise _refused(f"it would unpack to more than {limits.total // 2**30} GB")
    if total > limits.ratio_from and total > limits.ratio * max(1, entry.size):
        raise _refused("it would unpack to far more than it holds")
    _check_overlap(infos)
    entries: dict[str, Entry] = {}
    for info, name in zip(infos, names, strict=True):
        _check(info, name, limits)
        safe = plain_name(str(PurePosixPath(name)))
        if safe in entries:
            raise _refused("two files in it have the same name")
        parts = safe.split("/")
        if parts[0] == "__MACOSX" or parts[-1] in JUNK or parts[-1].startswith("."):
            continue
        entries[safe] = Entry(safe, info.file_size, _opener(archive, info))
    return Container(PurePosixPath(entry.name).name, entries)


def _check(info: ZipInfo, name: str, limits: Limits) -> None:
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or (len(name) > 1 and name[1] == ":") or not name:
        raise _refused("a file in it points to a place outside")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise _refused("it holds a link or a device")
    if info.flag_bits & _LOCKED_FLAG:
        raise unreadable(RuntimeError())
    if info.file_size > limits.ratio_from and info.file_size > limits.ratio * max(
        1, info.compress_size
    ):
        raise _refused("a file in it would unpack to far more than it holds")


def _check_overlap(infos: Sequence[ZipInfo]) -> None:
    """Entries that share packed bytes are how a small zip holds petabytes."""
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise _refused("files in it share the same bytes")
        end = info.header_offset + _LOCAL_HEADER_BYTES + info.compress_size


def _opener(archive: ZipFile, info: ZipInfo) -> Callable[[], BinaryIO]:
    return lambda: cast(BinaryIO, archive.open(info))


def _refused(why: str) -> ArchiveError:
    return ArchiveError(
        f"This zip is not safe to open: {why}. "
        "If it comes from somebody you trust, ask them to export it again."
    )


def _names(infos: Sequence[ZipInfo]) -> list[str]:
    """Names as they were meant: entries without the UTF-8 flag hold bytes of an unnamed code.

    zipfile reads such bytes as cp437. UTF-8 without the flag is common on phones; GBK and
    Shift-JIS are what Chinese and Japanese Windows write. All of a zip is read the same way.
    """
    raw = [
        info.orig_filename.encode("cp437")
        for info in infos
        if not info.flag_bits & _UTF8_FLAG and not info.orig_filename.isascii()
    ]
    code = _code(raw) if raw else "cp437"
    names = []
    for info in infos:
        name = info.orig_filename
        if not info.flag_bits & _UTF8_FLAG:
            name = name.encode("cp437").decode(code)
        names.append(unicodedata.normalize("NFC", name.replace("\\", "/").split("\0")[0]))
    return names


def _code(raw: Sequence[bytes]) -> str:
    likely = east_code(b"\n".join(raw))
    for code in ("utf-8", likely, "shift_jis", "gb18030"):
        try:
            for name in raw:
                name.decode(code or "ascii")
        except UnicodeDecodeError:
            continue
        return code or "cp437"
    return "cp437"
