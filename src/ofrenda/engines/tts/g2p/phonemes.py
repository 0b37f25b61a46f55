"""Runs of words, each in one language, to one string of symbols of the voice model."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from ofrenda.engines.tts import espeak
from ofrenda.engines.tts.g2p.english import English
from ofrenda.engines.tts.g2p.mandarin import Mandarin
from ofrenda.engines.tts.reading import Run


class Phonemizer:
    """Turns runs into symbols; each language is loaded when it is first met.

    ``vocabulary`` is the model's: symbol -> number. No other symbol ever comes out. To be used
    from one thread at a time."""

    def __init__(self, vocabulary: Mapping[str, int], cache: Path) -> None:
        self._vocabulary = vocabulary
        self._cache = cache

    def say(self, runs: Sequence[Run], *, british: bool = False) -> str:
        """The symbols of all runs as one string; empty when there is nothing to say."""
        said = " ".join(self._run(run, british) for run in runs)
        known = "".join(c for c in said if c in self._vocabulary)
        tidy = re.sub(r"\s+([,.!?;:…])", r"\1", re.sub(r"\s+", " ", known)).strip()
        return tidy if any(c.isalpha() for c in tidy) else ""

    def tokens(self, symbols: str) -> list[int]:
        """The model's numbers for symbols."""
        return [self._vocabulary[c] for c in symbols]

    def _run(self, run: Run, british: bool) -> str:
        if run.language == "zh":
            return self._mandarin.say(run.text)
        if run.language in espeak.LANGUAGES:
            return espeak.say(run.text, run.language)
        return (self._british if british else self._american).say(run.text)

    @functools.cached_property
    def _american(self) -> English:
        return English(british=False)

    @functools.cached_property
    def _british(self) -> English:
        return English(british=True)

    @functools.cached_property
    def _mandarin(self) -> Mandarin:
        return Mandarin(self._cache)
