from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ofrenda.archive.importers.sms_backup import IMPORTER
from ofrenda.archive.importers.sms_backup.cutting import number_key
from ofrenda.errors import ArchiveError
from ofrenda.types import Utterance

from .exports import read_export, recognised_as, said

HEAD = "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def sms(kind: int, body: str, *, date: int = 1717214400123, who: str = "+15551234567") -> str:
    return (
        f'  <sms protocol="0" address="{who}" date="{date}" type="{kind}" subject="null" '
        f'body={body} toa="null" sc_toa="null" read="1" status="-1" date_sent="0" '
        'readable_date="Jun 1, 2024 4:00:00 AM" contact_name="Mum" />\n'
    )


GROUP = (
    '  <mms date="1717214520000" msg_box="{box}" address="+1555000001~+1555000002" '
    'm_type="{form}" ct_t="application/vnd.wap.multipart.related" sub="null" '
    'contact_name="Mum, Dad" text_only="0">\n    <parts>\n'
    '      <part seq="-1" ct="application/smil" text="&lt;smil&gt;" />\n'
    '      <part seq="0" ct="text/plain" text="photo caption" />\n'
    '      <part seq="1" ct="image/jpeg" cl="IMG_1.jpg" data="' + "/9j/4AAQ" * 200 + '" />\n'
    "    </parts>\n    <addrs>\n"
    '      <addr address="{sender}" type="137" charset="106" />\n'
    '      <addr address="+1555000002" type="151" charset="106" />\n'
    "    </addrs>\n  </mms>\n"
)

MESSAGES = (
    HEAD
    + '<smses count="99" backup_set="abc" backup_date="1717214400000">\n'
    + sms(1, '"hello &#10;love &#55357;&#56846; &#55357; a&#0;b"')
    + sms(2, "'she said \"hi\" &amp; left &lt;sms'", date=1717214401000)
    + sms(3, '"never sent"', date=1717214402000)
    + sms(1, '"null"', date=1717214403000)
    + sms(9, '"strange"')
    + sms(1, '"from far"', date=99999999999999)
    + GROUP.format(box=1, form=132, sender="+1555000001")
    + GROUP.format(box=2, form=128, sender="insert-address-token")
    + GROUP.format(box=1, form=132, sender="insert-address-token")
    + GROUP.format(box=1, form=128, sender="+1555000001")
    + GROUP.format(box=1, form=130, sender="+1555000001")
    + "</smses>\n"
)

CALLS = (
    HEAD
    + '<calls count="3">\n'
    + '<call number="+1 (555) 123-4567" duration="42" date="1717218000123" type="3" '
    'presentation="1" contact_name="Mum" />\n'
    '<call number="+15551234567" duration="42" date="1717218001123" type="2" '
    'presentation="1" contact_name="Mum" />\n'
    '<call number="" duration="0" date="1717218002123" type="3" presentation="2" />\n'
    "</calls>"
)


def owner(records: list[object]) -> str:
    keys = {r.sender_key for r in records if isinstance(r, Utterance) and r.sender_key}
    (found,) = [key for key in keys if key.startswith("owner:")]
    return found


def test_messages_are_read_exactly() -> None:
    reading, records = read_export(IMPORTER, MESSAGES, name="sms-20240601040000.xml")
    me = owner(records)
    assert [said(record) for record in records] == [
        (
            "2024-06-01T04:00:00",
            "+15551234567",
            "text",
            "hello \nlove \U0001f60e \ufffd a\ufffdb",
        ),
        ("2024-06-01T04:00:01", me, "text", 'she said "hi" & left <sms'),
        ("skipped", "unsent"),
        ("skipped", "empty"),
        ("skipped", "unclear_sender"),
        ("skipped", "unclear_date"),
        ("2024-06-01T04:02:00", "+1555000001", "image", "photo caption"),
        ("2024-06-01T04:02:00", me, "image", "photo caption"),
        ("skipped", "unclear_sender"),
        ("skipped", "unclear_sender"),
        ("skipped", "empty"),
    ]
    first, group = records[0], records[6]
    assert isinstance(first, Utterance)
    assert isinstance(group, Utterance)
    assert (first.sender_name, first.conversation_title, first.is_group) == ("Mum", "Mum", False)
    assert first.ts_utc == datetime(2024, 6, 1, 4, tzinfo=UTC)
    assert (group.sender_name, group.is_group) == ("+1555000001", True)
    assert len(reading.warnings) == 3


def test_calls_are_read_exactly_and_a_withheld_number_is_nobody() -> None:
    _, records = read_export(IMPORTER, CALLS, name="calls-1.xml")
    assert [said(record) for record in records] == [
        ("2024-06-01T05:00:00", "+15551234567", "call", None),
        ("2024-06-01T05:00:01", owner(records), "call", None),
        ("2024-06-01T05:00:02", None, "system", None),
    ]


def test_two_phones_are_two_owners_and_one_phone_is_one() -> None:
    _, first = read_export(IMPORTER, MESSAGES)
    _, again = read_export(IMPORTER, MESSAGES.replace("</smses>", sms(2, '"x"') + "</smses>"))
    _, other = read_export(IMPORTER, MESSAGES.replace("+15551234567", "+15557654321"))
    assert owner(first) == owner(again)
    assert owner(first) != owner(other)


@pytest.mark.parametrize("code", ["utf-16", "utf-8-sig", "gb18030"])
def test_other_codes(code: str) -> None:
    text = HEAD.replace("UTF-8", code if code == "gb18030" else "UTF-8")
    text += "<smses>" + sms(1, '"好的"') + "</smses>"
    assert recognised_as(text.encode(code)) == "sms-backup"
    _, records = read_export(IMPORTER, text.encode(code))
    assert [said(one)[3] for one in records] == ["好的"]


def test_declared_entities_are_refused() -> None:
    bomb = HEAD + '<!DOCTYPE smses [<!ENTITY a "aaaa">]>\n<smses>' + sms(1, '"&a;"') + "</smses>"
    with pytest.raises(ArchiveError):
        read_export(IMPORTER, bomb)
    late = MESSAGES.replace("</smses>", sms(1, '"&a;"') + "</smses>")
    _, records = read_export(IMPORTER, late)
    assert said(records[-1]) == ("skipped", "damaged")


def test_it_is_recognised_by_nobody_else() -> None:
    assert recognised_as(MESSAGES) == "sms-backup"
    assert recognised_as(CALLS, "calls.txt") == "sms-backup"
    assert recognised_as("<html><body>smses</body></html>") != "sms-backup"


def escaped(text: str, rng: random.Random) -> str:
    """As Android writes it: references to UTF-16 halves for what is beyond 16 bits."""
    out = []
    for c in quoteattr(text, {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}):
        if ord(c) > 0xFFFF and rng.random() < 0.8:
            high, low = divmod(ord(c) - 0x10000, 0x400)
            out.append(f"&#{0xD800 + high};&#{0xDC00 + low};")
        else:
            out.append(c)
    return "".join(out)


xml_text = st.text(
    st.characters(
        exclude_categories=("Cs", "Cc"),
        exclude_characters="\ufffe\uffff",
        include_characters="\n\t",
    ),
    min_size=1,
    max_size=30,
).filter(lambda text: text != "null" and not any(ord(c) & 0xFFFF >= 0xFFFE for c in text))


@settings(max_examples=120, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.booleans(),
            st.sampled_from(["+15551", "12345", "Bank", "+15552"]),
            st.integers(0, 10**6),
            xml_text,
        ),
        min_size=1,
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_generated_messages_come_out_as_they_went_in(
    chat: list[tuple[bool, str, int, str]], rng: random.Random
) -> None:
    base = 1_500_000_000
    rows = "".join(
        sms(2 if sent else 1, escaped(body, rng), date=(base + at) * 1000, who=who)
        for sent, who, at, body in chat
    )
    _, records = read_export(IMPORTER, HEAD + "<smses>" + rows + "</smses>")
    assert len(records) == len(chat)
    for record, (sent, who, at, body) in zip(records, chat, strict=True):
        assert isinstance(record, Utterance)
        assert record.text == body
        assert (record.sender_key or "").startswith("owner:") == sent
        assert sent or record.sender_key == number_key(who)
        assert record.ts_utc == EPOCH + timedelta(seconds=base + at)
