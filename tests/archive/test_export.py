"""What goes in comes out again, in the clear where the keeper asks for it, and goes in the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ofrenda.archive import add, decide, export, extent, identities
from ofrenda.archive.decisions import take_over_decisions
from ofrenda.errors import BadInput
from ofrenda.types import MemberId
from ofrenda.vault import Life

from .conftest import make_life
from .telegram_goldens import TELEGRAM_CHAT

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 9
OPUS = b"OggS" + b"\0" * 24 + b"OpusHead" + bytes(range(200))
CHAT = (
    "[13/06/2018, 9:25:15 PM] Mum: ‎<attached: 00000012-AUDIO-2018-06-13-21-27-00.opus>\n"
    "[13/06/2018, 9:26:00 PM] Sam: ok\n"
    "[13/06/2018, 9:26:01 PM] Sam: ok\n"
    "[13/06/2018, 9:27:00 PM] Mum: a line\n\nwith a gap 👨‍👩‍👧 and  two  spaces\n"
    "[13/06/2018, 9:28:00 PM] Mum: put right ‎<This message was edited>\n"
    "[13/06/2018, 9:29:00 PM] Sam: look [12/06/2018, 8:00:00 AM] Aunt: copied words\n"
    "[13/06/2018, 9:30:00 PM] Mum: ‎This message was deleted.\n"
    "[14/06/2018, 9:30:00 PM] Mum: ‎image omitted\n"
)
LETTER = "# A letter\n\nDear all,\n\n**Mind** the roof.\n\n> a verse by somebody\n\nYours\n"
NOTE = '---\ntitle: "On plums: a note"\ndate: 2004-08-01\nauthor: Ada Fenwick\n---\nBottle them.\n'


def everything(life: Life) -> dict[str, list[tuple[object, ...]]]:
    """All that an export has to carry, but row numbers and where a file lay in the first export."""
    queries = {
        "utterances": "SELECT u.dedup, c.platform, c.key, c.title, c.is_group, i.platform, i.key,"
        " i.name, u.ts_local, u.ts_utc, u.ts_precision, u.kind, u.text, u.edited, u.reply_to,"
        " u.quoted_text, u.forwarded, u.after_death FROM utterance AS u"
        " JOIN conversation AS c ON c.id = u.conversation"
        " LEFT JOIN identity AS i ON i.id = u.identity ORDER BY u.dedup",
        "order": "SELECT u.dedup FROM utterance AS u"
        " JOIN conversation AS c ON c.id = u.conversation"
        " ORDER BY c.platform, c.key, u.ts_local, u.ordinal",
        "documents": "SELECT d.dedup, d.title, d.text, d.written_on, i.platform, i.key"
        " FROM document AS d LEFT JOIN identity AS i ON i.id = d.identity ORDER BY d.dedup",
        "media": "SELECT u.dedup, m.sha256, m.mime, m.blob IS NULL FROM media AS m"
        " JOIN utterance AS u ON u.id = m.utterance ORDER BY u.dedup, m.sha256",
        "decided": "SELECT platform, key, holder, member FROM identity"
        " WHERE holder IS NOT NULL ORDER BY platform, key",
    }
    with life.db.read() as db:
        return {
            name: [tuple(row) for row in db.execute(query).fetchall()]
            for name, query in queries.items()
        }


@pytest.fixture
def filled(life: Life, write: Callable[..., Path]) -> Life:
    """A life with something of everything."""
    chat = write("all/WhatsApp Chat - Mum/_chat.txt", CHAT).parent
    (chat / "00000012-AUDIO-2018-06-13-21-27-00.opus").write_bytes(OPUS)
    telegram = write("all/ChatExport/result.json", json.dumps(TELEGRAM_CHAT)).parent
    (telegram / "photos").mkdir()
    (telegram / "photos" / "photo_1.jpg").write_bytes(JPEG)
    write("all/letter.md", LETTER)
    write("all/note.md", NOTE)
    top = write(
        "all/the garden.jpg", JPEG[::-1].replace(JPEG[::-1][:4], b"\xff\xd8\xff\xe0")
    ).parent
    add(life, top)
    for sender in identities(life):
        if sender.name.startswith("Mum") or sender.key == "Ada Fenwick":
            decide(life, sender.id, "person")
        elif sender.name == "Sam":
            decide(life, sender.id, "member", MemberId("m1"))
    return life


def test_what_is_given_back_is_read_into_the_same_life(filled: Life, tmp_path: Path) -> None:
    before = everything(filled)
    assert len(before["utterances"]) > 15
    assert {row[13] for row in before["utterances"]} == {0, 1}, "an edited one is among them"
    assert any(row[15] for row in before["utterances"]), "and a quotation"
    assert any(row[16] for row in before["utterances"]), "and a forwarded one"
    assert len(before["documents"]) == 2
    given = export(filled, tmp_path / "given")
    assert (given.utterances, given.documents) == (len(before["utterances"]), 2)
    with make_life(tmp_path / "other") as other:
        reports = add(other, tmp_path / "given")
        assert sum(sum(report.skipped.values()) for report in reports) == 0
        assert take_over_decisions(other, tmp_path / "given")[1] == 0
        assert everything(other) == before
        assert sum(report.accepted for report in add(other, tmp_path / "given")) == 0
    assert sum(report.accepted for report in add(filled, tmp_path / "given")) == 0
    assert everything(filled) == before


def test_nobody_is_the_person_because_a_file_says_so(filled: Life, tmp_path: Path) -> None:
    export(filled, tmp_path / "given")
    with make_life(tmp_path / "other") as other:
        add(other, tmp_path / "given")
        assert extent(other).undecided == extent(other).identities


def test_a_thousand_messages_come_back_in_windows(
    life: Life, write: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ofrenda.archive.giving_back._WINDOW", 64)
    chat = "".join(
        f"{1 + n // 60:02}/01/2019, 10:{n % 60:02} - {'Mum' if n % 3 else 'Sam'}: line {n % 7}\n"
        for n in range(1_000)
    )
    add(life, write("WhatsApp Chat with Mum.txt", chat), answers={"date_order": "dmy"})
    export(life, tmp_path / "given")
    with make_life(tmp_path / "other") as other:
        add(other, tmp_path / "given")
        assert everything(other) == everything(life)


def test_it_is_never_written_among_the_lives_or_over_something(
    filled: Life, tmp_path: Path
) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "a link").symlink_to(filled.folder)
    for place in (
        filled.folder / "given",
        filled.folder.parent / "given",
        tmp_path / "there",
        tmp_path / "a link" / "given",
    ):
        with pytest.raises(BadInput):
            export(filled, place)
    assert not list(filled.folder.glob("given*"))


def test_only_the_owner_may_read_it(filled: Life, tmp_path: Path) -> None:
    export(filled, tmp_path / "given")
    for path in (tmp_path / "given", *(tmp_path / "given").rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path.name


def test_a_failed_export_leaves_nothing(
    filled: Life, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_more(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ofrenda.archive.giving_back.write_decisions", no_more)
    with pytest.raises(Exception, match="no room"):
        export(filled, tmp_path / "given")
    assert [path.name for path in tmp_path.iterdir() if "given" in path.name] == []
