"""Small exports as pages, and their relatives, with exactly what must come out.

Google Voice, Hangouts, signal-export, imessage-exporter's pages, Meta's pages, WeChat's pages.
Content is invented; the forms are those that other readers and the tools themselves describe.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

Row = tuple[object, ...]


@dataclass(frozen=True)
class Golden:
    """A file, what came with it, and exactly what must come out of it."""

    format: str
    name: str
    content: str
    expected: list[Row]
    chat: tuple[str, bool]
    """The conversation's title, and whether it is a group."""
    beside: Mapping[str, bytes] = field(default_factory=dict)


def js(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


# --- Google Voice ---------------------------------------------------------------------------

MUM, SAM = "+15550001111", "+15550002222"


def gv(*messages: str, people: str = "", title: str = "Mum") -> str:
    return (
        '<?xml version="1.0" ?>\n<!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><head>'
        f"<title>{title}</title></head>\n<body>{people}"
        f'<div class="hChatLog hfeed">\n{" ".join(messages)}</div>\n'
        '<div class="tags">Labels: <a rel="tag" href="http://x#sms">Text</a></div></body></html>'
    )


def gv_card(number: str, name: str) -> str:
    shown = (
        '<abbr class="fn" title="">Me</abbr>' if name == "Me" else f'<span class="fn">{name}</span>'
    )
    return f'<a class="tel" href="tel:{number}">{shown}</a>'


def gv_said(at: str, number: str, name: str, words: str, more: str = "") -> str:
    return (
        f'<div class="message"><abbr class="dt" title="{at}">then</abbr>:\n'
        f'<cite class="sender vcard">{gv_card(number, name)}</cite>:\n<q>{words}</q>\n{more}</div>'
    )


def gv_call(what: str, number: str, name: str, label: str, more: str = "") -> str:
    return (
        '<html><head><title>x</title></head><body><div class="haudio"><span class="album">'
        f'{label}</span>\n<div class="contributor vcard">{what}\n{gv_card(number, name)}</div>\n'
        '<abbr class="published" title="2014-05-22T15:41:01.000-04:00">then</abbr>\n'
        f'{more}<abbr class="duration" title="PT42S">(00:00:42)</abbr></div></body></html>'
    )


VOICE = [
    Golden(
        "google-voice",
        "Calls/Mum - Text - 2014-05-22T15_41_01Z.html",
        gv(
            gv_said("2014-05-22T15:41:01.123-04:00", MUM, "Mum", "apple: are you up?"),
            gv_said("2014-05-22T15:42:00.000-04:00", SAM, "Me", "yes<br>two &amp; lines"),
        ),
        [
            ("2014-05-22T15:41:01", MUM, "text", "apple: are you up?"),
            ("2014-05-22T15:42:00", SAM, "text", "yes\ntwo & lines"),
        ],
        ("Mum", False),
    ),
    Golden(
        "google-voice",
        "Calls/Group Conversation - 2014-05-22T15_41_01Z.html",
        gv(
            gv_said("2014-05-22T15:41:01.123-04:00", MUM, "Mum", "who brings the cake"),
            gv_said("2014-05-22T15:43:01.123-04:00", "+15550003333", "Tom", "I do"),
            people='<div class="participants">Group conversation with:\n'
            f'<cite class="sender vcard">{gv_card(MUM, "Mum")}</cite>, '
            f'<cite class="sender vcard">{gv_card("+15550003333", "Tom")}</cite></div>',
        ),
        [
            ("2014-05-22T15:41:01", MUM, "text", "who brings the cake"),
            ("2014-05-22T15:43:01", "+15550003333", "text", "I do"),
        ],
        ("Mum, Tom", True),
    ),
    Golden(
        "google-voice",
        "Calls/Mum - Text - 2014-05-22T15_41_02Z.html",
        gv(
            gv_said("2014-05-22T15:41:01.123-04:00", MUM, "Mum", "MMS Received",
                    '<div><img src="Mum - Text - 2014-1-1" alt="Image MMS Attachment" /></div>'),
            gv_said("2014-05-22T15:44:01.123-04:00", MUM, "Mum", "later"),
        ),
        [
            ("2014-05-22T15:41:01", MUM, "image", None,
             ("file", "Calls/Mum - Text - 2014-1-1.jpg", True)),
            ("2014-05-22T15:44:01", MUM, "text", "later"),
        ],
        ("Mum", False),
        {"Calls/Mum - Text - 2014-1-1.jpg": b"x"},
    ),
    Golden(
        "google-voice",
        "Calls/Mum - Voicemail - 2014-05-22T19_41_01Z.html",
        gv_call("Voicemail from", MUM, "Mum", "Voicemail from Mum",
                '<span class="description"><span class="full-text">google guessed words</span>'
                '</span><audio controls="controls" src="Mum - Voicemail - 1.mp3">'
                '<a rel="enclosure" href="Mum - Voicemail - 1.mp3">Audio</a></audio>'),
        [
            ("2014-05-22T15:41:01", MUM, "voice", None,
             ("file", "Calls/Mum - Voicemail - 1.mp3", True)),
        ],
        ("Mum", False),
        {"Calls/Mum - Voicemail - 1.mp3": b"x"},
    ),
    Golden(
        "google-voice",
        "Calls/Mum - Missed - 2014-05-22T19_41_01Z.html",
        gv_call("Missed call from", MUM, "Mum", "Call Log for"),
        [("2014-05-22T15:41:01", MUM, "call", None)],
        ("Mum", False),
    ),
    Golden(
        "google-voice",
        "Calls/Mum - Text - 2014-05-22T15_41_03Z.html",
        gv(
            gv_said("not a time", MUM, "Mum", "undated"),
            gv_said("2014-05-22T15:41:01", MUM, "Mum", "no zone"),
            gv_said("2014-05-22T15:45:01.000-04:00", MUM, "Mum", ""),
            '<div class="message"><abbr class="dt" title="2014-05-22T15:41:01-04:00">x</abbr>'
            "<q>nobody said this</q></div>",
            gv_said("2014-05-22T15:46:01.000-04:00", MUM, "Mum", "sound"),
        ),
        [
            ("skipped", "unclear_date"),
            ("skipped", "unclear_date"),
            ("skipped", "empty"),
            ("skipped", "damaged"),
            ("2014-05-22T15:46:01", MUM, "text", "sound"),
        ],
        ("Mum", False),
    ),
]  # fmt: skip

# --- Hangouts -------------------------------------------------------------------------------


def ho_person(number: str, name: str | None) -> dict[str, object]:
    return {"id": {"gaia_id": number, "chat_id": number}, "fallback_name": name}


def ho_event(number: int, who: str, words: object, **more: object) -> dict[str, object]:
    segments = words if isinstance(words, list) else [{"type": "TEXT", "text": words}]
    return {
        "conversation_id": {"id": "c1"}, "sender_id": {"gaia_id": who, "chat_id": who},
        "timestamp": str(1_364_000_000_000_000 + number * 60_000_000),
        "self_event_state": {"user_id": {"gaia_id": "2"}},
        "chat_message": {"message_content": {"segment": segments}},
        "event_id": f"e{number}", "event_type": "REGULAR_CHAT_MESSAGE", **more,
    }  # fmt: skip


def hangouts(*events: object, people: list[object] | None = None, kind: str = "STICKY_ONE_TO_ONE",
             **more: object) -> str:  # fmt: skip
    return js(
        {
            "conversations": [
                {
                    "conversation": {
                        "conversation_id": {"id": "c1"},
                        "conversation": {
                            "id": {"id": "c1"}, "type": kind,
                            "participant_data": people
                            or [ho_person("1", "Mum"), ho_person("2", "Sam")],
                            **more,
                        },
                    },
                    "events": list(events),
                }
            ]
        }
    )  # fmt: skip


HO = "Takeout/Hangouts/Hangouts.json"
HANGOUTS = [
    Golden(
        "hangouts", HO,
        hangouts(ho_event(0, "1", "apple tree"), ho_event(1, "2", "yes")),
        [("2013-03-23T00:53:20", "1", "text", "apple tree"),
         ("2013-03-23T00:54:20", "2", "text", "yes")],
        ("Mum & Sam", False),
    ),
    Golden(
        "hangouts", HO,
        hangouts(ho_event(0, "1", [
            {"type": "TEXT", "text": "see "}, {"type": "LINK", "text": "https://example.org"},
            {"type": "LINE_BREAK", "text": "\n"}, {"type": "TEXT", "text": "bye"}])),
        [("2013-03-23T00:53:20", "1", "text", "see https://example.org\nbye")],
        ("Mum & Sam", False),
    ),
    Golden(
        "hangouts", HO,
        hangouts(
            ho_event(0, "1", "hi"), ho_event(1, "3", "cake?"),
            people=[ho_person("1", "Mum"), ho_person("2", "Sam"), ho_person("3", None)],
            kind="GROUP", name="Family"),
        [("2013-03-23T00:53:20", "1", "text", "hi"), ("2013-03-23T00:54:20", "3", "text", "cake?")],
        ("Family", True),
    ),
    Golden(
        "hangouts", HO,
        hangouts(
            ho_event(0, "1", [], chat_message={"message_content": {"attachment": [
                {"embed_item": {"type": ["PLUS_PHOTO"], "plus_photo": {"url": "https://x"}}}]}}),
            ho_event(1, "1", "", event_type="HANGOUT_EVENT", hangout_event={"event_type": "START"}),
            ho_event(2, "1", "", event_type="RENAME_CONVERSATION"),
            ho_event(3, "1", [])),
        [("2013-03-23T00:53:20", "1", "image", None), ("2013-03-23T00:54:20", "1", "call", None),
         ("2013-03-23T00:55:20", None, "system", None), ("skipped", "empty")],
        ("Mum & Sam", False),
    ),
    Golden(
        "hangouts", HO,
        hangouts(
            ho_event(0, "1", "lost", conversation_id={"id": "other"}),
            ho_event(1, "1", "never", timestamp="soon"),
            ho_event(2, "", "nobody"),
            ho_event(3, "1", "later", timestamp="99999999999999999"),
            ho_event(4, "9", "a guest"),
            ho_event(5, "1", "good")),
        [("skipped", "unclear_sender"), ("skipped", "unclear_date"),
         ("skipped", "unclear_sender"), ("skipped", "unclear_date"),
         ("2013-03-23T00:57:20", "9", "text", "a guest"),
         ("2013-03-23T00:58:20", "1", "text", "good")],
        ("Mum & Sam", False),
    ),
    Golden(
        "hangouts", HO,
        hangouts(
            ho_event(0, "1", "whose?"), ho_event(1, "2", "mine"),
            people=[ho_person("1", "Mum"), ho_person("1", "Ada"), ho_person("2", "Sam")]),
        [("skipped", "unclear_sender"), ("2013-03-23T00:54:20", "2", "text", "mine")],
        ("Sam", False),
    ),
]  # fmt: skip

# --- signal-export --------------------------------------------------------------------------

SE = "Mum/chat.md"
SE_JSON = "Mum/data.json"


def se(at: str, who: str, body: str, **more: object) -> str:
    return js({"date": at, "sender": who, "body": f"{body}  ", "quote": "", "sticker": None,
               "reactions": [], "attachments": [], "deleted": False, **more})  # fmt: skip


SIGNAL_EXPORT = [
    Golden(
        "signal-export", SE,
        "[2019-05-29 15:04:11] Me: How is everyone?  \n"
        "[2019-05-29 15:10:00] Mum: We're great: really  \n"
        "two lines  \n"
        "[2019-05-29 15:20:00] Me: good  \n",
        [("2019-05-29T15:04:11", "me", "text", "How is everyone?"),
         ("2019-05-29T15:10:00", "Mum", "text", "We're great: really\ntwo lines"),
         ("2019-05-29T15:20:00", "me", "text", "good")],
        ("Mum", False),
    ),
    Golden(
        "signal-export", SE,
        "[2019-05-29, 15:04] Mum: older form  \n[2019-05-29, 15:05] Me: yes  \n",
        [("2019-05-29T15:04:00", "Mum", "text", "older form"),
         ("2019-05-29T15:05:00", "me", "text", "yes")],
        ("Mum", False),
    ),
    Golden(
        "signal-export", SE,
        "[2019-05-29 15:04:11] Mum: \n\n> who said this?\n> and this\n\nI did  \n"
        "(- Me: ❤️ -)\n"
        "[2019-05-29 15:05:11] Mum:   [voice note.m4a](./media/voice%20note.m4a)  \n"
        "[2019-05-29 15:06:11] Me: look  ![a.jpg](./media/a.jpg)  \n"
        "[2019-05-29 15:07:11] Mum:   \n(( 😀 ))\n",
        [("2019-05-29T15:04:11", "Mum", "text", "I did", ("quoted", "who said this?\nand this")),
         ("2019-05-29T15:05:11", "Mum", "voice", None, ("file", "Mum/media/voice note.m4a", True)),
         ("2019-05-29T15:06:11", "me", "image", "look", ("file", "media/a.jpg", False)),
         ("2019-05-29T15:07:11", "Mum", "sticker", None)],
        ("Mum", False),
        {"Mum/media/voice note.m4a": b"x"},
    ),
    Golden(
        "signal-export", SE,
        "[2019-05-29 15:04:11] Mum: (This message was deleted)\n"
        "[2019-05-29 15:05:11] Me: Outgoing voice call (accepted, 3m 2s)  \n"
        "[2019-05-29 15:06:11] No-Sender: who knows  \n"
        "[2019-0X-29 15:07:11] Mum: a damaged line  \n"
        "[2019-05-29 15:08:11] Mum: sound  \n",
        [("2019-05-29T15:04:11", "Mum", "deleted", None),
         ("2019-05-29T15:05:11", "me", "call", None),
         ("skipped", "unclear_sender"), ("skipped", "damaged"),
         ("2019-05-29T15:08:11", "Mum", "text", "sound")],
        ("Mum", False),
    ),
    Golden(
        "signal-export", SE_JSON,
        "\n".join([
            se("2019-05-29T15:04:11.123000", "Me", "How are you?"),
            se("2019-05-29T15:05:11", "Mum", "well", quote="\n\n> How are you?\n\n"),
            se("2019-05-29T15:06:11", "Mum", "", attachments=[
                {"name": "v.aac", "path": "media/v.aac"}]),
            se("2019-05-29T15:07:11", "Mum", "", deleted=True),
            se("2019-05-29T15:08:11", "Mum", "whose", forwarded_by="x"),
            "{broken",
            se("2019-05-29T15:09:11", "Tom", "hello"),
        ]),
        [("2019-05-29T15:04:11", "me", "text", "How are you?"),
         ("2019-05-29T15:05:11", "Mum", "text", "well", ("quoted", "How are you?")),
         ("2019-05-29T15:06:11", "Mum", "voice", None, ("file", "Mum/media/v.aac", True)),
         ("2019-05-29T15:07:11", "Mum", "deleted", None),
         ("skipped", "damaged"), ("skipped", "damaged"),
         ("2019-05-29T15:09:11", "Tom", "text", "hello")],
        ("Mum", True),
        {"Mum/media/v.aac": b"x"},
    ),
    Golden(
        "signal-export", SE_JSON,
        "[\n" + se("2019-05-29T15:04:11", "Mum", "one") + ",\n"
        + se("2019-05-29T15:05:11", "Me", "two") + "\n]\n",
        [("2019-05-29T15:04:11", "Mum", "text", "one"),
         ("2019-05-29T15:05:11", "me", "text", "two")],
        ("Mum", False),
    ),
]  # fmt: skip

# --- imessage-exporter ----------------------------------------------------------------------


def im(*blocks: str) -> str:
    return (
        '<html><head><meta charset="UTF-8"><style>.x{}</style></head><body>\n'
        + "\n".join(blocks)
        + "\n</body></html>\n"
    )


def im_said(at: str, who: str, *parts: str, way: str | None = None, top: str = "",
            after: str = "", read: str = "") -> str:  # fmt: skip
    sent = way or ("sent iMessage" if who == "Me" else "received")
    body = "\n".join(f'<hr>\n<div class="message_part">\n    {part}\n</div>' for part in parts)
    return (
        f'<div class="message">\n    <div class="{sent}">\n        <p>\n'
        f'            <span class="timestamp">\n                <a title="Reveal in Messages app"'
        f' href="sms://open?message-guid=G">{at}</a>\n                {read}\n            </span>\n'
        f'            {top}\n            <span class="sender">{who}</span>\n        </p>\n'
        f"{body}\n{after}\n    </div>\n</div>"
    )


def bubble(words: str) -> str:
    return f'<span class="bubble">{words}</span>'


IM = "Mum.html"
NOON = "May 17, 2022  5:29:42 PM"
LATER = "May 17, 2022  5:30:42 PM"
LAST = "May 18, 2022 12:31:42 AM"
IMESSAGE = [
    Golden(
        "imessage-html", IM,
        im(im_said(NOON, "Me", bubble("Hello &lt;world&gt;"), read="(Read by them after 1 hour)"),
           im_said(LATER, "Mum", bubble("two<br>lines"))),
        [("2022-05-17T17:29:42", "me", "text", "Hello <world>"),
         ("2022-05-17T17:30:42", "Mum", "text", "two\nlines")],
        ("Mum", False),
    ),
    Golden(
        "imessage-html", IM,
        im(im_said(NOON, "Mum", '<div class="attachment"><audio controls> <source '
                   'src="attachments/1/Audio Message.caf" type="audio/x-caf; codecs=opus"></audio>'
                   "</div>"),
           im_said(LATER, "Mum", '<div class="attachment"><img src="attachments/1/a.jpeg" '
                   'loading="lazy"></div>', bubble("our garden"))),
        [("2022-05-17T17:29:42", "Mum", "voice", None,
          ("file", "attachments/1/Audio Message.caf", True)),
         ("2022-05-17T17:30:42", "Mum", "image", "our garden",
          ("file", "attachments/1/a.jpeg", False))],
        ("Mum", False),
        {"attachments/1/Audio Message.caf": b"x"},
    ),
    Golden(
        "imessage-html", IM,
        im(im_said(NOON, "Me", bubble("dinner?"), after='<div class="tapbacks"><p>Tapbacks:</p>'
                   '<div class="tapback"><span class="tapback"><b>Loved</b> by Mum</span></div>'
                   "</div>"
                   f'<div class="replies">{im_said(LATER, "Mum", bubble("at seven"))}</div>'),
           im_said(LATER, "Mum", bubble("at seven"),
                   top='<span class="reply_anchor"><a href="#G">⇱</a></span>',
                   after='<span class="reply_context">This message responded to an earlier '
                   "message.</span>")),
        [("2022-05-17T17:29:42", "me", "text", "dinner?"),
         ("2022-05-17T17:30:42", "Mum", "text", "at seven")],
        ("Mum", False),
    ),
    Golden(
        "imessage-html", IM,
        im(im_said(NOON, "Mum", bubble("hello")),
           f'<div class="announcement">\n    <p><span class="timestamp">{LATER}</span> You named '
           "the conversation <b>Sunday</b></p>\n</div>",
           im_said(LAST, "Mum", '<div class="edited"><table><tbody><tr><td><span '
                   'class="timestamp"></span></td><td>at six</td></tr></tbody><tfoot><tr><td>'
                   '<span class="timestamp">Edited 1 minute later</span></td><td>at seven</td></tr>'
                   "</tfoot></table></div>")),
        [("2022-05-17T17:29:42", "Mum", "text", "hello"),
         ("2022-05-17T17:30:42", None, "system",
          "May 17, 2022 5:30:42 PM You named the conversation Sunday"),
         ("2022-05-18T00:31:42", "Mum", "text", "at seven", "edited")],
        ("Mum", False),
    ),
    Golden(
        "imessage-html", "Mum, Tom.html",
        im(im_said(NOON, "Mum", bubble("cake")), im_said(LATER, "Tom", bubble("yes")),
           im_said(LAST, "Me", '<div class="app"><a href="https://example.org"><div '
                   'class="app_header"><div class="name">A recipe by others</div></div></a>'
                   "</div>")),
        [("2022-05-17T17:29:42", "Mum", "text", "cake"),
         ("2022-05-17T17:30:42", "Tom", "text", "yes"),
         ("2022-05-18T00:31:42", "me", "link", None)],
        ("Mum, Tom", True),
    ),
    Golden(
        "imessage-html", IM,
        im(im_said(NOON, "Me", bubble("says me, is received"), way="received"),
           im_said("yesterday", "Mum", bubble("undated")),
           im_said(NOON, "Mum", bubble("x"), after='<div class="quoted">who wrote this</div>'),
           '<div class="message"><div class="received"><p><span class="timestamp">'
           f"{NOON}</span></p></div></div>",
           im_said(LATER, "Mum", '<span class="deleted">This message was deleted from the '
                   "conversation!</span>"),
           im_said(LAST, "Mum", bubble("sound"))),
        [("skipped", "unclear_sender"), ("skipped", "unclear_date"), ("skipped", "damaged"),
         ("skipped", "damaged"), ("2022-05-17T17:30:42", "Mum", "deleted", None),
         ("2022-05-18T00:31:42", "Mum", "text", "sound")],
        ("Mum", False),
    ),
]  # fmt: skip

# --- Meta's pages ---------------------------------------------------------------------------


def fb(*messages: str, people: str = "Participants: Sam and Mum", title: str = "Mum") -> str:
    block = '<div class="pam _3-95 _2ph- _a6-g uiBoxWhite noborder">'
    head = f"{block}{people}</div>" if people else ""
    return (
        f'<html><head><meta charset="utf-8"><title>{title}</title><style>._a6-g{{}}</style></head>'
        f'<body class="_5vb_"><div role="main">{head}{"".join(messages)}</div></body></html>'
    )


def fb_said(at: str, who: str, inner: str, *, h2: bool = False) -> str:
    tag = "h2" if h2 else "div"
    return (
        '<div class="pam _3-95 _2ph- _a6-g uiBoxWhite noborder">'
        f'<{tag} class="_2ph_ _a6-h _a6-i">{who}</{tag}>'
        f'<div class="_2ph_ _a6-p"><div><div></div>{inner}<div></div><div></div></div></div>'
        f'<div class="_3-94 _a6-o"><div class="_a72d">{at}</div></div></div>'
    )


FB = "your_facebook_activity/messages/inbox/mum_1/message_1.html"
IG = "your_instagram_activity/messages/inbox/mum_1/message_1.html"
META = [
    Golden(
        "messenger", FB,
        fb(fb_said("Sep 13, 2020, 12:27 PM", "Sam", "<div>and you?</div>"),
           fb_said("Sep 13, 2020, 12:26 PM", "Mum", "<div>café &amp; apples<br>today</div>")),
        [("2020-09-13T12:26:00", "Mum", "text", "café & apples\ntoday"),
         ("2020-09-13T12:27:00", "Sam", "text", "and you?")],
        ("Mum", False),
    ),
    Golden(
        "messenger", IG,
        fb(fb_said("Jan 08, 2026 4:41 am", "Mum", "<div>instagram form</div>", h2=True), people=""),
        [("2026-01-08T04:41:00", "Mum", "text", "instagram form")],
        ("Mum", False),
    ),
    Golden(
        "messenger", FB,
        fb(fb_said("Sep 13, 2020 12:26:30pm", "Mum",
                   '<div><div><audio src="messages/inbox/mum_1/audio/a.mp4" controls="1">'
                   "<div>Click</div></audio></div></div>"),
           fb_said("Sep 13, 2020 12:25:30pm", "Mum",
                   '<div><div><a href="messages/inbox/mum_1/photos/b.jpg"><img '
                   'src="messages/inbox/mum_1/photos/b.jpg" class="_a6_o"/></a></div></div>'
                   "<div>our garden</div>")),
        [("2020-09-13T12:25:30", "Mum", "image", "our garden",
          ("file", "your_facebook_activity/messages/inbox/mum_1/photos/b.jpg", True)),
         ("2020-09-13T12:26:30", "Mum", "voice", None,
          ("file", "your_facebook_activity/messages/inbox/mum_1/audio/a.mp4", True))],
        ("Mum", False),
        {"your_facebook_activity/messages/inbox/mum_1/photos/b.jpg": b"x",
         "your_facebook_activity/messages/inbox/mum_1/audio/a.mp4": b"x"},
    ),
    Golden(
        "messenger", FB,
        fb(fb_said("Sep 13, 2020, 12:29 PM", "Mum",
                   '<div>Mum sent a link.</div>'),
           fb_said("Sep 13, 2020, 12:28 PM", "Mum",
                   "<div>look</div><div><ul class=\"_a6-q\"><li>❤Sam</li></ul></div>"),
           fb_said("Sep 13, 2020, 12:27 PM", "Mum",
                   '<div>A headline by others</div><div><a href="https://x.org/a">'
                   "https://x.org/a</a></div>"),
           fb_said("Sep 13, 2020, 12:26 PM", "Mum", "<div>https://example.org</div>")),
        [("2020-09-13T12:26:00", "Mum", "link", "https://example.org"),
         ("2020-09-13T12:27:00", "Mum", "link", "https://x.org/a",
          ("quoted", "A headline by others\nhttps://x.org/a")),
         ("2020-09-13T12:28:00", "Mum", "text", "look"),
         ("2020-09-13T12:29:00", None, "system", "Mum sent a link.")],
        ("Mum", False),
    ),
    Golden(
        "messenger", FB,
        fb(fb_said("Sep 13, 2020, 12:28 PM", "Facebook user", "<div>who was it</div>"),
           fb_said("Sep 13, 2020, 12:27 PM", "Tom", "<div>yes</div>"),
           fb_said("Sep 13, 2020, 12:26 PM", "Mum", "<div>cake?</div>"),
           people="Participants: Sam, Tom and Mum", title="Family"),
        [("2020-09-13T12:26:00", "Mum", "text", "cake?"),
         ("2020-09-13T12:27:00", "Tom", "text", "yes"), ("skipped", "unclear_sender")],
        ("Family", True),
    ),
    Golden(
        "messenger", FB,
        fb(fb_said("13 septembre 2020 à 12:26", "Mum", "<div>another tongue</div>"),
           fb_said("Feb 31, 2020, 12:26 PM", "Mum", "<div>no such day</div>"),
           fb_said("Sep 13, 2020, 12:20 PM", "Mum", "<div></div>"),
           '<div class="_a6-g"><div class="_a6-h">Mum</div><div class="_a6-o">'
           "Sep 13, 2020, 12:20 PM</div></div>",
           fb_said("Sep 13, 2020, 12:19 PM", "Mum", "<div>sound</div>")),
        [("2020-09-13T12:19:00", "Mum", "text", "sound"), ("skipped", "damaged"),
         ("skipped", "empty"), ("skipped", "unclear_date"), ("skipped", "unclear_date")],
        ("Mum", False),
    ),
]  # fmt: skip

# --- WeChat's pages -------------------------------------------------------------------------

MAMA, LIN = "wxid_mama0001", "wxid_xiaolin9"


def mt(*objects: str, title: str = "妈妈") -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="UTF-8">'
        f"<title>{title}</title><style>.x{{}}</style></head><body><script>\n"
        f"const chatMessages = [\n{''.join(objects)}\n];\n"
        "function render() { var x = { type: 'none' }; }\n</script></body></html>"
    )


def mt_said(at: int, own: int, text: str, kind: str = "1", more: str = "", group: int = 0) -> str:
    who, number = ("小林", LIN) if own else ("妈妈", MAMA)
    return (
        f"{{ type:{kind}, text: '{text}',is_send:{own},avatar_path:'./avatar/{number}.png',"
        f"{more}timestamp:{at},is_chatroom:{group},displayname:'{who}'}},"
    )


def wf(*items: object, kind: str = "私聊", title: str = "妈妈") -> str:
    lines = ",\n".join(js(item) for item in items)
    return (
        '<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="UTF-8" />'
        f'<title>{title} - 聊天记录</title></head><body><h1 class="title">{title}</h1>'
        f'<div class="meta"><span>{len(items)} 条消息</span><span>{kind}</span></div>\n<script>\n'
        f"window.WEFLOW_DATA = [\n{lines}\n];\n</script></body></html>"
    )


def wf_said(number: int, at: int, clock: str, own: int, inner: str) -> dict[str, object]:
    who, key = ("小林", LIN) if own else ("妈妈", MAMA)
    return {
        "i": number, "t": at, "s": own,
        "a": f'<img class="avatar" src="avatars/{key}.jpg" alt="{who}" />',
        "b": f'<div class="message-time">{clock}</div>{inner}',
    }  # fmt: skip


def wf_text(words: str) -> str:
    return f'<div class="message-text">{words}</div>'


MT, WF = "妈妈/妈妈.html", "texts/私聊_妈妈.html"
WECHAT = [
    Golden(
        "wechat", MT,
        mt(mt_said(1541343070, 0, "2018-11-04 22:51", "0"),
           mt_said(1541343078, 0, "早点睡，别熬夜<br>听话"),
           mt_said(1541343099, 1, "it\\'s &lt;ok&gt; <img src=\"x\" id=\"微笑\" class=\"e\">")),
        [("2018-11-04T14:51:18", MAMA, "text", "早点睡，别熬夜\n听话"),
         ("2018-11-04T14:51:39", LIN, "text", "it's <ok> [微笑]")],
        ("妈妈", False),
    ),
    Golden(
        "wechat", MT,
        mt(mt_said(1541343078, 0, "./voice/41.mp3", "34", "voice_to_text:'',"),
           mt_said(1541343099, 0, "./image/a.jpg", "3"),
           mt_said(1541343109, 1, "./video/b.mp4", "43")),
        [("2018-11-04T14:51:18", MAMA, "voice", None, ("file", "妈妈/voice/41.mp3", True)),
         ("2018-11-04T14:51:39", MAMA, "image", None, ("file", "image/a.jpg", False)),
         ("2018-11-04T14:51:49", LIN, "video", None, ("file", "video/b.mp4", False))],
        ("妈妈", False),
        {"妈妈/voice/41.mp3": b"x"},
    ),
    Golden(
        "wechat", MT,
        mt(mt_said(1541343078, 1, "那就周日吧", "49", "sub_type:57,refer_text:'妈妈：周六有雨',"),
           mt_said(1541343088, 0, "养生十法", "49", "sub_type:5,"),
           mt_said(1541343098, 0, '"妈妈" 撤回了一条消息', "10000")),
        [("2018-11-04T14:51:18", LIN, "text", "那就周日吧", ("quoted", "妈妈：周六有雨")),
         ("2018-11-04T14:51:28", MAMA, "link", None, ("quoted", "养生十法")),
         ("2018-11-04T14:51:38", None, "deleted", None)],
        ("妈妈", False),
    ),
    Golden(
        "wechat", WF,
        wf(wf_said(1, 1704067200, "2024-01-01 08:00:00", 0, wf_text("今晚回来吃饭吗")),
           wf_said(2, 1704067260, "2024-01-01 08:01:00", 1, wf_text("七点到<br>两个人")),
           wf_said(3, 1704067320, "2024-01-01 08:02:00", 1,
                   '<div class="quoted-message"><div class="quoted-sender">妈妈</div><div '
                   'class="quoted-text">今晚回来吃饭吗</div></div>' + wf_text("好，买点菜"))),
        [("2024-01-01T08:00:00", MAMA, "text", "今晚回来吃饭吗"),
         ("2024-01-01T08:01:00", LIN, "text", "七点到\n两个人"),
         ("2024-01-01T08:02:00", LIN, "text", "好，买点菜", ("quoted", "妈妈: 今晚回来吃饭吗"))],
        ("妈妈", False),
    ),
    Golden(
        "wechat", WF,
        wf(wf_said(1, 1704067200, "2024-01-01 08:00:00", 0,
                   '<audio class="message-media audio" controls src="../media/voices/v1.wav">'
                   "</audio>"),
           wf_said(2, 1704067260, "2024-01-01 08:01:00", 0,
                   '<img class="message-media image" src="media/a.jpg" alt="图片" />'),
           wf_said(3, 1704067320, "2024-01-01 08:02:00", 1,
                   '<img class="message-media emoji" src="media/e.gif" />'),
           wf_said(4, 1704067380, "2024-01-01 08:03:00", 1,
                   '<a class="message-link-card" href="https://x.org">养生十法</a>')),
        [("2024-01-01T08:00:00", MAMA, "voice", None, ("file", "media/voices/v1.wav", True)),
         ("2024-01-01T08:01:00", MAMA, "image", None, ("file", "media/a.jpg", False)),
         ("2024-01-01T08:02:00", LIN, "sticker", None, ("file", "media/e.gif", False)),
         ("2024-01-01T08:03:00", LIN, "link", None, ("quoted", "养生十法"))],
        ("妈妈", False),
        {"media/voices/v1.wav": b"x"},
    ),
    Golden(
        "wechat", WF,
        wf(wf_said(1, 1704067200, "2024-01-01 11:23:00", 0, wf_text("两个时间")),
           wf_said(2, 1704067260, "2024-01-01 08:01:00", 0,
                   '<div class="strange-part">谁写的</div>'),
           wf_said(3, 1704067320, "2024-01-01 08:02:00", 0, "<div>没关"),
           {"i": 4, "t": 1704067380, "s": 2, "a": "", "b": wf_text("谁")},
           wf_said(5, 1704067440, "2024-01-01 08:04:00", 0, wf_text("好"))),
        [("skipped", "unclear_date"), ("skipped", "damaged"), ("skipped", "damaged"),
         ("skipped", "damaged"), ("2024-01-01T08:04:00", MAMA, "text", "好")],
        ("妈妈", False),
    ),
]  # fmt: skip

GOLDENS = [*VOICE, *HANGOUTS, *SIGNAL_EXPORT, *IMESSAGE, *META, *WECHAT]
