"""Threads of Messenger and Instagram, with exactly what must come out. Content is invented."""

from __future__ import annotations

from .export_bytes import js, meta
from .social_reading import Golden

CLASSIC = {
    "participants": [{"name": meta("Zoë Sam")}, {"name": "Mum"}],
    "messages": [
        {"sender_name": "Mum", "timestamp_ms": 1600000300000, "content": "Liked a message",
         "is_geoblocked_for_viewer": False},
        {"sender_name": "Mum", "timestamp_ms": 1600000240000, "type": "Generic", "is_unsent": True},
        {"sender_name": meta("Zoë Sam"), "timestamp_ms": 1600000180000, "call_duration": 61,
         "content": "Zoe called you.", "type": "Call"},
        {"sender_name": "Mum", "timestamp_ms": 1600000120900,
         "content": meta("second apple 早啊")},
        {"sender_name": "Mum", "timestamp_ms": 1600000120100, "content": meta("first apple")},
        {"sender_name": "Mum", "timestamp_ms": 1600000060000, "content": meta("café time?"),
         "reactions": [{"reaction": meta("❤"), "actor": meta("Zoë Sam")}], "type": "Generic"},
        {"sender_name": meta("Zoë Sam"), "timestamp_ms": 1600000055000, "type": "Share",
         "content": "look at stones", "share": {"link": "https://example.org/n",
                                                "share_text": meta("Headline of others")}},
        {"sender_name": "Mum", "timestamp_ms": 1600000050000, "audio_files": [
            {"uri": "messages/inbox/mum_1/audio/a.mp4", "creation_timestamp": 1600000050}]},
        {"sender_name": meta("Zoë Sam"), "timestamp_ms": 1600000045000, "content":
            meta("Zoë Sam sent an attachment."), "photos": [
            {"uri": "messages/inbox/mum_1/photos/1.jpg"}, {"uri": "../../secret.jpg"}]},
        {"sender_name": "Mum", "timestamp_ms": 1600000040000, "type": "Subscribe",
         "users": [{"name": "Mum"}], "content": "Mum joined."},
        {"sender_name": "Mum", "timestamp_ms": 1600000030000,
         "content": "Mum set the nickname for Zoe to Bunny."},
    ],
    "title": "Mum",
    "is_still_participant": True,
    "thread_type": "Regular",
    "thread_path": "inbox/mum_1",
    "magic_words": [],
}  # fmt: skip
ZOE = "Zoë Sam"
CLASSIC_ROWS = [
    ("2020-09-13T12:31:40", "13 12:31", None, "system", "Liked a message"),
    ("2020-09-13T12:30:40", "13 12:30", "Mum", "deleted", None),
    ("2020-09-13T12:29:40", "13 12:29", ZOE, "call", None),
    ("2020-09-13T12:28:40", "13 12:28", "Mum", "text", "first apple"),
    ("2020-09-13T12:28:40", "13 12:28", "Mum", "text", "second apple 早啊"),
    ("2020-09-13T12:27:40", "13 12:27", "Mum", "text", "café time?"),
    ("2020-09-13T12:27:35", "13 12:27", ZOE, "text", "look at stones",
     ("quoted", "Headline of others")),
    ("2020-09-13T12:27:30", "13 12:27", "Mum", "voice", None,
     ("file", "messages/inbox/mum_1/audio/a.mp4", True)),
    ("2020-09-13T12:27:25", "13 12:27", ZOE, "image", None,
     ("file", "messages/inbox/mum_1/photos/1.jpg", False)),
    ("2020-09-13T12:27:20", "13 12:27", None, "system", "Mum joined."),
    ("2020-09-13T12:27:10", "13 12:27", None, "system", "Mum set the nickname for Zoe to Bunny."),
]  # fmt: skip
CLASSIC_FILES = {"messages/inbox/mum_1/audio/a.mp4": b"x", "secret.jpg": b"x"}

INSTAGRAM_GROUP = {
    "participants": [{"name": name} for name in ("Ruth", "Instagram User", "Ann", "Ann")],
    "messages": [
        {"sender_name": "Ruth", "timestamp_ms": 1700000002000, "content": "soup on sunday"},
        {"sender_name": "Instagram User", "timestamp_ms": 1700000001500, "content": "who am I"},
        {"sender_name": "Ann", "timestamp_ms": 1700000001000, "content": "which Ann"},
        {"sender_name": "Ruth", "timestamp_ms": 1700000000000,
         "content": meta("Reacted 😂 to your message ")},
    ],
    "title": "Lunch",
    "is_still_participant": True,
    "thread_path": "inbox/lunch_178",
}  # fmt: skip

SEALED = {
    "participants": ["Sam", "Mum"],
    "threadName": "Mum_1",
    "messages": [
        {"senderName": "Mum", "text": "good apples", "timestamp": 1720000000000, "type": "text",
         "isUnsent": False, "media": [], "reactions": [{"actor": "Sam", "reaction": "❤"}]},
        {"senderName": "Sam", "text": "naïve stones 好", "timestamp": 1720000001000, "type": "text",
         "isUnsent": False, "media": [], "reactions": []},
        {"senderName": "Mum", "text": "", "timestamp": 1720000002000, "type": "media",
         "isUnsent": False, "media": [{"uri": "./media/v.jpg"}], "reactions": []},
        {"senderName": "Sam", "text": "", "timestamp": 1720000003000, "type": "text",
         "isUnsent": True, "media": [], "reactions": []},
    ],
}  # fmt: skip

MESSENGER: dict[str, Golden] = {
    "messenger: classic, newest first": Golden(
        "messenger", "messages/inbox/mum_1/message_1.json", js(CLASSIC, ascii_only=True),
        CLASSIC_ROWS, {("messenger", "direct:Mum\nZoë Sam", "Mum", False)},
        beside=CLASSIC_FILES, container="facebook-zoe",
    ),
    "messenger: only the thread's folder, oldest first": Golden(
        "messenger", "message_1.json",
        js({**CLASSIC, "messages": [CLASSIC["messages"][place] for place in (7, 4, 3)]}),
        [("2020-09-13T12:27:30", "13 12:27", "Mum", "voice", None, ("file", "audio/a.mp4", True)),
         CLASSIC_ROWS[3], CLASSIC_ROWS[4]],
        {("messenger", "direct:Mum\nZoë Sam", "Mum", False)}, beside={"audio/a.mp4": b"x"},
    ),
    "instagram: a group, names that are nobody's": Golden(
        "messenger", "your_instagram_activity/messages/inbox/lunch_178/message_1.json",
        js(INSTAGRAM_GROUP),
        [
            ("2023-11-14T22:13:22", "14 22:13", "Ruth", "text", "soup on sunday"),
            ("skipped", "unclear_sender"),
            ("skipped", "unclear_sender"),
            ("2023-11-14T22:13:20", "14 22:13", None, "system", "Reacted 😂 to your message "),
        ],
        {("instagram", "thread:lunch_178", "Lunch", True)},
    ),
    "messenger: encrypted chats": Golden(
        "messenger", "Mum_1.json", js(SEALED),
        [
            ("2024-07-03T09:46:40", "03 09:46", "Mum", "text", "good apples"),
            ("2024-07-03T09:46:41", "03 09:46", "Sam", "text", "naïve stones 好"),
            ("2024-07-03T09:46:42", "03 09:46", "Mum", "image", None,
             ("file", "media/v.jpg", True)),
            ("2024-07-03T09:46:43", "03 09:46", "Sam", "deleted", None),
        ],
        {("messenger", "direct:Mum\nSam", "Mum", False)}, beside={"media/v.jpg": b"x"},
    ),
}  # fmt: skip
