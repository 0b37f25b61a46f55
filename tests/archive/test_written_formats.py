"""Pages, documents, books, feeds, journals and notebooks: one golden file of each and variants."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from ofrenda.archive.importer import Importer, Record, Skipped
from ofrenda.archive.importers import (
    apple_notes,
    day_one,
    epub,
    evernote,
    feed,
    html_page,
    opendocument,
    pdf,
    rtf,
    word,
    wordpress,
)
from ofrenda.errors import ArchiveError
from ofrenda.types import Document, Utterance

from .exports import mutants, read_export, recognised_as, said, survives

U = "unsigned"


def packed(parts: dict[str, str | bytes], mimetype: str | None = None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        if mimetype:
            archive.writestr("mimetype", mimetype, zipfile.ZIP_STORED)
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


HTML = """<!DOCTYPE html><html><head><title>Blog - On bread</title>
<meta name="author" content="Ada Fenwick"><meta property="article:published_time"
content="2019-05-03T21:25:15+01:00"><script>alert(1)</script></head><body>
<nav>Home About</nav><article><h1>On bread</h1><p>Flour &amp; <b>water</b>.<br>Salt.</p>
<blockquote>Bread is life, said Jo.</blockquote><p>Then wait.</p><img src="http://x.y/p.png"></article>
<section id="comments"><p>Nice, says Bob</p></section><footer>(c)</footer></body></html>"""


def word_file() -> bytes:
    document = docx.Document()
    document.core_properties.author = "Ada Fenwick"
    document.core_properties.title = ""
    document.core_properties.created = datetime(2018, 6, 13)
    document.add_paragraph("The dog", style="Title")
    first = document.add_paragraph("He ")
    first.add_run("barked").bold = True
    first.add_run("\tloud\nand long.")
    document.add_paragraph("Dogs are wolves, said Jo.", style="Quote")
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "left", "right"
    ins = '<w:ins {} w:id="{}" w:author="{}"><w:r><w:t>{}</w:t></w:r></w:ins>'
    tail = document.add_paragraph("End")
    tail._p.append(parse_xml(ins.format(nsdecls("w"), 1, "Ada Fenwick", " here")))
    tail._p.append(parse_xml(ins.format(nsdecls("w"), 2, "Bob", " says Bob")))
    tail._p.append(
        parse_xml(
            f'<w:del {nsdecls("w")} w:id="3" w:author="Ada Fenwick"><w:r>'
            "<w:delText>gone</w:delText></w:r></w:del>"
        )
    )
    tail._p.append(
        parse_xml(
            f"<w:r {nsdecls('w')}><w:pict><w:txbxContent><w:p><w:r><w:t>in a box</w:t></w:r></w:p>"
            "</w:txbxContent></w:pict></w:r>"
        )
    )
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


ODF = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0"'
)
ODT_BODY = (
    '<office:automatic-styles><style:style style:name="P7" style:parent-style-name="Quotations"/>'
    "</office:automatic-styles><office:body><office:text><text:tracked-changes><text:p>gone</text:p>"
    '</text:tracked-changes><text:h text:style-name="Title">The dog</text:h>'
    '<text:p>He<text:s text:c="2"/><text:span>barked</text:span><text:tab/>loud'
    "<text:line-break/>and\n  long.<office:annotation><text:p>says Bob</text:p></office:annotation>"
    '</text:p><text:p text:style-name="P7">said Jo</text:p><text:list><text:list-item>'
    "<text:p>one</text:p></text:list-item></text:list></office:text></office:body>"
)
ODT_META = (
    "<office:meta><meta:initial-creator>Ada Fenwick</meta:initial-creator><dc:creator>Bob"
    "</dc:creator><meta:creation-date>2018-06-13T10:00:00.1</meta:creation-date></office:meta>"
)
ODT_MIME = "application/vnd.oasis.opendocument.text"


def odt_file() -> bytes:
    return packed(
        {
            "content.xml": f"<?xml version='1.0'?><office:document-content {ODF}>{ODT_BODY}"
            "</office:document-content>",
            "meta.xml": f"<office:document-meta {ODF}>{ODT_META}</office:document-meta>",
        },
        ODT_MIME,
    )


def flat_odt() -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document {ODF} '
        f'office:mimetype="{ODT_MIME}">{ODT_META}{ODT_BODY}</office:document>'
    )


OPF = """<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Bread</dc:title>
<dc:creator>Ada Fenwick</dc:creator><dc:date>2018-06-13</dc:date></metadata>
<manifest><item id="b" href="two%20b.xhtml"/><item id="a" href="one.xhtml"/>
<item id="n" href="nav.xhtml" properties="nav"/></manifest>
<spine><itemref idref="n"/><itemref idref="a"/><itemref idref="b"/><itemref idref="x"/></spine>
</package>"""


def epub_parts() -> dict[str, str | bytes]:
    return {
        "META-INF/container.xml": '<container xmlns="urn:oasis:container">'
        '<rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
        "OEBPS/book.opf": OPF,
        "OEBPS/nav.xhtml": "<html><body>Contents</body></html>",
        "OEBPS/one.xhtml": "<html><head><title>x</title></head><h1>One</h1><p>Flour.</p></html>",
        "OEBPS/two b.xhtml": "<html><p>Water.</p><blockquote>said Jo</blockquote></html>",
    }


EPUB_MIME = "application/epub+zip"


def pdf_file(pages: list[list[str]], title: str = "On bread") -> bytes:
    objects = [b"", b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    kids = []
    for lines in pages:
        shown = "".join(f"({line}) Tj 0 -14 Td " for line in lines)
        content = f"BT /F1 12 Tf 72 720 Td {shown} ET".encode("latin-1")
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R /Resources "
            b"<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
            % (len(objects) - 1)
        )
        kids.append(f"{len(objects) - 1} 0 R")
    objects[2] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(pages)} >>".encode()
    objects.append(f"<< /Title ({title}) /Author (Ada Fenwick) >>".encode())
    out = b"%PDF-1.4\n"
    places = []
    for number, one in enumerate(objects[1:], start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % len(objects)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer << /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects), len(objects) - 1, table,
    )  # fmt: skip


PDF_PAGES = [
    ["Letters of Ada", f"Page {n} tells of bread and how the dough was left to rise over-",
     "night beside the stove where the dog slept and kept quiet.", "Short line.", f"{n}"]
    for n in range(1, 6)
]  # fmt: skip

RTF = (
    r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Times;}{\f1\fcharset134 SimSun;}}"
    r"{\info{\title On bread}{\author Ada Fenwick}{\creatim\yr2018\mo6\dy13}}"
    r"\f0 Flour \'e9 and \u20320?\u22909?\par Water \u-10179?\u-8694?.\par "
    r"{\field{\*\fldinst{HYPERLINK "
    '"http://x.y"'
    r"}}{\fldrslt a link}}\par "
    r"{\pict\pngblip " + "89504e47" * 100 + r"}\f1\'c4\'e3\par}"
)

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"><channel>
<title>Bread</title><managingEditor>ada@example.org (Ada Fenwick)</managingEditor>
<item><title>One &amp; two</title><guid>http://b/1</guid>
<pubDate>Fri, 03 May 2019 23:25:15 +0100</pubDate>
<description>short</description><content:encoded><![CDATA[<p>apple <b>one</b></p>
<blockquote>said Jo</blockquote>]]></content:encoded></item>
<item><title>Guest</title><link>http://b/2</link><dc:creator>Bob</dc:creator>
<dc:date>2019-05-04T01:00:00Z</dc:date><media:content url="x"/>
<description>stone &lt;i&gt;two&lt;/i&gt;
</description></item><item><title>Empty</title></item></channel></rss>"""

ATOM = """<?xml version='1.0'?><feed xmlns="http://www.w3.org/2005/Atom"><title>Bread</title>
<author><name>Ada Fenwick</name></author>
<entry><title type="html">A &amp;amp; B</title><id>t:1</id>
<published>2019-05-03T21:25:15+01:00</published>
<content type="xhtml">
<div xmlns="http://www.w3.org/1999/xhtml"><p>apple</p><p>pie</p></div></content>
</entry><entry><title>Plain</title><id>t:2</id><updated>2019-05-04T00:00:00Z</updated>
<author><name>Bob</name></author><content type="text">1 &lt; 2 stone</content></entry></feed>"""

WXR = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>Blog</title>
<item><title>On bread</title><guid>http://b/?p=1</guid><dc:creator><![CDATA[ada]]></dc:creator>
<content:encoded><![CDATA[<!-- wp:paragraph --><p>Flour.</p><!-- /wp:paragraph -->
<!-- wp:quote --><blockquote><p>said Jo</p></blockquote><!-- /wp:quote -->]]></content:encoded>
<excerpt:encoded><![CDATA[short]]></excerpt:encoded><wp:post_id>1</wp:post_id>
<wp:post_date>2019-05-03 21:25:15</wp:post_date>
<wp:post_date_gmt>2019-05-03 20:25:15</wp:post_date_gmt>
<wp:status>publish</wp:status><wp:post_type>post</wp:post_type>
<wp:comment><wp:comment_id>7</wp:comment_id><wp:comment_author>Bob</wp:comment_author>
<wp:comment_author_email>Bob@x.org</wp:comment_author_email>
<wp:comment_date>2019-05-04 10:00:00</wp:comment_date>
<wp:comment_date_gmt>2019-05-04 09:00:00</wp:comment_date_gmt>
<wp:comment_content>Nice.

&lt;blockquote&gt;Flour.&lt;/blockquote&gt;</wp:comment_content>
<wp:comment_approved>1</wp:comment_approved><wp:comment_type>comment</wp:comment_type></wp:comment>
<wp:comment><wp:comment_author>Spam</wp:comment_author><wp:comment_content>buy</wp:comment_content>
<wp:comment_approved>spam</wp:comment_approved></wp:comment></item>
<item><title>Older</title><guid>http://b/?p=2</guid><dc:creator>ada</dc:creator>
<content:encoded><![CDATA[[caption id="x"]Line one
line two[/caption]

Second.]]></content:encoded><wp:post_date>2009-01-02 03:04:05</wp:post_date>
<wp:status>private</wp:status><wp:post_type>page</wp:post_type></item>
<item><title>Pic</title><wp:status>inherit</wp:status><wp:post_type>attachment</wp:post_type></item>
<item><title>Half</title><dc:creator>ada</dc:creator><content:encoded>half done</content:encoded>
<wp:post_date>0000-00-00 00:00:00</wp:post_date><wp:status>draft</wp:status>
<wp:post_type>post</wp:post_type></item></channel></rss>"""

DAY_ONE = json.dumps(
    {
        "metadata": {"version": "1.0"},
        "entries": [
            {"uuid": "A1", "creationDate": "2018-05-18T03:18:43Z", "timeZone": "America/New_York",
             "text": "# The dog\n\nHe barked\\. Twice\\-\n\n![](dayone-moment://ABC)\n\n> said Jo"},
            {"uuid": "A2", "creationDate": "2018-05-18T03:18:43Z", "timeZone": "No/Where",
             "text": "Only a line"},
            {"uuid": "A3", "creationDate": "bad", "text": "![](dayone-moment://ABC)"},
        ],
    },
    ensure_ascii=False,
).replace("/New", "\\/New")  # fmt: skip

ENEX = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE en-export SYSTEM "http://xml.evernote.com/pub/evernote-export4.dtd">
<en-export export-date="20260101T000000Z" application="Evernote">
<note><title>On bread</title><created>20180518T091843Z</created>
<note-attributes><author>Ada Fenwick</author></note-attributes>
<content><![CDATA[<?xml version="1.0"?>
<!DOCTYPE en-note SYSTEM "http://xml.evernote.com/pub/enml2.dtd"><en-note><div>Flour.</div>
<div>Water.<br/></div><en-media type="image/png" hash="x"/><en-crypt>c2VjcmV0</en-crypt>
</en-note>]]></content><resource><data encoding="base64">iVBORw0KGgo=</data></resource></note>
<note><title>Clipped</title><content><![CDATA[<en-note>news</en-note>]]></content>
<note-attributes><source-url>http://news</source-url></note-attributes></note>
<note><title>Bare</title><content><![CDATA[<en-note/>]]></content></note></en-export>"""

Golden = tuple[Importer, str, str, Callable[[], str | bytes], list[tuple[object, ...]]]
GOLDENS: list[Golden] = [
    (html_page.IMPORTER, "html", "page.html", lambda: HTML,
     [("2019-05-03", "Ada Fenwick", "On bread",
       "On bread\n\nFlour & water.\nSalt.\n\nThen wait.")]),
    (html_page.IMPORTER, "html", "2018-06-13 seite.htm",
     lambda: '<html><head><meta charset="gb2312"></head><body>面包好了<br>你好</body></html>'
     .encode("gb18030"),
     [("2018-06-13", U, "seite", "面包好了\n你好")]),
    (word.IMPORTER, "docx", "dog.docx", word_file,
     [("2018-06-13", "Ada Fenwick", "The dog",
       "The dog\n\nHe barked\tloud\nand long.\n\nleft\n\nright\n\nEnd here\n\nin a box")]),
    (opendocument.IMPORTER, "odt", "dog.odt", odt_file,
     [("2018-06-13", "Ada Fenwick", "The dog",
       "The dog\n\nHe  barked\tloud\nand long.\n\none")]),
    (opendocument.IMPORTER, "odt", "dog.fodt", flat_odt,
     [("2018-06-13", "Ada Fenwick", "The dog",
       "The dog\n\nHe  barked\tloud\nand long.\n\none")]),
    (epub.IMPORTER, "epub", "bread.epub", lambda: packed(epub_parts(), EPUB_MIME),
     [("2018-06-13", "Ada Fenwick", "Bread", "One\n\nFlour.\n\nWater.")]),
    (pdf.IMPORTER, "pdf", "x.pdf", lambda: pdf_file(PDF_PAGES),
     [(None, "Ada Fenwick", "On bread",
       "\n\n".join(
           f"Page {n} tells of bread and how the dough was left to rise overnight beside the stove "
           "where the dog slept and kept quiet.\nShort line." for n in range(1, 6)))]),
    (rtf.IMPORTER, "rtf", "x.rtf", lambda: RTF,
     [("2018-06-13", "Ada Fenwick", "On bread",
       "Flour é and 你好\nWater \U0001f60a.\na link\n你")]),
    (feed.IMPORTER, "feed", "feed.xml", lambda: RSS,
     [("2019-05-03", "Ada Fenwick", "One & two", "apple one"),
      ("2019-05-04", "Bob", "Guest", "stone two"), ("skipped", "empty")]),
    (feed.IMPORTER, "feed", "atom.xml", lambda: ATOM,
     [("2019-05-03", "Ada Fenwick", "A & B", "apple\n\npie"),
      ("2019-05-04", "Bob", "Plain", "1 < 2 stone")]),
    (day_one.IMPORTER, "day-one", "Journal.json", lambda: DAY_ONE,
     [("2018-05-17", U, "The dog", "He barked. Twice-"),
      ("2018-05-18", U, "Journal, 2018-05-18", "Only a line"), ("skipped", "empty")]),
    (evernote.IMPORTER, "evernote", "My notes.enex", lambda: ENEX,
     [("2018-05-18", "Ada Fenwick", "On bread", "Flour.\nWater."), ("skipped", "not_own"),
      ("skipped", "empty")]),
    (apple_notes.IMPORTER, "apple-notes", "iCloud Notes/Bread/Bread.txt",
     lambda: "Flour.\n\ufffc\nWater.\n3 May 2019\n",
     [("2019-05-03", U, "Bread", "Flour.\n\nWater.\n3 May 2019")]),
]  # fmt: skip
IDS = [golden[2] for golden in GOLDENS]


def content(golden: Golden) -> bytes:
    made = golden[3]()
    return made.encode() if isinstance(made, str) else made


@pytest.mark.parametrize("golden", GOLDENS, ids=IDS)
def test_a_file_is_read_exactly(golden: Golden) -> None:
    importer, _, name, _, expected = golden
    _, records = read_export(importer, content(golden), name=name)
    assert [said(one) for one in records] == expected


@pytest.mark.parametrize("golden", GOLDENS, ids=IDS)
def test_it_is_recognised_by_nobody_else(golden: Golden) -> None:
    _, format_name, name, _, _ = golden
    assert recognised_as(content(golden), name) == format_name


@pytest.mark.parametrize("golden", GOLDENS, ids=IDS)
def test_damage_is_survived_and_no_entry_gets_anothers_words(golden: Golden) -> None:
    importer, _, name, _, _ = golden
    for damaged in mutants(content(golden)):
        survives(importer, damaged, name=name)
    for damaged in mutants(content(golden), moved=False):
        for record in survives(importer, damaged, name=name):
            check(record)


def check(record: Record) -> None:
    if isinstance(record, Document):
        assert record.author_key != "Ada Fenwick" or "stone" not in record.text
        assert record.author_key != "Bob" or "apple" not in record.text


def test_a_blog_asks_about_drafts_and_tells_comments_apart() -> None:
    importer = wordpress.IMPORTER
    assert recognised_as(WXR, "blog.xml") == "wordpress"
    reading, _ = read_export(importer, WXR)
    assert [question.key for question in reading.questions] == ["drafts"]
    assert reading.waiting == 4
    expected: list[tuple[object, ...]] = [
        ("2019-05-03", "ada", "On bread", "Flour."),
        ("2019-05-04T10:00:00", "bob@x.org", "text", "Nice.", ("quoted", "Flour.")),
        ("skipped", "bulk"),
        ("2009-01-02", "ada", "Older", "Line one\nline two\n\nSecond."),
        ("skipped", "empty"),
    ]
    _, records = read_export(importer, WXR, answers={"drafts": "leave"})
    assert [said(one) for one in records] == [*expected, ("skipped", "unsent")]
    comment = records[1]
    assert isinstance(comment, Utterance)
    assert comment.ts_utc == datetime(2019, 5, 4, 9, tzinfo=UTC)
    _, records = read_export(importer, WXR, answers={"drafts": "keep"})
    assert said(records[-1]) == (None, "ada", "Half", "half done")
    for damaged in mutants(WXR.encode()):
        for record in survives(importer, damaged, answers={"drafts": "keep"}):
            if isinstance(record, Utterance):
                assert record.sender_key != "ada"


@pytest.mark.parametrize(
    ("importer", "data", "words"),
    [
        (pdf.IMPORTER, b"%PDF-1.4\ngarbage", "damaged"),
        (word.IMPORTER, packed({"[Content_Types].xml": "x", "word/document.xml": "<a"}), "damaged"),
        (word.IMPORTER, packed({"[Content_Types].xml": "x"}), "damaged"),
        (
            word.IMPORTER,
            packed({"word/document.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}),
            "damaged",
        ),
        (opendocument.IMPORTER, packed({"content.xml": "<a/>"}, ODT_MIME), "damaged"),
        (epub.IMPORTER, packed({"x": "y"}, EPUB_MIME), "damaged"),
        (
            epub.IMPORTER,
            packed(
                epub_parts()
                | {
                    "META-INF/encryption.xml": "<encryption><EncryptedData><EncryptionMethod "
                    'Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/></EncryptedData>'
                    "</encryption>"
                },
                EPUB_MIME,
            ),
            "copy protection",
        ),
        (word.IMPORTER, packed({"../word/document.xml": "<a/>"}), "outside"),
        (word.IMPORTER, packed({"word/document.xml": b"<a>" + b" " * 10**7}), "more than it holds"),
    ],
)
def test_what_cannot_be_read_is_refused_in_plain_words(
    importer: Importer, data: bytes, words: str
) -> None:
    with pytest.raises(ArchiveError, match=words):
        read_export(importer, data)


def test_a_scan_is_told_what_would_help() -> None:
    reading, records = read_export(pdf.IMPORTER, pdf_file([[], []]))
    assert [said(one) for one in records] == [("skipped", "empty")]
    assert "scan" in reading.advice[0]


def test_an_older_word_file_is_told_what_would_help() -> None:
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100
    assert recognised_as(old, "letter.doc") == "docx"
    reading, records = read_export(word.IMPORTER, old)
    assert isinstance(records[0], Skipped)
    assert ".docx" in reading.advice[0]


def test_pages_of_chats_do_not_pass_for_somebodys_writing() -> None:
    message = '<div class="message"><span class="sender">Sam</span> 21:25 <div>hi</div></div>'
    assert recognised_as(f"<html><body>{message * 5}</body></html>", "chat.html") is None


@pytest.mark.parametrize(
    "html",
    ["<div>" * 60_000, "<font a=1><p>" * 30_000, "<p><td>" + "<i>" * 900 + "</p>" * 60_000,
     "<a " * 60_000, "<!--" * 60_000, "<" * 200_000],
    ids=["deep", "font", "cells", "tags", "comments", "signs"],
)  # fmt: skip
@pytest.mark.timeout(20)
def test_hostile_markup_takes_no_longer_than_any_other(html: str) -> None:
    read_export(html_page.IMPORTER, f"<html>{html}")


@pytest.mark.timeout(20)
def test_a_hostile_rich_text_takes_no_longer_than_any_other() -> None:
    survives(rtf.IMPORTER, rb"{\rtf1 " + rb"{\field{\*\fldinst{" * 20_000 + b"x")
    survives(rtf.IMPORTER, rb"{\rtf1 " + b"{" * 100_000)
    survives(rtf.IMPORTER, rb"{\rtf1{\fonttbl" + rb"{\f1 a" * 50_000)
    survives(rtf.IMPORTER, rb"{\rtf1{\fonttbl{\f1 a;}}" + rb"\f1\fcharset1 " * 30_000)


def test_a_billion_laughs_is_refused() -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaa">]><rss><channel><item>'
    bomb += "<title>&a;</title></item></channel></rss>"
    _, records = read_export(feed.IMPORTER, bomb)
    assert [said(one) for one in records] == [("skipped", "damaged")]
