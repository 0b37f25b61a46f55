"""Where handed-in files wait to be read: encrypted (:mod:`ofrenda.archive.sealed`), then erased.

When the house closes, or is killed, the keys are gone and what is left on the disk is noise; the
next house that opens sweeps it away.
"""

from __future__ import annotations

import os
import secrets
import shutil
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import psutil

from ofrenda.archive.container import Limits, plain_name
from ofrenda.archive.sealed import CHUNK, Sealed, SealedFiles, Sealing, no_room
from ofrenda.errors import ArchiveError, BadInput

_SPARE = 512 * 2**20
"""Bytes of the disk that are left free."""

_LONGEST_NAME = 1_000
_MOST_BATCHES = 4
"""What was begun and never read (a page that was closed) gives way to what comes after it."""


@dataclass(slots=True)
class Batch:
    """Files that were handed in together, by their place in the folder. ``answers``: what the
    keeper said so far to the questions that they raise."""

    id: str
    files: dict[str, Sealed | Sealing] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    size: int = 0

    def whole(self) -> SealedFiles:
        """All that has arrived, as the archive takes it in."""
        arrived = {name: one for name, one in self.files.items() if isinstance(one, Sealed)}
        tops = {name.partition("/")[0] for name in arrived}
        folder = next(iter(tops)) if len(tops) == 1 else ""
        if folder in arrived:
            folder = ""
        cut = len(folder) + 1 if folder else 0
        files = {name[cut:]: sealed for name, sealed in arrived.items()}
        only = next(iter(files)) if len(files) == 1 and not folder else ""
        return SealedFiles(folder or only, files)


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
        while len(self._batches) >= _MOST_BATCHES:
            self.erase(next(iter(self._batches.values())))
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

    def receive(self, batch: Batch, name: str) -> tuple[str, Sealing]:
        """A place for one more file of a batch. Raises BadInput for a name that cannot be used."""
        place = proper_place(name)
        if place in batch.files:
            raise BadInput("Two files have the same name. Rename one and hand both in again.")
        if len(batch.files) >= self._limits.entries:
            raise ArchiveError(
                f"These are more than {self._limits.entries:,} files. Hand them in in parts."
            )
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        sealing = Sealing(self._folder / secrets.token_hex(16))
        batch.files[place] = sealing
        return place, sealing

    def take(self, batch: Batch, sealing: Sealing, piece: bytes) -> None:
        """Write a piece of a file. Raises ArchiveError over the limit, DiskFull."""
        batch.size += len(piece)
        if batch.size > self._limits.total:
            raise ArchiveError(
                f"This is more than {self._limits.total // 2**30} GB. Hand it in in parts, or use "
                "the command on this computer: ofrenda add."
            )
        if sealing.size % (64 * CHUNK) < len(piece):
            self._require_room()
        sealing.write(piece)

    def finish(self, batch: Batch, place: str, sealing: Sealing) -> None:
        """A file has arrived."""
        batch.files[place] = sealing.finish()

    def give_up(self, batch: Batch, place: str, sealing: Sealing) -> None:
        """Forget a file that did not arrive whole."""
        batch.size -= sealing.size
        batch.files.pop(place, None)
        sealing.erase()

    def erase(self, batch: Batch) -> None:
        """Erase a batch; twice is fine."""
        self._batches.pop(batch.id, None)
        for one in batch.files.values():
            if isinstance(one, Sealed):
                one.path.unlink(missing_ok=True)
            else:
                one.erase()
        batch.files = {}

    def close(self) -> None:
        """Erase everything."""
        for batch in list(self._batches.values()):
            self.erase(batch)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _require_room(self) -> None:
        if shutil.disk_usage(self._folder).free < _SPARE:
            raise no_room()

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
