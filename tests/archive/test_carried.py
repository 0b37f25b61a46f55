"""Who may hear what, and what was heard, goes with an export and comes back where asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ofrenda.archive import add, export, identities
from ofrenda.archive.carried import FILE, take_over_carried
from ofrenda.archive.kept.sounds import settle
from ofrenda.errors import BadInput
from ofrenda.vault import Life

from .conftest import make_life

OPUS = b"OggS" + b"\0" * 24 + b"OpusHead" + bytes(range(200))
CHAT = (
    "[13/06/2018, 9:25:15 PM] Mum: \u200e<attached: 00000012-AUDIO-2018-06-13-21-27-00.opus>\n"
    "[13/06/2018, 9:26:00 PM] Sam: ok\n"
    "[13/06/2018, 9:27:00 PM] Mum: for you alone\n"
    "[13/06/2018, 9:28:00 PM] Mum: for nobody\n"
    "[13/06/2018, 9:29:00 PM] Mum: sent on\n"
)
BESIDE = (
    "SELECT u.dedup, u.text, u.visibility, u.visible_to, u.pasted, u.pasted_word, u.released,"
    " u.spoken FROM utterance AS u ORDER BY u.dedup"
)
HEARD = "SELECT * FROM sound ORDER BY sha256"


def all_of(life: Life, query: str) -> list[tuple[object, ...]]:
    with life.db.read() as db:
        return [tuple(row) for row in db.execute(query).fetchall()]


@pytest.fixture
def labelled(life: Life, write: Callable[..., Path]) -> Life:
    chat = write("WhatsApp Chat - Mum/_chat.txt", CHAT).parent
    (chat / "00000012-AUDIO-2018-06-13-21-27-00.opus").write_bytes(OPUS)
    add(life, chat)
    member = str(life.members()[0].id)
    with life.db.write() as db:
        for text, word, members in (
            ("for you alone", "member", json.dumps([member])),
            ("for nobody", "never_speak", None),
        ):
            db.execute(
                "UPDATE utterance SET visibility = ?, visible_to = ? WHERE text = ?",
                (word, members, text),
            )
        db.execute("UPDATE utterance SET pasted = 1, pasted_word = 1 WHERE text = 'sent on'")
        db.execute(
            "INSERT INTO sound (sha256, state, seconds, text, language, confidence, at_utc)"
            " SELECT sha256, 'heard', 3.5, 'come home soon', 'en', 0.98, '2026-01-01T00:00:00Z'"
            " FROM media"
        )
        settle(db)
    return life


def test_it_comes_back_as_it_was(labelled: Life, tmp_path: Path) -> None:
    before = all_of(labelled, BESIDE), all_of(labelled, HEARD)
    assert {row[2] for row in before[0]} == {"family", "member", "never_speak"}
    assert any(row[1] == "come home soon" and row[7] for row in before[0])
    export(labelled, tmp_path / "given")
    with make_life(tmp_path / "other") as other:
        add(other, tmp_path / "given")
        assert {row[2] for row in all_of(other, BESIDE)} == {"family"}, "not by itself"
        assert take_over_carried(other, tmp_path / "given") == 4
        assert (all_of(other, BESIDE), all_of(other, HEARD)) == before
        assert take_over_carried(other, tmp_path / "given") == 3, "again: nothing is heard twice"
        assert (all_of(other, BESIDE), all_of(other, HEARD)) == before


def test_it_only_narrows_and_knows_nobody_who_is_not_on_the_list(
    labelled: Life, tmp_path: Path
) -> None:
    export(labelled, tmp_path / "given")
    path = tmp_path / "given" / FILE
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        if line.get("visibility") == "member":
            line["visible_to"] = ["Somebody Else"]
        elif line.get("visibility") == "never_speak":
            line["visibility"] = "family"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    take_over_carried(labelled, tmp_path / "given")
    assert "never_speak" in {row[2] for row in all_of(labelled, BESIDE)}
    with make_life(tmp_path / "other") as other:
        add(other, tmp_path / "given")
        take_over_carried(other, tmp_path / "given")
        found = {row[1]: (row[2], row[3]) for row in all_of(other, BESIDE)}
        assert found["for you alone"] == ("member", "[]"), "heard by nobody"
        assert identities(other)


@pytest.mark.parametrize("damage", [b"{\n", b"[1]\n", b"\xff\n", b'{"kind": "sound"'])
def test_what_is_damaged_is_told(labelled: Life, tmp_path: Path, damage: bytes) -> None:
    export(labelled, tmp_path / "given")
    (tmp_path / "given" / FILE).write_bytes(damage)
    with pytest.raises(BadInput, match="damaged"):
        take_over_carried(labelled, tmp_path / "given")


@pytest.mark.parametrize(
    "line",
    [
        {"kind": "utterance", "key": "zz", "visibility": "family"},
        {"kind": "sound", "sha256": 5, "state": "heard"},
        {"kind": "sound", "sha256": "0" * 64, "state": "heard", "film": 0, "music": 0,
         "pieces": "[]", "at_utc": "x"},
        {"kind": "utterance", "key": "00", "visible_to": "all"},
        {"kind": "person", "name": "x"},
    ],
)  # fmt: skip
def test_lines_that_mean_nothing_here_change_nothing(
    labelled: Life, tmp_path: Path, line: dict[str, object]
) -> None:
    before = all_of(labelled, BESIDE), all_of(labelled, HEARD)
    (tmp_path / FILE).write_text(json.dumps(line) + "\n")
    assert take_over_carried(labelled, tmp_path) == 0
    assert (all_of(labelled, BESIDE), all_of(labelled, HEARD)) == before
    assert take_over_carried(labelled, tmp_path / "no such folder") == 0
