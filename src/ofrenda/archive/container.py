"""What was handed in, made safe: a file, a folder or a zip as a flat list of entries.

Entries are read where they are, from the disk or streamed out of the zip; nothing is ever
unpacked to disk. The limits are those for hostile archives: size, number of entries, ratio,
nesting, names that point outside, links, names that occur twice.
"""

from __future__ import annotations

import functools
import io
import lzma
import os
import stat
import struct
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast
from zipfile import BadZipFile

from ofrenda.errors import ArchiveError

HEAD_BYTES = 64 * 1024
"""How much of a file decides what it is."""

JUNK = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""Left by file managers; never counted."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What an archive may be. Bytes, except ``entries`` and ``ratio`` (unpacked : packed).

    A WhatsApp text packs about 10:1; 200:1 leaves room and stops bombs. Entries below
    ``ratio_from`` are not held to it: they cannot hurt. A zip in a zip is read in memory, up to
    ``nested``.
    """

    total: int = 20 * 2**30
    entries: int = 200_000
    ratio: int = 200
    ratio_from: int = 2**20
    nested: int = 256 * 2**20


@dataclass(frozen=True, slots=True)
class Entry:
    """One file. ``name`` is relative, with forward slashes, in NFC; ``size`` in bytes."""

    name: str
    size: int
    opener: Callable[[], BinaryIO]
    path: Path | None = None
    """Where it lies on the disk; None inside a zip."""
    seekable: bool = False
    """Whether ``opener`` gives a file that can be read at any place, though it has no ``path``."""

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The content, to be read once. Raises ``ArchiveError`` where it cannot be read whole."""
        try:
            raw = self.opener()
        except READ_ERRORS as error:
            raise unreadable(error) from None
        with raw:
            yield cast(BinaryIO, io.BufferedReader(_Guarded(raw, self.size), 2**16))

    def head(self) -> bytes:
        """The first 64 KiB."""
        with self.open() as file:
            return file.read(HEAD_BYTES)

    def bytes(self, limit: int) -> bytes:
        """The whole content. Raises ``ArchiveError`` when it is longer than ``limit`` bytes."""
        if self.size > limit:
            raise ArchiveError(
                f"A file is too large to be read as text (over {limit // 2**20} MiB). "
                "Split it and add the parts."
            )
        with self.open() as file:
            return file.read()


@dataclass(frozen=True)
class Container:
    """A set of files that belong together. ``name`` is that of the file, folder or zip;
    ``left_out`` counts what was not even looked at (links, devices)."""

    name: str
    entries: dict[str, Entry]
    left_out: int = 0

    def size(self, name: str) -> int:
        """Bytes of the file called ``name``; 0 where there is none."""
        entry = self.entries.get(name)
        return 0 if entry is None else entry.size

    def beside(self, entry: Entry, wanted: str) -> Entry | None:
        """The file called ``wanted`` that came with ``entry``: in its folder, or the only one of
        that name in the container. None for anything that is not a plain file name."""
        if not wanted or "/" in wanted or "\\" in wanted or wanted in (".", ".."):
            return None
        wanted = unicodedata.normalize("NFC", wanted)
        here = str(PurePosixPath(entry.name).parent / wanted)
        if (found := self.entries.get(here)) is not None:
            return found
        elsewhere = self._by_file_name.get(wanted, ())
        return elsewhere[0] if len(elsewhere) == 1 else None

    @functools.cached_property
    def _by_file_name(self) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = {}
        for name, entry in self.entries.items():
            found.setdefault(name.rpartition("/")[2], []).append(entry)
        return found


READ_ERRORS = (
    *(OSError, EOFError, BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError),
    *(RuntimeError, ValueError, struct.error),
)
"""What reading a damaged, locked or strange file raises (RuntimeError: zip with a password;
ValueError: names that are no text, places before the beginning)."""


def unreadable(error: BaseException) -> ArchiveError:
    """What to tell the keeper about a file that cannot be read."""
    if isinstance(error, PermissionError):
        return ArchiveError(
            "A file may not be read by this account. Change its permissions, or copy it."
        )
    if isinstance(error, NotImplementedError | RuntimeError):
        return ArchiveError(
            "The zip is locked with a password or packed in an unusual way. "
            "Unpack it on your computer and add the folder."
        )
    return ArchiveError(
        "A file is cut short or damaged. Copy or export it again, then add the new copy."
    )


def plain_name(name: str) -> str:
    """``name`` for screens and rows: no control or direction-changing characters, NFC."""
    shown = "".join("?" if unicodedata.category(c) in ("Cc", "Cs") else c for c in name)
    shown = shown.translate(dict.fromkeys(range(0x202A, 0x202F)))
    return unicodedata.normalize("NFC", shown.translate(dict.fromkeys(range(0x2066, 0x206A))))


def open_path(path: Path, limits: Limits) -> Container:
    """A file as a container of one, or a folder with all that is under it.

    Links and devices under a folder are left out. Raises ``ArchiveError``.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode):
            size = path.stat().st_size
            name = plain_name(path.name)
            return Container(name, {name: Entry(name, size, lambda: path.open("rb"), path)})
        if stat.S_ISDIR(mode):
            return _folder(path, limits)
    except FileNotFoundError:
        raise ArchiveError(
            "There is nothing at that place. Check the spelling of the path."
        ) from None
    except OSError as error:
        raise unreadable(error) from None
    raise ArchiveError("That is neither a file nor a folder. Give an export, a text or a folder.")


def _folder(top: Path, limits: Limits) -> Container:
    entries: dict[str, Entry] = {}
    left_out = total = 0
    for folder, subfolders, names in os.walk(top):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        left_out += sum(Path(folder, name).is_symlink() for name in subfolders)
        for file_name in sorted(names):
            if file_name in JUNK or file_name.startswith("."):
                continue
            file = Path(folder, file_name)
            status = file.lstat()
            if not stat.S_ISREG(status.st_mode):
                left_out += 1
                continue
            total += status.st_size
            name = plain_name(file.relative_to(top).as_posix())
            if name in entries:
                left_out += 1
                continue
            entries[name] = Entry(name, status.st_size, _opener(file), file)
            if len(entries) > limits.entries or total > limits.total:
                raise ArchiveError(
                    f"The folder holds more than {limits.entries:,} files or "
                    f"{limits.total // 2**30} GB. Add its parts one by one."
                )
    return Container(plain_name(top.resolve().name), entries, left_out)


def _opener(file: Path) -> Callable[[], BinaryIO]:
    def opened() -> BinaryIO:
        return os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")

    return opened


class _Guarded(io.RawIOBase):
    """A raw reader that stops at the announced size and turns every failure into one error."""

    def __init__(self, raw: BinaryIO, size: int) -> None:
        super().__init__()
        self._raw = raw
        self._left = size

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fill ``buffer``; 0 at the end."""
        view = memoryview(cast(bytearray, buffer))
        try:
            data = self._raw.read(min(len(view), self._left))
        except READ_ERRORS as error:
            raise unreadable(error) from None
        self._left -= len(data)
        view[: len(data)] = data
        return len(data)
