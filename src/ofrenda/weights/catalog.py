"""The list of models: what ``catalog.toml`` says, as data."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from typing import Any

from ofrenda.errors import ModelMissing

Progress = Callable[[int, int], None]
"""Called with the bytes done so far and the bytes there are in all."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file inside an installed PyPI package; ``path`` is relative to the site's folder."""

    package: str
    path: str


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a model hub at a pinned ``revision`` (a commit, never a branch)."""

    repo: str
    revision: str
    path: str


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model: ``size`` in bytes, and its carriers beside the models folder.

    Several ``parts`` are joined in order; a single one is used where it lies."""

    name: str
    size: int
    sha256: str
    parts: tuple[Part, ...] = ()
    hub: HubFile | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A model of the catalog.

    ``licence`` is an SPDX expression, ``terms`` what there is to say beside it. ``languages`` are
    ISO 639-1 codes; none means that the model does not care. ``gathered``: its files must lie in
    one folder of their own.
    """

    name: str
    summary: str
    licence: str
    languages: tuple[str, ...]
    files: tuple[ModelFile, ...]
    terms: str | None = None
    gathered: bool = False

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def packages(self) -> tuple[str, ...]:
        """Names of the PyPI packages that carry it, each once, in order."""
        return tuple(dict.fromkeys(part.package for file in self.files for part in file.parts))


@functools.cache
def catalog() -> dict[str, Model]:
    """All models by name, in the order of the catalog."""
    text = resources.files("ofrenda.weights").joinpath("catalog.toml").read_text("utf-8")
    return parse(text)


def parse(text: str) -> dict[str, Model]:
    """The models that a catalog in TOML lists."""
    return {name: _model(name, entry) for name, entry in tomllib.loads(text)["models"].items()}


def model_named(name: str) -> Model:
    """The model of that name; :class:`ModelMissing` lists the names there are."""
    found = catalog().get(name)
    if found is None:
        raise ModelMissing(f"There is no model called {name!r}. There are: {', '.join(catalog())}.")
    return found


def _model(name: str, entry: dict[str, Any]) -> Model:
    return Model(
        name=name,
        summary=entry["summary"],
        licence=entry["licence"],
        languages=tuple(entry["languages"]),
        files=tuple(
            ModelFile(
                name=file["name"],
                size=file["size"],
                sha256=file["sha256"],
                parts=tuple(Part(**part) for part in file.get("parts", ())),
                hub=HubFile(**file["hub"]) if "hub" in file else None,
            )
            for file in entry["files"]
        ),
        terms=entry.get("terms"),
        gathered=entry.get("gathered", False),
    )
