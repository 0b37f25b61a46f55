"""Telegram's exports, with exactly what must come out. Content is invented, syntax is real."""

from __future__ import annotations

import json

from .export_bytes import js
from .social_reading import Golden


def tg(number: int, at: str, unix: int, who: str, key: str, text: object, **more: object) -> dict:
    pieces = text if isinstance(text, list) else [text] if text else []
    entities = [one if isinstance(one, dict) else {"type": "plain", "text": one} for one in pieces]
    return {
        "id": number,
        "type": "message",
        "date": at,
        "date_unixtime": str(unix),
        "from": who,
        "from_id": key,
        **more,
        "text": text,
        "text_entities": entities,
    }


MUM, SAM = "user700000000", "user42"
TELEGRAM_CHAT = {
    "name": "Mum ❤",
    "type": "personal_chat",
    "id": 700000000,
    "messages": [
        tg(1, "2019-07-12T16:55:32", 1562943332, "Mum ❤", MUM,
           ["see ", {"type": "link", "text": "https://example.org"}, " 👀 garden"],
           edited="2019-07-12T16:56:00", edited_unixtime="1562943360"),
        tg(2, "2019-07-12T16:56:32", 1562943392, "Sam", SAM, "lovely tulips",
           reply_to_message_id=1),
        tg(3, "2019-07-13T08:00:00", 1562997600, "Mum ❤", MUM, "",
           file="voice_messages/audio_1@13-07-2019.ogg", media_type="voice_message",
           mime_type="audio/ogg", duration_seconds=7),
        {"id": 4, "type": "service", "date": "2019-07-13T09:00:00", "date_unixtime": "1563001200",
         "actor": "Mum ❤", "actor_id": MUM, "action": "phone_call", "duration_seconds": 61,
         "discard_reason": "hangup", "text": "", "text_entities": []},
        tg(5, "2019-07-13T10:00:00", 1563004800, "Mum ❤", MUM, "forward this to ten friends",
           forwarded_from="Aunt Jo"),
        tg(6, "2019-07-13T10:01:00", 1563004860, "Sam", SAM,
           [{"type": "blockquote", "text": "pasted verse"}, "\nthought of you"]),
        tg(7, "2019-07-13T10:02:00", 1563004920, "Mum ❤", MUM, "",
           photo="(File not included. Change data exporting settings to download.)",
           width=1, height=1),
        tg(8, "2019-07-13T10:03:00", 1563004980, "Sam", SAM, "caption words",
           photo="photos/photo_1.jpg", width=1, height=1),
        {"id": 9, "type": "unsupported"},
        tg(10, "2019-07-13T10:05:00", 1563005100, "Mum ❤", MUM, "gif words", via_bot="@gif"),
        {"id": 11, "type": "service", "date": "2019-07-13T11:00:00", "date_unixtime": "1563008400",
         "actor": "Sam", "actor_id": SAM, "action": "pin_message", "message_id": 1, "text": "",
         "text_entities": []},
        tg(12, "2019-07-13T12:00:00", 1563012000, "Mum ❤", MUM, "",
           file="stickers/sticker.webp", media_type="sticker", sticker_emoji="😀"),
        tg(13, "2019-07-13T12:01:00", 1563012060, "Mum ❤", MUM,
           [{"type": "link", "text": "https://example.org/bread"}]),
    ],
}  # fmt: skip
TELEGRAM_ROWS = [
    ("2019-07-12T16:55:32", "12 14:55", MUM, "text", "see https://example.org 👀 garden",
     "edited"),
    ("2019-07-12T16:56:32", "12 14:56", SAM, "text", "lovely tulips", ("reply", "1")),
    ("2019-07-13T08:00:00", "13 06:00", MUM, "voice", None,
     ("file", "ChatExport/voice_messages/audio_1@13-07-2019.ogg", True)),
    ("2019-07-13T09:00:00", "13 07:00", MUM, "call", None),
    ("2019-07-13T10:00:00", "13 08:00", MUM, "text", None, "forwarded",
     ("quoted", "forward this to ten friends")),
    ("2019-07-13T10:01:00", "13 08:01", SAM, "text", "thought of you", ("quoted", "pasted verse")),
    ("2019-07-13T10:02:00", "13 08:02", MUM, "image", None),
    ("2019-07-13T10:03:00", "13 08:03", SAM, "image", "caption words",
     ("file", "photos/photo_1.jpg", False)),
    ("skipped", "not_recognised"),
    ("2019-07-13T10:05:00", "13 08:05", MUM, "text", None, "forwarded", ("quoted", "gif words")),
    ("2019-07-13T11:00:00", "13 09:00", None, "system", "pin_message"),
    ("2019-07-13T12:00:00", "13 10:00", MUM, "sticker", None,
     ("file", "stickers/sticker.webp", False)),
    ("2019-07-13T12:01:00", "13 10:01", MUM, "link", "https://example.org/bread"),
]  # fmt: skip
TELEGRAM_PAIR = ("telegram", f"direct:{SAM}\n{MUM}", "Mum ❤", False)

TELEGRAM_ALL = {
    "about": "Here is the data you requested. Remember: Telegram is ad free.",
    "personal_information": {"user_id": 42, "first_name": "Sam", "phone_number": "+44 7700 900123"},
    "contacts": {"about": "..", "list": [{"user_id": 7, "first_name": "Aunt"}]},
    "chats": {
        "about": "This page lists all chats from this export.",
        "list": [
            {"type": "saved_messages", "id": 42, "messages": []},
            {
                "name": None,
                "type": "personal_chat",
                "id": 800,
                "messages": [
                    tg(1, "2020-01-01T00:00:05", 1577836805, None, "user800", "ghost note")
                ],
            },
            {
                "name": "Sunday lunch",
                "type": "private_supergroup",
                "id": 999,
                "messages": [
                    tg(5, "2020-05-03T12:00:00", 1588503600, "Ruth", "user9", "soup today"),
                    tg(6, "2020-05-03T12:01:00", 1588503660, "Sunday lunch", "channel999",
                       "posted"),
                    tg(7, "2020-05-03T12:02:00", 1588503720, "Sam", SAM, "coming"),
                ],
            },
            {
                "type": "saved_messages",
                "id": 42,
                "messages": [
                    tg(9, "2020-06-01T09:00:00", 1590994800, "Sam", SAM, "copied poem",
                       forwarded_from=None, saved_from="Poets"),
                    tg(10, "2020-06-01T09:01:00", 1590994860, "Sam", SAM, "remember the keys"),
                ],
            },
        ],
    },
    "left_chats": {
        "about": "..",
        "list": [
            {
                "name": "Old choir",
                "type": "private_group",
                "id": 999,
                "messages": [
                    tg(3, "2015-02-01T10:00:00", 1422777600, "Ruth", "user9", "sing higher")
                ],
            }
        ],
    },
}  # fmt: skip
TELEGRAM_ALL_ROWS = [
    ("2020-01-01T00:00:05", "01 00:00", "user800", "text", "ghost note"),
    ("2020-05-03T12:00:00", "03 11:00", "user9", "text", "soup today"),
    ("2020-05-03T12:01:00", "03 11:01", "channel999", "text", "posted"),
    ("2020-05-03T12:02:00", "03 11:02", SAM, "text", "coming"),
    ("2020-06-01T09:00:00", "01 07:00", SAM, "text", None, "forwarded", ("quoted", "copied poem")),
    ("2020-06-01T09:01:00", "01 07:01", SAM, "text", "remember the keys"),
    ("2015-02-01T10:00:00", "01 08:00", "user9", "text", "sing higher"),
]

TELEGRAM_OLD = {
    "name": "Mum",
    "type": "personal_chat",
    "id": 4298967296,
    "messages": [
        {"id": 1, "type": "message", "date": "2018-03-04T05:06:07", "edited": "1970-01-01T03:00:00",
         "from": "Mum", "from_id": 5000, "text": "早安 mother"},
        {"id": 2, "type": "message", "date": "2018-03-04T05:07:07",
         "from": "Sam", "from_id": 42, "text": ["so ", {"type": "bold", "text": "early"}]},
        {"id": 3, "type": "message", "date": "2018-03-04T05:08:07", "from": "Club",
         "from_id": 8589934593, "text": "meeting"},
        {"id": 4, "type": "message", "date": "2018-03-04T05:09:07", "text": "nameless"},
    ],
}  # fmt: skip


def page(*blocks: str, title: str = "Mum") -> bytes:
    return (
        '<!DOCTYPE html>\n<html>\n <head>\n  <meta charset="utf-8"/>\n'
        "<title>Exported Data</title>\n"
        ' </head>\n <body onload="CheckLocation();">\n  <div class="page_wrap">\n'
        '   <div class="page_header">\n    <div class="content">\n     <div class="text bold">\n'
        f"{title}\n     </div>\n    </div>\n   </div>\n"
        '   <div class="page_body chat_page">\n    <div class="history">\n'
        '     <a class="pagination block_link" href="messages.html">\n'
        "Previous messages\n     </a>\n"
        + "".join(blocks)
        + '     <a class="pagination block_link" href="messages3.html">\nNext messages\n     </a>\n'
        "    </div>\n   </div>\n  </div>\n </body>\n</html>\n"
    ).encode()


def said(number: int, at: str, name: str | None, inner: str) -> str:
    joined = "" if name else " joined"
    head = f'       <div class="from_name">\n{name}\n       </div>\n' if name else ""
    return (
        f'     <div class="message default clearfix{joined}" id="message{number}">\n'
        '      <div class="pull_left userpic_wrap">\n       <div class="userpic userpic1">\n'
        '        <div class="initials">\nM\n        </div>\n       </div>\n      </div>\n'
        '      <div class="body">\n'
        f'       <div class="pull_right date details" title="{at}">\n16:55\n       </div>\n'
        f"{head}{inner}      </div>\n     </div>\n"
    )


def words(text: str) -> str:
    return f'       <div class="text">\n{text}\n       </div>\n'


def day(number: int, text: str) -> str:
    return (
        f'     <div class="message service" id="message{number}">\n'
        f'      <div class="body details">\n{text}\n      </div>\n     </div>\n'
    )


PAGE = page(
    day(-1, "12 July 2019"),
    said(11, "12.07.2019 16:55:32 UTC+02:00", "Mum", words(
        'see <a href="https://x.org">https://x.org</a> now<br>second &amp; last')),
    said(12, "12.07.2019 16:55:40 UTC+02:00", None, words("still apples")),
    said(13, "12.07.2019 16:56:00 UTC+02:00", "Sam",
         '       <div class="reply_to details">\nIn reply to '
         '<a href="#go_to_message11">this message</a>\n'
         "       </div>\n" + words("lovely stones")),
    said(14, "12.07.2019 16:57:00 UTC+02:00", None,
         '       <div class="pull_left forwarded userpic_wrap">\n       </div>\n'
         '       <div class="forwarded body">\n        <div class="from_name">\nAunt Jo'
         '<span class="date details" title="01.01.2019 10:00:00"> 01.01.2019</span>\n'
         "        </div>\n"
         + words("chain letter") + "       </div>\n"),
    said(15, "12.07.2019 16:58:00 UTC+02:00", "Mum",
         '       <div class="media_wrap clearfix">\n        <a class="media clearfix pull_left '
         'block_link media_voice_message" href="voice_messages/a.ogg">\n'
         '         <div class="body">\n'
         '          <div class="title bold">\nVoice message\n          </div>\n         </div>\n'
         "        </a>\n       </div>\n"),
    day(-2, "13 July 2019"),
    day(16, "Mum pinned this message"),
    said(17, "13.07.2019 08:00:00", "Sam",
         words("<blockquote>old proverb</blockquote>true stones")),
    said(18, "13.07.2019 08:01:00", "Mum via @gif", words("machine made")),
)  # fmt: skip

TELEGRAM: dict[str, Golden] = {
    "telegram: one chat": Golden(
        "telegram", "ChatExport/result.json", js(TELEGRAM_CHAT), TELEGRAM_ROWS, {TELEGRAM_PAIR},
        beside={"ChatExport/voice_messages/audio_1@13-07-2019.ogg": b"OggS"},
    ),
    "telegram: one chat, all on one line": Golden(
        "telegram", "ChatExport/result.json", json.dumps(TELEGRAM_CHAT).encode(), TELEGRAM_ROWS,
        {TELEGRAM_PAIR}, beside={"ChatExport/voice_messages/audio_1@13-07-2019.ogg": b"OggS"},
    ),
    "telegram: one chat, keys in another order": Golden(
        "telegram", "ChatExport/result.json",
        json.dumps(TELEGRAM_CHAT, sort_keys=True, indent=1).encode(), TELEGRAM_ROWS,
        {TELEGRAM_PAIR}, beside={"ChatExport/voice_messages/audio_1@13-07-2019.ogg": b"OggS"},
    ),
    "telegram: everything": Golden(
        "telegram", "DataExport/result.json", js(TELEGRAM_ALL), TELEGRAM_ALL_ROWS,
        {
            ("telegram", "direct:user42\nuser800", "Deleted Account", False),
            ("telegram", "channel:999", "Sunday lunch", True),
            ("telegram", "saved_messages:42", "Saved Messages", False),
            ("telegram", "chat:999", "Old choir", True),
        },
    ),
    "telegram: from before 2021, no UTC": Golden(
        "telegram", "result.json", js(TELEGRAM_OLD),
        [
            ("2018-03-04T05:06:07", None, "user5000", "text", "早安 mother", "edited"),
            ("2018-03-04T05:07:07", None, "user42", "text", "so early"),
            ("2018-03-04T05:08:07", None, "channel1", "text", "meeting"),
            ("skipped", "unclear_sender"),
        ],
        {("telegram", "direct:user4298967296", "Mum", False)},
    ),
    "telegram: pages": Golden(
        "telegram", "ChatExport/messages2.html", PAGE,
        [
            ("2019-07-12T16:55:32", "12 14:55", "name:Mum", "text",
             "see https://x.org now\nsecond & last"),
            ("2019-07-12T16:55:40", "12 14:55", "name:Mum", "text", "still apples"),
            ("2019-07-12T16:56:00", "12 14:56", "name:Sam", "text", "lovely stones",
             ("reply", "11")),
            ("2019-07-12T16:57:00", "12 14:57", "name:Sam", "text", None, "forwarded",
             ("quoted", "chain letter")),
            ("2019-07-12T16:58:00", "12 14:58", "name:Mum", "voice", None,
             ("file", "ChatExport/voice_messages/a.ogg", True)),
            ("skipped", "unclear_date"),
            ("2019-07-13T08:00:00", None, "name:Sam", "text", "true stones",
             ("quoted", "old proverb")),
            ("2019-07-13T08:01:00", None, "name:Mum", "text", None, "forwarded",
             ("quoted", "machine made")),
        ],
        {("telegram", "direct:Mum\nSam", "Mum", False)},
        beside={"ChatExport/voice_messages/a.ogg": b"OggS"},
    ),
}  # fmt: skip
