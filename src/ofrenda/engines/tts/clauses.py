"""Where speech may be cut, so that the first sound comes soon and nothing sounds chopped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ofrenda.engines.tts.breath import first_breath
from ofrenda.engines.tts.reading import Run

FIRST_LEAST = 1.0
"""Seconds, estimated. Below this a first clause of its own sounds like a false start, and costs
nearly as much to make: the model computes about a second of silence around every clause."""
FIRST_MOST = 3.0
"""Seconds, estimated: a first clause goes on to the next mark only while it stays below this."""
LATER_LEAST = 2.0
LATER_MOST = 7.0
"""Seconds, estimated. Longer pieces flow better, but must be ready before the last one ends, and
memory grows with length."""
HARD_MOST = 12.0
"""Seconds, estimated: without any mark at all, speech is cut at a word. 12 s are about 220 of the
model's 510 symbols."""

_LETTERS_PER_SECOND = 18.0
_HAN_PER_SECOND = 5.5
"""Ten stock voices at speed 1, three sentences each: 15 to 21 letters and spaces, 5.1 to 6.6
Chinese characters."""

PAUSES = {",": 0.12, ";": 0.2, ":": 0.2, "—": 0.2, "…": 0.35, ".": 0.3, "!": 0.3, "?": 0.3}
"""Seconds of rest after a clause by its last mark, on top of the margins that trimming leaves. A
choice: long enough to tell a sentence from a comma, short enough for talk."""

_ENDS = ".!?…"
_PIECE = re.compile(r"[^,.!?;:—…]*[,.!?;:—…]*\s*")


@dataclass(frozen=True, slots=True)
class Clause:
    """What is synthesised in one go, and the rest in seconds that follows unless it is the last."""

    runs: tuple[Run, ...]
    pause: float


def clauses(runs: list[Run]) -> list[Clause]:
    """Runs cut into clauses: a short first one, then longer ones that end where sentences do."""
    made: list[Clause] = []
    held: list[Run] = []
    pieces = _first_short(list(_pieces(runs)))
    for i, piece in enumerate(pieces):
        size, more = _seconds(held), _seconds([piece])
        most = LATER_MOST if made else FIRST_MOST
        least = LATER_LEAST if made else FIRST_LEAST
        if held and _mark(held) and size >= least and size + more > most:
            made.append(_clause(held))
            held = []
            least = LATER_LEAST
        held.append(piece)
        mark, size = _mark(held), _seconds(held)
        # A first clause ends inside its sentence only where enough of the sentence is left.
        inside = not made and size + _seconds(_to_sentence_end(pieces[i + 1 :])) > FIRST_MOST
        if mark and size >= least and (mark in _ENDS or inside):
            made.append(_clause(held))
            held = []
    if held:
        _end(made, held)
    return made


def _first_short(pieces: list[Run]) -> list[Run]:
    """The pieces, the first one cut where one may breathe when it is long without a mark."""
    if not pieces or _seconds(pieces[:1]) <= FIRST_MOST:
        return pieces
    first = pieces[0]
    place = first_breath(first.text, first.language)
    if place is None:
        return pieces
    # The comma makes the melody go on instead of ending.
    begun = Run(first.language, f"{first.text[:place].strip()},")
    rest = Run(first.language, first.text[place:].strip())
    return [begun, rest, *pieces[1:]]


def _to_sentence_end(pieces: list[Run]) -> list[Run]:
    """The pieces up to the one that ends the sentence."""
    for i, piece in enumerate(pieces):
        if _mark([piece]) in set(_ENDS):
            return pieces[: i + 1]
    return pieces


def _end(made: list[Clause], held: list[Run]) -> None:
    """The remainder; a very short one joins the clause before it where there is room."""
    before = list(made[-1].runs) if made else []
    if before and _seconds(held) < FIRST_LEAST and _seconds(before) < LATER_MOST and len(made) > 1:
        made[-1] = _clause(before + held)
    else:
        made.append(_clause(held))


def _pieces(runs: list[Run]) -> Iterator[Run]:
    """Runs cut after each mark, and inside what is too long without one."""
    for run in runs:
        for piece in _PIECE.findall(run.text):
            if not piece.strip():
                continue
            yield from _short_enough(Run(run.language, piece.strip()))


def _short_enough(piece: Run) -> Iterator[Run]:
    rest = piece
    while _seconds([rest]) > HARD_MOST:
        rate = _HAN_PER_SECOND if rest.language == "zh" else _LETTERS_PER_SECOND
        cut = int(HARD_MOST * rate / 2)
        if rest.language == "en":
            cut = rest.text.rfind(" ", 1, cut) if " " in rest.text[1:cut] else cut
        yield Run(rest.language, f"{rest.text[:cut].strip()},")
        rest = Run(rest.language, rest.text[cut:].strip())
    yield rest


def _clause(held: list[Run]) -> Clause:
    """Neighbours of one language joined; the end always has a mark, so that it sounds ended."""
    joined: list[Run] = []
    for run in held:
        if joined and joined[-1].language == run.language:
            space = " " if run.language == "en" else ""
            joined[-1] = Run(run.language, f"{joined[-1].text}{space}{run.text}")
        else:
            joined.append(run)
    last = _mark(joined)
    if not last:
        joined[-1] = Run(joined[-1].language, f"{joined[-1].text}.")
    return Clause(tuple(joined), PAUSES[last or "."])


def _mark(runs: list[Run]) -> str:
    """The mark that the runs end in, or nothing."""
    end = runs[-1].text[-1]
    return end if end in PAUSES else ""


def _seconds(runs: list[Run]) -> float:
    """About how long the runs take to say."""
    return sum(
        len(run.text) / (_HAN_PER_SECOND if run.language == "zh" else _LETTERS_PER_SECOND)
        for run in runs
    )
