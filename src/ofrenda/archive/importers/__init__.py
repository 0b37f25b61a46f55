"""One module per format. Adding one is adding a file here that defines ``IMPORTER``."""

from __future__ import annotations

import functools
import importlib
import pkgutil

from ofrenda.archive.importer import Importer


@functools.cache
def importers() -> tuple[Importer, ...]:
    """Every importer in this folder, by module name."""
    found = []
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        importer: Importer = importlib.import_module(f"{__name__}.{module.name}").IMPORTER
        found.append(importer)
    return tuple(found)
