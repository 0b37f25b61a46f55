"""Chats and letters as services hand them out: Discord, Slack, X, Google Chat, mailboxes."""

from __future__ import annotations

from email.message import EmailMessage
from html import escape
from typing import Any

from ofrenda.measure.exports.form import Chat, Form, apart, instant, places
from ofrenda.measure.exports.tables import plain_json, stamp


def _discord(chat: Chat) -> bytes:
    ids = places(chat)
    messages: list[dict[str, Any]] = [
        {
            **{"id": str(n), "type": "Default", "timestampEdited": None},
            **{"timestamp": f"{s.at.isoformat()}+01:00", "content": s.body},
            "author": {"id": apart(ids[s.sender]), "name": s.sender, "isBot": False},
            **{"attachments": [], "embeds": [], "stickers": [], "reactions": [], "mentions": []},
        }
        for n, s in enumerate(chat, 1)
    ]
    head = {
        "guild": {"id": "0", "name": "Direct Messages"},
        "channel": {"id": "555", "type": "DirectGroupTextChat", "name": "lunch"},
    }
    return plain_json({**head, "messages": messages, "messageCount": len(messages)})


def _slack(chat: Chat) -> bytes:
    ids = places(chat)
    return plain_json(
        [
            {
                **{"type": "message", "user": f"U0{apart(ids[s.sender])}ABCD"},
                "text": s.body.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
                "ts": f"{stamp(s, 0)}.{n:06}",
            }
            for n, s in enumerate(chat)
        ]
    )


_SLACK_PEOPLE = plain_json(
    [
        {"id": f"U0{apart(n)}ABCD", "name": f"p{n}", "profile": {"real_name": f"P {n}"}}
        for n in range(9)
    ]
)


def _x_direct(chat: Chat) -> bytes:
    ids = places(chat)
    messages = [
        {
            "messageCreate": {
                **{"senderId": apart(ids[s.sender]), "id": str(n), "reactions": []},
                **{"text": escape(s.body, quote=False), "urls": [], "mediaUrls": []},
                "createdAt": f"{instant(s.at, 0):%Y-%m-%dT%H:%M:%S}.000Z",
            }
        }
        for n, s in enumerate(chat, 1)
    ]
    export = [{"dmConversation": {"conversationId": "9988", "messages": messages}}]
    return b"window.YTD.direct_messages_group.part0 = " + plain_json(export)


_X_ACCOUNT = b"window.YTD.account.part0 = " + plain_json(
    [{"account": {"accountId": apart(0), "username": "mum", "accountDisplayName": "Mum"}}]
)


def _google_chat(chat: Chat) -> bytes:
    ids = places(chat)
    return plain_json(
        {
            "messages": [
                {
                    "creator": {
                        **{"name": s.sender, "user_type": "Human"},
                        "email": f"p{apart(ids[s.sender])}@example.org",
                    },
                    "created_date": f"{s.at:%A, %B} {s.at.day}, {s.at.year} at "
                    f"{s.at.hour % 12 or 12}:{s.at:%M:%S}\u202f{s.at:%p} UTC",
                    **{"text": s.body, "topic_id": "t", "message_id": f"a/t/{n}"},
                }
                for n, s in enumerate(chat)
            ]
        }
    )


def _mail(chat: Chat) -> bytes:
    ids = places(chat)
    out = []
    for n, s in enumerate(chat):
        letter = EmailMessage()
        letter["Message-ID"] = f"<{n}@example.org>"
        letter["Date"] = f"{s.at:%a, %d %b %Y %H:%M:%S} +0100"
        letter["From"] = f"P{ids[s.sender]} <p{apart(ids[s.sender])}@example.org>"
        letter["To"] = "family@example.org"
        letter["Subject"] = "x"
        letter.set_content(s.body + "\n", cte="8bit")
        text = letter.as_bytes().replace(b"\nFrom ", b"\n>From ")
        out.append(b"From p@example.org Fri May  3 21:25:15 2019\n" + text + b"\n")
    return b"".join(out)


FORMS = [
    Form("discord", "json", "chat.json", _discord, zone=1),
    Form("slack", "day", "x/2024-04-05.json", _slack, zone=0, beside={"users.json": _SLACK_PEOPLE}),
    Form(
        "x",
        "direct messages",
        "data/direct-messages-group.js",
        _x_direct,
        zone=0,
        beside={"data/account.js": _X_ACCOUNT},
    ),
    Form("google-chat", "takeout", "Google Chat/Groups/DM a/messages.json", _google_chat, zone=0),
    Form("mail", "mbox", "family.mbox", _mail, zone=1, exact=False),
]
