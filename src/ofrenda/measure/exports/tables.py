"""Chats as data: JSON, tables, XML and databases, as the apps and their exporters write them."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Callable
from html import escape
from typing import Any
from xml.sax.saxutils import quoteattr

from ofrenda.measure.exports.form import Chat, Form, Said, apart, instant, places

_CHINA = 8
_FULL = (
    "localId,TalkerId,Type,SubType,IsSender,CreateTime,Status,StrContent,StrTime,Remark,NickName,"
    "Sender"
)


def plain_json(value: Any, indent: int | None = 1) -> bytes:
    """As the apps write it: letters as they are."""
    return json.dumps(value, ensure_ascii=False, indent=indent).encode()


def stamp(said: Said, zone: int) -> int:
    """Seconds since 1970 of a wall clock ``zone`` hours ahead of UTC."""
    return int(instant(said.at, zone).timestamp())


def _table(columns: list[str], rows: list[list[object]], end: str = "\n") -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=end)
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue().encode()


def _memotrace(chat: Chat) -> bytes:
    ids = places(chat)
    rows: list[list[object]] = [
        [
            *(n, 3, 1, 0, int(ids[s.sender] == 0), stamp(s, _CHINA), "", s.body, s.at),
            *(s.sender, s.sender, f"wxid_{apart(ids[s.sender])}friend"),
        ]
        for n, s in enumerate(chat)
    ]
    return _table(_FULL.split(","), rows)


def _weflow(chat: Chat, indent: int | None = 1) -> bytes:
    ids = places(chat)
    messages = [
        {
            **{"localId": n, "createTime": stamp(s, _CHINA), "formattedTime": str(s.at)},
            **{"type": "文本消息", "localType": 1, "content": s.body},
            **{"isSend": int(ids[s.sender] == 0), "senderDisplayName": s.sender},
            **{"senderUsername": f"wxid_{apart(ids[s.sender])}friend"},
        }
        for n, s in enumerate(chat)
    ]
    session = {"wxid": "1@chatroom", "nickname": "x", "type": "群聊"}
    return plain_json(
        {"weflow": {"version": "1"}, "session": session, "messages": messages}, indent
    )


def _chatlab(chat: Chat) -> bytes:
    ids = places(chat)
    lines: list[dict[str, Any]] = [
        {"_type": "header", "chatlab": {"version": "0.0.2"}, "meta": {"name": "x", "type": "group"}}
    ]
    lines += [
        {
            **{"_type": "message", "sender": f"id{apart(ids[s.sender])}", "accountName": s.sender},
            **{"timestamp": stamp(s, _CHINA), "type": 0, "content": s.body},
            **{"ofrenda": {"local": str(s.at), "kind": "text"}},
        }
        for s in chat
    ]
    return b"".join(plain_json(one, None) + b"\n" for one in lines)


def _telegram(chat: Chat, indent: int | None = 1) -> bytes:
    ids = places(chat)
    messages = [
        {
            **{"id": n, "type": "message", "date": s.at.isoformat()},
            **{"date_unixtime": str(stamp(s, 2)), "from": s.sender},
            **{"from_id": f"user{apart(ids[s.sender])}", "text": s.body},
            "text_entities": [{"type": "plain", "text": s.body}],
        }
        for n, s in enumerate(chat, 1)
    ]
    head = {"name": "Lunch", "type": "private_group", "id": 999}
    return plain_json({**head, "messages": messages}, indent)


def _telegram_pages(chat: Chat) -> bytes:
    out = [
        '<!DOCTYPE html>\n<html>\n <head>\n  <meta charset="utf-8"/>\n<title>Exported Data</title>'
        '\n </head>\n <body onload="CheckLocation();">\n  <div class="page_wrap">\n   <div '
        'class="page_header">\n    <div class="content">\n     <div class="text bold">\nLunch\n'
        '     </div>\n    </div>\n   </div>\n   <div class="page_body chat_page">\n    <div '
        'class="history">\n'
    ]
    before = None
    for n, s in enumerate(chat, 1):
        joined = " joined" if before == s.sender else ""
        name = escape(s.sender)
        head = "" if joined else f'       <div class="from_name">\n{name}\n       </div>\n'
        words = escape(s.body).replace("\n", "<br>")
        out.append(
            f'     <div class="message default clearfix{joined}" id="message{n}">\n'
            f'      <div class="body">\n       <div class="pull_right date details" '
            f'title="{s.at:%d.%m.%Y %H:%M:%S} UTC+02:00">\n{s.at:%H:%M}\n       </div>\n{head}'
            f'       <div class="text">\n{words}\n       </div>\n      </div>\n     </div>\n'
        )
        before = s.sender
    out.append("    </div>\n   </div>\n  </div>\n </body>\n</html>\n")
    return "".join(out).encode()


def _mojibake(text: str) -> str:
    return text.encode().decode("latin-1")


def _messenger(chat: Chat, form: str = "inbox") -> bytes:
    messages = [
        {
            **{"sender_name": _mojibake(s.sender), "timestamp_ms": stamp(s, 0) * 1000},
            **{"content": _mojibake(s.body), "is_geoblocked_for_viewer": False},
        }
        for s in reversed(chat)
    ]
    people = [{"name": _mojibake(name)} for name in places(chat)]
    head: dict[str, Any] = {"participants": people, "messages": messages, "title": "Lunch"}
    head |= {"is_still_participant": True, "thread_path": f"{form}/lunch_17"}
    return json.dumps(head, indent=2).encode()


def _sealed(chat: Chat) -> bytes:
    messages = [
        {
            **{"senderName": s.sender, "text": s.body, "timestamp": stamp(s, 0) * 1000},
            **{"type": "text", "isUnsent": False, "media": [], "reactions": []},
        }
        for s in chat
    ]
    return plain_json(
        {"participants": [*places(chat)], "threadName": "Lunch_1", "messages": messages}
    )


_SCHEMA = """
CREATE TABLE message (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL,
  text TEXT, handle_id INTEGER DEFAULT 0, attributedBody BLOB, error INTEGER DEFAULT 0,
  date INTEGER, is_from_me INTEGER DEFAULT 0, is_sent INTEGER DEFAULT 0, is_read INTEGER DEFAULT 0,
  item_type INTEGER DEFAULT 0, group_title TEXT, associated_message_guid TEXT,
  associated_message_type INTEGER DEFAULT 0, is_audio_message INTEGER DEFAULT 0);
CREATE TABLE handle (ROWID INTEGER PRIMARY KEY, id TEXT NOT NULL, service TEXT);
CREATE TABLE chat (ROWID INTEGER PRIMARY KEY, guid TEXT, style INTEGER, chat_identifier TEXT,
  display_name TEXT);
CREATE TABLE chat_message_join (chat_id INTEGER, message_id INTEGER);
CREATE TABLE chat_handle_join (chat_id INTEGER, handle_id INTEGER);
INSERT INTO chat VALUES (1, 'iMessage;+;chat77', 43, 'chat77', 'Family');
"""
_APPLE_EPOCH = 978_307_200


def _imessage(chat: Chat) -> bytes:
    db = sqlite3.connect(":memory:")
    try:
        db.executescript(_SCHEMA)
        ids = places(chat)
        for n in range(1, len(ids)):
            db.execute("INSERT INTO handle VALUES (?, ?, 'iMessage')", (n, f"+155500{apart(n)}"))
            db.execute("INSERT INTO chat_handle_join VALUES (1, ?)", (n,))
        for n, s in enumerate(chat, 1):
            who = ids[s.sender]
            at = (stamp(s, 0) - _APPLE_EPOCH) * 10**9
            db.execute(
                "INSERT INTO message (guid, text, handle_id, date, is_from_me, is_sent, is_read)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (f"G{n}", s.body, who, at, int(who == 0), int(who == 0), int(who != 0)),
            )
            db.execute("INSERT INTO chat_message_join VALUES (1, ?)", (n,))
        db.commit()
        return db.serialize()
    finally:
        db.close()


def _sms(chat: Chat) -> bytes:
    ids = places(chat)
    rows = []
    for s in chat:
        who = ids[s.sender]
        body = "".join(
            f"&#{0xD800 + ((ord(c) - 0x10000) >> 10)};&#{0xDC00 + ((ord(c) - 0x10000) & 0x3FF)};"
            if ord(c) > 0xFFFF
            else c
            for c in quoteattr(s.body, {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})
        )
        rows.append(
            f'  <sms protocol="0" address="+155500{apart(max(1, who))}" date="{stamp(s, 0)}000" '
            f'type="{1 if who else 2}" subject="null" body={body} toa="null" sc_toa="null" '
            'read="1" status="-1" date_sent="0" readable_date="x" '
            f"contact_name={quoteattr(s.sender)} />\n"
        )
    head = "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n"
    return f'{head}<smses count="{len(rows)}">\n{"".join(rows)}</smses>\n'.encode()


def _signal(chat: Chat) -> bytes:
    frames: list[dict[str, Any]] = [
        {"version": "1", "backupTimeMs": "1900000000000"},
        {"account": {"givenName": "Sam", "profileKey": "c2Ft"}},
        {"recipient": {"id": "1", "self": {}}},
    ]
    ids = places(chat)
    for name, n in ids.items():
        if n:
            contact = {
                "aci": f"aci{apart(n)}",
                "e164": f"+155500{apart(n)}",
                "profileGivenName": name,
            }
            frames.append({"recipient": {"id": str(n + 1), "contact": contact}})
    group = {"masterKey": "ZmFt", "snapshot": {"title": {"title": "Family"}}}
    frames += [{"recipient": {"id": "99", "group": group}}]
    frames += [{"chat": {"id": "23", "recipientId": "99"}}]
    for s in chat:
        way: dict[str, Any] = (
            {"incoming": {"dateReceived": f"{stamp(s, 0)}999", "read": True}}
            if ids[s.sender]
            else {"outgoing": {"sendStatus": []}}
        )
        item = {
            "chatId": "23",
            "authorId": str(ids[s.sender] + 1),
            "dateSent": f"{stamp(s, 0)}000",
        }
        frames.append({"chatItem": {**item, **way, "standardMessage": {"text": {"body": s.body}}}})
    return b"".join(plain_json(one, None) + b"\n" for one in frames)


def _of(write: Callable[..., bytes], *more: Any) -> Callable[[Chat], bytes]:
    return lambda chat: write(chat, *more)


FORMS = [
    Form("wechat", "memotrace table", "x_utf8.csv", _memotrace, zone=_CHINA),
    Form("wechat", "weflow", "x.json", _weflow, zone=_CHINA),
    Form("wechat", "weflow, one line", "x.json", _of(_weflow, None), zone=_CHINA),
    Form("chatlab", "lines", "x.jsonl", _chatlab, zone=_CHINA),
    Form("telegram", "json", "result.json", _telegram, zone=2),
    Form("telegram", "json, one line", "result.json", _of(_telegram, None), zone=2),
    Form("telegram", "pages", "messages.html", _telegram_pages, zone=2),
    Form("messenger", "facebook", "messages/inbox/lunch_17/message_1.json", _messenger, zone=0),
    Form(
        "messenger",
        "instagram",
        "your_instagram_activity/messages/inbox/lunch_17/message_1.json",
        _messenger,
        zone=0,
    ),
    Form("messenger", "encrypted", "Lunch_1.json", _sealed, zone=0),
    Form("imessage", "chat.db", "chat.db", _imessage, zone=0),
    Form("sms-backup", "xml", "sms-20240601.xml", _sms, zone=0),
    Form("signal", "lines", "main.jsonl", _signal, zone=0),
]
