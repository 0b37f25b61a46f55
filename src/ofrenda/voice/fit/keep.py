"""Where a fit under way is kept, so that switching the machine off costs minutes, not the fit."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from ofrenda.types import BlobId
from ofrenda.vault import Life


class FitStore(Protocol):
    """Named pieces of bytes that outlive the process."""

    def load(self, name: str) -> bytes | None:
        """What was last saved under ``name``."""
        ...

    def save(self, name: str, data: bytes) -> None:
        """Keep ``data``: after a crash either it or what was there before is found."""
        ...

    def clear(self) -> None:
        """Keep nothing any more."""
        ...


class VaultStore:
    """Keeps a fit in the life, under its voice key: it goes when the voice goes."""

    def __init__(self, life: Life) -> None:
        self._life = life

    def load(self, name: str) -> bytes | None:
        """See :class:`FitStore`. Raises ``LifeDamaged``."""
        blob = self._blob(name)
        return None if blob is None else self._life.voice_blobs.get(blob)

    def save(self, name: str, data: bytes) -> None:
        """See :class:`FitStore`. Raises ``DiskFull``."""
        old, new = self._blob(name), self._life.voice_blobs.put(data)
        stored = False
        try:
            with self._life.db.write() as db:
                db.execute(
                    "INSERT OR REPLACE INTO voice_fit (name, blob) VALUES (?, ?)", (name, new)
                )
            stored = True
        finally:
            if not stored:
                self._life.voice_blobs.delete(new)
        if old is not None:
            self._life.voice_blobs.delete(old)

    def clear(self) -> None:
        """See :class:`FitStore`."""
        with self._life.db.read() as db:
            blobs = [BlobId(row[0]) for row in db.execute("SELECT blob FROM voice_fit").fetchall()]
        with self._life.db.write() as db:
            db.execute("DELETE FROM voice_fit")
        for blob in blobs:
            self._life.voice_blobs.delete(blob)

    def _blob(self, name: str) -> BlobId | None:
        with self._life.db.read() as db:
            row = db.execute("SELECT blob FROM voice_fit WHERE name = ?", (name,)).fetchone()
        return None if row is None else BlobId(row[0])


class FolderStore:
    """Keeps a fit in a plain folder: for benches on public recordings, never for a life."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, name: str) -> bytes | None:
        """See :class:`FitStore`."""
        path = self._folder / name
        return path.read_bytes() if path.is_file() else None

    def save(self, name: str, data: bytes) -> None:
        """See :class:`FitStore`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        rough = self._folder / f"{name}.part"
        rough.write_bytes(data)
        rough.replace(self._folder / name)

    def clear(self) -> None:
        """See :class:`FitStore`."""
        for path in self._folder.glob("*"):
            path.unlink()
