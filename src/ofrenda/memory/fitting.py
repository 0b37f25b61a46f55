"""Which of the person's lines fits a moment, learnt from how they answered.

A moment is the last lines of a talk. Twelve signs of a line are weighed: whom it addresses, what it
shares with what was said, whether it is near in meaning, how the person answered like moments, the
kind of answer that the kind of line wants. The weights are learnt for each person from their own
exchanges (a conditional logit: the true reply against other lines of theirs), and lean on equal
weights where there is little to learn from.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.memory.postings import rarity
from ofrenda.memory.words import term, words

Floats = NDArray[np.float32]
Matrix = NDArray[np.float64]

SIGNS: Final = {
    "addresses_nobody": 0.0,
    "addresses_somebody_here": 0.3,
    "addresses_somebody_absent": -0.3,
    "addressed_spoke_lately": 0.3,
    "goes_on_with_addressed": 0.3,
    "names_somebody_absent": -0.3,
    "shares_with_last": 0.3,
    "shares_with_talk": 0.3,
    "shares_with_addressed": 0.3,
    "just_said": -0.3,
    "near_last": 0.3,
    "near_talk": 0.3,
    "as_answered_before": 0.3,
    "kind": 0.3,
    "long": 0.0,
    "long_going_on": 0.0,
}
"""The signs, and the weight of each where nothing was learnt: equal, in the direction that follows
from what the sign is (equal weights are hard to beat from few examples: Dawes, American
Psychologist 34, 1979)."""

NEAR_LINES: Final = 3
"""Lines whose meaning is taken together as what the talk is about."""

_LEAN: Final = 30.0
"""How strongly learnt weights lean on the equal ones. Chosen among 3, 10, 30, 100 on the fourth
fifth of each writer of a public chat corpus, learning on the first three (0.20, 0.21, 0.22, 0.18 of
the true replies first among 100)."""

_SHARPNESS: Final = 8.0
_RIVALS: Final = 60
_ADDRESS: Final = re.compile(r"^\s*@?([^\s:,]{2,})\s*([:,])\s*(.*)$", re.DOTALL)
_KINDS: Final = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("link", r"https?://"),
        ("thanks", r"\b(?:thanks|thank\s+you|thx|ty|cheers)\b|谢谢|多谢|感谢"),
        ("greeting", r"^\W*(?:hi|hey|hello|yo|morning)\b|^\W*(?:你好|早安?|晚安|嗨|喂)"),
        ("which", r"\b(?:how|what|where|why|who|when|which)\b.*\?\s*$|^\W*(?:how|what|where|why|who"
                  r"|when|which)\b|什么|怎么|哪|谁|为什么|几|多少"),
        ("whether", r"[?？]\s*$|^\W*(?:is|are|do|does|can|could|did|has|have|any)\b|吗\W*$|吧\W*$"),
        ("answer", r"^\W*(?:yes|yeah|yep|yup|no|nope|nah|ok|okay|sure|right|true)\b"
                   r"|^\W*(?:是|不|对|好|嗯|没)"),
        ("laugh", r"\b(?:lol|haha|hehe|heh)\b|:-?[)dp]|哈哈|嘻嘻"),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heard:
    """One line of a talk and who said it, by the name that lines would address them with."""

    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Moment:
    """What was just said, oldest first, and the vectors of the last line and of the last
    :data:`NEAR_LINES` joined by line breaks (both embedded as queries)."""

    before: tuple[Heard, ...]
    last: Floats
    talk: Floats


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line that might be said, with its vector (embedded as a passage)."""

    text: str
    vector: Floats


@dataclass(frozen=True, slots=True)
class Exchange:
    """A moment and what the person answered."""

    moment: Moment
    reply: Candidate


@dataclass(frozen=True, slots=True)
class _Line:
    """What is read off a line once: whom it addresses, the rest, its terms and its kind."""

    address: str | None
    text: str
    terms: frozenset[str]
    kind: str


class Fitting:
    """How one person answers. Made by :meth:`learn`; safe to share."""

    def __init__(self, person: str, exchanges: Sequence[Exchange]) -> None:
        self._person = person.casefold()
        self._exchanges = tuple(exchanges)
        heard = [one for exchange in exchanges for one in exchange.moment.before]
        self._names = {one.who.casefold() for one in heard} - {self._person}
        self._seen: Counter[str] = Counter()
        self._replies = [self._line(one.reply.text) for one in exchanges]
        cues = [self._last_of_others(one.moment) for one in exchanges]
        for line in (*self._replies, *cues):
            self._seen.update(line.terms)
        self._count = 2 * len(exchanges)
        self._kinds = Counter((c.kind, r.kind) for c, r in zip(cues, self._replies, strict=True))
        self._cue_kinds = [line.kind for line in cues]
        self._middle = {
            "reply": _mean([one.reply.vector for one in exchanges]),
            "last": _mean([one.moment.last for one in exchanges]),
            "talk": _mean([one.moment.talk for one in exchanges]),
        }
        self._lasts = self._about("last", [one.moment.last for one in exchanges])
        self._answers = self._about("reply", [one.reply.vector for one in exchanges])
        self.weights = np.asarray(list(SIGNS.values()))
        self._scale: Matrix | None = None

    @classmethod
    def learn(cls, person: str, exchanges: Sequence[Exchange], *, seed: int = 0) -> Fitting:
        """Learn from ``exchanges`` of ``person`` (oldest first). A thousand take about two
        seconds; with fewer than twenty the weights stay equal."""
        made = cls(person, exchanges)
        if len(exchanges) < 20:
            return made
        chance = np.random.default_rng(seed)
        tables = []
        for place, exchange in enumerate(made._exchanges):
            others = np.delete(np.arange(len(exchanges)), place)
            rivals = chance.choice(others, min(_RIVALS, len(others)), replace=False)
            candidates = [exchange.reply, *(made._exchanges[int(n)].reply for n in rivals)]
            known = np.asarray([place, *rivals])
            tables.append(made._signs(exchange.moment, candidates, known, without=place))
        scale = np.mean([table.std(axis=0) for table in tables], axis=0) + 1e-6
        made._scale = scale
        made.weights = _conditional_logit(
            [table / scale for table in tables], np.asarray(list(SIGNS.values()))
        )
        return made

    def rank(self, moment: Moment, candidates: Sequence[Candidate]) -> Matrix:
        """How well each of ``candidates`` fits ``moment``: higher is better, only to compare."""
        if not candidates:
            return np.zeros(0)
        texts = {one.reply.text: place for place, one in enumerate(self._exchanges)}
        known = np.asarray([texts.get(one.text, -1) for one in candidates])
        signs = self._signs(moment, candidates, known, without=None)
        scale = signs.std(axis=0) + 1e-6 if self._scale is None else self._scale
        return np.asarray(signs / scale @ self.weights)

    def _signs(
        self,
        moment: Moment,
        candidates: Sequence[Candidate],
        known: NDArray[np.int64],
        without: int | None,
    ) -> Matrix:
        """The table [candidates, signs]. ``known``: the exchange that a candidate is the reply of,
        -1 for none; ``without``: the exchange to learn from, which may not inform itself."""
        others = [one for one in moment.before if one.who.casefold() != self._person]
        here = [one.who.casefold() for one in others][::-1]
        names = self._names | set(here)
        talk = frozenset().union(*(self._line(one.text).terms for one in moment.before))
        by_name = {
            name: frozenset().union(
                *(self._line(one.text).terms for one in others if one.who.casefold() == name)
            )
            for name in set(here)
        }
        mine = [one for one in moment.before if one.who.casefold() == self._person]
        addressed = self._line(mine[-1].text, names).address if mine else None
        going_on = bool(moment.before) and moment.before[-1].who.casefold() == self._person
        last_line = self._line(moment.before[-1].text).terms if moment.before else frozenset()
        cue = self._last_of_others(moment).kind
        said = {one.text.strip().casefold() for one in mine}
        vectors = self._about("reply", [one.vector for one in candidates])
        last = self._about("last", [moment.last])[0]
        near_last = vectors @ last
        near_talk = vectors @ self._about("talk", [moment.talk])[0]
        before = self._as_before(vectors, last, known, without)
        rows = []
        for place, candidate in enumerate(candidates):
            line = self._line(candidate.text, names)
            present = line.address in by_name
            absent = _named(line.text, names) - set(here) - {line.address}
            about = by_name[line.address] if present and line.address else talk
            rows.append(
                (
                    float(line.address is None),
                    float(present),
                    float(line.address is not None and not present),
                    1 / (1 + here.index(line.address)) if present and line.address else 0.0,
                    float(line.address is not None and line.address == addressed),
                    float(bool(absent)),
                    self._shared(line.terms, last_line),
                    self._shared(line.terms, talk),
                    self._shared(line.terms, about),
                    float(candidate.text.strip().casefold() in said),
                    near_last[place],
                    near_talk[place],
                    before[place],
                    self._kind(cue, line.kind, without),
                    float(np.log1p(len(line.terms))),
                    going_on * float(np.log1p(len(line.terms))),
                )
            )
        return np.asarray(rows, dtype=np.float64)

    def _as_before(
        self, vectors: Floats, last: Floats, known: NDArray[np.int64], without: int | None
    ) -> Floats:
        """The likeness to what was answered when something like ``last`` had been said."""
        if not len(self._answers):
            return np.zeros(len(vectors), np.float32)
        alike = np.exp(_SHARPNESS * (self._lasts @ last - 1.0))
        if without is not None:
            alike[without] = 0.0
        alike /= max(float(alike.sum()), 1e-9)
        likeness = vectors @ self._answers.T
        # A candidate is not like itself: what it answered then says nothing about now.
        own = np.flatnonzero(known >= 0)
        likeness[own, known[own]] = 0.0
        return np.asarray(likeness @ alike, dtype=np.float32)

    def _kind(self, cue: str, kind: str, without: int | None) -> float:
        """How much more often ``kind`` answers ``cue`` than it is said at all (log, smoothed)."""
        pairs = self._kinds
        total = sum(pairs.values())
        both = float(pairs[cue, kind])
        cues = float(sum(n for (one, _), n in pairs.items() if one == cue))
        kinds = float(sum(n for (_, one), n in pairs.items() if one == kind))
        if without is not None and self._cue_kinds[without] == cue:
            own = self._replies[without].kind == kind
            both, cues, kinds, total = both - own, cues - 1, kinds - own, total - 1
        expected = cues * kinds / total if total else 0.0
        return float(np.log((both + 0.5) / (expected + 0.5)))

    def _shared(self, terms: frozenset[str], others: frozenset[str]) -> float:
        weights = [rarity(self._seen[term], max(self._count, 1)) for term in terms & others]
        return sum(weights) / (0.6 + 0.4 * len(terms) / 8) if weights else 0.0

    def _line(self, text: str, names: Iterable[str] | None = None) -> _Line:
        address, rest = _addressed(text, self._names if names is None else names, self._person)
        # Function words count here: how one answers shows in them too.
        return _Line(address, rest, frozenset(map(term, words(rest))), kind_of(rest))

    def _last_of_others(self, moment: Moment) -> _Line:
        others = [one for one in moment.before if one.who.casefold() != self._person]
        return self._line(others[-1].text) if others else _Line(None, "", frozenset(), "none")

    def _about(self, which: str, vectors: Sequence[Floats]) -> Floats:
        if not len(vectors):
            return np.zeros((0, 0), np.float32)
        apart = np.asarray(vectors, dtype=np.float32) - self._middle[which]
        return np.asarray(apart / np.maximum(np.linalg.norm(apart, axis=1, keepdims=True), 1e-9))


def kind_of(text: str) -> str:
    """What a line does, roughly: ask which or whether, answer, thank, greet, laugh, link, tell."""
    return next((name for name, pattern in _KINDS if pattern.search(text)), "telling")


def _addressed(text: str, names: Iterable[str], person: str) -> tuple[str | None, str]:
    """Whom ``text`` addresses at its beginning ("mia: ...", "Mia, ..."), and the rest."""
    found = _ADDRESS.match(text)
    if found is None:
        return None, text
    who = found.group(1).casefold()
    if who in names or who == person or (found.group(2) == ":" and not who.startswith("http")):
        return who, found.group(3)
    return None, text


def _named(text: str, names: Iterable[str]) -> set[str]:
    spoken = set(re.findall(r"[^\s:,.!?;()]+", text.casefold()))
    return {name for name in names if name in spoken}


def _mean(vectors: Sequence[Floats]) -> Floats:
    if not len(vectors):
        return np.zeros(1, np.float32)
    return np.asarray(np.mean(np.asarray(vectors, dtype=np.float32), axis=0))


def _conditional_logit(tables: Sequence[Matrix], lean_on: Matrix) -> Matrix:
    """The weights under which the first row of each table is most likely chosen among its rows,
    leaning on ``lean_on``; Newton's method with halved steps."""
    apart = [table - table[0] for table in tables]
    weights = lean_on.copy()

    def loss(at: Matrix) -> float:
        told = sum(float(np.logaddexp.reduce(table @ at)) for table in apart)
        return told + 0.5 * _LEAN * float(((at - lean_on) ** 2).sum())

    now = loss(weights)
    for _ in range(40):
        slope = _LEAN * (weights - lean_on)
        curve = _LEAN * np.eye(len(weights))
        for table in apart:
            chance = np.exp(table @ weights - np.logaddexp.reduce(table @ weights))
            mean = chance @ table
            slope += mean
            curve += (table * chance[:, None]).T @ table - np.outer(mean, mean)
        step = np.linalg.solve(curve, slope)
        size = 1.0
        while size > 1e-3 and loss(weights - size * step) > now:
            size /= 2
        weights = weights - size * step
        before, now = now, loss(weights)
        if before - now < 1e-4:
            break
    return weights


def weights_by_name(fitting: Fitting) -> Mapping[str, float]:
    """The learnt weight of each sign (of one standard deviation of it)."""
    return dict(zip(SIGNS, (round(float(one), 3) for one in fitting.weights), strict=True))
