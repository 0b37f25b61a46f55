from __future__ import annotations

import io
import json
import pkgutil
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import BinaryIO

import pytest

import ofrenda.archive.importers as package
from ofrenda.archive import REASONS, ImportReport, add, extent
from ofrenda.archive.container import Entry
from ofrenda.archive.importer import Gives
from ofrenda.archive.importers import importers
from ofrenda.errors import ArchiveError, ConsentMissing
from ofrenda.types import BlobId
from ofrenda.vault import Life

from .conftest import make_life
from .goldens import GOLDENS

Write = Callable[..., Path]

CHAT = (
    "13/06/2018, 21:25 - Mum: ok\n"
    "13/06/2018, 21:25 - Mum: ok\n"
    "13/06/2018, 21:26 - Sam: good\n"
    "14/06/2018, 08:00 - Sam: IMG-20180614-WA0003.jpg (file attached)\n"
)
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 20


def zipped(**files: str | bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def conserved(reports: list[ImportReport]) -> bool:
    return all(
        report.seen == report.accepted + report.already_there + sum(report.skipped.values())
        and set(report.skipped) <= set(REASONS)
        for report in reports
    )


def rows(life: Life, query: str) -> list[tuple[object, ...]]:
    with life.db.read() as db:
        return [tuple(row) for row in db.execute(query).fetchall()]


def test_a_file_added_twice_adds_nothing(life: Life, write: Write) -> None:
    path = write("WhatsApp Chat with Mum.txt", CHAT)
    first, again = add(life, path), add(life, path)
    assert (first[0].seen, first[0].accepted, first[0].already_there) == (4, 4, 0)
    assert (again[0].seen, again[0].accepted, again[0].already_there) == (4, 0, 4)
    assert extent(life).utterances == 4
    assert extent(life).sources == 1


def test_exports_that_overlap_unite(life: Life, write: Write) -> None:
    add(life, write("a/WhatsApp Chat with Mum.txt", CHAT))
    later = "".join(CHAT.splitlines(keepends=True)[1:]) + "15/06/2018, 09:00 - Mum: new\n"
    report = add(life, write("b/WhatsApp Chat with Mum.txt", later))[0]
    assert (report.accepted, report.already_there) == (1, 3)
    assert extent(life).utterances == 5


def test_the_same_chat_from_ios_and_android_unites(life: Life, write: Write) -> None:
    add(life, write("WhatsApp Chat with Mum.txt", CHAT))
    ios = (
        "[13/06/2018, 21:25:10] Mum: ok\n"
        "[13/06/2018, 21:25:40] Mum: ok\n"
        "[13/06/2018, 21:26:02] Sam: good\n"
        "[14/06/2018, 08:00:09] Sam: \u200eimage omitted\n"
        "[15/06/2018, 08:00:09] Mum: new\n"
    )
    report = add(life, write("WhatsApp Chat - Mum.zip", zipped(**{"_chat.txt": ios})))[0]
    assert (report.accepted, report.already_there) == (1, 4)
    assert rows(life, "SELECT count(*) FROM conversation") == [(1,)]
    assert rows(life, "SELECT count(*) FROM identity") == [(2,)]


def test_files_that_come_later_are_joined_to_their_messages(life: Life, write: Write) -> None:
    omitted = CHAT.replace("IMG-20180614-WA0003.jpg (file attached)", "<Media omitted>")
    add(life, write("a/WhatsApp Chat with Mum.txt", omitted))
    alone = add(life, write("b/WhatsApp Chat with Mum.txt", CHAT))[0]
    assert alone.media_missing == 1
    folder = write("c/WhatsApp Chat with Mum.txt", CHAT).parent
    (folder / "IMG-20180614-WA0003.jpg").write_bytes(JPEG)
    reports = add(life, folder)
    assert conserved(reports)
    assert extent(life).utterances == 4
    ((path, mime, blob, kind),) = rows(
        life,
        "SELECT m.path, m.mime, m.blob, u.kind FROM media AS m JOIN utterance AS u"
        " ON u.id = m.utterance",
    )
    assert (path, mime, kind) == ("IMG-20180614-WA0003.jpg", "image/jpeg", "image")
    assert life.blobs.get(BlobId(str(blob))) == JPEG


def test_a_zip_keeps_its_chat_its_photos_and_the_loose_ones(life: Life, write: Write) -> None:
    path = write(
        "WhatsApp Chat with Mum.zip",
        zipped(
            **{
                "WhatsApp Chat with Mum.txt": CHAT,
                "IMG-20180614-WA0003.jpg": JPEG,
                "IMG-1.jpg": JPEG + b"1",
                "IMG-2.jpg": JPEG + b"2",
            }
        ),
    )
    reports = add(life, path)
    by_format = {report.format: report for report in reports}
    assert by_format["whatsapp"].accepted == 4
    assert by_format["originals"].accepted == 2
    (blob,) = rows(life, "SELECT blob FROM source WHERE format = 'whatsapp'")[0]
    assert life.blobs.get(BlobId(str(blob))) == CHAT.encode()
    assert len(life.blobs.ids()) == 4
    add(life, path)
    assert len(life.blobs.ids()) == 4


def test_a_folder_of_mixed_things_reports_each_and_goes_on(life: Life, write: Write) -> None:
    folder = write("all/letters/2019-05-03 Bread.md", "# On bread\n\nFlour first.\n").parent.parent
    write("all/chat/WhatsApp Chat with Mum.txt", CHAT)
    write(
        "all/old.zip", zipped(**{"inner.zip": zipped(**{"_chat.txt": CHAT.replace("Sam", "Jo")})})
    )
    write("all/broken.zip", zipped(**{"_chat.txt": CHAT})[:150])
    write("all/data.json", '{"a": 1}')
    write("all/empty.txt", "")
    reports = add(life, folder)
    assert conserved(reports)
    assert sorted(report.format for report in reports) == [
        "refused",
        "unknown",
        "whatsapp",
        "whatsapp",
        "writing",
    ]
    unknown = next(report for report in reports if report.format == "unknown")
    assert unknown.skipped == {"not_recognised": 1, "empty": 1}
    assert json.loads(json.dumps([report.to_json() for report in reports]))


def test_an_open_question_stores_nothing_until_it_is_answered(life: Life, write: Write) -> None:
    path = write("WhatsApp Chat with Mum.txt", "03/06/2018, 21:25 - Mum: which day?\n")
    report = add(life, path)[0]
    assert report.skipped == {"awaiting_answer": 1}
    assert set(report.questions[0].choices) == {"dmy", "mdy"}
    assert extent(life).sources == 0
    assert life.blobs.ids() == []
    assert add(life, path, answers={"date_order": "mdy"})[0].accepted == 1
    assert rows(life, "SELECT ts_local FROM utterance") == [("2018-03-06T21:25:00",)]
    assert add(life, path)[0].already_there == 1


def test_messages_after_the_death_are_set_aside(tmp_path: Path, write: Write) -> None:
    with make_life(tmp_path / "lives", died=date(2018, 6, 13)) as life:
        add(life, write("WhatsApp Chat with Mum.txt", CHAT))
        assert rows(life, "SELECT after_death FROM utterance ORDER BY id") == [
            (0,),
            (0,),
            (0,),
            (1,),
        ]
        assert extent(life).after_death == 1


def test_every_golden_export_conserves_its_records(life: Life, write: Write) -> None:
    for number, golden in enumerate(GOLDENS.values()):
        path = write(f"{number}/{golden.name}", golden.content)
        assert conserved(add(life, path, answers=golden.answers))


def test_progress_runs_from_nothing_to_all(life: Life, write: Write) -> None:
    heard: list[float] = []
    folder = write("all/WhatsApp Chat with Mum.txt", CHAT).parent
    write("all/a.md", "words")
    add(life, folder, progress=heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


@pytest.mark.parametrize(
    ("name", "content", "hint"),
    [
        ("chat.txt", b"", "empty"),
        ("WhatsApp Chat - Mum.zip", zipped(**{"_chat.txt": CHAT})[:-30], "damaged"),
        ("WhatsApp Chat with Mum.txt", "no message here\n", "No message"),
        ("_chat.txt", b"13/06/2018, 21:25 - Mum: \xff\xfe\x81\x8d\x90\xff\xff\x00\x01", "text"),
        ("table.csv", b"a,b\n1,2\n", "format"),
        ("empty.zip", zipped(), "empty"),
        ("other.zip", zipped(**{"a.bin": b"\x00\x01"}), "format"),
    ],
)
def test_what_cannot_be_read_is_one_helpful_line_and_stores_nothing(
    life: Life, write: Write, name: str, content: str | bytes, hint: str
) -> None:
    with pytest.raises(ArchiveError) as caught:
        add(life, write(name, content))
    assert hint in caught.value.message
    assert "\n" not in caught.value.message
    assert "Mum" not in caught.value.message
    held = extent(life)
    assert (held.sources, held.utterances, held.identities) == (0, 0, 0)
    assert life.blobs.ids() == []


def test_nothing_at_that_place_and_nothing_readable_are_said(life: Life, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="spelling"):
        add(life, tmp_path / "not-there.zip")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ArchiveError, match="Nothing in it"):
        add(life, tmp_path / "folder")


def test_without_consent_for_texts_nothing_is_read(life: Life, write: Write) -> None:
    with life.db.write() as db:
        db.execute("UPDATE consent SET scope = '[\"voice\"]'")
    with pytest.raises(ConsentMissing):
        add(life, write("WhatsApp Chat with Mum.txt", CHAT))


def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    def refuse() -> BinaryIO:
        raise PermissionError

    with pytest.raises(ArchiveError, match="permissions"):
        Entry("a.txt", 1, refuse).head()


def test_a_format_is_found_by_being_a_module_among_the_importers() -> None:
    found = {importer.name: importer.gives for importer in importers()}
    modules = {each.name.replace("_", "-") for each in pkgutil.iter_modules(package.__path__)}
    assert found["whatsapp"] is Gives.CHAT
    assert found["writing"] is Gives.WRITING
    assert found["originals"] is Gives.ORIGINAL
    assert len(found) >= len(modules)


def test_an_import_that_fails_half_way_keeps_no_stray_file(life: Life, write: Write) -> None:
    damaged = bytearray(
        zipped(**{"WhatsApp Chat with Mum.txt": CHAT, "IMG-20180614-WA0003.jpg": JPEG})
    )
    at = bytes(damaged).index(b"IMG-20180614-WA0003.jpg") + 40
    damaged[at] ^= 0xFF
    reports = add(life, write("WhatsApp Chat with Mum.zip", bytes(damaged)))
    assert conserved(reports)
    chat = next(report for report in reports if report.format == "whatsapp")
    assert (chat.accepted, chat.media_missing) == (4, 1)
    assert any("damaged" in warning for warning in chat.warnings)
    assert len(life.blobs.ids()) == 1
