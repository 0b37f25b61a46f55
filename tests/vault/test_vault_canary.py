"""Nothing of a life is found in clear: not in a table, the full-text index, a blob, the log."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ofrenda.types import Consent, Member, MemberId, Person, Role
from ofrenda.vault import Connection, KdfParameters, Life

Row = dict[str, object]


def rows_with_canaries(sign: Iterator[str], blob: str, voice: str) -> dict[str, list[Row]]:
    """A row for every table, with a canary in every column that takes text of a life."""

    def say() -> str:
        return next(sign)

    return {
        "person": [],  # written by Life.create
        "consent": [],
        "member": [],
        "source": [
            {
                "id": 1,
                "name": say(),
                "format": say(),
                "sha256": say(),
                "added_utc": say(),
                "blob": blob,
                "report": json.dumps({"skipped": [say()]}),
            }
        ],
        "conversation": [{"id": 1, "platform": say(), "key": say(), "title": say(), "is_group": 0}],
        "identity": [{"id": 1, "platform": say(), "key": say(), "name": say(), "holder": "person"}],
        "utterance": [
            {
                "id": number,
                "dedup": say().encode(),
                "source": 1,
                "locator": say(),
                "conversation": 1,
                "identity": 1,
                "ts_local": say(),
                "ts_utc": say(),
                "ts_precision": "s",
                "ordinal": number,
                "kind": "text",
                "text": say() + (" 我想你" * 3000 if number == 3 else ""),
                "reply_to": say(),
                "quoted_text": say(),
                "visible_to": json.dumps([say()]),
            }
            for number in range(1, 12)
        ],
        "media": [{"utterance": 1, "path": say(), "mime": say(), "sha256": say(), "blob": blob}],
        "sound": [
            {
                "sha256": say(),
                "state": say(),
                "reason": say(),
                "codec": say(),
                "text": say(),
                "language": say(),
                "pieces": json.dumps([[0.0, 2.0, say(), 0.9, "en"]]),
                "engine": say(),
                "at_utc": say(),
            }
        ],
        "photo": [
            {
                "sha256": say(),
                "state": say(),
                "reason": say(),
                "taken_local": say(),
                "taken_offset": say(),
            }
        ],
        "document": [
            {
                "id": 1,
                "dedup": say().encode(),
                "source": 1,
                "locator": say(),
                "title": say(),
                "text": say(),
                "written_on": say(),
                "visible_to": say(),
            }
        ],
        "passage": [
            {
                "id": number,
                "kind": "reply",
                "text": say(),
                "cue": say(),
                "said_by": say(),
                "to_member": say(),
                "language": "en",
                "said_local": say(),
                "visibility": "family",
                "visible_to": say(),
            }
            for number in range(1, 31)
        ],
        "passage_words": [
            {"passage": number, "text": say().lower(), "cue": say().lower()}
            for number in range(1, 31)
        ],
        "memory_state": [],  # a number only, which the passages themselves move
        "remembered_conversation": [{"conversation": 1, "state": say()}],
        "remembered_document": [{"document": 1, "state": say()}],
        "visibility_rule": [{"at_utc": say(), "visibility": say(), "holding": say()}],
        "visibility_before": [{"kind": say(), "id": 1, "visibility": say(), "visible_to": say()}],
        "embedding": [{"passage": 1, "facet": say(), "model": say(), "vector": say().encode()}],
        "voice_clip": [
            {
                "name": say(),
                "sha256": say(),
                "added_utc": say(),
                "blob": voice,
                "report": json.dumps({"transcript": say()}),
            }
        ],
        "answer": [{"key": say(), "choice": say()}],
        "voice_profile": [
            {
                "id": say(),
                "engine": say(),
                "made_utc": say(),
                "blob": voice,
                "report": say(),
                "consent": 1,
            }
        ],
        "phone_account": [
            {
                "only": 1,
                "company": say(),
                "address": say(),
                "secret": say(),
                "statement": say(),
                "agreed_utc": say(),
            }
        ],
        "phone_pin": [{"member": "m1", "hash": say(), "set_utc": say()}],
        "phone_number": [{"number": say(), "member": "m1"}],
        "phone_tries": [{"number": say(), "closed_utc": say()}],
        "told": [{"member": "m1", "at_utc": say(), "channel": say(), "text": say()}],
        "correction": [
            {
                "by_member": "m1",
                "at_utc": say(),
                "kind": say(),
                "said": say(),
                "instead": say(),
            }
        ],
        "fact": [
            {
                "id": 1,
                "text": say(),
                "words": say(),
                "language": say(),
                "said_by": say(),
                "said_local": say(),
                "how": say(),
                "made_utc": say(),
                "made_by": say(),
            }
        ],
        "fact_source": [
            {"fact": 1, "ordinal": 0, "utterance": 1, "said_by": say(), "quote": say()}
        ],
        "fact_reading": [{"only": 1, "host": say(), "statement": say(), "agreed_utc": say()}],
        "fact_read": [],  # numbers only
        "fact_count": [{"what": say(), "many": 1}],
        "fact_state": [],  # a number only, which the facts themselves move
        "voice_fit": [{"name": say(), "blob": voice}],
        "voice_measure": [{"at_utc": say(), "report": say()}],
        "listening_line": [{"id": 1, "kind": say(), "text": say(), "language": say()}],
        "listening_sound": [{"line": 1, "voice": say(), "blob": voice}],
        "listening_answer": [
            {
                "member": "m1",
                "line": 1,
                "one": say(),
                "other": say(),
                "nearer": say(),
                "at_utc": say(),
            }
        ],
        "voice_mark": [{"clip": 1, "start_s": 0.0, "end_s": 1.0, "made_utc": say()}],
        "voice_heard": [{"clip": 1, "key": say(), "report": say()}],
        "voice_segment": [
            {
                "id": 1,
                "clip": 1,
                "start_s": 0.0,
                "end_s": 1.0,
                "role": say(),
                "reason": say(),
                "mood": say(),
                "scores": say(),
                "raw": voice,
                "clean": voice,
            }
        ],
        "voice_segment_text": [
            {
                "segment": 1,
                "version": 1,
                "text": say(),
                "language": say(),
                "by_keeper": 1,
                "made_utc": say(),
            }
        ],
        "rendered": [
            {
                "key": say().encode(),
                "profile": say(),
                "blob": voice,
                "bytes": 1,
                "used_utc": say(),
            }
        ],
        "call": [
            {
                "id": "c1",
                "member": "m1",
                "started_utc": say(),
                "ended_utc": say(),
                "channel": say(),
                "ending": say(),
            }
        ],
        "turn": [{"id": 1, "call": "c1", "ordinal": 0, "at_utc": say(), "caller_said": say()}],
        "spoken": [
            {
                "turn": 1,
                "ordinal": 0,
                "text": say(),
                "heard": say(),
                "provenance": say(),
                "sources": json.dumps([{"excerpt": say()}]),
            }
        ],
    }


def insert(db: Connection, table: str, row: Row) -> None:
    columns, marks = ", ".join(row), ", ".join("?" * len(row))
    db.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(row.values()))


def spellings(canary: str) -> list[bytes]:
    """The canary as it might lie on a disk."""
    plain = canary.encode()
    return [
        plain,
        canary.lower().encode(),
        canary.encode("utf-16-le"),
        canary.encode("utf-16-be"),
        plain.hex().encode(),
        *(base64.b64encode(b" " * shift + plain)[4:-4] for shift in range(3)),
    ]


def everything_in(*folders: Path) -> bytes:
    return b"\n".join(
        path.name.encode() + b"\n" + (path.read_bytes() if path.is_file() else b"")
        for folder in folders
        for path in folder.rglob("*")
    )


def test_the_search_itself_finds_what_is_in_clear(tmp_path: Path) -> None:
    canary = "CANARYxx0001Ttt"
    for spelling in spellings(canary):
        (tmp_path / "leak").write_bytes(b"head" + spelling + b"tail")
        disk = everything_in(tmp_path)
        assert any(one in disk for one in spellings(canary))


def test_no_canary_is_found_awake_or_asleep(
    tmp_path: Path,
    home: Path,
    passphrase: str,
    quick: KdfParameters,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    for name in ("TMPDIR", "SQLITE_TMPDIR", "TEMP"):
        monkeypatch.setenv(name, str(temporary))
    caplog.set_level(0)
    canaries: list[str] = []

    def signs() -> Iterator[str]:
        while True:
            canaries.append(f"CANARY{len(canaries):05d}Qqzv")
            yield canaries[-1]

    sign = signs()
    person = Person(name=next(sign), timezone=next(sign))
    consent = Consent(
        at=datetime(2026, 1, 2, tzinfo=UTC),
        given_by=next(sign),
        relation=next(sign),
        ground="wish",
        scope=("text", "voice"),
        statement=next(sign),
    )
    keeper = Member(MemberId("m1"), next(sign), next(sign), Role.KEEPER, called=next(sign))
    secret = f"{passphrase} {next(sign)}"
    life, code = Life.create(
        home, "grandpa", secret, person=person, consent=consent, keeper=keeper, kdf=quick
    )
    canaries.extend([code, code.replace("-", "")])
    with life:
        small, large = next(sign).encode(), next(sign).encode() * 80_000
        blob, voice = life.blobs.put(small), life.voice_blobs.put(large)
        rows = rows_with_canaries(sign, blob, voice)
        with life.db.read() as db:
            tables = {
                row["name"]
                for row in db.execute(
                    "SELECT name FROM pragma_table_list WHERE schema = 'main'"
                    " AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite_%'"
                )
            }
        assert tables == set(rows), "a table without a canary proves nothing"
        for table, some in rows.items():
            with life.db.write() as db:
                for row in some:
                    insert(db, table, row)
        with life.db.write() as db:  # sorting and indexing spill to temporary space
            db.execute("CREATE INDEX temporary_one ON utterance (text, locator)")
        with life.db.read() as db:
            assert db.execute(
                "SELECT u.text FROM utterance AS u, passage AS p ORDER BY u.text, p.text"
            ).fetchall()
            assert db.execute("SELECT text FROM passage_words ORDER BY text").fetchall()
        assert len(canaries) >= 200
        assert (life.folder / "life.db-wal").stat().st_size > 0
        awake = everything_in(home, temporary)
        assert life.voice_blobs.get(voice) == large
    asleep = everything_in(home, temporary)
    said = "".join(record.getMessage() for record in caplog.records) + "".join(capfd.readouterr())
    for disk in (awake, asleep, said.encode()):
        leaked = [one for one in canaries if any(spelling in disk for spelling in spellings(one))]
        assert leaked == []
    assert list(temporary.iterdir()) == []
    with Life.open(home, "grandpa", secret) as again, again.db.read() as db:
        row = db.execute("SELECT text FROM utterance WHERE id = 1").fetchone()
        assert row["text"] == rows["utterance"][0]["text"]
