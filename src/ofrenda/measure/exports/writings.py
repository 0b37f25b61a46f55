"""Writings: pages, documents, books, feeds, journals, notes and posts, one entry a message."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import datetime
from html import escape

from ofrenda.archive.importers.kept_document import written
from ofrenda.measure.exports.form import Chat, Form, apart, instant, places
from ofrenda.types import Document


def _packed(parts: dict[str, str], mimetype: str | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        if mimetype:
            archive.writestr("mimetype", mimetype, zipfile.ZIP_STORED)
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def _paragraphs(chat: Chat, tag: str) -> str:
    return "\n".join(f"<{tag}>{escape(s.body)}</{tag}>" for s in chat)


def _text(chat: Chat) -> bytes:
    return ("\n\n".join(s.body for s in chat) + "\n").encode()


def _given_back(chat: Chat) -> bytes:
    text = "\n\n".join(s.body for s in chat)
    day, author = chat[0].at.date(), chat[0].sender
    return written(Document("1", "Bread", text, day, author, "writing")).encode()


def _note(chat: Chat) -> bytes:
    return ("\n\ufffc\n".join(s.body for s in chat) + "\n").encode()


def _page(chat: Chat) -> bytes:
    return (
        f"<!DOCTYPE html><html><head><title>Bread</title><meta name='author' content='"
        f"{escape(chat[0].sender)}'><meta property='article:published_time' content='"
        f"{chat[0].at.isoformat()}+01:00'></head><body><nav>Home</nav><article>"
        f"{_paragraphs(chat, 'p')}<blockquote>of others</blockquote></article></body></html>"
    ).encode()


def _rtf(chat: Chat) -> bytes:
    def letters(text: str) -> str:
        out = []
        for c in text:
            units = c.encode("utf-16-le")
            halves = [int.from_bytes(units[n : n + 2], "little") for n in range(0, len(units), 2)]
            if c in "\\{}":
                out.append(f"\\{c}")
            elif c == "\n":
                out.append("\\line ")
            elif c.isascii():
                out.append(c)
            else:
                out += [f"\\u{half - 65536 if half > 32767 else half}?" for half in halves]
        return "".join(out)

    body = "\\par\n".join(letters(s.body) for s in chat)
    head = r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Times;}}{\info{\title Bread}{\author "
    return f"{head}{letters(chat[0].sender)}}}}}\n\\f0 {body}\\par}}".encode()


_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def _word(chat: Chat) -> bytes:
    lines = "".join(
        f'<w:p><w:r><w:t xml:space="preserve">{escape(s.body)}</w:t></w:r></w:p>' for s in chat
    )
    core = (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
        'core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:creator>{escape(chat[0].sender)}</dc:creator></cp:coreProperties>"
    )
    return _packed(
        {
            "[Content_Types].xml": "<Types/>",
            "word/document.xml": f"<w:document {_W}><w:body>{lines}</w:body></w:document>",
            "docProps/core.xml": core,
        }
    )


_ODF = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "text", "style", "meta")
)


def _odt(chat: Chat) -> bytes:
    content = (
        f"<?xml version='1.0'?><office:document-content {_ODF}><office:body><office:text>"
        f"{_paragraphs(chat, 'text:p')}</office:text></office:body></office:document-content>"
    )
    facts = (
        f"<office:document-meta {_ODF}><office:meta><meta:initial-creator>"
        f"{escape(chat[0].sender)}</meta:initial-creator></office:meta></office:document-meta>"
    )
    return _packed(
        {"content.xml": content, "meta.xml": facts}, "application/vnd.oasis.opendocument.text"
    )


def _epub(chat: Chat) -> bytes:
    container = (
        '<container xmlns="urn:oasis:container"><rootfiles><rootfile full-path="book.opf"/>'
        "</rootfiles></container>"
    )
    book = (
        '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf"><metadata '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Bread</dc:title><dc:creator>'
        f'{escape(chat[0].sender)}</dc:creator></metadata><manifest><item id="a" href="a.xhtml"/>'
        '</manifest><spine><itemref idref="a"/></spine></package>'
    )
    chapter = f"<html><body><h1>One</h1>{_paragraphs(chat, 'p')}</body></html>"
    parts = {"META-INF/container.xml": container, "book.opf": book, "a.xhtml": chapter}
    return _packed(parts, "application/epub+zip")


def _pdf(chat: Chat) -> bytes:
    shown = "".join(
        "("
        + "".join(c for c in s.body if (c.isalnum() and c.isascii()) or c == " ")
        + ") Tj 0 -14 Td "
        for s in chat
    )
    content = f"BT /F1 12 Tf 72 720 Td {shown} ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 3 0 R /Resources << /Font "
        b"<< /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Title (Bread) /Author (Ada) >>",
    ]
    out, at = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        at.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % n for n in at)
    return out + b"trailer << /Size 6 /Root 1 0 R /Info 5 0 R >>\nstartxref\n%d\n%%%%EOF\n" % table


def _rss(chat: Chat) -> bytes:
    items = "".join(
        f"<item><title>Entry</title><guid>http://b/{n}</guid><pubDate>"
        f"{s.at:%a, %d %b %Y %H:%M:%S} +0000</pubDate><dc:creator>{escape(s.sender)}</dc:creator>"
        f"<description>{escape(escape(s.body))}</description></item>\n"
        for n, s in enumerate(chat)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Bread</title>\n'
        f"{items}</channel></rss>"
    ).encode()


def _atom(chat: Chat) -> bytes:
    entries = "".join(
        f"<entry><title>Entry</title><id>t:{n}</id><published>{s.at.isoformat()}Z</published>"
        f"<author><name>{escape(s.sender)}</name></author><content type='text'>{escape(s.body)}"
        "</content></entry>\n"
        for n, s in enumerate(chat)
    )
    return (
        "<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'><title>Bread</title>\n"
        f"{entries}</feed>"
    ).encode()


def _wordpress(chat: Chat) -> bytes:
    items = "".join(
        f"<item><title>Entry</title><guid>http://b/?p={n}</guid><dc:creator><![CDATA["
        f"author{apart(places(chat)[s.sender])}]]></dc:creator><content:encoded><![CDATA[<p>"
        f"{escape(s.body)}</p>]]></content:encoded><wp:post_date>{s.at}</wp:post_date>"
        f"<wp:post_date_gmt>{s.at}</wp:post_date_gmt><wp:status>publish</wp:status>"
        "<wp:post_type>post</wp:post_type></item>\n"
        for n, s in enumerate(chat, 1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f'xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>Blog</title>\n{items}'
        "</channel></rss>"
    ).encode()


def _evernote(chat: Chat) -> bytes:
    notes = "".join(
        f"<note><title>Entry</title><created>{s.at:%Y%m%dT%H%M%S}Z</created><note-attributes>"
        f"<author>{escape(s.sender)}</author></note-attributes><content><![CDATA[<en-note><div>"
        f"{escape(s.body)}</div></en-note>]]></content></note>\n"
        for s in chat
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE en-export SYSTEM '
        '"http://xml.evernote.com/pub/evernote-export4.dtd">\n'
        f'<en-export export-date="20260101T000000Z" application="Evernote">{notes}</en-export>'
    ).encode()


def _day_one(chat: Chat) -> bytes:
    entries = [
        {
            **{"uuid": f"A{n}", "creationDate": f"{instant(s.at, 0):%Y-%m-%dT%H:%M:%S}Z"},
            **{"timeZone": "Etc/UTC", "text": f"# Entry\n\n{s.body}"},
        }
        for n, s in enumerate(chat)
    ]
    export = {"metadata": {"version": "1.0"}, "entries": entries}
    return json.dumps(export, ensure_ascii=False, indent=1).encode()


def _snowflake(at: datetime) -> int:
    """Discord's ids begin with the moment, in ms since 2015."""
    return (int(instant(max(at, datetime(2015, 1, 2)), 0).timestamp() * 1000) - 1420070400000) << 22


def _discord_package(chat: Chat) -> bytes:
    rows = [
        {"ID": str(_snowflake(s.at) + n), "Timestamp": str(s.at), "Contents": s.body}
        | {"Attachments": ""}
        for n, s in enumerate(chat)
    ]
    return json.dumps(rows, ensure_ascii=False, indent=1).encode()


def _weibo(chat: Chat) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["id", "正文", "发布时间", "发布工具"])
    writer.writerows(
        [4_000_000_000_000_000 + n, s.body, f"{s.at:%Y-%m-%d %H:%M}", "x"]
        for n, s in enumerate(chat)
    )
    return out.getvalue().encode("utf-8-sig")


_USER = json.dumps({"id": "4040", "username": "mum", "global_name": "Mum"}).encode()

FORMS = [
    Form("writing", "plain text", "letter.txt", _text, "day", most=1, exact=False),
    Form("writing", "markdown", "letter.md", _text, "day", most=1, exact=False),
    Form("ofrenda", "given back", "2019 Bread.md", _given_back, "day", most=1),
    Form("apple-notes", "note", "iCloud Notes/Bread/Bread.txt", _note, "day", most=1),
    Form("html", "article", "page.html", _page, "day", most=1),
    Form("rtf", "document", "letter.rtf", _rtf, "day", most=1),
    Form("docx", "document", "letter.docx", _word, "day", most=1),
    Form("odt", "document", "letter.odt", _odt, "day", most=1),
    Form("epub", "book", "book.epub", _epub, "day", most=1),
    Form("pdf", "document", "letter.pdf", _pdf, "day", most=1),
    Form("feed", "rss", "feed.xml", _rss, "day"),
    Form("feed", "atom", "atom.xml", _atom, "day"),
    Form("wordpress", "blog", "blog.xml", _wordpress, "day"),
    Form("evernote", "notes", "notes.enex", _evernote, "day"),
    Form("day-one", "journal", "Journal.json", _day_one, "day", most=1),
    Form(
        "discord-package",
        "channel",
        "messages/c77/messages.json",
        _discord_package,
        zone=0,
        most=1,
        beside={"account/user.json": _USER},
    ),
    Form("weibo", "posts", "weibo.csv", _weibo, "min", most=1),
]
