"""A wrong answer put right after the import: everything follows, nothing is there twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from ofrenda.archive import add, decide, extent, identities
from ofrenda.archive.keeping import correct, release, say_pasted, set_zone, sources
from ofrenda.errors import BadInput
from ofrenda.types import Person
from ofrenda.vault import Life

from . import goldens, test_sms_backup

Write = Callable[..., Path]
NAME = "WhatsApp Chat with Tom.txt"
UNCLEAR = (
    "03/05/2019, 21:25 - Ada: the third or the fifth?\n"
    "04/05/2019, 07:10 - Tom: nobody can tell\n"
    "04/05/2019, 07:10 - Tom: nobody can tell\n"
    "05/06/2019, 09:30 - Ada: <attached: a.jpg>\n"
)


def rows(life: Life) -> list[tuple[object, ...]]:
    with life.db.read() as db:
        return [
            tuple(row)
            for row in db.execute(
                "SELECT u.id, u.ts_local, u.text, i.name FROM utterance AS u"
                " JOIN identity AS i ON i.id = u.identity ORDER BY u.ordinal"
            ).fetchall()
        ]


def test_another_order_of_dates_moves_every_message_and_keeps_the_rest(
    life: Life, write: Write
) -> None:
    path = write(f"in/{NAME}", UNCLEAR)
    write("in/a.jpg", b"\xff\xd8\xffphoto")
    add(life, path.parent, answers={"date_order": "dmy"})
    before = rows(life)
    assert before[0][1] == "2019-05-03T21:25:00"
    decide(life, identities(life)[0].id, "person")
    say_pasted(life, [int(str(before[1][0]))], True)
    blobs = sorted(life.blobs.ids())
    number = next(one.id for one in sources(life) if one.report.format == "whatsapp")

    report = correct(life, number, {"date_order": "mdy"})

    after = rows(life)
    assert [row[1] for row in after] == [
        "2019-03-05T21:25:00",
        "2019-04-05T07:10:00",
        "2019-04-05T07:10:00",
        "2019-05-06T09:30:00",
    ]
    # The same rows, with all that hangs on them.
    assert [(row[0], row[2], row[3]) for row in after] == [
        (row[0], row[2], row[3]) for row in before
    ]
    assert (report.accepted, report.already_there, report.answers["date_order"]) == (4, 0, "mdy")
    assert identities(life)[0].holder == "person"
    assert sorted(life.blobs.ids()) == blobs
    assert life.collect_orphans() == 0
    with life.db.read() as db:
        kept = db.execute("SELECT count(*), count(blob) FROM media").fetchone()
        assert tuple(kept) == (1, 1)
        assert db.execute("SELECT count(*) FROM utterance WHERE pasted").fetchone()[0] == 1
    # The file is known under its new answer.
    again = {one.format: one for one in add(life, path.parent)}
    assert (again["whatsapp"].accepted, extent(life).utterances) == (0, 4)
    # And back again is where it began.
    correct(life, number, {"date_order": "dmy"})
    assert rows(life) == before


def test_what_another_file_holds_under_the_right_date_is_there_once(
    life: Life, write: Write
) -> None:
    add(life, write(f"a/{NAME}", UNCLEAR), answers={"date_order": "mdy"})
    wrong = UNCLEAR + "06/06/2019, 10:00 - Tom: only here\n"
    add(life, write(f"b/{NAME}", wrong), answers={"date_order": "dmy"})
    assert extent(life).utterances == 9
    latest = sources(life)[0]
    report = correct(life, latest.id, {"date_order": "mdy"})
    assert (report.accepted, report.already_there) == (1, 4)
    assert extent(life).utterances == 5


def test_dates_that_move_past_the_death_are_set_aside(life: Life, write: Write) -> None:
    life.set_person(Person(name="Ada Fenwick", died=date(2019, 5, 4)))
    add(life, write(NAME, UNCLEAR), answers={"date_order": "mdy"})
    assert extent(life).after_death == 1
    correct(life, sources(life)[0].id, {"date_order": "dmy"})
    assert extent(life).after_death == 1
    release(life, None)
    correct(life, sources(life)[0].id, {"date_order": "mdy"})
    assert extent(life).after_death == 0


def test_a_wrong_correction_changes_nothing(life: Life, write: Write) -> None:
    add(life, write(NAME, UNCLEAR), answers={"date_order": "dmy"})
    before = rows(life)
    number = sources(life)[0].id
    with pytest.raises(BadInput):
        correct(life, number, {"date_order": "sideways"})
    with pytest.raises(BadInput, match="no file with that number"):
        correct(life, 99, {"date_order": "mdy"})
    add(life, write("x/photo.png", b"\x89PNG\r\n\x1a\nrest"))
    with pytest.raises(BadInput, match="another way"):
        correct(life, sources(life)[0].id, {"date_order": "mdy"})
    assert rows(life) == before


def test_every_golden_can_be_read_again_with_the_same_answers(life: Life, write: Write) -> None:
    for number, golden in enumerate(goldens.GOLDENS.values()):
        add(life, write(f"{number}/{golden.name}", golden.content), answers=golden.answers)
    with life.db.read() as db:
        before = db.execute("SELECT * FROM utterance ORDER BY id").fetchall()
    for one in sources(life):
        correct(life, one.id, {})
    with life.db.read() as db:
        after = db.execute("SELECT * FROM utterance ORDER BY id").fetchall()
    leave = {"dedup", "ordinal", "ts_local", "source"}
    kept = set(before[0].keys()) - leave
    assert [[row[key] for key in kept] for row in after] == [
        [row[key] for key in kept] for row in before
    ]


def test_times_in_utc_are_shown_by_the_clock_of_a_place(life: Life, write: Write) -> None:
    path = write("sms.xml", test_sms_backup.MESSAGES)
    add(life, path)
    (one,) = sources(life)
    assert one.utc
    utc = [row[1] for row in rows(life)]
    assert set_zone(life, "Asia/Shanghai") == len(utc)
    shanghai = [row[1] for row in rows(life)]
    assert all(a != b for a, b in zip(utc, shanghai, strict=True))
    # Another place, and a copy that comes later: still once, and by the same clock.
    set_zone(life, "Europe/London")
    longer = write("b/sms.xml", test_sms_backup.MESSAGES.replace("</smses>", "\n</smses>"))
    report = add(life, longer)[0]
    assert report.accepted == 0
    set_zone(life, "UTC")
    assert [row[1] for row in rows(life)] == utc
    with pytest.raises(BadInput, match="time zone"):
        set_zone(life, "Middle/Earth")


def test_chats_with_a_clock_of_their_own_stay(life: Life, write: Write) -> None:
    add(life, write(NAME, UNCLEAR), answers={"date_order": "dmy"})
    before = rows(life)
    assert set_zone(life, "Asia/Shanghai") == 0
    assert rows(life) == before
