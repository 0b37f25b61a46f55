"""Chats as phone lines and the tools of phones write them, and tables from anywhere: Google Voice,
Hangouts, signal-export, imessage-exporter's pages, Messenger's pages, KakaoTalk, CSV and JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime
from html import escape
from typing import Any

from ofrenda.archive.answers import COLUMNS
from ofrenda.archive.columns import shape
from ofrenda.measure.exports.form import Chat, Form, apart, places
from ofrenda.measure.exports.tables import plain_json, stamp


def _shown(body: str) -> str:
    return escape(body).replace("\n", "<br>")


def _owner(chat: Chat) -> dict[str, str]:
    """The names as the owner's own telephone writes them: whoever wrote first is "Me"."""
    return {name: name if n else "Me" for name, n in places(chat).items()}


def _twelve(at: datetime) -> str:
    return f"{at.hour % 12 or 12:>2}:{at:%M:%S} {'AM' if at.hour < 12 else 'PM'}"


def _google_voice(chat: Chat) -> bytes:
    ids, names = places(chat), _owner(chat)
    said = []
    for s in chat:
        mark = "abbr" if names[s.sender] == "Me" else "span"
        said.append(
            f'<div class="message"><abbr class="dt" title="{s.at.isoformat()}.000-04:00">then'
            f'</abbr>:\n<cite class="sender vcard"><a class="tel" href="tel:+155500'
            f'{apart(ids[s.sender])}"><{mark} class="fn">{escape(names[s.sender])}</{mark}></a>'
            f"</cite>:\n<q>{_shown(s.body)}</q>\n</div>"
        )
    return (
        '<?xml version="1.0" ?>\n<!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><head>'
        f'<title>x</title></head>\n<body><div class="hChatLog hfeed">\n{" ".join(said)}</div>\n'
        '<div class="tags">Labels: <a rel="tag" href="http://x#sms">Text</a></div></body></html>'
    ).encode()


def _hangouts(chat: Chat) -> bytes:
    numbers = {name: f"1044{apart(n)}" for name, n in places(chat).items()}
    events: list[dict[str, Any]] = []
    for n, s in enumerate(chat, 1):
        segments: list[dict[str, str]] = []
        for line in s.body.split("\n"):
            segments += [{"type": "TEXT", "text": line}, {"type": "LINE_BREAK", "text": "\n"}]
        who = {"gaia_id": numbers[s.sender], "chat_id": numbers[s.sender]}
        events.append(
            {
                **{"conversation_id": {"id": "c1"}, "sender_id": who},
                "timestamp": f"{stamp(s, 0)}000000",
                "chat_message": {"message_content": {"segment": segments[:-1]}},
                **{"event_id": f"e{n}", "event_type": "REGULAR_CHAT_MESSAGE"},
            }
        )
    people = [
        {"id": {"gaia_id": number, "chat_id": number}, "fallback_name": name}
        for name, number in numbers.items()
    ]
    facts = {"id": {"id": "c1"}, "type": "GROUP", "name": "Lunch", "participant_data": people}
    where = {"conversation_id": {"id": "c1"}, "conversation": facts}
    return plain_json({"conversations": [{"conversation": where, "events": events}]})


def _signal_export_text(chat: Chat) -> bytes:
    names = _owner(chat)
    return "".join(
        f"[{s.at}] {names[s.sender]}: {s.body.replace(chr(10), '  ' + chr(10))}  \n" for s in chat
    ).encode()


def _signal_export_lines(chat: Chat) -> bytes:
    names = _owner(chat)
    lines: list[dict[str, Any]] = [
        {
            **{"date": s.at.isoformat(), "sender": names[s.sender], "body": f"{s.body}  "},
            **{"quote": "", "sticker": None, "reactions": [], "attachments": []},
            "deleted": False,
        }
        for s in chat
    ]
    return b"".join(plain_json(one, None) + b"\n" for one in lines)


def _imessage_pages(chat: Chat) -> bytes:
    names = _owner(chat)
    out = ['<html><head><meta charset="UTF-8"><style>.x{}</style></head><body>']
    for s in chat:
        way = "sent iMessage" if names[s.sender] == "Me" else "received"
        out.append(
            f'<div class="message">\n    <div class="{way}">\n        <p>\n            <span '
            'class="timestamp">\n                <a title="Reveal in Messages app" '
            f'href="sms://open?message-guid=G">{s.at:%b %d, %Y} {_twelve(s.at)}</a>\n'
            f'            </span>\n            <span class="sender">{escape(names[s.sender])}'
            '</span>\n        </p>\n<hr>\n<div class="message_part">\n    <span class="bubble">'
            f"{_shown(s.body)}</span>\n</div>\n    </div>\n</div>"
        )
    return ("\n".join(out) + "\n</body></html>\n").encode()


def _messenger_pages(chat: Chat) -> bytes:
    block = '<div class="pam _3-95 _2ph- _a6-g uiBoxWhite noborder">'
    said = [
        f'{block}<div class="_2ph_ _a6-h _a6-i">{escape(s.sender)}</div><div class="_2ph_ _a6-p">'
        f"<div><div></div><div>{_shown(s.body)}</div><div></div><div></div></div></div>"
        f'<div class="_3-94 _a6-o"><div class="_a72d">{s.at:%b %d, %Y}, '
        f"{s.at.hour % 12 or 12}:{s.at:%M %p}</div></div></div>\n"
        for s in reversed(chat)
    ]
    return (
        '<html><head><meta charset="utf-8"><title>Lunch</title><style>._a6-g{}</style></head>'
        f'<body class="_5vb_"><div role="main">{"".join(said)}</div></body></html>'
    ).encode()


def _half(at: datetime) -> str:
    return f"{'오전' if at.hour < 12 else '오후'} {at.hour % 12 or 12}:{at:%M}"


def _kakaotalk_phone(chat: Chat) -> bytes:
    out = ["x 님과 카카오톡 대화", "저장한 날짜 : 2025년 1월 1일 오전 10:00", ""]
    day = None
    for s in chat:
        date = f"{s.at.year}년 {s.at.month}월 {s.at.day}일"
        if s.at.date() != day:
            day = s.at.date()
            out += ["", f"{date} {_half(s.at)}"]
        out.append(f"{date} {_half(s.at)}, {s.sender} : {s.body}")
    return ("\n".join(out) + "\n").encode()


def _table(columns: list[str], delimiter: str = ",", when: str = "%Y-%m-%d %H:%M:%S") -> Any:
    def write(chat: Chat) -> bytes:
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n", delimiter=delimiter)
        writer.writerow(columns)
        writer.writerows([f"{s.at:{when}}", s.sender, s.body] for s in chat)
        return out.getvalue().encode("utf-8-sig")

    return write


def _list(chat: Chat) -> bytes:
    return plain_json([{"when": str(s.at), "who": s.sender, "words": s.body} for s in chat])


def _meaning(*columns: str, **more: str) -> dict[str, str]:
    return {COLUMNS + shape(columns): "time:1,sender:2,text:3", **more}


_COLUMNS = ["Sent at", "Who", "Message"]
_COMMAS: Callable[[Chat], bytes] = _table(_COLUMNS)
_SEMICOLONS: Callable[[Chat], bytes] = _table(_COLUMNS, ";", "%d.%m.%Y %H:%M")
_MAC: Callable[[Chat], bytes] = _table(["Date", "User", "Message"])

FORMS = [
    Form("google-voice", "page", "Calls/Mum - Text - 1.html", _google_voice, zone=-4),
    Form("hangouts", "takeout", "Hangouts/Hangouts.json", _hangouts, zone=0),
    Form("signal-export", "text", "Lunch/chat.md", _signal_export_text, exact=False),
    Form("signal-export", "objects", "Lunch/data.json", _signal_export_lines),
    Form("imessage-html", "page", "Lunch.html", _imessage_pages),
    Form(
        "messenger",
        "pages",
        "your_facebook_activity/messages/inbox/lunch_17/message_1.html",
        _messenger_pages,
        "min",
        exact=False,
    ),
    Form("kakaotalk", "phone", "x.txt", _kakaotalk_phone, "min", exact=False),
    Form("kakaotalk", "mac", "x.csv", _MAC, exact=False),
    Form("table", "commas", "old phone.csv", _COMMAS, answers=_meaning(*_COLUMNS)),
    Form(
        "table",
        "semicolons, day first",
        "old phone.csv",
        _SEMICOLONS,
        "min",
        answers=_meaning(*_COLUMNS, date_order="dmy"),
    ),
    Form("table", "list", "old phone.json", _list, answers=_meaning("when", "who", "words")),
]
