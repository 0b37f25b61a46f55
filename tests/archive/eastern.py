"""Small exports of WeChat, QQ, LINE, KakaoTalk, Weibo and ChatLab, with exactly what must come out.

Content is invented, syntax is real. Also: how they are read here, and how they are damaged.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.importer import Circumstances, Importer, Reading, Skipped
from ofrenda.archive.importers import chatlab, kakaotalk, line, qq, wechat, weibo
from ofrenda.archive.report import REASONS
from ofrenda.types import Utterance

TODAY = date(2026, 6, 1)
IMPORTERS: dict[str, Importer] = {
    "wechat": wechat.IMPORTER,
    "qq": qq.IMPORTER,
    "line": line.IMPORTER,
    "kakaotalk": kakaotalk.IMPORTER,
    "weibo": weibo.IMPORTER,
    "chatlab": chatlab.IMPORTER,
}


@dataclass(frozen=True)
class Golden:
    format: str
    name: str
    content: str | bytes
    expected: list[tuple[object, ...]]
    chats: list[tuple[str, bool]]
    beside: Mapping[str, bytes] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    one_bit: bool = False
    """All that the format says of the sender is the direction: nothing to check it by."""
    offset: int | None = 0
    """Hours by which the wall clock is ahead of UTC where the format knows it."""

    @property
    def data(self) -> bytes:
        return self.content.encode() if isinstance(self.content, str) else self.content


def entry_of(name: str, data: bytes) -> Entry:
    return Entry(name, len(data), lambda: io.BytesIO(data))


def read(golden: Golden, data: bytes | None = None) -> tuple[Reading, list[Utterance | Skipped]]:
    used = golden.data if data is None else data
    entry = entry_of(golden.name, used)
    entries = {entry.name: entry}
    entries |= {name: entry_of(name, content) for name, content in golden.beside.items()}
    importer = IMPORTERS[golden.format]
    files = Container("export", entries)
    reading = importer.read(entry, files, Circumstances(golden.answers, TODAY))
    found: list[Utterance | Skipped] = []
    for record in reading.records:
        assert isinstance(record, Utterance | Skipped)
        if isinstance(record, Skipped):
            assert record.reason in REASONS
        found.append(record)
    return reading, found


def short(record: Utterance | Skipped) -> tuple[object, ...]:
    """``(time, sender, kind, text, extras...)``; extras only where they are set."""
    if isinstance(record, Skipped):
        return ("skipped", record.reason)
    extras: list[object] = []
    if record.quoted_text is not None:
        extras.append(("quoted", record.quoted_text))
    if record.forwarded:
        extras.append("forwarded")
    if record.edited:
        extras.append("edited")
    if record.reply_to is not None:
        extras.append(("reply", record.reply_to))
    extras += [("file", ref.path, ref.exists) for ref in record.media]
    stamp = record.ts_local or ""
    if record.ts_precision == "min":
        assert stamp.endswith(":00")
        stamp = stamp[:-3]
    return (stamp, record.sender_key, record.kind.value, record.text, *extras)


def j(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


FULL = (
    "localId,TalkerId,Type,SubType,IsSender,CreateTime,Status,StrContent,StrTime,Remark,NickName,"
    "Sender"
)
VOICE = '"<msg><voicemsg endflag=""1"" voicelength=""4200"" length=""6789"" /></msg>"'
QUOTE = (
    '"<msg><appmsg><title>那就周日吧</title><type>57</type><refermsg><type>1</type>'
    '<displayname>妈妈</displayname><content>周六有雨</content></refermsg></appmsg></msg>"'
)
MUM, SAM = "wxid_mama0001", "wxid_xiaolin9"
PAIR = (f"direct:{MUM}\n{SAM}", False)


def memotrace(stamp: int, local: str, own: int, text: str, kind: str = "1,0") -> str:
    who = f"小林,林,{SAM}" if own else f"妈妈,春天的风,{MUM}"
    return f"{stamp % 90000},3,{kind},{own},{stamp},,{text},{local},{who}\n"


def weflow(n: int, at: int, clock: str, kind: str, content: object, sender: str, **more: object):
    return {
        "localId": n,
        "createTime": at,
        "formattedTime": clock,
        "type": kind,
        "localType": 1,
        "content": content,
        "isSend": {MUM: 0, SAM: 1}.get(sender),
        "senderUsername": sender,
        "senderDisplayName": {MUM: "妈妈", SAM: "小林"}.get(sender, ""),
        "source": "",
        **more,
    }


WEFLOW_MESSAGES = [
    weflow(1, 1704067200, "2024-01-01 08:00:00", "文本消息", "今晚回来吃饭吗", MUM),
    weflow(2, 1704067260, "2024-01-01 08:01:00", "文本消息", "回：七点到\n两个人", SAM),
    weflow(3, 1704067320, "2024-01-01 08:02:00", "图片消息", "media/images/a1.jpg", MUM),
    weflow(4, 1704067380, "2024-01-01 08:03:00", "语音消息", "路上小心一点", MUM),
    weflow(5, 1704067390, "2024-01-01 08:03:10", "语音消息", "[语音消息 - 转文字失败]", SAM),
    weflow(
        *(6, 1704067440, "2024-01-01 08:04:00", "引用消息", "好，买点菜", SAM),
        replyToMessageId="881",
        quotedSender="妈妈",
        quotedContent="今晚回来吃饭吗",
    ),
    weflow(
        7, 1704067500, "2024-01-01 08:05:00", "聊天记录合并转发", "群聊的聊天记录\n张三: 你好", SAM
    ),
    weflow(8, 1704067560, "2024-01-01 08:06:00", "系统消息", '"妈妈" 撤回了一条消息', ""),
    weflow(9, 1704067620, "2024-01-01 08:07:00", "卡片式链接", "养生十法", MUM),
    weflow(10, 1704067680, "2024-01-01 08:08:00", "动画表情", "[动画表情]", MUM),
]
WEFLOW_EXPECTED: list[tuple[object, ...]] = [
    ("2024-01-01T08:00:00", MUM, "text", "今晚回来吃饭吗"),
    ("2024-01-01T08:01:00", SAM, "text", "回：七点到\n两个人"),
    ("2024-01-01T08:02:00", MUM, "image", None, ("file", "media/images/a1.jpg", True)),
    ("2024-01-01T08:03:00", MUM, "voice", "路上小心一点"),
    ("2024-01-01T08:03:10", SAM, "voice", None),
    (
        *("2024-01-01T08:04:00", SAM, "text", "好，买点菜"),
        ("quoted", "妈妈: 今晚回来吃饭吗"),
        ("reply", "881"),
    ),
    (
        *("2024-01-01T08:05:00", SAM, "link", None),
        ("quoted", "群聊的聊天记录\n张三: 你好"),
        "forwarded",
    ),
    ("2024-01-01T08:06:00", None, "deleted", None),
    ("2024-01-01T08:07:00", MUM, "link", None, ("quoted", "养生十法")),
    ("2024-01-01T08:08:00", MUM, "sticker", None),
]
SESSION = {
    "wxid": MUM,
    "nickname": "春天的风",
    "remark": "妈妈",
    "type": "私聊",
    "messageCount": 10,
}


def chatlog(at: str, seq: int, sender: str, text: str, kind: int = 1, sub: int = 0, **more: object):
    return {
        "seq": seq * 1000,
        "time": at,
        "talker": MUM,
        "talkerName": "妈妈",
        "isChatRoom": False,
        "sender": sender,
        "senderName": "妈妈" if sender == MUM else "",
        "isSelf": True,
        "type": kind,
        "subType": sub,
        "content": text,
        **more,
    }


QQ_HEAD = (
    "\ufeff消息记录（此消息记录为文本格式，不支持重新导入）\r\n\r\n" + "=" * 64 + "\r\n"
    "消息分组:我的好友\r\n" + "=" * 64 + "\r\n"
)


def qq_chat(title: str, lines: str) -> str:
    return f"消息对象:{title}\n{'=' * 64}\n\n{lines}".replace("\n", "\r\n")


MHT = (
    "From: <Save by Tencent MsgMgr>\r\nSubject: Tencent IM Message\r\nMIME-Version: 1.0\r\n"
    'Content-Type:multipart/related;\r\n\tcharset="utf-8"\r\n\ttype="text/html";\r\n'
    '\tboundary="----=_NextPart_20CAFF23"\r\n\r\n------=_NextPart_20CAFF23\r\n'
    "Content-Type: text/html\r\nContent-Transfer-Encoding:7bit\r\n\r\n"
    '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>QQ Message</title></head><body>'
    "<table width=100% cellspacing=0><tr><td><div style=padding-left:10px;><br><b>消息记录</b>"
    "</div></td></tr><tr><td><div style=padding-left:10px;>消息对象:小鹿</div></td></tr>"
)


def mht_row(color: str, name: str, at: str, cell: str) -> str:
    return (
        f"<tr><td><div style=color:#{color};padding-left:10px;>"
        f"<div style=float:left;margin-right:6px;>{name}</div>{at}</div>"
        f"<div style=padding-left:20px;>{cell}</div></td></tr>\r\n"
    )


FONT = "<font style=\"font-size:9pt;font-family:'宋体'\" color='000000'>"


def qce(n: int, ms: int, at: str, uin: str, text: str, elements: list[object], **more: object):
    names = {"10001": "小鹿", "20002": "阿强"}
    content = {"resources": []} | more.pop("content", {})  # type: ignore[operator]
    return {
        "id": str(n),
        "seq": str(n),
        "timestamp": ms,
        "time": at,
        "sender": {"uid": f"u_{uin}", "uin": uin, "name": f"备注{uin}", "nickname": names[uin]},
        "type": more.pop("type", "type_1"),
        "content": content | {"text": text, "elements": elements},
        "recalled": False,
        "system": False,
        **more,
    }


def words(text: str) -> dict[str, object]:
    return {"type": "text", "data": {"text": text}}


QCE = {
    "metadata": {"name": "QQChatExporter V5 / https://example.org", "version": "5.5.1"},
    "chatInfo": {"name": "小鹿", "type": "private", "selfUid": "u_20002", "selfUin": "20002"},
    "statistics": {},
    "messages": [
        qce(1, 1770571107000, "2026-02-09 01:18:27", "10001", "睡了吗", [words("睡了吗")]),
        qce(
            *(2, 1770571167000, "2026-02-09 01:19:27", "20002"),
            "[回复 小鹿: 睡了吗]\n还没有呢",
            [{"type": "reply", "data": {}}, words("还没有呢")],
            type="reply",
            content={"reply": {"messageId": "1", "senderName": "小鹿", "content": "睡了吗"}},
        ),
        qce(
            *(3, 1770571227000, "2026-02-09 01:20:27", "10001"),
            "[图片: A.JPG]",
            [{"type": "image", "data": {}}],
            content={"resources": [{"type": "image", "filename": "A.JPG"}]},
        ),
        qce(
            4,
            1770571287000,
            "2026-02-09 01:21:27",
            "20002",
            "想了想",
            [words("想了想")],
            recalled=True,
        ),
        qce(5, 1770571347000, "2026-02-09 01:22:27", "10001", "[聊天记录]", [{"type": "forward"}]),
    ],
    "exportOptions": {},
}

CHATLAB_HEAD = {"version": "0.0.2", "exportedAt": 1704067200}
CHATLAB_META = {"name": "妈妈", "platform": "wechat", "type": "private", "ownerId": SAM}
CHATLAB_MEMBERS = [
    {"platformId": MUM, "accountName": "妈妈"},
    {"platformId": SAM, "accountName": "小林"},
]
CHATLAB_MESSAGES = [
    {"sender": MUM, "accountName": "妈妈", "timestamp": 1704067200, "type": 0, "content": "吃了吗"},
    {"sender": SAM, "accountName": "小林", "timestamp": 1704067260, "type": 1, "content": "[图片]"},
    {
        **{"sender": SAM, "accountName": "小林", "timestamp": 1704067320, "type": 25},
        **{"content": "吃过了呀", "platformMessageId": "3", "replyToMessageId": "1"},
    },
    {
        "sender": SAM,
        "accountName": "小林",
        "timestamp": 1704067380,
        "type": 26,
        "content": "甲: 乙",
    },
    {"sender": "sys", "accountName": "", "timestamp": 1704067440, "type": 80, "content": "已添加"},
    {
        **{"sender": MUM, "accountName": "妈妈", "timestamp": 1704067500, "type": 0},
        "content": "明天见哦",
        "ofrenda": {"local": "2024-01-01 08:05:00", "quoted": "她说", "media": ["x.opus"]},
    },
]
CHATLAB_EXPECTED: list[tuple[object, ...]] = [
    ("2024-01-01T00:00:00", MUM, "text", "吃了吗"),
    ("2024-01-01T00:01:00", SAM, "image", None),
    ("2024-01-01T00:02:00", SAM, "text", "吃过了呀", ("reply", "1")),
    ("2024-01-01T00:03:00", SAM, "link", None, ("quoted", "甲: 乙"), "forwarded"),
    ("2024-01-01T00:04:00", None, "system", "已添加"),
    (
        *("2024-01-01T08:05:00", MUM, "text", "明天见哦"),
        ("quoted", "她说"),
        ("file", "x.opus", False),
    ),
]

GOLDENS: dict[str, Golden] = {
    "memotrace, table of one chat": Golden(
        "wechat",
        f"妈妈({MUM})/妈妈_utf8.csv",
        "\ufeff"
        + FULL
        + "\n"
        + memotrace(1541343078, "2018-11-04 22:51:18", 0, "早点睡，别熬夜")
        + memotrace(1541343099, "2018-11-04 22:51:39", 0, VOICE, "34,0")
        + memotrace(1541343120, "2018-11-04 22:52:00", 1, '"知道啦\n""晚安"", 妈"')
        + memotrace(1541343130, "2018-11-04 22:52:10", 1, QUOTE, "49,57")
        + memotrace(
            1541343140, "2018-11-04 22:52:20", 0, '"妈妈" 撤回了一条消息', "10000,0"
        ).replace('"妈妈"', "妈妈")
        + memotrace(1541343150, "2018-11-04 22:52:30", 0, "[旺柴]"),
        [
            ("2018-11-04T22:51:18", MUM, "text", "早点睡，别熬夜"),
            ("2018-11-04T22:51:39", MUM, "voice", None),
            ("2018-11-04T22:52:00", SAM, "text", '知道啦\n"晚安", 妈'),
            ("2018-11-04T22:52:10", SAM, "text", "那就周日吧", ("quoted", "妈妈: 周六有雨")),
            ("2018-11-04T22:52:20", None, "deleted", None),
            ("2018-11-04T22:52:30", MUM, "text", "[旺柴]"),
        ],
        [PAIR],
        offset=8,
    ),
    "memotrace, table of all chats": Golden(
        "wechat",
        "messages.csv",
        FULL
        + "\n"
        + "1,3,1,0,0,1541343078,,早点睡啊,2018-11-04 22:51:18,妈妈,春天的风,春天的风\n"
        + "2,3,1,0,1,1541343080,,马上就睡,2018-11-04 22:51:20,妈妈,春天的风,我\n"
        + "3,5,1,0,0,1541343090,,周末聚餐吗,2018-11-04 22:51:30,,一家人,大伯\n"
        + "4,5,1,0,0,1541343095,,我来订位子,2018-11-04 22:51:35,,一家人,小姨\n"
        + "5,5,1,0,1,1541343099,,我也去的,2018-11-04 22:51:39,,一家人,我\n"
        + "6,5,1,0,0,1541343100,,谁说的话,2018-11-04 22:51:40,,一家人,\n",
        [
            ("2018-11-04T22:51:18", "妈妈", "text", "早点睡啊"),
            ("2018-11-04T22:51:20", "我@1", "text", "马上就睡"),
            ("2018-11-04T22:51:30", "大伯", "text", "周末聚餐吗"),
            ("2018-11-04T22:51:35", "小姨", "text", "我来订位子"),
            ("2018-11-04T22:51:39", "我@1", "text", "我也去的"),
            ("skipped", "unclear_sender"),
        ],
        [("direct:妈妈\n我@1", False), ("group:一家人", True)],
        offset=8,
    ),
    "memotrace, old table with an id too many": Golden(
        "wechat",
        f"妈妈({MUM})/messages.csv",
        ",".join(FULL.split(",")[:9])
        + "\n1,3,1,0,0,1541343078,,早点睡啊,2018-11-04 22:51:18,7437270000000000001\n"
        + "2,3,1,0,1,1541343080,,马上就睡,2018-11-04 22:51:20,7437270000000000002\n",
        [
            ("2018-11-04T22:51:18", MUM, "text", "早点睡啊"),
            ("2018-11-04T22:51:20", "我@1", "text", "马上就睡"),
        ],
        [(f"direct:{MUM}\n我@1", False)],
        one_bit=True,
        offset=8,
    ),
    "memotrace, per chat": Golden(
        "wechat",
        "一家人(12345@chatroom)/聊天.csv",
        "\ufeff消息ID,类型,发送人,时间,内容\n"
        '8812345,文本,大伯,2023-05-01 09:00:00,"第一行\n第二行"\n'
        "8812346,图片,小姨,2023-05-01 09:01:00,[图片]\n"
        "8812347,系统消息,系统消息,2023-05-01 09:02:00,小姨加入了群聊\n"
        "8812348,引用,大伯,2023-05-01 09:03:00,不知道怎么分\n"
        '8812349,引用,小姨,2023-05-01 09:04:00,"好的大伯\n引用:大伯:第一行"\n',
        [
            ("2023-05-01T09:00:00", "大伯", "text", "第一行\n第二行"),
            ("2023-05-01T09:01:00", "小姨", "image", None),
            ("2023-05-01T09:02:00", None, "system", "小姨加入了群聊"),
            ("2023-05-01T09:03:00", "大伯", "text", "不知道怎么分"),
            ("2023-05-01T09:04:00", "小姨", "text", "好的大伯", ("quoted", "引用:大伯:第一行")),
        ],
        [("group:12345@chatroom", True)],
        offset=None,
    ),
    "memotrace, text": Golden(
        "wechat",
        "妈妈.txt",
        "2018-11-04 22:51:18 妈妈\n早点睡，别熬夜\n\n"
        "2018-11-04 22:51:39 妈妈\n[语音]\n\n"
        "2018-11-04 22:52:00 小林: 林\n知道啦\n\n2018年的事: 妈妈\n说过\n\n"
        "2018-11-04 22:53:00 妈妈\n去吧去吧\n引用:小林: 林:周末去爬山\n\n"
        "2018-11-04 22:54:00 你撤回了什么\n\n"
        "2018-11-04 22:55:00 小林: 林\n抄一段：\n2016-01-01 08:00:00 妈妈\n旧的一句话\n\n",
        [
            ("2018-11-04T22:51:18", "妈妈", "text", "早点睡，别熬夜"),
            ("2018-11-04T22:51:39", "妈妈", "voice", None),
            ("2018-11-04T22:52:00", "小林: 林", "text", "知道啦\n\n2018年的事: 妈妈\n说过"),
            (
                *("2018-11-04T22:53:00", "妈妈", "text", "去吧去吧"),
                ("quoted", "引用:小林: 林:周末去爬山"),
            ),
            ("2018-11-04T22:54:00", None, "system", "你撤回了什么"),
            (
                *("2018-11-04T22:55:00", "小林: 林", "text", "抄一段："),
                ("quoted", "2016-01-01 08:00:00 妈妈\n旧的一句话"),
            ),
        ],
        [("direct:妈妈\n小林: 林", False)],
        offset=None,
    ),
    "weflow, text, windows": Golden(
        "wechat",
        "妈妈.txt",
        (
            "\ufeff2024-01-01 08:00:00 '妈妈'\n今晚回来吃饭吗\n\n"
            "2024-01-01 08:01:00 '我'\n回来的呀\n\n"
            "2024-01-01 08:02:00 '妈妈'\n[图片]\n\n"
        ).replace("\n", "\r\n"),
        [
            ("2024-01-01T08:00:00", "妈妈", "text", "今晚回来吃饭吗"),
            ("2024-01-01T08:01:00", "我@1", "text", "回来的呀"),
            ("2024-01-01T08:02:00", "妈妈", "image", None),
        ],
        [("direct:妈妈\n我@1", False)],
        offset=None,
    ),
    "weflow, objects": Golden(
        "wechat",
        "texts/私聊_妈妈.json",
        json.dumps(
            {
                "weflow": {"version": "1.0.3", "exportedAt": 1704153600},
                "session": SESSION,
                "messages": WEFLOW_MESSAGES,
                "avatars": {MUM: "data:image/png;base64,AAAA"},
            },
            ensure_ascii=False,
            indent=1,
        ),
        [
            *WEFLOW_EXPECTED[:2],
            (*WEFLOW_EXPECTED[2][:4], ("file", "texts/media/images/a1.jpg", True)),
            *WEFLOW_EXPECTED[3:],
        ],
        [PAIR],
        beside={"texts/media/images/a1.jpg": b"x"},
        offset=8,
    ),
    "weflow, objects with a list of senders": Golden(
        "wechat",
        "arkme.json",
        j(
            {
                "weflow": {"version": "2", "format": "arkme-json"},
                "session": {**SESSION, "wxid": None, "accountId": MUM},
                "senders": [
                    {"senderID": 1, "wxid": MUM, "displayName": "妈妈"},
                    {"senderID": 2, "wxid": SAM, "displayName": "小林"},
                ],
                "messages": [
                    {
                        **{k: v for k, v in one.items() if not k.startswith("sender")},
                        "senderID": 1 if one["senderUsername"] == MUM else 2,
                    }
                    for one in WEFLOW_MESSAGES[:2]
                ],
            }
        ),
        WEFLOW_EXPECTED[:2],
        [PAIR],
        offset=8,
    ),
    "echotrace": Golden(
        "wechat",
        "妈妈.json",
        j({"session": SESSION, "messages": WEFLOW_MESSAGES[:2] + WEFLOW_MESSAGES[7:8]}),
        WEFLOW_EXPECTED[:2] + WEFLOW_EXPECTED[7:8],
        [PAIR],
        offset=8,
    ),
    "weclone, from weflow": Golden(
        "wechat",
        "妈妈.csv",
        (
            "\ufeffid,MsgSvrID,type_name,is_sender,talker,msg,src,CreateTime\n"
            f"0,7437270001,文本,0,{MUM},早点回家,,2024-01-01T08:00:00\n"
            f'1,7437270002,文本,1,{SAM},"好, 七点",,2024-01-01T08:01:00\n'
            f"2,7437270003,图片,0,{MUM},,img/a.jpg,2024-01-01T08:02:00\n"
            f"3,7437270004,引用回复,1,{SAM},是的没错,,2024-01-01T08:03:00\n"
        ).replace("\n", "\r\n"),
        [
            ("2024-01-01T08:00:00", MUM, "text", "早点回家"),
            ("2024-01-01T08:01:00", SAM, "text", "好, 七点"),
            ("2024-01-01T08:02:00", MUM, "image", None, ("file", "img/a.jpg", False)),
            ("2024-01-01T08:03:00", SAM, "text", "是的没错"),
        ],
        [PAIR],
        offset=None,
    ),
    "pywxdump, saved again by excel": Golden(
        "wechat",
        "chat_0_500.csv",
        "id,MsgSvrID,type_name,is_sender,talker,room_name,msg,src,CreateTime\n"
        f"1,7.43727E+18,文本,0,{MUM},{MUM},早点回家,,2024/10/4 11:42\n"
        f"2,7.43727E+18,文本,1,我,{MUM},=1+1是多少,,2024/10/4 11:43\n"
        f"3,7.43727E+18,合并转发的聊天记录,0,{MUM},{MUM},张三: 在吗,,2024/10/4 11:44\n"
        f"4,7.43727E+18,语音通话,1,我,{MUM},,,2024/10/4 11:45\n",
        [
            ("2024-10-04T11:42", MUM, "text", "早点回家"),
            ("2024-10-04T11:43", "我@1", "text", "=1+1是多少"),
            ("2024-10-04T11:44", MUM, "link", None, ("quoted", "张三: 在吗"), "forwarded"),
            ("2024-10-04T11:45", "我@1", "call", None),
        ],
        [(f"direct:{MUM}\n我@1", False)],
        offset=None,
    ),
    "chatlog, objects": Golden(
        "wechat",
        "chatlog.json",
        j(
            [
                chatlog("2018-11-04T22:51:18+08:00", 1541343078, MUM, "早点睡啊"),
                chatlog(
                    *("2018-11-04T22:52:18+08:00", 1541343138, SAM, "马上就睡", 49, 57),
                    contents={
                        "refer": {"sender": MUM, "senderName": "妈妈", "content": "早点睡啊"}
                    },
                ),
                chatlog(
                    "2018-11-04T22:53:18+08:00", 1541343198, MUM, "", 34, contents={"voice": "1"}
                ),
                chatlog("2018-11-04T22:54:18+08:00", 1541343258, "系统消息", "你们已是好友", 10000),
                chatlog(
                    *("2018-11-04T22:55:18+08:00", 1541343318, MUM, "", 49, 5),
                    contents={"title": "养生", "url": "http://example.org"},
                ),
            ]
        ),
        [
            ("2018-11-04T22:51:18", MUM, "text", "早点睡啊"),
            ("2018-11-04T22:52:18", SAM, "text", "马上就睡", ("quoted", "妈妈: 早点睡啊")),
            ("2018-11-04T22:53:18", MUM, "voice", None),
            ("2018-11-04T22:54:18", None, "system", "你们已是好友"),
            ("2018-11-04T22:55:18", MUM, "link", None, ("quoted", "养生\nhttp://example.org")),
        ],
        [PAIR],
        offset=8,
    ),
    "chatlog, table": Golden(
        "wechat",
        "chatlog.csv",
        "Time,SenderName,Sender,TalkerName,Talker,Content\n"
        f"2018-11-04 22:51:18,妈妈,{MUM},妈妈,{MUM},早点睡啊\n"
        f'2018-11-04 22:52:18,,{SAM},妈妈,{MUM},"> 妈妈 11-04 22:51:18\n> 早点睡啊\n马上就睡"\n'
        f"2018-11-04 22:53:18,妈妈,{MUM},妈妈,{MUM},![图片](http://127.0.0.1:5030/image/ab)\n",
        [
            ("2018-11-04T22:51:18", MUM, "text", "早点睡啊"),
            (
                *("2018-11-04T22:52:18", SAM, "text", "马上就睡"),
                ("quoted", "> 妈妈 11-04 22:51:18\n> 早点睡啊"),
            ),
            ("2018-11-04T22:53:18", MUM, "image", None),
        ],
        [PAIR],
        offset=None,
    ),
    "chatlog, text without years": Golden(
        "wechat",
        "chatlog.txt",
        f"妈妈({MUM}) 11-04 22:51:18\n早点睡啊\n\n"
        "小林(我) 11-04 22:52:18\n> 妈妈(wxid_x) 11-04 22:51:18\n> 早点睡啊\n马上就睡\n\n"
        f"妈妈({MUM}) 11-04 22:53:18\n[语音](http://127.0.0.1:5030/voice/12)\n\n",
        [
            ("2018-11-04T22:51:18", MUM, "text", "早点睡啊"),
            (
                *("2018-11-04T22:52:18", "我@1", "text", "马上就睡"),
                ("quoted", "> 妈妈(wxid_x) 11-04 22:51:18\n> 早点睡啊"),
            ),
            ("2018-11-04T22:53:18", MUM, "voice", None),
        ],
        [(f"direct:{MUM}\n我@1", False)],
        answers={"year": "2018"},
        offset=None,
    ),
    "chatlog-keeper": Golden(
        "wechat",
        "wechat_messages.json",
        j(
            [
                {
                    **{"ts": 1541343078.25, "sender": "妈妈", "sender_wxid": MUM, "chat_room": ""},
                    **{"conversation_id": MUM, "content": "早点睡啊", "msg_type": 1},
                    **{"is_self": False, "account_id": SAM, "server_id": "1"},
                },
                {
                    **{"ts": 1541343079.0, "sender": "我", "sender_wxid": SAM, "chat_room": ""},
                    **{"conversation_id": MUM, "content": "马上就睡", "msg_type": 1},
                    **{"is_self": True, "account_id": SAM, "server_id": "2"},
                },
            ]
        ),
        [
            ("2018-11-04T14:51:18", MUM, "text", "早点睡啊"),
            ("2018-11-04T14:51:19", SAM, "text", "马上就睡"),
        ],
        [PAIR],
    ),
    "chatlab, object": Golden(
        "chatlab",
        "anything.json",
        j(
            {
                "chatlab": CHATLAB_HEAD,
                "meta": CHATLAB_META,
                "members": CHATLAB_MEMBERS,
                "messages": CHATLAB_MESSAGES,
            }
        ),
        CHATLAB_EXPECTED,
        [PAIR],
        offset=None,
    ),
    "chatlab, lines": Golden(
        "chatlab",
        "anything.jsonl",
        "# made by hand\n"
        + j({"_type": "header", "chatlab": CHATLAB_HEAD, "meta": CHATLAB_META})
        + "\n"
        + "".join(j({"_type": "member", **one}) + "\n" for one in CHATLAB_MEMBERS)
        + "# and now the messages\n"
        + "".join(j({"_type": "message", **one}) + "\n" for one in CHATLAB_MESSAGES),
        CHATLAB_EXPECTED,
        [PAIR],
        offset=None,
    ),
    "qq, text of all chats": Golden(
        "qq",
        "全部消息记录.txt",
        QQ_HEAD
        + qq_chat(
            "小鹿",
            "2010-01-06 16:57:28 小鹿\n哈哈哈今天好累啊\n[图片]\n\n"
            "2010-05-27 12:29:35 阿强 (上班)\n早点睡觉吧\n\n"
            "2010-05-27 12:29:36 小鹿\n[图片]\n\n",
        )
        + ("=" * 64 + "\r\n消息分组:我的群聊\r\n" + "=" * 64 + "\r\n")
        + qq_chat(
            "一家人",
            "2012-05-27 9:01:02 【管理员】大伯(10001)\n周末聚餐吗\n\n吃火锅\n\n"
            "2012-05-27 9:01:03 小姨<xiaoyi@example.org>\n我来订位子\n\n"
            "2012-05-27 9:01:04 系统消息(10000)\n小姨加入本群。\n\n"
            "2012-05-27 9:01:05 大伯(10001)\n\n\n",
        ),
        [
            ("2010-01-06T16:57:28", "小鹿", "text", "哈哈哈今天好累啊\n[图片]"),
            ("2010-05-27T12:29:35", "阿强 (上班)", "text", "早点睡觉吧"),
            ("2010-05-27T12:29:36", "小鹿", "image", None),
            ("2012-05-27T09:01:02", "10001", "text", "周末聚餐吗\n\n吃火锅"),
            ("2012-05-27T09:01:03", "xiaoyi@example.org", "text", "我来订位子"),
            ("2012-05-27T09:01:04", None, "system", "小姨加入本群。"),
            ("2012-05-27T09:01:05", "10001", "unknown", None),
        ],
        [("direct:小鹿\n阿强 (上班)", False), ("group:一家人", True)],
        offset=None,
    ),
    "qq, text in gbk with halves of the day": Golden(
        "qq",
        "小鹿.txt",
        (
            (
                QQ_HEAD[1:]
                + qq_chat(
                    "小鹿",
                    "2008-03-04 12:12:29 AM 小鹿(10001)\n半夜睡不着觉，起来给你写几句话\n\n"
                    "2008-03-04 12:12:39 PM 阿强(20002)\n中午好啊，我们一起去吃面条吧\n\n",
                )
            ).encode("gb18030")
        ),
        [
            ("2008-03-04T00:12:29", "10001", "text", "半夜睡不着觉，起来给你写几句话"),
            ("2008-03-04T12:12:39", "20002", "text", "中午好啊，我们一起去吃面条吧"),
        ],
        [("direct:10001\n20002", False)],
        offset=None,
    ),
    "qq, web archive": Golden(
        "qq",
        "小鹿.mht",
        MHT
        + "<tr><td style=border-bottom-width:1px;>日期: 2012-03-04</td></tr>\r\n"
        + mht_row("006EFE", "小鹿", "10:11:12", f"{FONT}在吗&lt;b&gt;</font>")
        + mht_row("42B475", "阿强", "10:11:15", f"{FONT}在的在的<br>怎么了</font>")
        + mht_row("006EFE", "小鹿", "10:12:00", '<IMG src="{AB12}.dat">')
        + "</table></body></html>\r\n------=_NextPart_20CAFF23\r\nContent-Type:image/jpeg\r\n"
        "Content-Location:{AB12}.dat\r\n\r\n/9j/4AAQ\r\n------=_NextPart_20CAFF23--\r\n",
        [
            ("2012-03-04T10:11:12", "小鹿", "text", "在吗<b>"),
            ("2012-03-04T10:11:15", "阿强", "text", "在的在的\n怎么了"),
            ("2012-03-04T10:12:00", "小鹿", "image", None),
        ],
        [("direct:小鹿\n阿强", False)],
        offset=None,
    ),
    "qq, exporter 5": Golden(
        "qq",
        "friend_10001.json",
        j(QCE),
        [
            ("2026-02-09T01:18:27", "10001", "text", "睡了吗"),
            (
                *("2026-02-09T01:19:27", "20002", "text", "还没有呢"),
                ("quoted", "小鹿: 睡了吗"),
                ("reply", "1"),
            ),
            ("2026-02-09T01:20:27", "10001", "image", None, ("file", "A.JPG", False)),
            ("2026-02-09T01:21:27", "20002", "deleted", None),
            ("2026-02-09T01:22:27", "10001", "link", None, ("quoted", "[聊天记录]"), "forwarded"),
        ],
        [("direct:10001\n20002", False)],
        offset=8,
    ),
    "qq, exporter 4": Golden(
        "qq",
        "group.json",
        j(
            {
                "metadata": {"name": "QQChatExporter V4", "version": "4.2.0"},
                "chatInfo": {"name": "一家人", "type": "group"},
                "messages": [
                    {
                        "messageId": "9",
                        "timestamp": "2022-10-29T06:42:53.000Z",
                        "sender": {"uid": "u_1", "name": "大伯"},
                        "messageType": 2,
                        "isSystemMessage": False,
                        "isRecalled": False,
                        "content": {"text": "周末聚餐吗"},
                        "rawMessage": {"senderUin": "10001", "sendNickName": "老王"},
                    },
                    {
                        "messageId": "10",
                        "timestamp": "2022-10-29T06:43:53.000Z",
                        "sender": {"uid": "u_2", "uin": "20002", "name": "小姨"},
                        "isSystemMessage": False,
                        "content": {"text": "[回复 大伯: 周末聚餐吗]\n我来订"},
                    },
                ],
            }
        ),
        [
            ("2022-10-29T06:42:53", "10001", "text", "周末聚餐吗"),
            *[
                (
                    "2022-10-29T06:43:53",
                    "20002",
                    "text",
                    None,
                    ("quoted", "[回复 大伯: 周末聚餐吗]\n我来订"),
                )
            ],
        ],
        [("group:一家人", True)],
    ),
    "qq, exporter 5 in pieces": Golden(
        "qq",
        "chunks/chunk_0001.jsonl",
        "".join(j(one) + "\n" for one in QCE["messages"][:2]),  # type: ignore[index]
        [
            ("2026-02-09T01:18:27", "10001", "text", "睡了吗"),
            (
                *("2026-02-09T01:19:27", "20002", "text", "还没有呢"),
                ("quoted", "小鹿: 睡了吗"),
                ("reply", "1"),
            ),
        ],
        [("direct:10001\n20002", False)],
        beside={"manifest.json": j({"metadata": {}, "chatInfo": QCE["chatInfo"]}).encode()},
        offset=8,
    ),
    "line, english": Golden(
        "line",
        "[LINE] Chat with Mum.txt",
        "[LINE] Chat history with Mum\nSaved on: 2024/01/15 10:30\n\n2024/01/14(Sun)\n"
        "22:31\tMum\tGoodnight\n"
        '22:32\tSam\t"line one\nline two ""quoted"""\n'
        "22:33\tMum\t[Sticker]\n22:34\tSam\t☎ Call time 1:23\n"
        '22:35\tMum\t"He said so" she said\n22:40\t\tMum unsent a message\n\n'
        "2024/01/15(Mon)\n00:01\tSam\thttps://example.org/x\n"
        '08:00\tSam\t"look at this:\n21:00\tMum\tnever again\n"\n',
        [
            ("2024-01-14T22:31", "Mum", "text", "Goodnight"),
            ("2024-01-14T22:32", "Sam", "text", 'line one\nline two "quoted"'),
            ("2024-01-14T22:33", "Mum", "sticker", None),
            ("2024-01-14T22:34", "Sam", "call", None),
            ("2024-01-14T22:35", "Mum", "text", '"He said so" she said'),
            ("2024-01-14T22:40", None, "deleted", None),
            ("2024-01-15T00:01", "Sam", "link", "https://example.org/x"),
            (
                *("2024-01-15T08:00", "Sam", "text", "look at this:"),
                ("quoted", "21:00\tMum\tnever again\n"),
            ),
        ],
        [("direct:Mum\nSam", False)],
        offset=None,
    ),
    "line, english, day first by its weekday": Golden(
        "line",
        "chat.txt",
        "Chat history in Family\nSaved on: 27/04/2026 08:00\n\nSun, 05/04/2026\n"
        "8:15AM\tMum\tmorning all\n12:05PM\tSam\tlunch then\n"
        "Mon, 06/04/2026\n12:10 AM\tBee\tnight\n",
        [
            ("2026-04-05T08:15", "Mum", "text", "morning all"),
            ("2026-04-05T12:05", "Sam", "text", "lunch then"),
            ("2026-04-06T00:10", "Bee", "text", "night"),
        ],
        [("group:Family", True)],
        offset=None,
    ),
    "line, japanese": Golden(
        "line",
        "[LINE] 母とのトーク.txt",
        "[LINE] 母とのトーク履歴\r\n保存日時：2026/01/31 10:00\r\n\r\n2026/1/30(金)\r\n"
        "午後10:31\t母\tもう寝なさい\r\n午後10:32\t健\t[写真]\r\n午前0:01\t健\tおやすみ\r\n".replace(
            "午前0:01", "午後11:01"
        ),
        [
            ("2026-01-30T22:31", "母", "text", "もう寝なさい"),
            ("2026-01-30T22:32", "健", "image", None),
            ("2026-01-30T23:01", "健", "text", "おやすみ"),
        ],
        [("direct:健\n母", False)],
        offset=None,
    ),
    "line, traditional chinese": Golden(
        "line",
        "[LINE] 與媽媽的聊天.txt",
        "[LINE] 與媽媽的聊天記錄\n儲存日期:2026/01/31 10:00\n\n2026/1/30（五）\n"
        "上午12:05\t媽媽\t還沒睡嗎\n下午12:05\t阿明\t吃飯了嗎\n下午01:05\t媽媽\t[貼圖]\n",
        [
            ("2026-01-30T00:05", "媽媽", "text", "還沒睡嗎"),
            ("2026-01-30T12:05", "阿明", "text", "吃飯了嗎"),
            ("2026-01-30T13:05", "媽媽", "sticker", None),
        ],
        [("direct:媽媽\n阿明", False)],
        offset=None,
    ),
    "line, computer, names not set apart": Golden(
        "line",
        "[LINE] Aunt May.txt",
        "[LINE] Chat history with Aunt May\nSaved on: 2024/02/02 10:00\n\n2024.02.01 Thursday\n"
        "10:00 Aunt May are you there\n10:01 Sam Hill yes I am\n10:02 Sam Hill what now\n"
        "10:03 Aunt May nothing at all\n10:04 Sam Hill fine then\n",
        [
            ("2024-02-01T10:00", "Aunt May", "text", "are you there"),
            ("2024-02-01T10:01", "Sam Hill", "text", "yes I am"),
            ("2024-02-01T10:02", "Sam Hill", "text", "what now"),
            ("2024-02-01T10:03", "Aunt May", "text", "nothing at all"),
            ("2024-02-01T10:04", "Sam Hill", "text", "fine then"),
        ],
        [("direct:Aunt May", False)],
        offset=None,
    ),
    "kakaotalk, computer": Golden(
        "kakaotalk",
        "KakaoTalk_20240311.txt",
        "\ufeff엄마 님과 카카오톡 대화\r\n저장한 날짜 : 2024-03-11 22:14:03\r\n\r\n"
        "--------------- 2024년 3월 11일 월요일 ---------------\r\n"
        "[엄마] [오전 9:12] 밥 먹었니?\r\n[준] [오전 9:13] 네\r\n김치찌개요\r\n"
        "[엄마] [오후 12:01] 사진\r\n[준] [오후 12:02] 엄마가 보낸 말:\r\n"
        "[엄마] [오전 8:00] 옛날 말이야\r\n"
        "--------------- 2024년 3월 12일 화요일 ---------------\r\n"
        "[엄마] [오전 12:30] 잘 자라\r\n엄마님이 나갔습니다.\r\n",
        [
            ("2024-03-11T09:12", "엄마", "text", "밥 먹었니?"),
            ("2024-03-11T09:13", "준", "text", "네\n김치찌개요"),
            ("2024-03-11T12:01", "엄마", "image", None),
            (
                *("2024-03-11T12:02", "준", "text", "엄마가 보낸 말:"),
                ("quoted", "[엄마] [오전 8:00] 옛날 말이야"),
            ),
            ("2024-03-12T00:30", "엄마", "text", "잘 자라"),
            ("2024-03-12T00:30", None, "system", "엄마님이 나갔습니다."),
        ],
        [("direct:엄마\n준", False)],
        offset=None,
    ),
    "kakaotalk, android": Golden(
        "kakaotalk",
        "KakaoTalkChats.txt",
        "엄마 님과 카카오톡 대화\n저장한 날짜 : 2024년 3월 12일 오후 1:00\n\n\n"
        "2024년 3월 11일 오전 9:12\n2024년 3월 11일 오전 9:12, 엄마 : 밥 먹었니: 응?\n"
        "2024년 3월 11일 오전 9:13, 준 : 네\n두 그릇이요\n"
        "2024년 3월 11일 오후 12:13, 준 : 이모티콘\n"
        "2024년 3월 12일 오전 12:05\n2024년 3월 12일 오전 12:05, 엄마 : 삭제된 메시지입니다.\n",
        [
            ("2024-03-11T09:12", "엄마", "text", "밥 먹었니: 응?"),
            ("2024-03-11T09:13", "준", "text", "네\n두 그릇이요"),
            ("2024-03-11T12:13", "준", "sticker", None),
            ("2024-03-12T00:05", "엄마", "deleted", None),
        ],
        [("direct:엄마\n준", False)],
        offset=None,
    ),
    "kakaotalk, iphone": Golden(
        "kakaotalk",
        "Talk_2024.txt",
        "가족 3 님과 카카오톡 대화\n저장한 날짜 : 2024. 3. 12. 오후 1:00\n\n"
        "2024년 3월 11일 월요일\n2024. 3. 11. 오전 9:12, 엄마 : 밥 먹었니?\n"
        "2024. 3. 11. 오전 9:13, 준 : 먹었어요\n2024. 3. 11. 오후 3:13, 아빠 : 나도 먹었다\n",
        [
            ("2024-03-11T09:12", "엄마", "text", "밥 먹었니?"),
            ("2024-03-11T09:13", "준", "text", "먹었어요"),
            ("2024-03-11T15:13", "아빠", "text", "나도 먹었다"),
        ],
        [("group:가족", True)],
        offset=None,
    ),
    "kakaotalk, english": Golden(
        "kakaotalk",
        "KakaoTalkChats2.txt",
        "KakaoTalk Chats with Mum\nDate Saved : March 12, 2024 at 1:00 PM\n\n"
        "March 11, 2024 at 9:12 AM, Mum : did you eat\n"
        "March 11, 2024 at 12:13 PM, Jun : twice: yes\n",
        [
            ("2024-03-11T09:12", "Mum", "text", "did you eat"),
            ("2024-03-11T12:13", "Jun", "text", "twice: yes"),
        ],
        [("direct:Jun\nMum", False)],
        offset=None,
    ),
    "kakaotalk, table of the mac": Golden(
        "kakaotalk",
        "엄마.csv",
        '\ufeffDate,User,Message\n2024-03-11 09:12:00,"엄마","밥 먹었니?"\n'
        '2024-03-11 09:13:05,"준","네, ""두"" 그릇\n이요"\n',
        [
            ("2024-03-11T09:12:00", "엄마", "text", "밥 먹었니?"),
            ("2024-03-11T09:13:05", "준", "text", '네, "두" 그릇\n이요'),
        ],
        [("direct:엄마\n준", False)],
        offset=None,
    ),
    "weibo, table of a crawler": Golden(
        "weibo",
        "1669879400.csv",
        "\ufeffid,bid,正文,位置,日期,是否原创,源用户昵称,源微博正文\n"
        "4467107636950632,IAz1abcde,今天下雪了,北京,2020-02-01 10:00:00,True,,\n"
        '4467107636950633,IAz1abcdf,"真好 //@老李:我也想去,\n//@小王:走",,'
        "2020-02-02 10:00:00,False,小王,走吧\n"
        "4467107636950634,IAz1abcdg,转发微博,,2020-02-03,False,老李,长文\n",
        [
            ("2020-02-01T10:00:00", "1669879400", "text", "今天下雪了"),
            (
                *("2020-02-02T10:00:00", "1669879400", "text", "真好"),
                ("quoted", "//@老李:我也想去,\n//@小王:走\n走吧"),
            ),
            *[("2020-02-03T00:00:00", "1669879400", "text", None, ("quoted", "长文"), "forwarded")],
        ],
        [("posts:1669879400", True)],
        offset=None,
    ),
}
