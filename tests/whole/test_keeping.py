"""The keeper's work in the terminal: from one of everything to a correct archive."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from archive.conftest import make_life
from archive.everything import expected_rows, fill, stored_rows

from ofrenda.vault import Life

from .household import PASSPHRASE, Household

CHAT = (
    "03/05/2019, 21:25 - Ada Fenwick: the kettle is on\n"
    "04/05/2019, 21:26 - Tom Fenwick: ten minutes\n"
    "05/05/2019, 09:00 - Ada Fenwick: bring salt\n"
)


def ran(household: Household, *words: str | Path) -> Any:
    done = household.run(*words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def in_any(text: str, passages: list[str]) -> bool:
    return any(text in passage for passage in passages)


@pytest.fixture
def family(household: Household) -> Household:
    make_life(household.home).close()
    return household


def awake(household: Household) -> Life:
    return Life.open(household.home, "ada", PASSPHRASE)


def test_one_of_everything_by_command(family: Household) -> None:
    made = fill(family.desk / "everything")
    expected, writings = expected_rows(made)
    told = ran(family, "add", "ada", made.top)
    answers: list[str] = []
    for report in told["reports"]:
        for question in report["questions"]:
            known = made.answers.get(report["source"].split("/", 1)[1], {})
            if question["table"] is None:
                key, choice = f"{question['key']}@{report['digest']}", known[question["key"]]
            else:
                key, choice = question["key"], question["table"]["proposed"]
            answers += ["--answer", f"{key}={choice}"]
    assert len(answers) == 10
    told = ran(family, "add", "ada", made.top, *answers)
    assert [one for one in told["reports"] if one["questions"]] == []
    with awake(family) as life:
        stored, written = stored_rows(life)
    assert (stored - expected, expected - stored, written) == ({}, {}, writings)
    senders = ran(family, "identities", "ada", "--set", "unsigned=person", "--set", "Mum=person")
    assert all(one["holder"] == "person" for one in senders if one["unsigned"])
    assert sum(one["holder"] == "person" for one in senders if one["name"] == "Mum") >= 10
    assert {one["holder"] for one in senders if one["name"] == "Sam"} == {None}
    assert ran(family, "aside", "ada")["counts"]["planted"] == 1
    # Even with everybody taken for the person, what somebody quoted or passed on is in no passage.
    ran(family, "identities", "ada", "--set", "*=person")
    with awake(family) as life, life.db.read() as db:
        passages = [row[0] for row in db.execute("SELECT text FROM passage").fetchall()]
        own = {
            row[0]
            for row in db.execute(
                "SELECT text FROM utterance WHERE NOT forwarded UNION SELECT text FROM document"
            ).fetchall()
        }
        foreign = [
            row[0]
            for row in db.execute(
                "SELECT quoted_text FROM utterance WHERE quoted_text IS NOT NULL UNION"
                " SELECT text FROM utterance WHERE forwarded AND text IS NOT NULL"
            ).fetchall()
        ]
    assert len(passages) > 100
    assert len(foreign) > 20
    said_too = [text for text in foreign if any(text in other for other in own if other)]
    assert [text for text in foreign if text not in said_too and in_any(text, passages)] == []


def test_an_answer_is_corrected_and_what_is_set_aside_is_given_back(family: Household) -> None:
    path = family.write("WhatsApp Chat with Tom.txt", CHAT)
    shown = family.run("add", "ada", path)
    assert "1 questions are open" in shown.stdout
    assert "--answer 'date_order@" in shown.stdout.replace("\n", " ")
    ran(family, "add", "ada", path, "--answer", "date_order=mdy")
    (file,) = ran(family, "report", "ada")
    assert file["report"]["answers"] == {"date_order": "mdy"}
    (file,) = ran(family, "report", "ada", str(file["id"]), "--answer", "date_order=dmy")
    assert file["report"]["answers"] == {"date_order": "dmy"}
    ran(family, "identities", "ada", "--set", "Ada*=person", "--set", "Tom Fenwick=Tom Fenwick")
    with awake(family) as life, life.db.read() as db:
        said = [row[0] for row in db.execute("SELECT text FROM passage WHERE said_by = 'person'")]
        number = db.execute("SELECT id FROM utterance WHERE text = 'bring salt'").fetchone()[0]
    assert said == ["the kettle is on", "bring salt"]
    lists = ran(family, "aside", "ada", "--pasted", f"m{number}")["lists"]
    assert [one["excerpt"] for one in lists["pasted"]] == ["bring salt"]
    with awake(family) as life, life.db.read() as db:
        said = [row[0] for row in db.execute("SELECT text FROM passage WHERE said_by = 'person'")]
    assert said == ["the kettle is on"]
    assert ran(family, "aside", "ada", "--own", f"m{number}")["counts"]["own"] == 1


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("report", "ada", "--answer", "date_order=dmy"), "Say which file"),
        (("report", "ada", "99"), "no file with that number"),
        (("report", "ada", "--zone", "Middle/Earth"), "time zone is not known"),
        (("aside", "ada", "secrets"), "no such list"),
        (("aside", "ada", "--use", "12"), "m12 for a message"),
        (("aside", "ada", "--pasted", "w3"), "begins with m"),
        (("aside", "ada", "--use", "m999"), "nothing with that number"),
        (("identities", "ada", "--set", "Nobody=person"), "no sender of that name"),
    ],
)
def test_what_cannot_be_done_is_one_helpful_line(
    family: Household, words: tuple[str, ...], hint: str
) -> None:
    done = family.run(*words)
    assert done.returncode == 2
    assert hint in done.stderr
    assert "Traceback" not in done.stderr
