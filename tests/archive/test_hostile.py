from __future__ import annotations

import io
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ofrenda.archive import add, extent
from ofrenda.archive.container import Limits
from ofrenda.errors import ArchiveError
from ofrenda.vault import Life

Write = Callable[..., Path]
CHAT = "13/06/2018, 21:25 - Mum: ok\n14/06/2018, 21:26 - Sam: good\n"
LATER = "15/06/2018, 21:25 - Mum: ok\n16/06/2018, 21:26 - Sam: good\n"


def made(*entries: tuple[str | zipfile.ZipInfo, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # zipfile warns of duplicate names
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in entries:
                archive.writestr(name, content)
    return buffer.getvalue()


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("photo.jpg")
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def locked(data: bytes) -> bytes:
    changed = bytearray(data)
    for magic, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(magic) + place
        changed[at] |= 1
    return bytes(changed)


def overlapping() -> bytes:
    """Two names in the directory, one set of packed bytes."""
    data = made(("_chat.txt", CHAT * 50))
    start = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    record = data[start:end]
    other = record.replace(b"_chat.txt", b"_chut.txt")
    tail = bytearray(data[end:])
    struct.pack_into("<HHI", tail, 8, 2, 2, 2 * len(record))
    return data[:start] + record + other + bytes(tail)


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (made(("../../outside.txt", CHAT)), "outside"),
        (made(("/etc/outside.txt", CHAT)), "outside"),
        (made(("C:\\outside.txt", CHAT)), "outside"),
        (made(("a\\..\\..\\outside.txt", CHAT)), "outside"),
        (made((link(), "/etc/passwd"), ("_chat.txt", CHAT)), "link"),
        (made(("_chat.txt", CHAT), ("_chat.txt", CHAT)), "same name"),
        (made(("_chat.txt", b"0" * 30_000_000)), "unpack"),
        (locked(made(("_chat.txt", CHAT))), "password"),
        (overlapping(), "share"),
    ],
    ids=[
        "traversal",
        "absolute",
        "drive",
        "backslashes",
        "link",
        "duplicate",
        "bomb",
        "password",
        "overlap",
    ],
)
def test_a_hostile_zip_is_refused_whole(life: Life, write: Write, data: bytes, hint: str) -> None:
    with pytest.raises(ArchiveError) as caught:
        add(life, write("export.zip", data))
    assert hint in caught.value.message
    assert extent(life).sources == 0
    assert life.blobs.ids() == []


def test_too_many_entries_are_refused_before_they_are_listed(life: Life, write: Write) -> None:
    data = made(*((f"{n}.txt", "x") for n in range(50)))
    with pytest.raises(ArchiveError, match="more than 20 files"):
        add(life, write("export.zip", data), limits=Limits(entries=20))


def test_a_zip_that_claims_less_than_it_holds_is_damaged(life: Life, write: Write) -> None:
    data = bytearray(made(("_chat.txt", CHAT * 100)))
    for magic, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, bytes(data).index(magic) + place, 100)
    with pytest.raises(ArchiveError, match="damaged"):
        add(life, write("export.zip", bytes(data)))


def test_zips_in_zips_in_zips_are_not_followed(life: Life, write: Write) -> None:
    inner = made(("_chat.txt", CHAT))
    twice = made(("inner.zip", inner))
    assert add(life, write("twice.zip", twice))[0].accepted == 2
    with pytest.raises(ArchiveError, match="too deep"):
        add(
            life,
            write(
                "thrice.zip",
                made(
                    ("twice.zip", twice),
                ),
            ),
        )


def test_links_in_a_folder_are_left_alone(life: Life, write: Write, tmp_path: Path) -> None:
    secret = tmp_path / "elsewhere.txt"
    secret.write_text("not handed in")
    folder = write("all/_chat.txt", CHAT).parent
    (folder / "letter.txt").symlink_to(secret)
    (folder / "up").symlink_to(tmp_path)
    reports = add(life, folder)
    assert sum(report.accepted for report in reports) == 2
    assert extent(life).documents == 0
    assert any(report.skipped == {"refused": 2} for report in reports)


@pytest.mark.parametrize("code", ["utf-8", "gb18030", "shift_jis"])
def test_names_in_old_codes_are_repaired(life: Life, write: Write, code: str) -> None:
    title = {"utf-8": "妈妈的信", "gb18030": "妈妈的信", "shift_jis": "お母さんの手紙"}[code]
    stand_in = "x" * len(f"{title}.txt".encode(code))
    data = made((stand_in, "Dear all, bread is ready."))
    data = data.replace(stand_in.encode(), f"{title}.txt".encode(code))
    add(life, write("export.zip", data))
    with life.db.read() as db:
        assert db.execute("SELECT title FROM document").fetchone()[0] == title


def test_a_name_with_line_breaks_and_turning_marks_is_made_plain(life: Life, write: Write) -> None:
    add(life, write("export.zip", made(("let\nter\u202egpj.txt", "Dear all, bread is ready."))))
    with life.db.read() as db:
        name = db.execute("SELECT name FROM source").fetchone()[0]
    assert name == "export.zip/let?tergpj.txt"


def test_one_endless_line_neither_fills_the_memory_nor_becomes_words(
    life: Life, write: Write
) -> None:
    path = write("WhatsApp Chat with Mum.txt", CHAT + "x" * 20_000_000 + "\n" + LATER)
    report = add(life, path)[0]
    assert report.skipped == {"too_long": 1}
    assert report.accepted == 3
