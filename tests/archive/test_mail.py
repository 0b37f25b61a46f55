from __future__ import annotations

import base64
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ofrenda.archive.importer import Record, Skipped
from ofrenda.archive.importers.mail import IMPORTER
from ofrenda.archive.importers.mail.own_words import take_apart
from ofrenda.types import Utterance

from .exports import read_export, recognised_as, said, survives

SAM, MUM = "Sam Fenwick <sam@example.org>", '"Fenwick, Ada" <Ada@Example.org>'


def letter(
    body: str,
    *,
    sender: str = MUM,
    to: str = SAM,
    more: str = "",
    code: str = "utf-8",
    date: str = "Fri, 03 May 2019 21:25:15 +0100",
    subject: str = "Bread",
    number: int = 1,
    form: str = "text/plain",
) -> bytes:
    return (
        f"Message-ID: <{number}@example.org>\nDate: {date}\nFrom: {sender}\nTo: {to}\n"
        f"Subject: {subject}\n{more}MIME-Version: 1.0\n"
        f"Content-Type: {form}; charset={code}\nContent-Transfer-Encoding: 8bit\n\n"
    ).encode() + body.encode(code)


def only(data: bytes, **rest: object) -> Utterance:
    _, (record,) = read_export(IMPORTER, data, name="letter.eml")
    assert isinstance(record, Utterance), record
    return record


ON = "On Fri, 3 May 2019 at 21:25, Sam Fenwick <sam@example.org> wrote:"


@pytest.mark.parametrize(
    ("body", "own", "quoted"),
    [
        ("Flour first.\n\nThen water.\n", "Flour first.\n\nThen water.", ""),
        (f"Yes.\n\n{ON}\n> How much?\n> And salt?\n", "Yes.", "How much?\nAnd salt?"),
        (f"Yes.\n\n{ON}\n\nHow much?\n", "Yes.", "How much?"),
        (
            "Yes.\n\nOn Fri, 3 May 2019 at 21:25, Sam Fenwick\n<sam@example.org> wrote:\n\n"
            "> How much?\n",
            "Yes.",
            "How much?",
        ),
        (
            f"{ON}\n> How much?\nTwo.\n> And salt?\n\nA pinch.\n",
            "Two.\n\nA pinch.",
            "How much?\nAnd salt?",
        ),
        ("Ja.\n\nAm 03.05.19 um 21:25 schrieb Sam:\n> Wie viel?\n", "Ja.", "Wie viel?"),
        (
            "Oui.\n\nLe ven. 3 mai 2019 à 21:25, Sam <s@x.fr> a écrit :\n> Combien ?\n",
            "Oui.",
            "Combien ?",
        ),
        (
            "Sí.\n\nEl vie., 3 may. 2019 a las 21:25, Sam (<s@x.es>) escribió:\n\n> ¿Cuánto?\n",
            "Sí.",
            "¿Cuánto?",
        ),
        ("好。\n\n在 2019年5月3日，21:25，Sam <s@x.cn> 写道：\n\n> 多少？\n", "好。", "多少？"),
        ("はい\n\n2019年5月3日(金) 21:25 Sam <s@x.jp>:\n\n> いくら\n", "はい", "いくら"),
        (
            "Yes.\n\n-----Original Message-----\nFrom: Sam\nSent: Friday\nTo: Ada\nHow much?\n",
            "Yes.",
            "-----Original Message-----\nFrom: Sam\nSent: Friday\nTo: Ada\nHow much?",
        ),
        (
            '好。\n\n------------------ 原始邮件 ------------------\n发件人: "Sam"\n多少？\n',
            "好。",
            '------------------ 原始邮件 ------------------\n发件人: "Sam"\n多少？',
        ),
        (
            "Gut.\n\nVon: Sam <s@x.de>\nGesendet: Freitag, 3. Mai 2019\nAn: Ada\nBetreff: Brot\n\n"
            "Wie viel?\n",
            "Gut.",
            "Von: Sam <s@x.de>\nGesendet: Freitag, 3. Mai 2019\nAn: Ada\nBetreff: Brot\n\n"
            "Wie viel?",
        ),
        ("Come soon.\n-- \nAda Fenwick\n1 Mill Lane\n", "Come soon.", ""),
        (f"Come.\n-- \nAda\n\n{ON}\n> When?\n", "Come.", "When?"),
        ("Come.\n\nSent from my iPhone\n", "Come.", ""),
        (
            "Two years on.\n\nThen she wrote:\n\nthe sea is wide\n",
            "Two years on.\n\nThen she wrote:\n\nthe sea is wide",
            "",
        ),
        ("From me to you: salt.\n", "From me to you: salt.", ""),
    ],
)
def test_only_the_senders_own_words_count(body: str, own: str, quoted: str) -> None:
    record = only(letter(body))
    assert (record.text, record.quoted_text or "") == (own, quoted)
    assert not record.forwarded


def test_who_when_and_to_whom() -> None:
    record = only(letter("Bread.\n", more="Cc: x@y.org\nIn-Reply-To: <0@example.org>\n"))
    assert (record.sender_key, record.sender_name) == ("ada@example.org", "Fenwick, Ada")
    assert record.conversation_key == "ada@example.org\nsam@example.org\nx@y.org"
    assert record.is_group
    assert record.reply_to == "<0@example.org>"
    assert record.ts_local == "2019-05-03T21:25:15"
    assert record.ts_utc == datetime(2019, 5, 3, 20, 25, 15, tzinfo=UTC)
    back = only(letter("x\n", sender="sam@example.org (Sam)", to=MUM))
    assert back.conversation_key == "ada@example.org\nsam@example.org"
    assert not back.is_group


@pytest.mark.parametrize(
    ("date", "local", "utc"),
    [
        ("Fri, 3 May 2019 21:25:15 -0000", "2019-05-03T21:25:15", True),
        ("3 May 2019 21:25:15", "2019-05-03T21:25:15", False),
        ("Fri, 3 May 19 21:25 GMT", "2019-05-03T21:25:00", True),
    ],
)
def test_dates(date: str, local: str, utc: bool) -> None:
    record = only(letter("x\n", date=date))
    assert (record.ts_local, record.ts_utc is not None) == (local, utc)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"date": "Mon, 3 May 2019 21:25:15 +0100"}, "unclear_date"),
        ({"date": "yesterday"}, "unclear_date"),
        ({"date": "Fri, 3 May 2999 21:25:15 +0100"}, "unclear_date"),
        ({"sender": "a@x.org, b@x.org"}, "unclear_sender"),
        ({"sender": "nobody"}, "unclear_sender"),
        ({"sender": "Mum <a@x.org> <b@x.org>"}, "unclear_sender"),
        ({"more": "From: other@x.org\n"}, "unclear_sender"),
        ({"more": "List-Id: <bakers.example.org>\n"}, "bulk"),
        ({"more": "Auto-Submitted: auto-replied\n"}, "bulk"),
        ({"more": "Precedence: bulk\n"}, "bulk"),
        ({"more": "X-Gmail-Labels: Drafts\n"}, "unsent"),
        ({"more": "X-Gmail-Labels: =?UTF-8?B?6I2J56i/?=\n"}, "unsent"),
        ({"more": "X-Gmail-Labels: Spam,Unread\n"}, "bulk"),
    ],
)
def test_what_is_left_out(change: dict[str, str], reason: str) -> None:
    _, (record,) = read_export(IMPORTER, letter("Bread\n", **change))
    assert said(record) == ("skipped", reason)


@pytest.mark.parametrize(
    ("code", "declared"),
    [("gb18030", "gb2312"), ("utf-8", "x-unknown"), ("gb18030", "us-ascii"), ("big5", "big5")],
)
def test_declared_codes_are_not_believed(code: str, declared: str) -> None:
    body = "面包好了，你什么时候回家？路上小心。" if code != "big5" else "麵包好了"
    data = letter(body, code=code).replace(
        f"charset={code}".encode(), f"charset={declared}".encode()
    )
    assert only(data).text == body


def test_encoded_headers() -> None:
    name = base64.b64encode("妈妈".encode("gb18030")).decode()
    record = only(letter("x\n", sender=f"=?gb2312?B?{name}?= <m@x.cn>"))
    assert (record.sender_key, record.sender_name) == ("m@x.cn", "妈妈")


def test_forwards_are_never_the_senders_voice() -> None:
    body = "For you.\n\n---------- Forwarded message ---------\nFrom: Jo <j@x.org>\n\nbuy gold\n"
    record = only(letter(body, subject="Fwd: gold"))
    assert record.text == "For you."
    assert "buy gold" in (record.quoted_text or "")
    bare = only(letter("buy gold\n", subject="FW: gold"))
    assert (bare.text, bare.quoted_text, bare.forwarded) == (None, "buy gold", True)


def test_html_alone_and_alternatives() -> None:
    html = (
        '<html><body><div dir="ltr">Yes, <b>two</b>.<br>Love</div><br><div class="gmail_quote">'
        '<div class="gmail_attr">On Friday Sam wrote:<br></div><blockquote>How much?</blockquote>'
        "</div></body></html>"
    )
    record = only(letter(html, form="text/html"))
    assert record.text == "Yes, two.\nLove"
    assert "How much?" in (record.quoted_text or "")
    outlook = (
        '<div class="WordSection1"><p>Yes.</p></div><hr><div id="divRplyFwdMsg"><b>From:</b> Sam'
        "<br></div><div>How much?</div>"
    )
    assert only(letter(outlook, form="text/html")).text == "Yes."
    both = EmailMessage()
    both["From"], both["To"], both["Date"] = MUM, SAM, "Fri, 03 May 2019 21:25:15 +0100"
    both["Subject"] = "Photo"
    both.set_content("Plain words.\n")
    both.add_alternative("<p>Plain <i>words</i>.</p>", subtype="html")
    both.add_attachment(b"\xff\xd8\xff", maintype="image", subtype="jpeg", filename="a.jpg")
    reading, (found,) = read_export(IMPORTER, both.as_bytes())
    assert said(found)[2:] == ("text", "Plain words.")
    assert any("Attachments" in warning for warning in reading.warnings)


def test_flowed_text_is_joined_and_quotes_are_not() -> None:
    body = "A long line that \nwas broken.\n> quoted \n> by Sam\n-- \nAda\n"
    record = only(letter(body, form="text/plain; format=flowed"))
    assert (record.text, record.quoted_text) == ("A long line that was broken.", "quoted\nby Sam")


def mailbox(*letters: bytes) -> bytes:
    separator = b"From 1632@xxx Fri May 03 20:25:15 +0000 2019\n"
    return b"".join(separator + one + b"\n" for one in letters)


def test_a_mailbox_is_split_at_its_letters() -> None:
    box = mailbox(
        letter("One.\n\nFrom here on it rains.\n>From the hill it shone.\n"),
        letter("Two.\n\n> From Sam\n>From Sam too\n", number=2),
        letter("Two.\n", number=2),
        letter("\n", number=3, subject="Home at seven"),
    )
    _, records = read_export(IMPORTER, box, name="All mail.mbox")
    assert [said(one)[3:] if isinstance(one, Utterance) else said(one) for one in records] == [
        ("One.\n\nFrom here on it rains.\nFrom the hill it shone.",),
        ("Two.", ("quoted", "From Sam\nFrom Sam too")),
        ("skipped", "duplicate"),
        ("Home at seven",),
    ]


def test_apple_mail() -> None:
    inner = letter("Bread.\n")
    data = str(len(inner)).encode() + b"      \n" + inner + b"<?xml version='1.0'?><plist/>"
    assert recognised_as(data, "12.emlx") == "mail"
    assert only(data).text == "Bread."


def test_it_is_recognised_by_nobody_else() -> None:
    assert recognised_as(letter("x\n")) == "mail"
    assert recognised_as(mailbox(letter("x\n"))) == "mail"
    assert recognised_as("From: me\nTo: you\n\nA poem\n", "poem.txt") != "mail"
    assert recognised_as("Dear Mei,\n\nDate: tomorrow\n", "letter.txt") == "writing"


def many() -> bytes:
    made = []
    for n in range(12):
        mum = n % 2 == 0
        mine, other = ("apple", "stone") if mum else ("stone", "apple")
        html = n % 3 == 0
        body = f"{mine} {n}\n{mine} again\n\n{ON}\n> {other} {n - 1}\n> {other} more\n"
        if html:
            body = (
                f'<div>{mine} {n}</div><div class="gmail_quote"><div class="gmail_attr">On 3 May'
                f" 2019 x wrote:</div><blockquote>{other} {n}</blockquote></div>\n"
            )
        people = {"sender": MUM if mum else SAM, "to": SAM if mum else MUM}
        form = "text/html" if html else "text/plain"
        made.append(letter(body, number=n, form=form, **people))
    both = EmailMessage()
    both["From"], both["To"], both["Date"] = MUM, SAM, "Fri, 03 May 2019 21:25:15 +0100"
    # A quotation of one line whose only mark is damaged looks like anybody's own line.
    both.set_content("apple pie\n\n> stone soup\n> stone bread\n")
    both.add_alternative("<p>apple pie</p><blockquote>stone soup</blockquote>", subtype="html")
    return mailbox(*made, both.as_bytes())


def check(records: list[Record]) -> None:
    for record in records:
        if isinstance(record, Skipped):
            continue
        assert isinstance(record, Utterance)
        text = record.text or ""
        if record.sender_key == "ada@example.org":
            assert "stone" not in text
        if record.sender_key == "sam@example.org":
            assert "apple" not in text


def test_two_who_quote_each_other_are_kept_apart() -> None:
    _, records = read_export(IMPORTER, many())
    assert len(records) == 13
    assert not any(isinstance(one, Skipped) for one in records)
    check(records)


own_lines = st.lists(
    st.text(
        st.characters(categories=("L", "N", "So", "P"), include_characters=" "),
        min_size=1,
        max_size=30,
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=150, deadline=None)
@given(own_lines, own_lines, st.sampled_from([0, 1, 2, 3]))
def test_what_is_quoted_is_never_taken_for_own_words(
    own: list[str], other: list[str], way: int
) -> None:
    secret = [f"{line} geheim" for line in other]
    tail = {
        0: [ON, *(f"> {line}" for line in secret)],
        1: ["-----Original Message-----", *secret],
        2: ["From: Sam <s@x.org>", "Sent: today", "To: Ada", "Subject: x", "", *secret],
        3: ["---------- Forwarded message ---------", *secret],
    }[way]
    found = take_apart("\n".join([*own, "", *tail]))
    assert "geheim" not in found.own
    assert all(line in found.quoted.replace("\n", " ") for line in secret) or way == 0


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_below_a_header_are_survived(noise: bytes) -> None:
    survives(IMPORTER, letter("x\n") + noise)
    survives(IMPORTER, b"From: a@b.org\n" + noise)
    survives(IMPORTER, b"Content-Type: multipart/mixed; boundary=x\nFrom: a@b.org\n\n--x\n" + noise)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"To: " + b"a" * 200_000 + b"\n", b"x"),
        (b"To: " + b"a@b," * 50_000 + b"\n", b"x"),
        (b"Subject: " + b"=?utf-8?q?a?= " * 20_000 + b"\n", b"x"),
        (b"", b"From a 10:10 2019\n" * 10_000),
        (b"", b"-" * 500_000 + b"x"),
        (b"", b"On x 1 wrote:\n" * 10_000),
        (b"", b"a " * 20_000 + b"Mon Jan\n"),
        (b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n)
                  for n in range(3_000)), b"x"),
    ],
    ids=["word", "many", "subject", "separators", "rule", "wrote", "weekday", "nested"],
)  # fmt: skip
def test_hostile_letters_take_no_longer_than_any_other(head: bytes, body: bytes) -> None:
    top = b"From: a@b.org\nDate: Fri, 03 May 2019 21:25:15 +0100\n"
    survives(IMPORTER, top + head + b"\n" + body)
    survives(IMPORTER, b"From a@b Fri May 03 20:25:15 2019\n" + top + head + b"\n" + body)
