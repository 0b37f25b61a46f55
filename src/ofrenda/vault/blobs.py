"""Files of a life, encrypted: photos, originals, recordings.

A blob is ``OFBL``, one byte of version, then chunks of up to 1 MiB, each a 12-byte nonce and the
AES-256-GCM ciphertext with its tag. Every blob has a key of its own (HKDF of the store's key and
the blob's id). Each chunk's associated data name the life, the blob, the chunk's number and
whether it is the last: chunks that were cut off, swapped, repeated or brought from elsewhere do
not open. The scheme is STREAM (Hoang, Reyhanitabar, Rogaway, Vizar 2015) with random nonces.
"""

from __future__ import annotations

import io
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ofrenda.apart import FetchedFile
from ofrenda.errors import LifeDamaged, VaultError
from ofrenda.types import BlobId, LifeId
from ofrenda.vault.durable import disk_errors, settle, write_durably
from ofrenda.vault.keys import NONCE_BYTES, TAG_BYTES, expand

CHUNK_BYTES = 1024 * 1024
_PREFIX = b"OFBL\x01"
_SEALED_BYTES = NONCE_BYTES + CHUNK_BYTES + TAG_BYTES
_ID = re.compile(r"[0-9a-f]{32}")


class BlobStore:
    """The blobs of one life in one folder, under one key, until it is forgotten."""

    def __init__(self, folder: Path, life: LifeId, key: bytes) -> None:
        """``folder`` exists and belongs to this store alone; ``key`` has 32 bytes."""
        self._folder = folder
        self._life = life
        self._key = bytearray(key)
        self._gone: VaultError | None = None

    def put(self, data: bytes | BinaryIO) -> BlobId:
        """Keep ``data`` (or what a file gives until its end) and return the new blob's id.

        Reads a file chunk by chunk; only ciphertext reaches the disk. Durable on return. Raises
        ``DiskFull``, and then nothing is kept.
        """
        source = io.BytesIO(data) if isinstance(data, bytes) else data
        blob = BlobId(secrets.token_hex(16))
        write_durably(self._folder / blob, self._sealed(blob, source))
        return blob

    def get(self, blob: BlobId) -> bytes:
        """The whole blob. Raises ``LifeDamaged`` where it is missing or was changed."""
        return b"".join(self.chunks(blob))

    def chunks(self, blob: BlobId) -> Iterator[bytes]:
        """The blob in pieces of at most 1 MiB, for what need not be in memory at once.

        Each piece is checked before it is given out; that the blob is whole is known only when
        the iterator ends. Raises ``LifeDamaged``.
        """
        cipher = self._cipher(blob)
        try:
            with self._path(blob).open("rb") as file:
                if file.read(len(_PREFIX)) != _PREFIX:
                    raise _damaged()
                number, sealed, last = 0, file.read(_SEALED_BYTES), False
                while not last:
                    following = file.read(_SEALED_BYTES)
                    last = not following
                    aad = self._aad(blob, number, last=last)
                    yield cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad)
                    number, sealed = number + 1, following
        except (InvalidTag, ValueError, OSError) as error:
            raise _damaged() from error

    def open(self, blob: BlobId) -> BinaryIO:
        """The blob to be read at any place, one piece of 1 MiB in memory at a time.

        For players and decoders, which jump about in a file. Each piece is checked before any of
        it is given out. Raises ``LifeDamaged``, here or while reading.
        """
        reader = _Reader(self, blob)
        file = FetchedFile(reader.size, reader.part)
        return cast(BinaryIO, io.BufferedReader(file, 2**16))

    def size(self, blob: BlobId) -> int:
        """Bytes of a blob in clear. Raises ``LifeDamaged`` where it is missing."""
        try:
            sealed = self._path(blob).stat().st_size - len(_PREFIX)
        except OSError as error:
            raise _damaged() from error
        count = max(1, -(-sealed // _SEALED_BYTES))
        if (size := sealed - count * (NONCE_BYTES + TAG_BYTES)) < 0:
            raise _damaged()
        return size

    def _piece(self, blob: BlobId, number: int, *, last: bool) -> bytes:
        try:
            with self._path(blob).open("rb") as file:
                if file.read(len(_PREFIX)) != _PREFIX:
                    raise _damaged()
                file.seek(len(_PREFIX) + number * _SEALED_BYTES)
                sealed = file.read(_SEALED_BYTES)
            aad = self._aad(blob, number, last=last)
            return self._cipher(blob).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad)
        except (InvalidTag, ValueError, OSError) as error:
            raise _damaged() from error

    def delete(self, blob: BlobId) -> None:
        """Delete a blob; nothing happens where it is gone already."""
        with disk_errors():
            self._path(blob).unlink(missing_ok=True)
            settle(self._folder)

    def ids(self) -> list[BlobId]:
        """Every blob that is kept, referenced or not, in no particular order."""
        return [BlobId(file.name) for file in self._folder.iterdir() if _ID.fullmatch(file.name)]

    def forget(self, reason: VaultError) -> None:
        """Drop the key; from now on ``put`` and ``get`` raise ``reason``."""
        self._gone = reason
        for place in range(len(self._key)):
            self._key[place] = 0

    def _cipher(self, blob: BlobId) -> AESGCM:
        if self._gone is not None:
            raise type(self._gone)(self._gone.message)
        return AESGCM(expand(bytes(self._key), f"blob/{blob}", salt=self._life.encode()))

    def _aad(self, blob: BlobId, number: int, *, last: bool) -> bytes:
        return _PREFIX + f"{self._life}/{blob}/{number}/{'last' if last else 'more'}".encode()

    def _path(self, blob: BlobId) -> Path:
        if not _ID.fullmatch(blob):
            raise _damaged()
        return self._folder / blob

    def _sealed(self, blob: BlobId, source: BinaryIO) -> Iterator[bytes]:
        cipher = self._cipher(blob)
        yield _PREFIX
        number, piece, last = 0, _full_read(source), False
        while not last:
            following = _full_read(source) if len(piece) == CHUNK_BYTES else b""
            last = not following
            nonce = secrets.token_bytes(NONCE_BYTES)
            yield nonce + cipher.encrypt(nonce, piece, self._aad(blob, number, last=last))
            number, piece = number + 1, following


class _Reader:
    """Opens the pieces of one blob where they are asked for, and holds the last one."""

    def __init__(self, store: BlobStore, blob: BlobId) -> None:
        self.size = store.size(blob)
        self._store = store
        self._blob = blob
        self._held: tuple[int, bytes] = (-1, b"")

    def part(self, place: int, size: int) -> bytes:
        """As far as the piece at this place goes."""
        number, start = divmod(place, CHUNK_BYTES)
        if self._held[0] != number:
            last = number == max(0, self.size - 1) // CHUNK_BYTES
            self._held = (number, self._store._piece(self._blob, number, last=last))
        return self._held[1][start : start + size]


def _full_read(source: BinaryIO) -> bytes:
    """One chunk, however small the pieces are that the source gives (a pipe, a zip member)."""
    parts: list[bytes] = []
    missing = CHUNK_BYTES
    while missing and (part := source.read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _damaged() -> LifeDamaged:
    return LifeDamaged(
        "A file kept in this life is missing or damaged. "
        "Restore the life's folder from a backup, then open it again."
    )
