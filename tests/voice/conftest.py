"""Recordings for the tests of the voice: real prompts where they are installed, else made here."""

from __future__ import annotations

from pathlib import Path

import pytest

from ofrenda.settings import Settings
from ofrenda.types import Audio

from .recordings import PROMPTS, prompt_reel


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def allison_folder() -> Path:
    if not PROMPTS.is_dir():
        pytest.skip("asterisk-core-sounds-en-g722 is not installed")
    return PROMPTS


@pytest.fixture(scope="session")
def allison(allison_folder: Path) -> Audio:
    """90 seconds of one woman, 16 kHz."""
    return prompt_reel(allison_folder, 90.0)
