"""What models there are, and what of them is on this machine."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path

from ofrenda.errors import ModelCorrupt, ModelMissing
from ofrenda.settings import Settings
from ofrenda.weights.catalog import Model, catalog
from ofrenda.weights.resolve import in_folder, locate, resolve_model
from ofrenda.weights.shelf import Shelf


class ModelState(enum.StrEnum):
    """How far a model is from being used."""

    READY = "ready"
    """All files are in place."""
    PACKED = "packed"
    """Carried by installed packages; joined on first use."""
    MISSING = "missing"
    """Not on this machine, or not whole."""
    CORRUPT = "corrupt"
    """A file has not the size or sha256 of the catalog."""


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """One line of the list of models.

    ``carrier`` is ``folder``, ``package`` or ``hub`` (where it comes from, or would), ``path``
    where its files lie or None. ``size`` in bytes. ``note`` says what to do when it is not ready.
    """

    name: str
    summary: str
    licence: str
    terms: str | None
    languages: tuple[str, ...]
    size: int
    state: ModelState
    carrier: str
    path: Path | None
    note: str | None = None


def inventory(settings: Settings, *, verify: bool = False) -> list[ModelStatus]:
    """The state of every model of the catalog.

    Looks at names and sizes only, and joins nothing; ``verify`` joins what packages carry and
    hashes every file again (seconds for each 100 MB).
    """
    return [status(model, settings, verify=verify) for model in catalog().values()]


def status(model: Model, settings: Settings, *, verify: bool = False) -> ModelStatus:
    """The state of one model."""
    state, carrier, path = _look(model, settings)
    note = None
    if verify and state is not ModelState.MISSING:
        try:
            files = resolve_model(model, settings, verify=True)
        except ModelCorrupt as error:
            state, note = ModelState.CORRUPT, error.message
        except ModelMissing as error:
            state, note = ModelState.MISSING, error.message
        else:
            state, path = ModelState.READY, next(iter(files.paths.values())).parent
    return ModelStatus(
        name=model.name,
        summary=model.summary,
        licence=model.licence,
        terms=model.terms,
        languages=model.languages,
        size=model.size,
        state=state,
        carrier=carrier,
        path=path,
        note=note,
    )


def _look(model: Model, settings: Settings) -> tuple[ModelState, str, Path | None]:
    given = in_folder(model, settings)
    if given is not None and settings.models is not None:
        right = all(given[file.name].stat().st_size == file.size for file in model.files)
        folder = settings.models / model.name
        return (ModelState.READY if right else ModelState.CORRUPT), "folder", folder
    shelf = Shelf(settings.cache, model.name).folder
    states = set()
    path: Path | None = None
    carrier = "package" if model.packages else "hub"
    for file in model.files:
        kept = shelf / file.name
        sources = [locate(part) for part in file.parts]
        in_place = len(sources) == 1 and sources[0] is not None and not model.gathered
        if in_place:
            source = sources[0] or kept
            right = source.stat().st_size == file.size
            states.add(ModelState.READY if right else ModelState.CORRUPT)
            path = path or Path(str(source).removesuffix(f"/{file.name}"))
            path = path.parent if path == source else path
        elif kept.is_file() and kept.stat().st_size == file.size:
            states.add(ModelState.READY)
            path = shelf
        elif sources and None not in sources:
            states.add(ModelState.PACKED)
        else:
            states.add(ModelState.MISSING)
    for state in (ModelState.CORRUPT, ModelState.MISSING, ModelState.PACKED):
        if state in states:
            return state, carrier, path if state is ModelState.CORRUPT else None
    return ModelState.READY, carrier, path
