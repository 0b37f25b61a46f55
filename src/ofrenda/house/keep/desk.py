"""What the keeper has under way: one thing at a time, in the background, with its progress."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from ofrenda.archive import ImportReport
from ofrenda.archive.keeping import add_files, correct, merged
from ofrenda.archive.kept import look_at_photos
from ofrenda.clock import Clock
from ofrenda.engines.protocols import Embedder, EngineKind
from ofrenda.engines.registry import create
from ofrenda.errors import BadInput, OfrendaError
from ofrenda.house.keep.staging import Batch, Staging
from ofrenda.memory import rebuild
from ofrenda.settings import Settings
from ofrenda.vault import Life

T = TypeVar("T")


class _Closing(Exception):
    """Stops a reading between two batches; what was committed stays, the rest is read again."""


@dataclass(slots=True)
class Job:
    """What is or was under way. ``step``: ``reading``, ``remembering``, ``done`` or ``failed``;
    ``share`` of the step, 0..1; ``error`` a sentence for the keeper."""

    step: str = "done"
    share: float = 1.0
    error: str | None = None
    batch: str | None = None
    reports: list[ImportReport] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The job as JSON-ready data."""
        return {
            "step": self.step,
            "share": round(self.share, 3),
            "error": self.error,
            "batch": self.batch,
            "reports": [report.to_json() for report in self.reports],
        }


class Desk:
    """The keeper's work on one awake life. ``embed`` is an engine that runs already, if any."""

    def __init__(
        self, life: Life, settings: Settings, clock: Clock, embed: Embedder | None = None
    ) -> None:
        self.life = life
        self.staging = Staging(settings.cache / "handed-in")
        self.job = Job()
        self._settings = settings
        self._clock = clock
        self._embed = embed
        self._task: asyncio.Task[None] | None = None
        self._stale = False
        self._closing = False

    @property
    def busy(self) -> bool:
        """Whether something is being read or corrected; who is who must wait until then."""
        return self._task is not None and not self._task.done() and self.job.step == "reading"

    async def receive(self, batch: Batch, name: str, pieces: AsyncIterator[bytes]) -> int:
        """Take in one file; returns its size. Forgotten again where it does not arrive whole."""
        place, sealing = self.staging.receive(batch, name)
        whole = False
        try:
            async for piece in pieces:
                await asyncio.to_thread(self.staging.take, batch, sealing, piece)
            await asyncio.to_thread(self.staging.finish, batch, place, sealing)
            whole = True
        finally:
            if not whole:
                self.staging.give_up(batch, place, sealing)
        return sealing.size

    async def read(self, batch: Batch, answers: Mapping[str, str]) -> None:
        """Begin to read a batch, or go on with it now that questions are answered."""
        await self._free()
        if not batch.files:
            raise BadInput("Nothing has arrived yet. Choose files or a folder first.")
        batch.answers |= answers
        before = self.job.reports if self.job.batch == batch.id else []
        self._begin(Job("reading", 0.0, None, batch.id, list(before)), self._read(batch))

    async def correct(self, source: int, answers: Mapping[str, str]) -> ImportReport:
        """Read a stored file again with other answers."""
        await self._free()
        try:
            return await asyncio.to_thread(correct, self.life, source, answers, clock=self._clock)
        finally:
            # Also where it failed: a remembering may have given way to it.
            self.remember()

    def remember(self) -> None:
        """Bring what recall searches up to date, soon: after a decision of the keeper."""
        self._stale = True
        if self._task is None or self._task.done():
            kept = self.job
            job = Job("remembering", 0.0, kept.error, kept.batch, kept.reports)
            self._begin(job, self._remember())

    async def close(self) -> None:
        """Stop what is under way and erase what was handed in."""
        self._closing = True
        if self._task is not None:
            if self.job.step == "remembering":
                self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await asyncio.to_thread(self.staging.close)

    async def _free(self) -> None:
        """Raises BadInput while files are being read; a remembering gives way."""
        if self.busy:
            raise BadInput("Files are being read just now. Wait until that is done.")
        if self._task is not None and not self._task.done():
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def _begin(self, job: Job, work: Any) -> None:
        self.job = job
        self._task = asyncio.create_task(self._watched(job, work))

    async def _watched(self, job: Job, work: Any) -> None:
        try:
            await work
            job.step, job.share = "done", 1.0
        except OfrendaError as error:
            job.step, job.error = "failed", error.message
        except _Closing:
            job.step = "failed"

    async def _read(self, batch: Batch) -> None:
        job = self.job
        try:
            found = await asyncio.to_thread(
                add_files,
                self.life,
                batch.whole(),
                answers=dict(batch.answers),
                progress=self._teller(job),
                clock=self._clock,
            )
        except (OfrendaError, _Closing):
            self.staging.erase(batch)
            raise
        job.reports = merged(job.reports, found)
        await asyncio.to_thread(look_at_photos, self.life, self._teller(job))
        if not any(report.questions for report in job.reports):
            self.staging.erase(batch)
        self._stale = True
        await self._remember()

    async def _remember(self) -> None:
        job = self.job
        while self._stale:
            self._stale, whole = False, False
            job.step, job.share = "remembering", 0.0
            embed = self._embed or cast(Embedder, create(EngineKind.EMBED, self._settings))
            try:
                await rebuild(self.life, embed, progress=self._teller(job))
                whole = True
            finally:
                self._stale |= not whole
                if self._embed is None:
                    await embed.close()

    def _teller(self, job: Job) -> Callable[[float], None]:
        def tell(share: float) -> None:
            if self._closing and job.step == "reading":
                raise _Closing
            job.share = share

        return tell
