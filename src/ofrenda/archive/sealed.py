"""Files that wait to be read, encrypted where they lie, under keys that are held in memory alone.

What a browser hands in, and an original that is read once more, must never lie on a disk in clear.
Each file has a random key of its own. When the process that holds it ends, however it ends, what
is left on the disk is noise. Chunks are AES-256-GCM with their number as nonce, which is safe
because no key is used for a second file.
"""

from __future__ import annotations

import io
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ofrenda.archive.container import Container, Entry
from ofrenda.errors import DiskFull

CHUNK = 256 * 1024
_SEALED = CHUNK + 16


@dataclass(frozen=True, slots=True)
class Sealed:
    """One file: where it lies, how many bytes it has in clear, and its key."""

    path: Path
    size: int
    key: bytes

    def open(self) -> BinaryIO:
        """The content, readable at any place. Reading raises ``OSError`` where it was changed."""
        return cast(BinaryIO, io.BufferedReader(_Opened(self), CHUNK))


class Sealing:
    """Writes one file, piece by piece, from its beginning."""

    def __init__(self, path: Path) -> None:
        """``path`` must not exist; nobody but this account may read it."""
        self.size = 0
        self._path = path
        self._key = secrets.token_bytes(32)
        self._cipher = AESGCM(self._key)
        self._held = bytearray()
        self._chunks = 0
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._out = os.fdopen(descriptor, "wb")

    def write(self, piece: bytes) -> None:
        """Append ``piece``; raises DiskFull."""
        self._held += piece
        self.size += len(piece)
        while len(self._held) >= CHUNK:
            self._seal(bytes(self._held[:CHUNK]))
            del self._held[:CHUNK]

    def finish(self) -> Sealed:
        """No more is to come."""
        if self._held:
            self._seal(bytes(self._held))
            self._held.clear()
        try:
            self._out.close()
        except OSError as error:
            raise no_room() from error
        return Sealed(self._path, self.size, self._key)

    def erase(self) -> None:
        """Delete what was written; its key goes with this object."""
        self._out.close()
        self._path.unlink(missing_ok=True)

    def _seal(self, piece: bytes) -> None:
        sealed = self._cipher.encrypt(self._chunks.to_bytes(12, "big"), piece, None)
        self._chunks += 1
        try:
            self._out.write(sealed)
        except OSError as error:
            raise no_room() from error


class _Opened(io.RawIOBase):
    """A sealed file in clear."""

    def __init__(self, sealed: Sealed) -> None:
        super().__init__()
        self._size = sealed.size
        self._cipher = AESGCM(sealed.key)
        self._file = sealed.path.open("rb")
        self._at = 0
        self._number = -1
        self._piece = b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer))
        if self._at >= self._size:
            return 0
        number, within = divmod(self._at, CHUNK)
        if number != self._number:
            self._piece = self._chunk(number)
            self._number = number
        piece = self._piece[within : within + len(view)]
        view[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def close(self) -> None:
        self._file.close()
        super().close()

    def _chunk(self, number: int) -> bytes:
        self._file.seek(number * _SEALED)
        try:
            return self._cipher.decrypt(number.to_bytes(12, "big"), self._file.read(_SEALED), None)
        except InvalidTag:
            raise OSError("a waiting file was changed on the disk") from None


@dataclass(frozen=True, slots=True)
class SealedFiles:
    """Files that belong together, by their place: what a folder is on the disk."""

    name: str
    files: Mapping[str, Sealed]

    def container(self) -> Container:
        """As the archive reads them."""
        entries = {
            place: Entry(place, sealed.size, sealed.open, seekable=True)
            for place, sealed in self.files.items()
        }
        return Container(self.name, entries)

    def folders(self) -> list[Path]:
        """Where on the disk they lie."""
        return sorted({sealed.path.parent for sealed in self.files.values()})

    def packed(self) -> list[Any]:
        """For another process that reads them; holds their keys."""
        return [
            self.name,
            [[place, os.fsencode(s.path), s.size, s.key] for place, s in self.files.items()],
        ]

    @classmethod
    def unpacked(cls, packed: list[Any]) -> SealedFiles:
        """What :meth:`packed` gave."""
        name, files = packed
        return cls(
            name,
            {place: Sealed(Path(os.fsdecode(path)), size, key) for place, path, size, key in files},
        )


def seal(pieces: Iterator[bytes], path: Path) -> Sealed:
    """Write what ``pieces`` give; nothing is left where it does not come to its end."""
    sealing = Sealing(path)
    whole = False
    try:
        for piece in pieces:
            sealing.write(piece)
        sealed = sealing.finish()
        whole = True
    finally:
        if not whole:
            sealing.erase()
    return sealed


def no_room() -> DiskFull:
    """What to tell the keeper about a full disk."""
    return DiskFull("There is no room left on this computer's disk. Make room, then try again.")
