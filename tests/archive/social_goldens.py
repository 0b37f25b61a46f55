"""Exports of Discord, Slack and X, with exactly what must come out; all goldens of the six."""

from __future__ import annotations

from .export_bytes import js
from .messenger_goldens import MESSENGER
from .social_reading import Golden
from .telegram_goldens import TELEGRAM


def dc(number: int, at: str, key: str, name: str, content: str, **more: object) -> dict:
    return {
        "id": str(number), "type": "Default", "timestamp": at, "timestampEdited": None,
        "callEndedTimestamp": None, "isPinned": False, "content": content,
        "author": {"id": key, "name": name, "discriminator": "0000", "nickname": f"{name}y",
                   "color": None, "isBot": False, "roles": [], "avatarUrl": "https://x/y.png"},
        "attachments": [], "embeds": [], "stickers": [], "reactions": [], "mentions": [],
        "inlineEmojis": [], **more,
    }  # fmt: skip


DISCORD = {
    "guild": {"id": "0", "name": "Direct Messages", "iconUrl": "https://x/i.png"},
    "channel": {"id": "555", "type": "DirectTextChat", "categoryId": None, "category": "Private",
                "name": "mum", "topic": None},
    "dateRange": {"after": None, "before": None},
    "exportedAt": "2026-01-01T08:00:00+00:00",
    "messages": [
        dc(1, "2024-01-01T08:00:00.123+01:00", "11", "mum", "apple tree"),
        dc(2, "2024-01-01T08:01:00+01:00", "22", "sam", "> older saying\nstone wall", type="Reply",
           reference={"type": "Default", "messageId": "1", "channelId": "555", "guildId": None},
           timestampEdited="2024-01-01T08:02:00+01:00"),
        dc(3, "2024-01-01T08:03:00+01:00", "22", "sam", "", type="Call"),
        dc(4, "2024-01-01T08:04:00+01:00", "11", "mum", "Pinned a message.",
           type="ChannelPinnedMessage"),
        dc(5, "2024-01-01T08:05:00+01:00", "11", "mum", "",
           reference={"type": "Forward", "messageId": "77"},
           forwardedMessage={"timestamp": "2023-01-01T00:00:00+00:00", "content": "others words",
                             "attachments": [], "embeds": [], "stickers": []}),
        dc(6, "2024-01-01T08:06:00+01:00", "22", "sam", "", attachments=[
            {"id": "9", "url": "chat.json_Files/a.png", "fileName": "a.png", "fileSizeBytes": 1},
            {"id": "8", "url": "https://cdn/b.png", "fileName": "b.png", "fileSizeBytes": 1}]),
        dc(7, "2024-01-01T08:07:00+01:00", "22", "mum", "whose is it"),
        dc(8, "2024-01-01T08:08:00+01:00", "22", "sam", "stone path"),
    ],
    "messageCount": 8,
}  # fmt: skip

PACKAGE = [
    {"ID": 1100000000000000000, "Timestamp": "2023-04-24 10:07:17", "Contents": "my own apples",
     "Attachments": ""},
    {"ID": "1100000096468992000", "Timestamp": "2023-04-24 10:07:40", "Contents": "",
     "Attachments": "https://cdn/x.png"},
    {"ID": "1100000096468992000", "Timestamp": "2011-04-24 10:07:40", "Contents": "wrong year",
     "Attachments": ""},
]  # fmt: skip
PACKAGE_CSV = (
    b"ID,Timestamp,Contents,Attachments\r\n"
    b"1100000000000000000,2023-04-24 10:07:17.490000+00:00,my own apples,\r\n"
    b'1100000096468992000,2023-04-24 10:07:40.011000+00:00,"two\nlines, ""quoted""",\r\n'
)
USER = {"account/user.json": js({"id": "4040", "username": "mum", "global_name": "Mum"})}

SLACK_DAY = [
    {"type": "message", "user": "U0MUM4567",
     "text": "hi <@U0SAM1234> <https://x.org|the shop> &amp; co",
     "ts": "1712345678.000200", "client_msg_id": "a"},
    {"type": "message", "user": "U0SAM1234", "text": "&gt; old words\nstone answer",
     "ts": "1712345700.000100", "thread_ts": "1712345678.000200",
     "edited": {"user": "U", "ts": "1.2"}},
    {"type": "message", "subtype": "channel_join", "user": "U0SAM1234",
     "text": "<@U0SAM1234> has joined the channel", "ts": "1712345710.000100"},
    {"type": "message", "subtype": "bot_message", "bot_id": "B1", "username": "calendar",
     "text": "standup", "ts": "1712345720.000100"},
    {"type": "message", "user": "U0MUM4567", "text": "", "ts": "1712345730.000100",
     "files": [{"name": "cake.jpg", "url_private": "https://files/x", "mode": "hosted"}]},
    {"type": "message", "user": "U0MUM4567", "text": "my comment", "ts": "1712345740.000100",
     "attachments": [{"is_share": True, "text": "shared wisdom", "author_id": "U9"}]},
    {"type": "message", "subtype": "tombstone", "user": "USLACKBOT", "hidden": True,
     "text": "This message was deleted.", "ts": "1712345750.000100"},
]  # fmt: skip
SLACK_FILES = {
    "users.json": js(
        [
            {"id": "U0MUM4567", "name": "mum", "profile": {"real_name": "Mum Fen"}},
            {"id": "U0SAM1234", "name": "sam", "profile": {"real_name": "Sam Fen"}},
        ]
    ),
    "channels.json": js([{"id": "C01", "name": "garden", "members": ["U0MUM4567"]}]),
    "dms.json": js([{"id": "D07", "members": ["U0MUM4567", "U0SAM1234"]}]),
}

ACCOUNT = b"window.YTD.account.part0 = " + js(
    [{"account": {"accountId": "100", "username": "mum", "accountDisplayName": "Mum Fen"}}]
)
LONG = "A long thought about apples. " * 15


def tweet(number: int, at: str, text: str, **more: object) -> dict:
    return {
        "tweet": {
            "retweeted": False, "source": "<a>web</a>", "entities": {"urls": [], "media": []},
            "id_str": str(number), "created_at": at, "full_text": text, "lang": "en", **more,
        }
    }  # fmt: skip


TWEETS = b"window.YTD.tweets.part0 = " + js(
    [
        tweet(1, "Wed Oct 10 20:19:24 +0000 2018", "bread &amp; apples https://t.co/a",
              entities={"urls": [
                  {"url": "https://t.co/a", "expanded_url": "https://example.org"}]}),
        tweet(2, "Wed Oct 10 20:20:24 +0000 2018", "RT @sam: stones everywhere"),
        tweet(3, "Wed Oct 10 20:21:24 +0000 2018", "@sam so true", in_reply_to_status_id_str="77",
              in_reply_to_screen_name="sam"),
        tweet(4, "Wed Oct 10 20:22:24 +0000 2018", "my view https://t.co/p",
              entities={"media": [{"url": "https://t.co/p"}]}),
        tweet(5, "Thu Oct 10 20:23:24 +0000 2018", "wrong weekday"),
        tweet(6, "Fri Mar 03 10:00:00 +0000 2023", LONG[:250].strip() + "… https://t.co/z"),
    ]
)  # fmt: skip
NOTES = b"window.YTD.note_tweet.part0 = " + js(
    [{"noteTweet": {"noteTweetId": "6", "createdAt": "2023-03-03T10:00:00.000Z",
                    "core": {"text": LONG, "urls": []}}}]
)  # fmt: skip


def dm(number: int, sender: str, heard: str, at: str, text: str, **more: object) -> dict:
    return {
        "messageCreate": {
            "recipientId": heard, "reactions": [], "urls": [], "text": text, "mediaUrls": [],
            "senderId": sender, "id": str(number), "createdAt": at, **more,
        }
    }  # fmt: skip


DIRECT = b"window.YTD.direct_messages.part0 = " + js(
    [
        {"dmConversation": {"conversationId": "100-200", "messages": [
            dm(5, "200", "100", "2021-02-03T04:05:06.789Z", "stones &lt;3"),
            dm(4, "100", "200", "2021-02-03T04:04:06.000Z", "apples"),
            dm(3, "100", "300", "2021-02-03T04:03:06.000Z", "to whom"),
        ]}},
        {"dmConversation": {"conversationId": "100-300", "messages": [
            dm(9, "300", "100", "2022-02-03T04:04:06.000Z", "", mediaUrls=["https://x/y.jpg"])]}},
    ]
) + b";\n"  # fmt: skip
DIRECT_GROUP = b"window.YTD.direct_messages_group.part0 = " + js(
    [
        {"dmConversation": {"conversationId": "9988", "messages": [
            {"joinConversation": {"initiatingUserId": "200", "participantsSnapshot": ["100"],
                                  "createdAt": "2021-01-01T00:00:00.000Z"}},
            {"messageCreate": {"senderId": "200", "id": "1", "text": "all stones", "urls": [],
                               "mediaUrls": [], "reactions": [],
                               "createdAt": "2021-01-01T00:01:00.000Z"}},
        ]}},
    ]
)  # fmt: skip

_HERE: dict[str, Golden] = {
    "discord: a direct chat": Golden(
        "discord", "chat.json", js(DISCORD),
        [
            ("2024-01-01T08:00:00", "01 07:00", "11", "text", "apple tree"),
            ("2024-01-01T08:01:00", "01 07:01", "22", "text", "stone wall", "edited",
             ("quoted", "older saying"), ("reply", "1")),
            ("2024-01-01T08:03:00", "01 07:03", "22", "call", None),
            ("2024-01-01T08:04:00", "01 07:04", None, "system", "Pinned a message."),
            ("2024-01-01T08:05:00", "01 07:05", "11", "text", None, "forwarded",
             ("quoted", "others words"), ("reply", "77")),
            ("2024-01-01T08:06:00", "01 07:06", "22", "image", None,
             ("file", "chat.json_Files/a.png", True)),
            ("skipped", "unclear_sender"),
            ("2024-01-01T08:08:00", "01 07:08", "22", "text", "stone path"),
        ],
        {("discord", "channel:555", "mum", False)}, beside={"chat.json_Files/a.png": b"x"},
        marked=frozenset({"older", "saying"}),
    ),
    "discord: package": Golden(
        "discord-package", "messages/c77/messages.json", js(PACKAGE),
        [
            ("2023-04-24T10:07:17", "24 10:07", "4040", "text", "my own apples"),
            ("2023-04-24T10:07:40", "24 10:07", "4040", "file", None),
            ("skipped", "unclear_date"),
        ],
        {("discord", "channel:77", "Home / garden", True)},
        beside={**USER, "messages/c77/channel.json":
                js({"id": "77", "type": 0, "name": "garden",
                    "guild": {"id": "1", "name": "Home"}})},
    ),
    "discord: package of before 2024 (csv)": Golden(
        "discord-package", "messages/c78/messages.csv", PACKAGE_CSV,
        [
            ("2023-04-24T10:07:17", "24 10:07", "4040", "text", "my own apples"),
            ("2023-04-24T10:07:40", "24 10:07", "4040", "text", 'two\nlines, "quoted"'),
        ],
        {("discord", "channel:78", "Discord 78", False)},
        beside={**USER, "messages/c78/channel.json":
                js({"id": "78", "type": 1, "recipients": ["4040", "1"]})},
    ),
    "slack: a day": Golden(
        "slack", "garden/2024-04-05.json", js(SLACK_DAY),
        [
            ("2024-04-05T19:34:38", "05 19:34", "U0MUM4567", "text", "hi @Sam Fen the shop & co"),
            ("2024-04-05T19:35:00", "05 19:35", "U0SAM1234", "text", "stone answer", "edited",
             ("quoted", "old words"), ("reply", "1712345678.000200")),
            ("2024-04-05T19:35:10", "05 19:35", None, "system", "@Sam Fen has joined the channel"),
            ("2024-04-05T19:35:20", "05 19:35", "bot:B1", "text", "standup"),
            ("2024-04-05T19:35:30", "05 19:35", "U0MUM4567", "image", None),
            ("2024-04-05T19:35:40", "05 19:35", "U0MUM4567", "text", "my comment",
             ("quoted", "shared wisdom")),
            ("2024-04-05T19:35:50", "05 19:35", None, "deleted", None),
        ],
        {("slack", "channel:C01", "garden", True)}, beside=SLACK_FILES,
    ),
    "slack: direct messages": Golden(
        "slack", "D07/2024-04-05.json", js(SLACK_DAY[:1]),
        [("2024-04-05T19:34:38", "05 19:34", "U0MUM4567", "text", "hi @Sam Fen the shop & co")],
        {("slack", "channel:D07", "Mum Fen, Sam Fen", False)}, beside=SLACK_FILES,
    ),
    "x: posts": Golden(
        "x", "data/tweets.js", TWEETS,
        [
            ("2018-10-10T20:19:24", "10 20:19", "100", "text",
             "bread & apples https://example.org"),
            ("2018-10-10T20:20:24", "10 20:20", "100", "text", None, "forwarded",
             ("quoted", "RT @sam: stones everywhere")),
            ("2018-10-10T20:21:24", "10 20:21", "100", "text", "@sam so true", ("reply", "77")),
            ("2018-10-10T20:22:24", "10 20:22", "100", "text", "my view",
             ("file", "data/tweets_media/4-x.jpg", True)),
            ("skipped", "unclear_date"),
            ("2023-03-03T10:00:00", "03 10:00", "100", "text", LONG.strip()),
        ],
        {("x", "posts:100", "@mum on X", True)},
        beside={"data/account.js": ACCOUNT, "data/note-tweet.js": NOTES,
                "data/tweets_media/4-x.jpg": b"x"},
    ),
    "x: long posts": Golden(
        "x", "data/note-tweet.js", NOTES,
        [("2023-03-03T10:00:00", "03 10:00", "100", "text", LONG.strip())],
        {("x", "posts:100", "@mum on X", True)}, beside={"data/account.js": ACCOUNT},
    ),
    "x: direct messages": Golden(
        "x", "data/direct-messages.js", DIRECT,
        [
            ("2021-02-03T04:05:06", "03 04:05", "200", "text", "stones <3"),
            ("2021-02-03T04:04:06", "03 04:04", "100", "text", "apples"),
            ("skipped", "unclear_sender"),
            ("2022-02-03T04:04:06", "03 04:04", "300", "image", None,
             ("file", "data/direct_messages_media/9-p.jpg", True)),
        ],
        {("x", "dm:100-200", "X messages with 200", False),
         ("x", "dm:100-300", "X messages with 300", False)},
        beside={"data/account.js": ACCOUNT, "data/direct_messages_media/9-p.jpg": b"x"},
    ),
    "x: direct messages of a group": Golden(
        "x", "data/direct-messages-group.js", DIRECT_GROUP,
        [
            ("2021-01-01T00:00:00", "01 00:00", None, "system", "joinConversation"),
            ("2021-01-01T00:01:00", "01 00:01", "200", "text", "all stones"),
        ],
        {("x", "dm:9988", "X messages 9988", True)}, beside={"data/account.js": ACCOUNT},
    ),
}  # fmt: skip

GOLDENS: dict[str, Golden] = {**TELEGRAM, **MESSENGER, **_HERE}
