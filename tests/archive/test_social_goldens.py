"""Telegram, Messenger, Instagram, Discord, Slack, X: exact records, and nobody steals a file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ofrenda.archive import add
from ofrenda.types import Utterance
from ofrenda.vault import Life

from .goldens import GOLDENS as WHATSAPP
from .social_goldens import GOLDENS
from .social_reading import Golden, read_golden, scores, short

ALL = pytest.mark.parametrize("golden", GOLDENS.values(), ids=GOLDENS.keys())
OURS = {golden.format for golden in GOLDENS.values()}


@ALL
def test_an_export_is_read_exactly(golden: Golden) -> None:
    records = read_golden(golden)
    assert [short(record) for record in records] == golden.expected
    chats = {
        (one.platform, one.conversation_key, one.conversation_title, one.is_group)
        for one in records
        if isinstance(one, Utterance)
    }
    assert chats == golden.chats


@ALL
def test_each_record_can_be_found_again(golden: Golden) -> None:
    places = [record.locator for record in read_golden(golden)]
    assert len(set(places)) == len(places)


@ALL
def test_only_its_own_importer_takes_a_file(golden: Golden) -> None:
    found = scores(golden.name, golden.content)
    assert max(found, key=lambda name: found[name]) == golden.format
    assert [name for name in found if name in OURS] == [golden.format]
    assert all(score < 0.8 for name, score in found.items() if name != golden.format)


@pytest.mark.parametrize("name", WHATSAPP)
def test_a_whatsapp_chat_is_left_to_whatsapp(name: str) -> None:
    golden = WHATSAPP[name]
    assert not OURS & set(scores(golden.name, golden.content.encode()))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("data/like.js", b'window.YTD.like.part0 = [ {"like":{"tweetId":"1"}} ]'),
        ("data/ip-audit.js", b"window.YTD.ip_audit.part0 = [ ]"),
        ("page.html", b"<html><body><p>A letter</p></body></html>"),
        ("users.json", b'[{"id":"U1","name":"mum"}]'),
        ("Journal.json", b'{"metadata":{"version":"1.0"},"entries":[{"text":"x"}]}'),
        ("m.json", b'{"messages":[{"creator":{"name":"A"},"created_date":"Friday"}]}'),
        ("m.json", b'{"chatlab":{"version":"1"},"messages":[]}'),
        ("m.json", b'[{"seq":1,"time":"2020","talker":"x","isSelf":true}]'),
        ("notes.txt", b'I said "participants" and "messages" and "type": "personal_chat"'),
        ("empty.json", b"{}"),
    ],
)
def test_other_files_are_left_alone(name: str, content: bytes) -> None:
    assert not OURS & set(scores(name, content))


def test_one_of_everything_in_one_zip_ends_in_the_life(
    life: Life, write: Callable[..., Path]
) -> None:
    buffer = io.BytesIO()
    expected: dict[str, int] = {}
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, golden in enumerate(GOLDENS.values()):
            for name, data in {golden.name: golden.content, **golden.beside}.items():
                archive.writestr(f"{number}/{name}", data)
            expected[f"{number}/{golden.name}"] = len(golden.expected)
    reports = {report.source: report for report in add(life, write("all.zip", buffer.getvalue()))}
    seen: dict[str, int] = {}
    for source, report in reports.items():
        assert report.seen == (
            report.accepted + report.already_there + sum(report.skipped.values())
        )
        seen[source.removeprefix("all.zip/")] = report.seen
    # What lies beside one golden may be the golden of another, or an original of its own.
    assert {name: seen.get(name) for name in expected} == expected
