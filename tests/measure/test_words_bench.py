"""The bench of words: each part runs alone and the result keeps the others' figures."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from ofrenda.engines.scripted import scripted_engines
from ofrenda.errors import BadInput
from ofrenda.measure import evidence, leaks, replying, speed
from ofrenda.measure.result import write_result
from ofrenda.measure.words import PARTS, Figures, Task, merged, part
from ofrenda.memory import Recall
from ofrenda.settings import Settings


@pytest.fixture
def task(tmp_path: Path) -> Task:
    return Task(Settings(), tmp_path, None, small=True)


@pytest.fixture(autouse=True)
def _scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (evidence, replying, speed):
        monkeypatch.setattr(module, "create_embedder", lambda _settings: scripted_engines().embed)


async def test_nobody_hears_what_was_between_others_whatever_the_rules_become(task: Task) -> None:
    figures = await leaks.measure(task)
    assert figures.metrics["leaks"] == 0
    row = figures.rows[0]
    assert row["own"] > row["pairs"], "a filter that finds nothing proves nothing"


async def test_a_secret_in_the_wrong_ears_would_be_counted(task: Task) -> None:
    chance = random.Random(3)
    embed = scripted_engines().embed
    family = await leaks.build(task, embed, chance)
    with family.life:
        with family.life.db.write() as db:  # as if a filter had failed
            db.execute("UPDATE passage SET visible_to = NULL, visibility = 'family'")
        recall = await Recall.load(family.life, embed)
        counted = await leaks.count_leaks(family, recall, 20, chance)
    assert counted["leaks"] > 0


async def test_evidence_is_found_through_an_import(task: Task, tmp_path: Path) -> None:
    turns = [
        {
            "id": f"D{day}:{n}",
            "session": day,
            "at": f"1:0{n} pm on {day} May, 2023",
            "speaker": "Ana" if n % 2 else "Tomas",
            "text": f"{subject} and nothing else, {n}",
        }
        for day, subject in enumerate(("pottery", "sailing", "bakery", "violin"), 1)
        for n in range(1, 7)
    ]
    questions = [
        {"question": "What of Tomas and sailing?", "evidence": ["D2:2", "D2:4; D2:6"],
         "category": 1},
        {"question": "Cannot be answered", "evidence": ["D1:1"], "category": 5},
    ]  # fmt: skip
    talk = {"id": 1, "speakers": ["Tomas", "Ana"], "turns": turns, "questions": questions}
    (tmp_path / "locomo-test.json").write_text(json.dumps([talk]))
    figures = await evidence.measure(Task(Settings(), tmp_path, tmp_path, small=True))
    assert figures.metrics["locomo_recall_at_10"] == 1.0
    kinds = {row["of"] for row in figures.rows if row["way"] == "all"}
    assert kinds == {"all", "questions: several", "conversation 1"}


async def test_chinese_is_found_far_better_than_by_chance(task: Task) -> None:
    figures = await evidence.measure_chinese(Task(task.settings, task.folder))
    found = figures.metrics["zh_recall_at_10"]
    assert found is not None
    assert found > 3 * 10 / 70


async def test_true_replies_are_ranked_among_lines_of_the_same_writer(tmp_path: Path) -> None:
    lines = [
        {
            "text": f"w{n % 5}: answer {n}",
            "before": [{"from": f"w{n % 5}", "text": f"question {n}?"}],
        }
        for n in range(40)
    ]
    path = tmp_path / "irc-people-test.jsonl"
    path.write_text(json.dumps({"person": "him", "lines": lines}))
    figures = await replying.measure(Task(Settings(), tmp_path, tmp_path, small=True))
    learnt, chance = figures.metrics["irc_r1_of_100"], figures.floor["irc_r1_of_100"]
    assert learnt is not None
    assert chance is not None
    assert learnt > 5 * chance
    assert {row["of"] for row in figures.rows} == {"writer 1", "all"}


async def test_speed_is_measured_on_an_invented_archive(
    task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "SMALL", {"100k": 600})
    figures = await speed.measure(task)
    assert figures.metrics["recall_p95_ms_100k"]
    assert figures.rows[0]["messages"] == 600


def test_parts_are_merged_into_one_result(tmp_path: Path) -> None:
    first = merged(tmp_path / "words.json", {"leaks": Figures({"leaks": 0}, [{"pairs": 9}])})
    path = write_result(first, tmp_path)
    both = merged(path, {"speed": Figures({"recall_p95_ms_1m": 80.0}, [{"of": "1m"}])})
    assert both.metrics == {"leaks": 0, "recall_p95_ms_1m": 80.0}
    assert [row["part"] for row in both.rows] == ["leaks", "speed"]
    path = write_result(both, tmp_path)
    again = merged(path, {"leaks": Figures({"leaks": 1}, [])})
    assert again.metrics == {"leaks": 1, "recall_p95_ms_1m": 80.0}
    assert [row["part"] for row in again.rows] == ["speed"]


def test_every_part_is_there_and_asks_for_its_data(task: Task) -> None:
    assert all(callable(part(name)) for name in PARTS)
    with pytest.raises(BadInput, match="--data"):
        task.data_file("locomo*.json")
    with pytest.raises(BadInput):
        part("nothing")
