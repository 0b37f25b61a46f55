"""Whatever the names and the words: nobody's words in another's mouth, no wrong time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ofrenda.archive.importer import Skipped
from ofrenda.archive.importers.whatsapp.senders import canonical
from ofrenda.measure.exports.dialects import DIALECTS, Dialect
from ofrenda.types import Kind, Utterance

from .reading_chats import read_chat

SYMBOLS = ":-[](),./ ~+<>\"'“”0123456789 \u200e\u200f\u202a\u202c\u2066\u2069\u200d❤🙂👩‍👧مرחب妈あ"
TRICKS = [
    ": ",
    " - ",
    "12:30 - ok?",
    "[note] to self: buy salt",
    "2016-04-29 10:30:00",
    "13/06",
    "9:25 PM",
    "Mum: no",
    "Dr: House: yes",
    "image omitted!",
    'I changed the subject to "x: y',
    "http://example.org/?a=b: c",
    "\u2028",
    "\x0b",
]
words = st.lists(
    st.one_of(
        st.text(st.sampled_from(SYMBOLS), min_size=1, max_size=8),
        st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8),
        st.sampled_from(TRICKS),
        st.just("\n"),
    ),
    min_size=1,
    max_size=6,
).map("".join)
NAMES = [
    "Mum",
    "Sam",
    "Dr: House",
    "Anna: work",
    "Bob - home",
    "[Zed]",
    "Lee :)",
    "אמא",
    "\u202aأمي\u202c",
    "妈妈",
    "~\u202fBee",
    "+44\u00a07700\u00a0900123",
    'O\'Hara "Red" Jo',
    "👩‍👧 Ruth ❤",
    "3:15 club",
    "R2-D2 [x]: y",
    "changed the subject",
]
names = st.one_of(
    st.sampled_from(NAMES),
    st.text(st.characters(categories=("L", "N", "So")), min_size=1, max_size=12),
)


@dataclass(frozen=True)
class Said:
    at: datetime
    sender: str
    body: str


@st.composite
def chats(draw: st.DrawFn) -> tuple[Dialect, list[Said]]:
    dialect = draw(st.sampled_from(DIALECTS))
    people = draw(st.lists(names, min_size=1, max_size=4, unique_by=canonical))
    # Two people of whom one is called like the beginning of the other ("Dr", "Dr: House") cannot
    # be told apart in this format.
    people = [a for a in people if not any(a != b and a.startswith(b + ":") for b in people)]
    at = draw(st.datetimes(datetime(2012, 1, 1), datetime(2024, 12, 31)))
    said = []
    for _ in range(draw(st.integers(1, 14))):
        at += timedelta(minutes=draw(st.sampled_from([0, 0, 1, 7, 600, 3000, 50_000])))
        said.append(Said(at.replace(microsecond=0), draw(st.sampled_from(people)), draw(words)))
    return dialect, said


def render(dialect: Dialect, said: list[Said]) -> str:
    return "".join(f"{dialect.head(one.at)}{one.sender}: {one.body}\n" for one in said)


def check(record: Utterance | Skipped, one: Said, dialect: Dialect, torn: bool = False) -> None:
    """``torn``: a line of it that looks like the head of another message was left out, with those
    below."""
    if isinstance(record, Skipped):
        assert record.reason in ("unclear_sender", "unclear_date", "doubtful")
        return
    at = one.at if dialect.seconds else one.at.replace(second=0)
    assert record.ts_local == at.isoformat()
    if record.kind is Kind.SYSTEM:
        assert record.sender_key is None
        return
    assert record.sender_key == canonical(one.sender)
    whole = record.quoted_text is None and not record.edited and not torn
    if record.kind is Kind.TEXT and whole:
        assert record.text == one.body
    for part in (record.text, record.quoted_text):
        assert part is None or part in one.body


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(chats())
def test_no_line_is_misattributed_and_no_time_is_wrong(chat: tuple[Dialect, list[Said]]) -> None:
    dialect, said = chat
    reading, records = read_chat(render(dialect, said))
    if reading.questions:
        # 12. 1. 13. can be 2012 or 2013.
        assert all(one.at.day <= 12 for one in said) or "korean short" in dialect.name
        return
    begins = {1: 0}
    for n, one in enumerate(said, 1):
        begins[max(begins) + one.body.count("\n") + 1] = n
    torn = set()
    for record in list(records):
        line = int(record.locator)
        if line not in begins and record == Skipped("doubtful", record.locator):
            torn.add(max(n for begin, n in begins.items() if begin < line))
            records.remove(record)
    assert len(records) == len(said)
    for n, (record, one) in enumerate(zip(records, said, strict=True)):
        check(record, one, dialect, n in torn)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(chats(), st.data())
def test_pasted_chats_never_become_the_words_of_who_pasted_them(
    chat: tuple[Dialect, list[Said]], data: st.DataObject
) -> None:
    dialect, said = chat
    other = data.draw(st.sampled_from([dialect, *DIALECTS]))
    old = said[0].at - timedelta(days=40)
    pasted = [f"{other.head(old + timedelta(minutes=n))}Stranger: secret {n}\n" for n in range(3)]
    place = data.draw(st.integers(0, len(said) - 1))
    text = render(dialect, said[: place + 1]) + "".join(pasted) + render(dialect, said[place + 1 :])
    reading, records = read_chat(text)
    if reading.questions:
        return
    for record in records:
        if isinstance(record, Utterance) and record.sender_key not in (None, "Stranger"):
            assert "secret" not in (record.text or "")
