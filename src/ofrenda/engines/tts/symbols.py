"""From a text to the numbers that the speech model reads."""

from __future__ import annotations

import json

from ofrenda.engines.tts.clauses import clauses
from ofrenda.engines.tts.g2p import Phonemizer
from ofrenda.engines.tts.kokoro import MODEL, runs_of
from ofrenda.settings import Settings
from ofrenda.weights import resolve


class Symbols:
    """Reads texts in one go, as :class:`~.kokoro.KokoroTextToSpeech` reads its clauses."""

    def __init__(self, settings: Settings) -> None:
        vocabulary = json.loads(resolve(MODEL, settings).path("vocab.json").read_text("utf-8"))[
            "vocab"
        ]
        self._phonemizer = Phonemizer(vocabulary, settings.cache)

    def tokens(self, text: str, language: str, *, british: bool = False) -> list[int]:
        """The numbers of ``text``, blanks at the ends not included; nothing where there is nothing
        to say. Raises :class:`~ofrenda.errors.EngineRefused` for a language it cannot read."""
        parts = clauses(runs_of(text, language, british=british))
        said = " ".join(self._phonemizer.say(part.runs, british=british) for part in parts)
        return self._phonemizer.tokens(said.strip())
