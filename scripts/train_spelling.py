"""Learn how English letters sound from misaki's US dictionary (Apache-2.0).

    python scripts/train_spelling.py            # writes engines/tts/data/spelling.txt.gz
    python scripts/train_spelling.py --measure  # accuracy on every twentieth word, held out

Each letter of a word is aligned with none, one or two sounds (hard EM), and n-grams over the
(letter, sounds) pairs are counted. The reader, ``engines/tts/g2p/spelling.py``, finds the most
likely pairs for a new word.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import sys
from collections import Counter
from pathlib import Path

import misaki

TARGET = Path(__file__).parents[1] / "src/ofrenda/engines/tts/data/spelling.txt.gz"
ORDER = 5
FEWEST = {1: 1, 2: 1, 3: 2, 4: 2, 5: 3}
"""An n-gram seen less often than this is left out, to keep the file small."""
MOST_SOUNDS = 3
HELD_OUT = 20

Pair = tuple[str, str]


def entries() -> list[tuple[str, list[str]]]:
    """Lower-case words with their sounds; a stress mark belongs to the sound after it."""
    path = Path(misaki.__file__).parent / "data" / "us_gold.json"
    found = []
    for word, spoken in json.loads(path.read_text("utf-8")).items():
        text = spoken["DEFAULT"] if isinstance(spoken, dict) else spoken
        if not (
            text and word.isascii() and word.isalpha() and word[1:].islower() and len(word) > 2
        ):
            continue
        sounds: list[str] = []
        stress = ""
        for c in text:
            if c in "ˈˌ":
                stress = c
            else:
                sounds.append(stress + c)
                stress = ""
        found.append((word.lower(), sounds))
    return found


def align(word: str, sounds: list[str], cost: dict[Pair, float]) -> list[Pair] | None:
    """The cheapest way to share the sounds out over the letters, in order."""
    n, m = len(word), len(sounds)
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]
    for i, letter in enumerate(word):
        row: dict[int, tuple[float, int]] = {}
        for j, (so_far, _) in best[i].items():
            for take in range(min(MOST_SOUNDS, m - j) + 1):
                if m - j - take > MOST_SOUNDS * (n - i - 1):
                    continue
                chunk = "".join(sounds[j : j + take])
                price = so_far + cost.get((letter, chunk), 12.0 + 3 * abs(take - 1))
                if j + take not in row or price < row[j + take][0]:
                    row[j + take] = (price, take)
        best.append(row)
    if m not in best[n]:
        return None
    pairs = []
    j = m
    for i in range(n, 0, -1):
        take = best[i][j][1]
        pairs.append((word[i - 1], "".join(sounds[j - take : j])))
        j -= take
    return pairs[::-1]


def first_guess(words: list[tuple[str, list[str]]]) -> dict[Pair, float]:
    """Letters go with the sounds at the same place in the word."""
    counts: Counter[Pair] = Counter()
    for word, sounds in words:
        for i, letter in enumerate(word):
            j = min(len(sounds) - 1, i * len(sounds) // len(word))
            for k, weight in ((j, 3), (j - 1, 1), (j + 1, 1)):
                if 0 <= k < len(sounds):
                    counts[letter, sounds[k]] += weight
            counts[letter, ""] += 1
    return costs(counts)


def costs(counts: Counter[Pair]) -> dict[Pair, float]:
    totals: Counter[str] = Counter()
    for (letter, _), count in counts.items():
        totals[letter] += count
    return {pair: -math.log(count / totals[pair[0]]) for pair, count in counts.items() if count > 1}


def learn(words: list[tuple[str, list[str]]]) -> list[str]:
    """Lines ``count<TAB>pair pair ...``, a pair is a letter and its sounds; ``^`` starts a word."""
    cost = first_guess(words)
    aligned: list[list[Pair]] = []
    for _ in range(4):
        aligned = [pairs for word, sounds in words if (pairs := align(word, sounds, cost))]
        cost = costs(Counter(pair for pairs in aligned for pair in pairs))
    counts: Counter[tuple[str, ...]] = Counter()
    for pairs in aligned:
        marks = ["^", *("".join(pair) for pair in pairs), "$"]
        for order in range(1, ORDER + 1):
            for start in range(len(marks) - order + 1):
                counts[tuple(marks[start : start + order])] += 1
    kept = [(g, c) for g, c in counts.items() if c >= FEWEST[len(g)]]
    return [f"{count}\t{' '.join(gram)}" for gram, count in sorted(kept)]


def main() -> None:
    """Learn and write, or measure on words that were held out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--measure", action="store_true")
    arguments = parser.parse_args()
    words = entries()
    if not arguments.measure:
        data = "\n".join(learn(words)).encode()
        TARGET.write_bytes(gzip.compress(data, 9, mtime=0))
        grams = data.count(b"\n") + 1
        print(f"{len(words)} words, {grams} n-grams, {TARGET.stat().st_size} bytes")
        return
    from ofrenda.engines.tts.g2p.spelling import Spelling

    reader = Spelling(learn([w for i, w in enumerate(words) if i % HELD_OUT]))
    tested = words[::HELD_OUT]
    n = len(tested)
    right = loose = 0
    for word, sounds in tested:
        said, wanted = reader.say(word), "".join(sounds)
        right += said == wanted
        bare = [text.translate(str.maketrans("", "", "ˈˌ")) for text in (said, wanted)]
        loose += bare[0] == bare[1]
    print(f"{len(tested)} words: {right / len(tested):.3f} exact, {loose / n:.3f} but stress")


if __name__ == "__main__":
    sys.exit(main())
