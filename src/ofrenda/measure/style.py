"""The likeness of style: can a handful of messages be told to be this person's, and not another's?

Two views of a text, both without a model: runs of one to four characters (TF-IDF, cosine to the
person's other messages: the training-free verifier of arXiv 2509.24930, which reports 94 to 97 %),
and the habits that a portrait shows (length, endings, particles, emoji, spelling of laughter). Each
is read against other people's messages in the same language, so that 0 is "like anybody".
"""

from __future__ import annotations

import json
import math
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.errors import BadInput
from ofrenda.measure.words import Figures, Task
from ofrenda.persona.habits import patterns
from ofrenda.persona.style import Said, Style, measure_style

HELD_OUT: Final = 0.2
"""The last share of each person's messages, never seen by their profile."""
SIZES: Final = (1, 5, 10, 20)
"""Messages that are judged together."""
FEWEST_KNOWN: Final = 60
"""Messages of a person under which no profile is drawn: there is too little text."""
FEWEST_CHARACTERS: Final = {"en": 60, "zh": 20}
"""Characters under which a handful of messages is not judged: a single "ok" is anybody's."""
GRAMS: Final = (1, 2, 3, 4)
BUCKETS: Final = 1 << 15
"""Places that runs of characters are hashed to; 32,768 hold the runs of 20 people's messages with
few meeting in one place."""
GRAM_WEIGHT: Final = 0.75
"""What the runs count for against the habits' 1 - this. A choice made before anything was
measured."""

_SPACE: Final = re.compile(r"\s+")

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Verdict:
    """``score``: how much more like this person than like others (0 like anybody, in standard
    deviations of other people's texts); None with ``too_little`` where there is too little text."""

    score: float | None
    too_little: bool


class Verifier:
    """Knows some people of one language; judges whose a text is."""

    def __init__(self, people: Mapping[str, Sequence[str]], language: str) -> None:
        """``people``: each one's known messages."""
        self._language = language
        self._known = {name: some for name, some in people.items() if len(some) >= FEWEST_KNOWN}
        counts = {name: _grams(some) for name, some in self._known.items()}
        # How many people use a run at all says more than how many messages hold it.
        document = np.zeros(BUCKETS)
        for count in counts.values():
            document[list(count)] += 1
        self._idf = np.log((1 + len(counts)) / (1 + document)) + 1
        self._names = tuple(counts)
        self._profiles = np.asarray([self._vector(counts[name]) for name in self._names])
        self._habits = np.asarray([_habits(self._known[name]) for name in self._names])
        spread = np.std(self._habits, axis=0) if len(self._names) > 1 else np.ones(1)
        self._scale = np.where(spread > 1e-6, spread, 1.0)

    def judge(self, name: str, messages: Sequence[str]) -> Verdict:
        """Whether ``messages`` read like those of ``name``."""
        return self.judge_all(messages).get(name, Verdict(None, too_little=True))

    def judge_all(self, messages: Sequence[str]) -> dict[str, Verdict]:
        """The verdict for everybody who is known."""
        text = _SPACE.sub("", "".join(messages))
        if len(self._names) < 2 or len(text) < FEWEST_CHARACTERS[self._language]:
            return {name: Verdict(None, too_little=True) for name in self._names}
        runs = self._profiles @ self._vector(_grams(messages))
        apart = np.abs((self._habits - _habits(messages)) / self._scale).mean(axis=1)
        likeness = GRAM_WEIGHT * runs - (1 - GRAM_WEIGHT) * 0.1 * apart
        verdicts = {}
        for place, name in enumerate(self._names):
            others = np.delete(likeness, place)
            score = (likeness[place] - others.mean()) / max(1e-9, float(others.std()))
            verdicts[name] = Verdict(float(score), too_little=False)
        return verdicts

    @property
    def known(self) -> tuple[str, ...]:
        """Who can be judged."""
        return self._names

    def _vector(self, counts: Mapping[int, int]) -> Vector:
        vector = np.zeros(BUCKETS)
        for place, count in counts.items():
            vector[place] = (1 + math.log(count)) * self._idf[place]
        length = float(np.linalg.norm(vector))
        return vector / length if length else vector


def _grams(messages: Iterable[str]) -> Counter[int]:
    found: Counter[int] = Counter()
    for message in messages:
        text = f"^{_SPACE.sub(' ', message).strip()}$"
        for size in GRAMS:
            for start in range(len(text) - size + 1):
                found[zlib.crc32(text[start : start + size].encode()) % BUCKETS] += 1
    return found


_PARTICLE: Final = re.compile(patterns()["style"]["particles"], re.IGNORECASE | re.VERBOSE)


def _habits(messages: Sequence[str]) -> Vector:
    style = measure_style([Said(text, None, number) for number, text in enumerate(messages)])
    count = max(1, len(messages))
    joined = "\n".join(messages)
    letters = max(1, sum(character.isalpha() for character in joined))
    return np.asarray(
        [
            math.log1p(style.median_length),
            *style.lengths.values(),
            *style.endings.values(),
            style.emoji_share,
            style.mixed_share,
            sum(character.isupper() for character in joined) / letters,
            sum(message[:1].isupper() for message in messages) / count,
            sum(character.isdigit() for character in joined) / max(1, len(joined)),
            len(_PARTICLE.findall(joined)) / count,
            joined.count(",") / max(1, len(joined)) * 20,
            joined.count("，") / max(1, len(joined)) * 20,
            joined.count("'") / max(1, len(joined)) * 20,
            joined.count("...") / count,
        ]
    )


def divergence(first: Mapping[str, float], second: Mapping[str, float]) -> float:
    """Jensen-Shannon distance (base 2, 0 the same .. 1 nothing in common) of two distributions
    over the same names; each is made to sum to 1. Lin, IEEE Trans. Inf. Theory 37 (1991)."""
    names = sorted({*first, *second})
    p = np.asarray([max(0.0, first.get(name, 0.0)) for name in names])
    q = np.asarray([max(0.0, second.get(name, 0.0)) for name in names])
    if not p.sum() or not q.sum():
        return 0.0 if p.sum() == q.sum() else 1.0
    p, q = p / p.sum(), q / q.sum()
    middle = (p + q) / 2

    def relative(one: NDArray[np.float64]) -> float:
        here = one > 0
        return float((one[here] * np.log2(one[here] / middle[here])).sum())

    return math.sqrt(max(0.0, (relative(p) + relative(q)) / 2))


def distances(first: Style, second: Style) -> dict[str, float]:
    """Jensen-Shannon distances of two styles, by feature."""

    def counted(style: Style, name: str) -> dict[str, float]:
        return {one.what: float(one.messages) for one in getattr(style, name)}

    return {
        "lengths": round(divergence(first.lengths, second.lengths), 4),
        "endings": round(divergence(first.endings, second.endings), 4),
        "particles": round(
            divergence(counted(first, "particles"), counted(second, "particles")), 4
        ),
        "emoji": round(divergence(counted(first, "emoji"), counted(second, "emoji")), 4),
        "hours": round(
            divergence(
                {str(hour): share for hour, share in enumerate(first.hours)},
                {str(hour): share for hour, share in enumerate(second.hours)},
            ),
            4,
        ),
        "languages": round(
            divergence(
                {**first.languages, "both": first.mixed_share},
                {**second.languages, "both": second.mixed_share},
            ),
            4,
        ),
    }


def auc(own: Sequence[float], others: Sequence[float]) -> float | None:
    """The chance that a text of the person's scores above one of somebody else's (area under the
    ROC curve, Mann-Whitney); None where either is empty."""
    if not own or not others:
        return None
    ranked = np.sort(np.asarray(others))
    below = np.searchsorted(ranked, own, side="left")
    equal = np.searchsorted(ranked, own, side="right") - below
    return float((below + equal / 2).mean() / len(others))


def measure_people(people: Mapping[str, Sequence[str]], language: str) -> list[dict[str, Any]]:
    """A row per size: how well held-out messages of each of ``people`` are told from the others'.

    The profile of each is drawn on the first 80 %; handfuls of held-out messages are judged
    against their own and every other profile. ``too_little``: the share of handfuls not judged.
    ``auc_low`` and ``auc_high``: a 95 % interval by drawing people anew (1000 times)."""
    known, held = {}, {}
    for name, messages in people.items():
        cut = round(len(messages) * (1 - HELD_OUT))
        known[name], held[name] = messages[:cut], messages[cut:]
    verifier = Verifier(known, language)
    rows = []
    for size in SIZES:
        own: dict[str, list[float]] = {}
        other: dict[str, list[float]] = {}
        left_out = judged = 0
        for author in verifier.known:
            for handful in _handfuls(held[author], size):
                for claimed, verdict in verifier.judge_all(handful).items():
                    if verdict.score is None:
                        left_out += claimed == author
                        continue
                    judged += claimed == author
                    (own if claimed == author else other).setdefault(author, []).append(
                        verdict.score
                    )
        low, high = _interval(own, other)
        rows.append(
            {
                "language": language,
                "messages": size,
                "people": len(verifier.known),
                "too_few_people": len(people) - len(verifier.known),
                "handfuls": judged,
                "too_little": round(left_out / max(1, left_out + judged), 4),
                "auc": _rounded(auc(_flat(own), _flat(other))),
                "auc_low": low,
                "auc_high": high,
            }
        )
    return rows


def _handfuls(messages: Sequence[str], size: int, most: int = 24) -> list[Sequence[str]]:
    step = max(size, len(messages) // most)
    return [messages[start : start + size] for start in range(0, len(messages) - size + 1, step)][
        :most
    ]


def _flat(some: Mapping[str, Sequence[float]]) -> list[float]:
    return [value for values in some.values() for value in values]


def _interval(
    own: Mapping[str, Sequence[float]], other: Mapping[str, Sequence[float]]
) -> tuple[float | None, float | None]:
    names = [name for name in own if name in other]
    if len(names) < 3:
        return None, None
    draw = np.random.default_rng(7)
    values = []
    for _ in range(1000):
        some = draw.choice(len(names), len(names))
        value = auc(
            [v for place in some for v in own[names[place]]],
            [v for place in some for v in other[names[place]]],
        )
        values.append(value if value is not None else 0.5)
    return round(float(np.percentile(values, 2.5)), 4), round(float(np.percentile(values, 97.5)), 4)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


HEADLINE: Final = 10
"""Messages in a handful of the figure that documents quote."""


def measure_style_data(data: Path) -> tuple[dict[str, float | None], list[dict[str, Any]]]:
    """Metrics and rows on ``sms-people-dev.jsonl`` in ``data`` (one person a line: ``person``,
    ``language``, ``messages``). Raises BadInput where the file is not there."""
    path = data / "sms-people-dev.jsonl"
    if not path.is_file():
        raise BadInput("There is no sms-people-dev.jsonl in that folder. Give it with --data.")
    people: dict[str, dict[str, list[str]]] = {"en": {}, "zh": {}}
    for line in path.read_text("utf-8").splitlines():
        record = json.loads(line)
        people[record["language"]][record["person"]] = record["messages"]
    rows = [row for language, some in people.items() for row in measure_people(some, language)]
    metrics = {
        f"sms_auc_{row['language']}": row["auc"] for row in rows if row["messages"] == HEADLINE
    }
    return metrics, rows


async def measure(task: Task) -> Figures:
    """The part ``style`` of ``ofrenda bench words``; the same whether small or not (15 s)."""
    metrics, rows = measure_style_data(task.data_file("sms-people*.jsonl").parent)
    return Figures(
        metrics, [*rows], floor=dict.fromkeys(metrics, 0.5), ceiling=dict.fromkeys(metrics, 1.0)
    )
