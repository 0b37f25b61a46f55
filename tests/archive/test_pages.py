"""Pages of Google Voice, iMessage, Meta and WeChat, Hangouts, signal-export: exact, and never
anybody else's words whatever is damaged."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from ofrenda.archive import add
from ofrenda.archive.importer import Importer, Record
from ofrenda.archive.importers import importers
from ofrenda.errors import ArchiveError
from ofrenda.types import Utterance
from ofrenda.vault import Life

from .exports import read_export, said
from .goldens import GOLDENS as WHATSAPP
from .page_goldens import FB, GOLDENS, META, SE, SIGNAL_EXPORT, Golden, fb, fb_said, mt, mt_said
from .social_reading import scores

OURS = {golden.format for golden in GOLDENS}
every = pytest.mark.parametrize(
    "golden", GOLDENS, ids=[f"{one.format}-{place}" for place, one in enumerate(GOLDENS)]
)


def importer_of(golden: Golden) -> Importer:
    return next(one for one in importers() if one.name == golden.format)


def plain(value: object) -> object:
    """The owner of a phone whom a file does not name, without what tells files apart."""
    if isinstance(value, str):
        return re.sub(r"^me:[0-9a-f]{8}$", "me", value)
    return tuple(map(plain, value)) if isinstance(value, tuple) else value


def records_of(golden: Golden) -> list[Record]:
    return read_export(importer_of(golden), golden.content, name=golden.name, beside=golden.beside)[
        1
    ]


@every
def test_an_export_is_read_exactly(golden: Golden) -> None:
    records = records_of(golden)
    assert [plain(said(record)) for record in records] == golden.expected
    chats = {
        (one.conversation_title, one.is_group) for one in records if isinstance(one, Utterance)
    }
    assert chats == {golden.chat}
    places = [record.locator for record in records]
    assert len(set(places)) == len(places)


@every
def test_only_its_own_importer_takes_a_file(golden: Golden) -> None:
    found = scores(golden.name, golden.content.encode())
    assert max(found, key=lambda name: found[name]) == golden.format
    assert [name for name in found if name in OURS] == [golden.format]


@pytest.mark.parametrize("name", WHATSAPP)
def test_a_whatsapp_chat_is_left_to_whatsapp(name: str) -> None:
    golden = WHATSAPP[name]
    assert not OURS & set(scores(golden.name, golden.content.encode()))


@every
def test_an_export_added_twice_adds_nothing(
    golden: Golden, life: Life, write: Callable[..., Path]
) -> None:
    for name, data in {golden.name: golden.content, **golden.beside}.items():
        top = write(f"export/{name}", data)
    while top.name != "export":
        top = top.parent
    first, again = add(life, top), add(life, top)
    for reports in (first, again):
        for one in reports:
            assert one.seen == one.accepted + one.already_there + sum(one.skipped.values())
    ours = next(one for one in first if one.format == golden.format)
    assert ours.accepted == sum(row[0] != "skipped" for row in golden.expected)
    assert sum(one.accepted for one in again) == 0


def test_the_lines_of_a_folder_that_has_objects_too_are_read_once() -> None:
    golden = SIGNAL_EXPORT[4]
    lines = SIGNAL_EXPORT[0]
    importer = importer_of(lines)
    beside = {golden.name: golden.content.encode()}
    assert read_export(importer, lines.content, name=SE, beside=beside)[1] == []
    assert read_export(importer, lines.content, name=SE, beside={golden.name: b"x"})[1] != []


@pytest.mark.parametrize("name", ["security/login_activity.html", "posts/your_posts_1.html"])
def test_other_pages_of_meta_are_nobodys_messages(name: str) -> None:
    page = fb(fb_said("Sep 13, 2020, 12:26 PM", "Mum updated her status.", "<div>words</div>"))
    with pytest.raises(ArchiveError):
        read_export(importer_of(META[0]), page, name=name)
    assert read_export(importer_of(META[0]), page, name=FB)[1]


def test_the_script_of_a_page_is_read_as_data_and_never_run() -> None:
    page = mt(
        mt_said(1541343078, 0, "one"),
        "{ type: alert('x'), text: 'code' },",
        "{ type: 1, text: 'split' + 'text', is_send:0, timestamp:1541343078 },",
        mt_said(1541343088, 0, "\\u597d \\x41"),
    )
    records = read_export(importer_of(GOLDENS[-1]), page, name="妈妈.html")[1]
    assert [said(one)[3] if isinstance(one, Utterance) else said(one)[1] for one in records] == [
        "one", "damaged", "damaged", "好 A",
    ]  # fmt: skip


def test_a_message_that_looks_like_code_stays_one_message() -> None:
    page = mt(mt_said(1541343078, 0, "look: { type:1, text: ok } ]; done"))
    (record,) = read_export(importer_of(GOLDENS[-1]), page, name="妈妈.html")[1]
    assert isinstance(record, Utterance)
    assert record.text == "look: { type:1, text: ok } ]; done"
