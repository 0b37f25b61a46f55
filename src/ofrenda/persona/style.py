"""How the person wrote, as numbers: measured on their own messages, to one listener or to all."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from ofrenda.persona.habits import patterns
from ofrenda.types import SourceRef

ENOUGH_MESSAGES: Final = 50
"""Messages under which a portrait says that it is drawn from little. With 50 messages the share of
messages that hold a habit of one in five is known to about ten points (binomial, 95 %)."""

REPEATED: Final = 3
"""Messages that a turn of phrase must stand in to be a catchphrase."""
SHOWN: Final = 8
"""Entries of each list of a portrait."""

_EMOJI: Final = re.compile(
    "[\U0001f300-\U0001faff\u2600-\u27bf\U0001f1e6-\U0001f1ff](?:\ufe0f|\u200d[\U0001f300-\U0001faff\u2600-\u27bf])*"
    r"|(?<!\w)(?:[:;=8xX]['’]?-?[)(DPpOo3/|*]+|<3+|\^_?\^|T_T|>_<|[oO]_[oO])(?!\w)"
)
_PARTICLE: Final = re.compile(patterns()["style"]["particles"], re.IGNORECASE | re.VERBOSE)
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_LATIN: Final = re.compile(r"[A-Za-z]{2,}")
_TOKEN: Final = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+(?:['’][^\W_]+)*")
_MARKS: Final = {
    "none": re.compile(r"[\w\u3400-\u9fff]\s*$"),
    "full stop": re.compile(r"(?<![.。])[.。]\s*$"),
    "ellipsis": re.compile(r"(?:\.{2,}|…+|。{2,})\s*$"),
    "exclamation": re.compile(r"[!！]\s*$"),
    "question": re.compile(r"[?？]\s*$"),
    "emoji": re.compile(_EMOJI.pattern + r"\s*$"),
}
_GREETING: Final = re.compile(patterns()["habit"]["greeting"], re.IGNORECASE | re.VERBOSE)
_PARTING: Final = re.compile(
    f"(?:{patterns()['habit']['goodbye']})|(?:{patterns()['habit']['goodnight']})",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Said:
    """One message. ``turn`` is shared by the messages sent one right after another."""

    text: str
    at: datetime | None
    turn: int
    source: SourceRef | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """Something of the manner: in how many messages, and one of them."""

    what: str
    messages: int
    example: SourceRef | None


@dataclass(frozen=True, slots=True)
class Style:
    """The measures. Lengths are in words; a Han character counts as one. Shares are of messages,
    0..1; ``hours`` 24 shares of the ``timed`` messages, whose time is known; ``endings`` how
    messages end. ``enough`` False: drawn from little text."""

    messages: int
    turns: int
    enough: bool
    median_length: float
    lengths: Mapping[str, float]
    messages_per_turn: float
    split_share: float
    languages: Mapping[str, float]
    mixed_share: float
    emoji_share: float
    endings: Mapping[str, float]
    timed: int
    hours: tuple[float, ...]
    particles: tuple[Counted, ...]
    emoji: tuple[Counted, ...]
    catchphrases: tuple[Counted, ...]
    greetings: tuple[Counted, ...]
    partings: tuple[Counted, ...]


_BINS: Final = ((1, 3), (4, 7), (8, 14), (15, 29), (30, 10_000))


def measure_style(said: Sequence[Said]) -> Style:
    """The manner of ``said`` (any order)."""
    texts = [one.text for one in said]
    count = max(1, len(texts))
    lengths = [len(_TOKEN.findall(text)) for text in texts]
    turns = Counter(one.turn for one in said)
    hours = Counter(one.at.hour for one in said if one.at is not None)
    timed = sum(hours.values())
    han = [bool(_HAN.search(text)) for text in texts]
    latin = [bool(_LATIN.search(text)) for text in texts]
    return Style(
        messages=len(texts),
        turns=len(turns),
        enough=len(texts) >= ENOUGH_MESSAGES,
        median_length=float(statistics.median(lengths)) if lengths else 0.0,
        lengths=MappingProxyType(
            {
                f"{low}-{high}" if high < 10_000 else f"{low}+": _share(
                    sum(low <= length <= high for length in lengths), count
                )
                for low, high in _BINS
            }
        ),
        messages_per_turn=round(len(texts) / max(1, len(turns)), 2),
        split_share=_share(sum(number > 1 for number in turns.values()), max(1, len(turns))),
        languages=MappingProxyType(
            {
                "zh": _share(sum(h and not e for h, e in zip(han, latin, strict=True)), count),
                "en": _share(sum(e and not h for h, e in zip(han, latin, strict=True)), count),
            }
        ),
        mixed_share=_share(sum(h and e for h, e in zip(han, latin, strict=True)), count),
        emoji_share=_share(sum(bool(_EMOJI.search(text)) for text in texts), count),
        endings=MappingProxyType(
            {
                name: _share(sum(bool(mark.search(text)) for text in texts), count)
                for name, mark in _MARKS.items()
            }
        ),
        timed=timed,
        hours=tuple(_share(hours[hour], max(1, timed)) for hour in range(24)),
        particles=_counted(said, lambda text: [a or b for a, b in _PARTICLE.findall(text)]),
        emoji=_counted(said, _EMOJI.findall),
        catchphrases=_catchphrases(said),
        greetings=_lines(said, _GREETING),
        partings=_lines(said, _PARTING),
    )


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4)


def _counted(said: Sequence[Said], find: object) -> tuple[Counted, ...]:
    found: Counter[str] = Counter()
    example: dict[str, SourceRef | None] = {}
    for one in said:
        for what in {str(each).casefold() for each in find(one.text)}:  # type: ignore[operator]
            found[what] += 1
            example.setdefault(what, one.source)
    return tuple(
        Counted(what, number, example[what])
        for what, number in found.most_common(SHOWN)
        if number >= 2
    )


def _lines(said: Sequence[Said], pattern: re.Pattern[str]) -> tuple[Counted, ...]:
    """Short lines that do it, alike ones counted together."""
    return _counted(
        [one for one in said if len(one.text) <= 60],
        lambda text: [" ".join(text.split())] if pattern.search(text) else [],
    )


def _catchphrases(said: Sequence[Said]) -> tuple[Counted, ...]:
    """Turns of phrase of two to five words that come again in different messages, longer ones
    before the pieces they are made of; what consists of function words alone is none."""
    stop = _function_words()
    found: Counter[tuple[str, ...]] = Counter()
    example: dict[tuple[str, ...], SourceRef | None] = {}
    for one in {one.text: one for one in said}.values():
        tokens = [token.casefold() for token in _TOKEN.findall(one.text)]
        grams = {
            tuple(tokens[start : start + size])
            for size in (5, 4, 3, 2)
            for start in range(len(tokens) - size + 1)
        }
        for gram in grams:
            found[gram] += 1
            example.setdefault(gram, one.source)
    kept: list[tuple[str, ...]] = []
    ranked = sorted(
        (gram for gram, number in found.items() if number >= REPEATED),
        key=lambda gram: (-found[gram] * (len(gram) - 1), gram),
    )
    for gram in ranked:
        content = [token for token in gram if token not in stop]
        if len(content) < (2 if len(gram) > 2 else 1) or len("".join(gram)) < 4:
            continue
        if any(_inside(gram, other) or _inside(other, gram) for other in kept):
            continue
        kept.append(gram)
        if len(kept) == SHOWN:
            break
    return tuple(Counted(_joined(gram), found[gram], example[gram]) for gram in kept)


def _inside(small: tuple[str, ...], large: tuple[str, ...]) -> bool:
    return any(
        large[start : start + len(small)] == small for start in range(len(large) - len(small) + 1)
    )


def _joined(gram: Iterable[str]) -> str:
    text = " ".join(gram)
    return re.sub(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])", "", text)


def _function_words() -> frozenset[str]:
    return frozenset(patterns()["style"]["function_words"].split())
