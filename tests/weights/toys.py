"""Models of a few bytes."""

from __future__ import annotations

import hashlib

from ofrenda.weights.catalog import HubFile, Model, ModelFile, Part


def one_file(
    content: bytes, *parts: tuple[str, str], name: str = "toy.bin", hub: bool = False
) -> ModelFile:
    return ModelFile(
        name=name,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        parts=tuple(Part(p, f"{p.replace('-', '_')}/{path}") for p, path in parts),
        hub=HubFile("toys/toy", "abc123", name) if hub else None,
    )


def toy(*files: ModelFile, gathered: bool = False) -> Model:
    return Model("toy", "A toy.", "MIT", ("en",), tuple(files), gathered=gathered)
