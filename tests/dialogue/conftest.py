"""The invented family's life, built once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dialogue.invented_life import build
from ofrenda.engines.embed.e5 import create
from ofrenda.engines.protocols import Engines
from ofrenda.engines.scripted import scripted_engines
from ofrenda.settings import Settings
from ofrenda.vault import Life


@pytest.fixture(scope="session")
def scripted_life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """Remembered with the scripted embedder."""
    life = asyncio.run(build(tmp_path_factory.mktemp("scripted"), scripted_engines()))
    yield life
    life.close()


@pytest.fixture(scope="session")
def embedded_life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """Remembered with the embedded embedder (tests marked ``models``)."""
    home: Path = tmp_path_factory.mktemp("embedded")
    life = asyncio.run(build(home, replace(scripted_engines(), embed=create(Settings()))))
    yield life
    life.close()


@pytest.fixture
def mute() -> Engines:
    """Scripted engines whose model writes nothing."""
    return scripted_engines(reply=("",))
