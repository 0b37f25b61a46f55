from __future__ import annotations

import re

import pytest

from ofrenda.errors import ModelMissing
from ofrenda.settings import Settings
from ofrenda.weights import ModelState, catalog, inventory, resolve


def test_every_file_is_pinned_by_a_sha256_a_size_and_a_carrier() -> None:
    for model in catalog().values():
        assert model.files
        for file in model.files:
            assert re.fullmatch("[0-9a-f]{64}", file.sha256)
            assert file.size > 0
            assert file.parts or file.hub
            if file.hub is not None:  # a commit, never a branch that can move
                assert re.fullmatch("[0-9a-f]{40}", file.hub.revision)


def test_every_model_says_what_it_is_and_under_which_licence() -> None:
    for model in catalog().values():
        assert model.summary.endswith(".")
        assert model.licence
    assert "base model" in catalog()["gemma-3-270m"].summary
    assert "gemma/terms" in str(catalog()["gemma-3-270m"].terms)


def test_the_defaults_of_the_settings_are_carried_by_packages_alone() -> None:
    for name in ("gemma-3-270m", "whisper-base-int8", "kokoro-82m-int8", "e5-small-q4"):
        assert all(file.parts for file in catalog()[name].files), name


def test_an_unknown_name_lists_the_names_there_are(settings: Settings) -> None:
    with pytest.raises(ModelMissing, match="gemma-3-270m"):
        resolve("gpt-17", settings)


def test_the_inventory_tells_packed_from_ready_from_missing(settings: Settings) -> None:
    states = {status.name: status for status in inventory(settings)}
    assert states["gemma-3-270m"].state is ModelState.PACKED
    assert states["smart-turn-v3.2"].state is ModelState.READY
    assert states["qwen3-4b"].state is ModelState.MISSING
    assert states["qwen3-4b"].path is None
    assert states["qwen3-4b"].carrier == "hub"
    assert not settings.cache.exists()  # looking joins nothing


@pytest.mark.models
def test_the_installed_packages_hold_exactly_what_the_catalog_pins(settings: Settings) -> None:
    for model in catalog().values():
        if model.packages:
            files = resolve(model.name, settings, verify=True)
            assert set(files.paths) == {file.name for file in model.files}
    assert resolve("whisper-base-int8", settings).folder.is_dir()
    assert (resolve("en-core-web-sm", settings).folder / "config.cfg").is_file()
    states = {status.name: status.state for status in inventory(settings)}
    assert states["gemma-3-270m"] is ModelState.READY
