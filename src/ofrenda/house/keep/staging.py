"""Where handed-in files wait to be read: on the disk, encrypted, until they are erased.

Every file has a random key that is held in memory alone. When the house closes, or is killed, the
keys are gone and what is left on the disk is noise; the next house that opens sweeps it away.
Chunks are AES-256-GCM with a counter as nonce, which is safe because no key is used twice.
"""

from __future__ import annotations

import io
import os
import secrets
import shutil
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

import psutil
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ofrenda.archive.container import Container, Entry, Limits, plain_name
from ofrenda.errors import ArchiveError, BadInput, DiskFull

CHUNK = 256 * 1024
_SEALED = CHUNK + 16
_SPARE = 512 * 2**20
"""Bytes of the disk that are left free."""

_LONGEST_NAME = 1_000


class Staged:
    """One file under its own key. Written once from its beginning, then read at any place."""

    def __init__(self, path: Path) -> None:
        self.size = 0
        self._path = path
        self._cipher = AESGCM(secrets.token_bytes(32))
        self._held = bytearray()
        self._chunks = 0
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._out: BinaryIO | None = os.fdopen(descriptor, "wb")

    def write(self, piece: bytes) -> None:
        """Append ``piece``; raises DiskFull."""
        self._held += piece
        self.size += len(piece)
        while len(self._held) >= CHUNK:
            self._seal(bytes(self._held[:CHUNK]))
            del self._held[:CHUNK]

    def finish(self) -> None:
        """No more is to come."""
        if self._held:
            self._seal(bytes(self._held))
            self._held.clear()
        if self._out is not None:
            self._out.close()
            self._out = None

    def erase(self) -> None:
        """Delete the file; its key goes with this object."""
        if self._out is not None:
            self._out.close()
            self._out = None
        self._path.unlink(missing_ok=True)

    def open(self) -> BinaryIO:
        """The content, readable at any place."""
        return cast(BinaryIO, io.BufferedReader(_Opened(self), CHUNK))

    def chunk(self, file: BinaryIO, number: int) -> bytes:
        """Chunk ``number`` out of the opened ``file``."""
        file.seek(number * _SEALED)
        sealed = file.read(_SEALED)
        try:
            return self._cipher.decrypt(number.to_bytes(12, "big"), sealed, None) if sealed else b""
        except InvalidTag:
            raise OSError("a handed-in file was changed on the disk") from None

    def raw(self) -> BinaryIO:
        """The ciphertext."""
        return self._path.open("rb")

    def _seal(self, piece: bytes) -> None:
        if self._out is None:
            raise RuntimeError("the file is finished")
        sealed = self._cipher.encrypt(self._chunks.to_bytes(12, "big"), piece, None)
        self._chunks += 1
        try:
            self._out.write(sealed)
        except OSError as error:
            raise _full() from error


class _Opened(io.RawIOBase):
    def __init__(self, staged: Staged) -> None:
        super().__init__()
        self._staged = staged
        self._file = staged.raw()
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
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._staged.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer))
        if self._at >= self._staged.size:
            return 0
        number, within = divmod(self._at, CHUNK)
        if number != self._number:
            self._piece = self._staged.chunk(self._file, number)
            self._number = number
        piece = self._piece[within : within + len(view)]
        view[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def close(self) -> None:
        self._file.close()
        super().close()


@dataclass(slots=True)
class Batch:
    """Files that were handed in together, by their place in the folder. ``answers``: what the
    keeper said so far to the questions that they raise."""

    id: str
    files: dict[str, Staged] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    size: int = 0

    def container(self) -> Container:
        """All of it as the archive reads it."""
        tops = {name.partition("/")[0] for name in self.files}
        folder = next(iter(tops)) if len(tops) == 1 else ""
        if folder in self.files:
            folder = ""
        cut = len(folder) + 1 if folder else 0
        entries = {
            name[cut:]: Entry(name[cut:], staged.size, staged.open, seekable=True)
            for name, staged in self.files.items()
        }
        only = next(iter(entries)) if len(entries) == 1 and not folder else ""
        return Container(folder or only, entries)


class Staging:
    """The batches of an open house."""

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        """``folder`` is made when it is first needed."""
        self._top = folder
        self._folder = folder / f"{os.getpid()}-{secrets.token_hex(8)}"
        self._limits = limits or Limits()
        self._batches: dict[str, Batch] = {}

    def begin(self) -> Batch:
        """A new, empty batch."""
        self._sweep()
        batch = Batch(secrets.token_urlsafe(12))
        self._batches[batch.id] = batch
        return batch

    def find(self, batch: str) -> Batch:
        """A batch by its id; BadInput where it is gone."""
        try:
            return self._batches[batch]
        except KeyError:
            raise BadInput(
                "What was handed in is no longer here. Hand the files in once more."
            ) from None

    def receive(self, batch: Batch, name: str) -> Staged:
        """A place for one more file of a batch. Raises BadInput for a name that cannot be used."""
        place = proper_place(name)
        if place in batch.files:
            raise BadInput("Two files have the same name. Rename one and hand both in again.")
        if len(batch.files) >= self._limits.entries:
            raise ArchiveError(
                f"These are more than {self._limits.entries:,} files. Hand them in in parts."
            )
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        staged = Staged(self._folder / secrets.token_hex(16))
        batch.files[place] = staged
        return staged

    def take(self, batch: Batch, staged: Staged, piece: bytes) -> None:
        """Write a piece of a file. Raises ArchiveError over the limit, DiskFull."""
        batch.size += len(piece)
        if batch.size > self._limits.total:
            raise ArchiveError(
                f"This is more than {self._limits.total // 2**30} GB. Hand it in in parts, or use "
                "the command on this computer: ofrenda add."
            )
        if staged.size % (64 * CHUNK) < len(piece):
            self._require_room()
        staged.write(piece)

    def give_up(self, batch: Batch, staged: Staged) -> None:
        """Forget a file that did not arrive whole."""
        batch.size -= staged.size
        batch.files = {name: each for name, each in batch.files.items() if each is not staged}
        staged.erase()

    def erase(self, batch: Batch) -> None:
        """Erase a batch; twice is fine."""
        self._batches.pop(batch.id, None)
        for staged in batch.files.values():
            staged.erase()
        batch.files = {}

    def close(self) -> None:
        """Erase everything."""
        for batch in list(self._batches.values()):
            self.erase(batch)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _require_room(self) -> None:
        if shutil.disk_usage(self._folder).free < _SPARE:
            raise _full()

    def _sweep(self) -> None:
        """Erase what a house left that was killed; its keys are gone already."""
        if not self._top.is_dir():
            return
        for folder in self._top.iterdir():
            owner = folder.name.partition("-")[0]
            if folder != self._folder and not (owner.isdigit() and psutil.pid_exists(int(owner))):
                shutil.rmtree(folder, ignore_errors=True)


def proper_place(name: str) -> str:
    """A handed-in name as a place inside the batch: relative, without tricks, in NFC.

    It is never used as a path on this computer. Raises BadInput for one that leads nowhere.
    """
    plain = plain_name(unicodedata.normalize("NFC", name.replace("\\", "/")))
    parts = [part for part in plain.split("/") if part not in ("", ".")]
    if not parts or ".." in parts or len(plain) > _LONGEST_NAME or ":" in parts[0][1:2]:
        raise BadInput("A file has a name that cannot be used. Rename it and hand it in again.")
    return str(PurePosixPath(*parts))


def _full() -> DiskFull:
    return DiskFull("There is no room left on this computer's disk. Make room, then try again.")
