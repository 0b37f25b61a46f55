"""Words of both languages: for full-text search, and for judging what two texts share."""

from __future__ import annotations

import functools
import logging
import math
import re
import threading
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any, Final

_PIECE = re.compile(
    r"(?P<han>[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+)"
    r"|(?P<word>[^\W_]+(?:['’][^\W\d_]+)*)"
)
_PLAIN = re.compile(r"[a-z0-9]+(?:'[a-z]+)*")
"""The same for what is ASCII throughout, in lower case."""

_SHORT: Final = 24
_JIEBA_HAN = re.compile(r"[\u4e00-\u9fd5]+")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")


def _lexicon() -> dict[str, dict[str, str]]:
    return tomllib.loads((resources.files("ofrenda.memory") / "lexicon.toml").read_text("utf-8"))


_LEXICON: Final = _lexicon()
STOP: Final = frozenset(f"{_LEXICON['stop']['en']} {_LEXICON['stop']['zh']}".split())
"""Function words of both languages."""
LIGHT: Final = frozenset(_LEXICON["light"]["words"].split())
"""Words that nearly every question holds."""
_SAME: Final = {word: one for one, many in _LEXICON["same"].items() for word in many.split()}
_IRREGULAR: Final = dict(pair.split(":") for pair in _LEXICON["irregular"]["en"].split())
_HALF: Final = frozenset(_LEXICON["half"]["words"].split())
LIGHT_WEIGHT: Final = 0.25
HALF_WEIGHT: Final = 0.5
FAVOURITE_WEIGHT: Final = 1.5
_FAVOURITE: Final = re.compile(
    r"\b(?:like|love|prefer)[sd]?\s+(?:the\s+)?(?:best|most)\b|最(?:喜欢|爱)", re.IGNORECASE
)
"""Says what a question about a favourite asks."""
KIN: Final = {
    **{word: word for word in _LEXICON["kin"]["en"].split()},
    **dict(pair.split(":") for pair in _LEXICON["kin"]["zh"].split()),
}

_KIN_WORD: Final = "|".join(sorted(map(re.escape, KIN), key=len, reverse=True))
# A relative is addressed when what follows is a pause, a question word, or "I" and "you".
_ADDRESSED_FIRST: Final = re.compile(
    rf"^\W*(?:(?:hi|hey|hello|ok|okay|oh|and|so|but)\W+)*(?:{_KIN_WORD})(?:\s*[,，!！.]|"
    r"(?=\s*(?:你|您|我|咱|还记得))|(?=\s+(?:what|when|where|who|whom|which|why|how|do|did|can|could|tell"
    r"|i|i'm|you|please|remember|shall|should)\b))",
    re.IGNORECASE,
)
_ADDRESSED_LAST: Final = re.compile(
    rf"(?:[,，]\s*(?:{_KIN_WORD})|(?<=\w)(?<!\bof)(?<!\bto)(?<!\band)(?<!\bfor)(?<!\bwith)(?<!\babout)(?<!\bfrom)\s+(?:dad|daddy|papa|pa|mum|mom|mummy|mama|grandma|grandpa))"
    r"\W*$",
    re.IGNORECASE,
)


class _Cutter:
    """Chinese word segmentation, loaded once. The dictionary stays in memory: no cache file.

    The words are those of jieba without its hidden Markov model (an unknown name falls into single
    characters, in the stored text and in the question alike, and is still found); the search for
    the likeliest cut is written out here, which takes a third of the time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokenizer: Any = None
        self._counts: dict[str, int] = {}
        self._log_total = 0.0
        # What is short comes again: "好的", "知道了".
        self._short = functools.lru_cache(maxsize=16_384)(self._cut)

    def cut(self, run: str, fine: bool) -> tuple[str, ...]:
        """The words of a run of Han characters; ``fine`` also the parts of long ones."""
        return self._short(run, fine) if len(run) <= _SHORT else self._cut(run, fine)

    def _cut(self, run: str, fine: bool) -> tuple[str, ...]:
        tokenizer = self._loaded()
        if not _JIEBA_HAN.fullmatch(run):
            cut = tokenizer.cut_for_search if fine else tokenizer.cut
            return tuple(cut(run, HMM=False))
        found = self._likeliest(run)
        return tuple(self._with_parts(found)) if fine else tuple(found)

    def _likeliest(self, run: str) -> list[str]:
        """The cut with the greatest product of word frequencies; of equals the longer word."""
        counts, log_total, log = self._counts, self._log_total, math.log
        size = len(run)
        best = [0.0] * (size + 1)
        ends = [0] * size
        for start in range(size - 1, -1, -1):
            end = start + 1
            chosen, score = end, log(counts.get(run[start], 0) or 1) - log_total + best[end]
            if run[start] in counts:
                end += 1
                while end <= size and (count := counts.get(run[start:end])) is not None:
                    if count:
                        other = log(count) - log_total + best[end]
                        if other >= score or (not counts[run[start]] and chosen == start + 1):
                            chosen, score = end, other
                    end += 1
            best[start], ends[start] = score, chosen
        found = []
        start = 0
        while start < size:
            found.append(run[start : ends[start]])
            start = ends[start]
        return found

    def _with_parts(self, found: list[str]) -> Iterator[str]:
        for word in found:
            for length in (2, 3):
                if len(word) > length:
                    for start in range(len(word) - length + 1):
                        if self._counts.get(part := word[start : start + length]):
                            yield part
            yield word

    def _loaded(self) -> Any:
        with self._lock:
            if self._tokenizer is None:
                import jieba

                jieba.setLogLevel(logging.WARNING)
                tokenizer = jieba.Tokenizer()
                with tokenizer.get_dict_file() as dictionary:
                    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(dictionary)
                tokenizer.initialized = True
                self._counts, self._log_total = tokenizer.FREQ, math.log(tokenizer.total)
                self._tokenizer = tokenizer
            return self._tokenizer


_CUTTER = _Cutter()


def is_han(word: str) -> bool:
    """Whether ``word`` is written in Han characters throughout."""
    return _HAN.fullmatch(word) is not None


def words(text: str, *, fine: bool = False) -> list[str]:
    """The words of ``text`` in order, lower case. ``fine`` also gives the parts of long Chinese
    words, as a search index wants them."""
    if text.isascii():
        return _PLAIN.findall(text.lower())
    found: list[str] = []
    for han, word in _PIECE.findall(unicodedata.normalize("NFC", text)):
        if han:
            found += _CUTTER.cut(han, fine)
        else:
            found.append(word.replace("’", "'").casefold())
    return found


def search_text(text: str) -> str:
    """``text`` as its search words, separated by spaces, for the full-text index."""
    return " ".join(words(text, fine=True))


@functools.lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """One form for the forms of an English word: enough to compare two short texts by."""
    word = word.replace("’", "'")
    if word.endswith("'s"):
        word = word[:-2]
    if word in _IRREGULAR:
        word = _IRREGULAR[word]
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            root = word[: -len(ending)]
            if root[-1] == root[-2] and root[-1] not in "lsz":
                root = root[:-1]
            return root[:-1] + "y" if root.endswith("i") else root.rstrip("e")
    if word.endswith("es") and len(word) > 4 and word[-3] in "sxzho":
        return word[:-2].rstrip("e")
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        word = word[:-1]
    return word.rstrip("e") if len(word) > 3 else word


_SAME_STEM: Final = {stem(word): one for word, one in _SAME.items() if not is_han(word)}


def term(word: str) -> str:
    """The one form of ``word`` and of what means the same: "mum" and "mother", "met" and "meet"."""
    same = _SAME.get(word)
    if same is not None:
        return same
    return word if is_han(word) else _SAME_STEM.get(stem(word), stem(word))


def content_words(text: str) -> dict[str, float]:
    """The words that carry the subject of ``text``, each in one canonical form with its weight:
    :data:`LIGHT_WEIGHT` for words that nearly every question holds, else 1,
    :data:`HALF_WEIGHT` for "first" and "learn", :data:`FAVOURITE_WEIGHT` for a favourite."""
    return dict(_content_words(text))


# The same few hundred texts are compared with every question of a call.
@functools.lru_cache(maxsize=4096)
def _content_words(text: str) -> Mapping[str, float]:
    found: dict[str, float] = {}
    for word in _with_nicknames(words(text)):
        # "Dad", "爸爸": how the caller addresses the person, not what is asked about.
        if word in STOP:
            continue
        if not is_han(word) and len(word) < 2:
            continue
        root = term(word)
        light = word in LIGHT or root in LIGHT or (not is_han(word) and stem(word) in _LIGHT_STEMS)
        found[root] = LIGHT_WEIGHT if light else 1.0
        if word in _HALF or root in _HALF:
            found[root] = HALF_WEIGHT
        if root == "favourite":
            found[root] = FAVOURITE_WEIGHT
    if _FAVOURITE.search(text):
        found["favourite"] = FAVOURITE_WEIGHT
    return found


def _with_nicknames(cut: list[str]) -> list[str]:
    """``cut`` with 阿福, 小梅 and 老王 as one word each: half of a name is nobody."""
    joined: list[str] = []
    for word in cut:
        if joined and joined[-1] in _NICKNAME_FIRST and is_han(word) and len(word) == 1:
            joined[-1] += word
        else:
            joined.append(word)
    return joined


_NICKNAME_FIRST: Final = frozenset("阿小老")
_LIGHT_STEMS: Final = frozenset(stem(word) for word in LIGHT if not is_han(word))


def without_address(text: str) -> str:
    """``text`` without the relative that it addresses, at its beginning or end: "Mum, who ...",
    "爸爸你 ...", "... right, Dad?"."""
    text = _ADDRESSED_FIRST.sub(" ", text.replace("’", "'"))
    return _ADDRESSED_LAST.sub(" ", text)


@functools.lru_cache(maxsize=4096)
def kin_of(text: str) -> frozenset[str]:
    """The relatives that ``text`` names, each by one word for both languages."""
    return frozenset(KIN[word] for word in map(_bare, words(text)) if word in KIN)


def _bare(word: str) -> str:
    return word[:-2] if word.endswith("'s") else word


def covered(wanted: dict[str, float], text: str) -> float:
    """The weighted share, 0..1, of the ``wanted`` content words that ``text`` holds; 0 when
    nothing is wanted."""
    total = sum(wanted.values())
    if not total:
        return 0.0
    have = _content_words(text)
    got = sum(weight for word, weight in wanted.items() if holds_word(word, have, text))
    return got / total


def holds_word(word: str, have: Mapping[str, float], text: str) -> bool:
    """Whether ``text`` holds the content word ``word``; ``have`` are its content words."""
    # A segmenter may cut the same Chinese word differently in another context.
    return word in have or (is_han(word) and word in text)
