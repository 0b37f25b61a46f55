"""From the name of an engine in the settings to the engine."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from typing import cast

from ofrenda.engines.protocols import Engine, EngineKind, TextToSpeech
from ofrenda.errors import EngineRefused
from ofrenda.settings import Settings

GROUP = "ofrenda.engines"
"""The entry-point group that engines register in, ours as well as anybody's."""


def names() -> list[str]:
    """The names of all engines that are installed."""
    return sorted({entry.name for entry in importlib.metadata.entry_points(group=GROUP)})


def create(kind: EngineKind, settings: Settings, name: str | None = None) -> Engine:
    """The engine of that kind that the settings name, or the one called ``name``; cheap, since a
    model is loaded on first use.

    :class:`EngineRefused` when there is no engine of that name, when its library is not installed
    or when it is of another kind.
    """
    name = name or str(getattr(settings, kind.value))
    found = [e for e in importlib.metadata.entry_points(group=GROUP) if e.name == name]
    variable = f"OFRENDA_{kind.value.upper()}"
    if not found:
        raise EngineRefused(
            f"There is no engine called {name!r} ({variable}). There are: {', '.join(names())}."
        )
    try:
        factory = cast(Callable[[Settings], Engine], found[0].load())
    except ImportError as error:
        raise EngineRefused(
            f"The engine {name!r} ({variable}) cannot be loaded: {error}. Install what it needs, "
            "or choose another engine."
        ) from error
    engine = factory(settings)
    if engine.capabilities.kind is not kind:
        raise EngineRefused(
            f"The engine {name!r} cannot do what {variable} asks for. Choose another one of: "
            f"{', '.join(names())}."
        )
    return engine


def create_tts(settings: Settings, name: str) -> TextToSpeech:
    """The speech engine called ``name``; :class:`EngineRefused` as :func:`create`."""
    return cast(TextToSpeech, create(EngineKind.TTS, settings, name))
