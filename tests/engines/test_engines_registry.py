from __future__ import annotations

import pytest

from ofrenda.engines.protocols import EngineKind
from ofrenda.engines.registry import create, names
from ofrenda.errors import EngineRefused
from ofrenda.settings import Settings


def test_our_own_engines_come_through_the_same_door_as_anybodys() -> None:
    assert {"whisper", "kokoro", "llama", "openai", "e5", "smart-turn"} <= set(names())
    assert {f"scripted-{kind.value}" for kind in EngineKind} <= set(names())


@pytest.mark.parametrize("kind", list(EngineKind))
def test_the_default_of_each_kind_is_of_that_kind_and_works_offline(kind: EngineKind) -> None:
    engine = create(kind, Settings())
    assert engine.capabilities.kind is kind
    assert engine.capabilities.offline
    assert not engine.capabilities.scripted


def test_an_unknown_name_lists_the_names_there_are() -> None:
    with pytest.raises(EngineRefused, match=r"OFRENDA_STT.*whisper"):
        create(EngineKind.STT, Settings(stt="parrot"))


def test_an_engine_of_another_kind_is_refused() -> None:
    with pytest.raises(EngineRefused, match="OFRENDA_STT"):
        create(EngineKind.STT, Settings(stt="e5"))
