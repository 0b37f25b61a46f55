"""Chats as lines of text: WhatsApp, LINE, KakaoTalk, QQ, WeChat's text, imessage-exporter."""

from __future__ import annotations

from collections.abc import Callable

from ofrenda.measure.exports.dialects import DIALECTS, Dialect
from ofrenda.measure.exports.form import Chat, Form


def _whatsapp(dialect: Dialect) -> Callable[[Chat], bytes]:
    def write(chat: Chat) -> bytes:
        return "".join(f"{dialect.head(s.at)}{s.sender}: {s.body}\n" for s in chat).encode()

    return write


def _memotrace(chat: Chat) -> bytes:
    return "".join(f"{s.at} {s.sender}\n{s.body}\n\n" for s in chat).encode()


def _weflow(chat: Chat) -> bytes:
    return "".join(f"{s.at} '{s.sender}'\n{s.body}\n\n" for s in chat).encode()


def _qq(chat: Chat) -> bytes:
    rule = "=" * 64
    head = (
        f"消息记录（此消息记录为文本格式，不支持重新导入）\n\n{rule}\n消息分组:我\n{rule}\n"
        f"消息对象:x\n{rule}\n\n"
    )
    return (head + "".join(f"{s.at} {s.sender}\n{s.body}\n\n" for s in chat)).encode()


def _line(chat: Chat) -> bytes:
    out = ["[LINE] Chat history in x", "Saved on: 2025/01/01 10:00", ""]
    day = None
    for s in chat:
        if s.at.date() != day:
            day = s.at.date()
            out += ["", f"{day:%Y/%m/%d}({day:%a})"]
        body = '"' + s.body.replace('"', '""') + '"' if "\n" in s.body else s.body
        out.append(f"{s.at:%H:%M}\t{s.sender}\t{body}")
    return ("\n".join(out) + "\n").encode()


def _line_chinese(chat: Chat) -> bytes:
    out = ["[LINE] 與x的聊天記錄", "儲存日期：2025/01/01 10:00", ""]
    day = None
    for s in chat:
        if s.at.date() != day:
            day = s.at.date()
            out += ["", f"{day:%Y/%m/%d}（{'一二三四五六日'[day.weekday()]}）"]
        body = '"' + s.body.replace('"', '""') + '"' if "\n" in s.body else s.body
        half, hour = ("上午", s.at.hour) if s.at.hour < 12 else ("下午", s.at.hour - 12)
        out.append(f"{half}{hour or 12:02}:{s.at:%M}\t{s.sender}\t{body}")
    return ("\n".join(out) + "\n").encode()


def _kakaotalk(chat: Chat) -> bytes:
    out = ["x 님과 카카오톡 대화", "저장한 날짜 : 2025-01-01 10:00:00", ""]
    day = None
    for s in chat:
        if s.at.date() != day:
            day = s.at.date()
            rule, week = "-" * 15, "월화수목금토일"[day.weekday()]
            out.append(f"{rule} {day.year}년 {day.month}월 {day.day}일 {week}요일 {rule}")
        half, hour = ("오전", s.at.hour) if s.at.hour < 12 else ("오후", s.at.hour - 12)
        out.append(f"[{s.sender}] [{half} {hour or 12}:{s.at:%M}] {s.body}")
    return ("\n".join(out) + "\n").encode()


def _imessage_exporter(chat: Chat) -> bytes:
    out = []
    for s in chat:
        hour = f"{s.at.hour % 12 or 12:>2}:{s.at:%M:%S} {'AM' if s.at.hour < 12 else 'PM'}"
        out.append(f"{s.at:%b %d, %Y} {hour}\n{s.sender}\n{s.body}\n\n")
    return "".join(out).encode()


FORMS = [
    *(
        Form(
            "whatsapp",
            dialect.name,
            "WhatsApp Chat with Mum.txt",
            _whatsapp(dialect),
            "s" if dialect.seconds else "min",
            exact=False,
        )
        for dialect in DIALECTS
    ),
    Form("wechat", "memotrace text", "妈妈.txt", _memotrace, exact=False),
    Form("wechat", "weflow text", "妈妈.txt", _weflow, exact=False),
    Form("qq", "text", "x.txt", _qq, exact=False),
    Form("line", "english", "x.txt", _line, "min", exact=False),
    Form("line", "chinese", "x.txt", _line_chinese, "min", exact=False),
    Form(
        "kakaotalk",
        "korean",
        "x.txt",
        _kakaotalk,
        "min",
        exact=False,
        forgery="[엄마] [오전 8:00]",
    ),
    Form("imessage-txt", "exporter", "+15551234567.txt", _imessage_exporter, exact=False),
]
