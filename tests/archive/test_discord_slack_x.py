"""Discord, Slack and X: whose words, when said, and what is never taken for them."""

from __future__ import annotations

import json

import pytest

from ofrenda.archive.importer import Skipped
from ofrenda.archive.importers.slack import IMPORTER as SLACK
from ofrenda.archive.quoting import without_quotes
from ofrenda.errors import ArchiveError
from ofrenda.types import Utterance

from .export_bytes import js
from .social_goldens import (
    ACCOUNT,
    DIRECT,
    DISCORD,
    NOTES,
    PACKAGE,
    PACKAGE_CSV,
    SLACK_DAY,
    SLACK_FILES,
    TWEETS,
    dc,
    dm,
    tweet,
)
from .social_reading import read, scores


def reasons(records: list[Utterance | Skipped]) -> list[str]:
    return [one.reason for one in records if isinstance(one, Skipped)]


@pytest.mark.parametrize(
    ("text", "own", "quoted"),
    [
        ("plain", "plain", None),
        ("> a\nb\n> c", "b", "a\nc"),
        ("mine\n>>> all\nthe rest", "mine", "all\nthe rest"),
        (">:( no", ">:( no", None),
        ("a > b", "a > b", None),
        ("", None, None),
    ],
)
def test_quoted_lines_are_apart(text: str, own: str | None, quoted: str | None) -> None:
    assert without_quotes(text) == (own, quoted)


def test_a_discord_time_without_a_zone_is_not_believed() -> None:
    chat = {**DISCORD, "messages": [dc(1, "2024-01-01T08:00:00", "11", "mum", "x")]}
    assert reasons(read("discord", "c.json", js(chat))[1]) == ["unclear_date"]


@pytest.mark.parametrize(
    ("guild", "kind", "is_group"),
    [
        ({"id": "9", "name": "Home"}, "GuildTextChat", True),
        ({"id": "0", "name": "Direct Messages"}, "DirectGroupTextChat", True),
        ({"id": "0", "name": "Direct Messages"}, "DirectTextChat", False),
        ({"id": "0", "name": "Direct Messages"}, "SomethingNew", False),
    ],
)
def test_a_private_discord_chat_never_passes_for_a_public_one(
    guild: dict[str, str], kind: str, is_group: bool
) -> None:
    chat = {**DISCORD, "guild": guild, "channel": {"id": "5", "type": kind, "name": "n"}}
    record = read("discord", "c.json", js(chat))[1][0]
    assert isinstance(record, Utterance)
    assert record.is_group is is_group


def test_a_discord_package_without_its_owner_is_refused() -> None:
    for name, content in (("messages.json", js(PACKAGE)), ("messages.csv", PACKAGE_CSV)):
        with pytest.raises(ArchiveError, match="account"):
            read("discord-package", f"messages/c1/{name}", content)


def test_a_damaged_row_of_a_discord_table_takes_no_other_with_it() -> None:
    user = {"account/user.json": js({"id": "1", "username": "mum"})}
    table = PACKAGE_CSV.replace(b"my own apples", b'my "own apples')
    records = read("discord-package", "messages/c1/messages.csv", table, user)[1]
    assert reasons(records) == ["damaged"]
    assert len(records) == 2


def test_slack_people_are_looked_up_in_the_export_they_belong_to() -> None:
    other = {**SLACK_FILES, "users.json": js([{"id": "U0MUM4567", "name": "else"}])}
    first = read("slack", "garden/1.json", js(SLACK_DAY), SLACK_FILES)[1][0]
    second = read("slack", "garden/1.json", js(SLACK_DAY), other)[1][0]
    third = read("slack", "garden/1.json", js(SLACK_DAY))[1][0]
    names = [one.sender_name for one in (first, second, third) if isinstance(one, Utterance)]
    assert names == ["Mum Fen", "else", "U0MUM4567"]
    assert SLACK.gives.name == "CHAT"


def test_a_slack_chat_of_two_stays_private_without_the_list_of_chats() -> None:
    record = read("slack", "D0123ABC/2024-04-05.json", js(SLACK_DAY[:1]))[1][0]
    assert isinstance(record, Utterance)
    assert not record.is_group


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("&amp;lt; is written &lt;", "&lt; is written <"),
        ("<!here> <#C1|garden> <mailto:a@b.org|a@b.org>", "@here #garden a@b.org"),
        ("<https://example.org>!", "https://example.org!"),
        ("<!date^1392734382^{date}|Feb 18>", "Feb 18"),
    ],
)
def test_slack_marks_are_shown_as_people_saw_them(text: str, shown: str) -> None:
    day = [{"type": "message", "user": "U1", "ts": "1712345678.000200", "text": text}]
    [record] = read("slack", "c/1.json", js(day))[1]
    assert isinstance(record, Utterance)
    assert record.text == shown


def test_what_a_slack_message_became_later_is_nobodys_words() -> None:
    day = [
        {"type": "message", "subtype": kind, "user": "U1", "ts": "1712345678.000200", "text": "x"}
        for kind in ("message_changed", "reminder_add", "channel_topic", "new_thing")
    ]
    records = read("slack", "c/1.json", js(day))[1]
    assert [one.sender_key for one in records if isinstance(one, Utterance)] == [None] * 4


def test_x_posts_without_the_account_are_refused() -> None:
    for name, content in (("tweets.js", TWEETS), ("note-tweet.js", NOTES)):
        with pytest.raises(ArchiveError, match="account"):
            read("x", f"data/{name}", content)


def test_code_after_the_data_of_an_x_file_is_never_read() -> None:
    files = {"data/account.js": ACCOUNT}
    reading, records = read("x", "data/tweets.js", TWEETS + b"; alert(document.cookie)", files)
    assert reasons(records)[-1] == "damaged"
    assert any("more than data" in warning for warning in reading.warnings)
    assert not scores("data/tweets.js", b"alert(1); " + TWEETS)


def test_x_files_are_known_by_what_they_set() -> None:
    assert set(scores("part.js", TWEETS)) == {"x"}
    for part in ("tweet", "direct_messages", "note_tweet"):
        assert scores("a.js", TWEETS.replace(b"YTD.tweets", b"YTD." + part.encode()))
    for part in ("like", "ad_impressions", "ip_audit", "deleted_tweets", "account"):
        assert not scores("a.js", TWEETS.replace(b"YTD.tweets", b"YTD." + part.encode()))


@pytest.mark.parametrize(
    ("text", "kept"),
    [("RT @sam: theirs", False), ("RT, please!", True), ("To @sam: happy birthday", True)],
)
def test_what_was_passed_on_is_not_the_persons(text: str, kept: bool) -> None:
    post = tweet(1, "Wed Oct 10 20:19:24 +0000 2018", text)
    content = b"window.YTD.tweets.part0 = " + json.dumps([post]).encode()
    [record] = read("x", "data/tweets.js", content, {"data/account.js": ACCOUNT})[1]
    assert isinstance(record, Utterance)
    assert (record.text == text) is kept
    assert record.forwarded is not kept


def test_the_oldest_layout_of_x_is_read() -> None:
    post = tweet(1, "Wed Oct 10 20:19:24 +0000 2018", "bread")["tweet"]
    content = b"window.YTD.tweet.part0 = " + json.dumps([post]).encode() + b";\n"
    [record] = read("x", "tweet.js", content, {"account.js": ACCOUNT})[1]
    assert isinstance(record, Utterance)
    assert (record.text, record.sender_key) == ("bread", "100")


def test_direct_messages_need_no_account() -> None:
    records = read("x", "data/direct-messages.js", DIRECT)[1]
    assert [one.sender_key for one in records if isinstance(one, Utterance)] == [
        "200",
        "100",
        "300",
    ]


def test_a_sender_who_is_not_in_the_chat_is_unclear() -> None:
    one = dm(1, "555", "100", "2021-02-03T04:05:06.789Z", "words")
    talk = [{"dmConversation": {"conversationId": "100-200", "messages": [one]}}]
    content = b"window.YTD.direct_messages.part0 = " + js(talk)
    assert reasons(read("x", "d.js", content)[1]) == ["unclear_sender"]
