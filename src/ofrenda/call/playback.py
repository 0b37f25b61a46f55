"""What of a reply has been heard: bookkeeping between the words and the sound."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from ofrenda.call.speculation import Prepared
from ofrenda.types import Sentence, Transcript

UNITS_PER_SECOND = 15.0
"""Speaking rate assumed while a sentence is still being synthesised: 150 English words of 6
letters a minute; a Chinese character weighs 4 units, which makes 3.8 of them a second."""

CLIENT_DELAY = 0.06
"""Seconds between a sample leaving us and reaching the ear (Chromium's jitter buffer holds 43 to
47 ms; the rest is the sound card)."""

_CJK = "\u3400-\u4dbf\u4e00-\u9fff\u3040-\u30ff\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_CJK}][^\w\s]*|[^\s{_CJK}]+")
_CLAUSE_END = re.compile(r"[,.!?;:—…，。！？；：、]+\s*")
_CJK_CHARACTER = re.compile(rf"[{_CJK}]")


def weight(text: str) -> float:
    """How long ``text`` takes to say, in units of one Latin letter."""
    return sum(4.0 if _CJK_CHARACTER.match(c) else 1.0 for c in text if not c.isspace())


def heard_part(text: str, share: float) -> str:
    """The words of ``text`` heard when ``share`` (0..1) of its duration has sounded.

    A word counts once its middle has sounded: the listener has recognised it by then.
    """
    total = weight(text)
    if share >= 1.0 or total == 0.0:
        return text
    said, end = 0.0, 0
    for token in _TOKEN.finditer(text):
        length = weight(token.group())
        if (said + length / 2) / total > share:
            break
        said, end = said + length, token.end()
    return text[:end]


def _from_clause(text: str, heard: int) -> str:
    """``text`` from the start of the clause in which character ``heard`` lies."""
    marks = [mark.end() for mark in _CLAUSE_END.finditer(text, 0, heard)]
    return text[marks[-1] if marks else 0 :].strip()


@dataclass(frozen=True, slots=True, repr=False)
class Heard:
    """A finished turn of the caller, and when it was finished (``time.monotonic`` seconds).

    ``speech_end``: the caller fell silent, as far as the voice detector can tell. ``decided``:
    the silence was taken for the end of the turn. ``transcribed``: the words were there.
    ``hearing`` is how long speech to text took; it runs while the turn is being decided.
    """

    transcript: Transcript
    speech_end: float
    decided: float
    transcribed: float
    hearing: float


@dataclass(slots=True, repr=False, eq=False)
class Spoken:
    """One sentence on its way to the ear. ``seconds`` of sound made so far, ``complete`` when
    there will be no more; ``played`` seconds have left for the ear."""

    id: int
    sentence: Sentence
    seconds: float = 0.0
    complete: bool = False
    started: bool = False
    ended: bool = False
    played: float = 0.0

    def heard(self) -> str:
        """The part of the text that has been heard until now."""
        return heard_part(self.sentence.text, share) if (share := self._share()) > 0.0 else ""

    def rest(self) -> Sentence | None:
        """What is still to be said, from the start of the clause that was being said; None when
        all of it has been heard."""
        share = self._share()
        if share >= 1.0:
            return None
        text, spoken = (
            _from_clause(words, len(heard_part(words, share)) if share > 0.0 else 0)
            for words in (self.sentence.text, self.sentence.spoken)
        )
        return replace(self.sentence, text=text, spoken=spoken) if spoken else None

    def _share(self) -> float:
        """The share (0..1) of the sentence that has been heard."""
        if self.ended:
            return 1.0
        if not self.started:
            return 0.0
        whole = self.seconds
        if not self.complete:
            whole = max(whole, weight(self.sentence.spoken) / UNITS_PER_SECOND)
        return max(0.0, self.played - CLIENT_DELAY) / whole if whole > 0.0 else 0.0


@dataclass(slots=True, repr=False, eq=False)
class Reply:
    """Everything said in answer to one turn, or unasked (``heard`` None).

    ``opening``: what must be heard whole before anything else. ``withdrawn``: the caller went on
    speaking before anything to speak of was heard, so it never happened. ``asked``: the caption of
    what it answers. ``trouble``: something of it failed;
    ``mute``: it can only be shown. ``prepared``: it was begun before the turn was over. Times are
    ``time.monotonic``.
    """

    heard: Heard | None
    opening: bool = False
    prepared: Prepared | None = None
    sentences: list[Spoken] = field(default_factory=list)
    asked: int | None = None
    withdrawn: bool = False
    settled: bool = False
    trouble: bool = False
    mute: bool = False
    first_sentence: float | None = None
    first_audio: float | None = None
    sounded: float | None = None
    underruns: int = 0

    @property
    def ahead(self) -> float:
        """Seconds of sound made and not yet played."""
        return sum(s.seconds - s.played for s in self.sentences if not s.ended)

    @property
    def whole(self) -> bool:
        """Whether all of it has been heard."""
        return all(s.ended for s in self.sentences)

    def rest(self) -> list[Sentence]:
        """What of it is still to be said."""
        return [left for s in self.sentences if (left := s.rest()) is not None]

    def parts(self) -> list[tuple[Sentence, str]]:
        """Each sentence with what was heard of it."""
        return [(s.sentence, s.heard()) for s in self.sentences]
