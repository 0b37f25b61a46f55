"""What a WeChat message is: by its number, by its name in Chinese, by the tokens in its text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ofrenda.archive.telling import Said
from ofrenda.types import Kind, MediaRef

OWNER = "我"
"""What tools write for the owner of the phone in place of a name."""

NOBODY = frozenset({"系统消息", "系统", "系统提示", "SYSTEM", "system"})


@dataclass(frozen=True, slots=True)
class Meaning:
    """``voice``: whose words the text is. ``own``: the sender's; ``quote``: the sender's, above
    or below somebody else's; ``other``: somebody else's (a card, a forwarded chat); ``none``:
    nobody's (a placeholder, markup)."""

    kind: Kind
    voice: str = "none"
    forwarded: bool = False


_TEXT = Meaning(Kind.TEXT, "own")
_QUOTE = Meaning(Kind.TEXT, "quote")
_CARD = Meaning(Kind.LINK, "other")
_MERGED = Meaning(Kind.LINK, "other", True)
_SYSTEM = Meaning(Kind.SYSTEM, "own")
_UNKNOWN = Meaning(Kind.UNKNOWN)
_PAYMENT = Meaning(Kind.UNKNOWN, "other")

_BY_NUMBER = {
    1: _TEXT,
    3: Meaning(Kind.IMAGE),
    34: Meaning(Kind.VOICE),
    42: Meaning(Kind.CONTACT),
    43: Meaning(Kind.VIDEO),
    47: Meaning(Kind.STICKER),
    48: Meaning(Kind.LOCATION),
    50: Meaning(Kind.CALL),
    10000: _SYSTEM,
    10002: Meaning(Kind.DELETED),
}
_BY_SUBTYPE = {
    1: _CARD,
    4: _CARD,
    5: _CARD,
    6: Meaning(Kind.FILE),
    8: Meaning(Kind.STICKER),
    19: _MERGED,
    24: _MERGED,
    33: _CARD,
    36: _CARD,
    51: _CARD,
    57: _QUOTE,
    62: _SYSTEM,
    63: _CARD,
    87: _CARD,
    92: _CARD,
    2000: _PAYMENT,
    2001: _PAYMENT,
    2003: _PAYMENT,
}
_NAMES = (
    (_TEXT, ("文本", "文本消息", "文字")),
    (Meaning(Kind.IMAGE), ("图片", "图片消息")),
    (Meaning(Kind.VOICE), ("语音", "语音消息")),
    (Meaning(Kind.VIDEO), ("视频", "视频消息")),
    (Meaning(Kind.FILE), ("文件", "文件消息")),
    (Meaning(Kind.STICKER), ("动画表情", "表情包", "表情", "动画表情消息")),
    (Meaning(Kind.CONTACT), ("名片", "名片消息", "用户上传的名片")),
    (Meaning(Kind.LOCATION), ("位置", "位置消息", "地理位置", "实时位置共享")),
    (
        _CARD,
        (
            *(
                "卡片式链接",
                "图文消息",
                "(分享)卡片式链接",
                "分享链接",
                "链接",
                "分享",
                "小程序分享",
            ),
            *("小程序", "(分享)小程序", "视频号直播卡片", "视频号", "(分享)视频号视频", "音乐分享"),
            *("(分享)音乐", "群公告", "公众号"),
        ),
    ),
    (_QUOTE, ("引用消息", "引用回复", "引用", "带有引用的文本消息")),
    (
        _MERGED,
        (
            "聊天记录合并转发",
            "合并转发的聊天记录",
            "合并转发",
            "合并转发消息",
            "(分享)笔记",
            "笔记",
        ),
    ),
    (_PAYMENT, ("红包卡片", "转账卡片", "转账", "红包", "红包封面")),
    (Meaning(Kind.CALL), ("语音通话", "视频通话", "音视频通话", "通话")),
    (_SYSTEM, ("系统消息", "系统通知", "拍一拍", "系统提示")),
    (Meaning(Kind.DELETED), ("消息撤回", "撤回消息", "撤回")),
)
_BY_NAME = {name: meaning for meaning, names in _NAMES for name in names}

_TOKENS = (
    (Kind.IMAGE, ("[图片]",)),
    (Kind.VOICE, ("[语音]", "[语音消息]", "[语音消息 - 转文字失败]", "语音转文字失败")),
    (Kind.VIDEO, ("[视频]",)),
    (Kind.STICKER, ("[表情包]", "[动画表情]", "[GIF表情]")),
    (Kind.FILE, ("[文件]",)),
    (Kind.CONTACT, ("[名片]",)),
    (Kind.LOCATION, ("[位置]", "[地理位置]")),
    (Kind.CALL, ("[语音通话]", "[视频通话]", "[音视频通话]")),
    (
        Kind.LINK,
        ("[链接]", "[分享]", "[音乐分享]", "[小程序]", "[视频号]", "[合并转发]", "[群公告]"),
    ),
    (Kind.UNKNOWN, ("[红包]", "[转账]", "[红包封面]", "[引用]", "[未知消息]", "[暂不支持的消息]")),
)
_BY_TOKEN = {token: kind for kind, tokens in _TOKENS for token in tokens}
_LABELLED = re.compile(
    r"!?\[(?P<what>图片|语音|视频|文件|链接|分享|小程序|视频号|转账)(?:\|(?P<title>[^\n]*?))?\]"
    r"(?:\((?P<where>https?://[^\n]*)\)|\([^()\n]{1,120}\))?",
)
_LABELS = {
    "图片": Kind.IMAGE,
    "语音": Kind.VOICE,
    "视频": Kind.VIDEO,
    "文件": Kind.FILE,
    "转账": Kind.UNKNOWN,
}
_RECALLED = re.compile(r"撤回了一条消息|recalled a message|已撤回")
_BLOCK = re.compile(r"\[(?:链接|音乐分享|小程序|视频号|分享)\]\s*[:：]")
_UNDER = re.compile(
    r"\n+(?=(?:引用[:：]|\[引用|「引用|【引用|【回复|>\s|回复[:：]|-{3,}\n|[-—]{5,}))",
)
_MARKED = re.compile(r"^(?:\[引用|【引用|【回复|「|引用[:：])")
_STAMPED = re.compile(r"\d\d-\d\d \d\d:\d\d:\d\d$")
_HEARD = re.compile(r"^\[(?:语音|语音消息|语音转文字)\][:： ]*")


def by_number(number: int, subtype: int) -> Meaning:
    """The meaning of a type; version 4 keeps the subtype in the upper half of 64 bits."""
    if number > 0xFFFFFFFF:
        number, subtype = number & 0xFFFFFFFF, number >> 32
    if number == 49:
        return _BY_SUBTYPE.get(subtype, _UNKNOWN)
    return _BY_NUMBER.get(number, _UNKNOWN)


def by_name(name: str) -> Meaning:
    """The meaning of a type's name; unknown names have no words of the sender."""
    return _BY_NAME.get(name.strip(), _UNKNOWN)


def is_known_name(name: str) -> bool:
    """Whether a type is called so."""
    return name.strip() in _BY_NAME


def said(
    meaning: Meaning,
    content: str,
    *,
    quoted: str | None = None,
    reply_to: str | None = None,
    locate: Callable[[str], MediaRef] | None = None,
) -> Said:
    """A message with words where ``meaning`` has some. ``quoted`` is set apart already;
    ``locate`` finds the file that ``content`` names, where the layout puts file names there."""
    content = content.strip("\r\n")
    if meaning.kind is Kind.SYSTEM:
        if _RECALLED.search(content):
            return Said(Kind.DELETED)
        return Said(Kind.SYSTEM, _no_markup(content))
    if meaning.kind is Kind.DELETED:
        return Said(Kind.DELETED)
    if meaning.voice == "own":
        return Said(Kind.TEXT, content, quoted, reply_to=reply_to)
    if meaning.voice == "quote":
        if content.lstrip().startswith("<"):  # markup too damaged to tell whose words are whose
            return Said(Kind.UNKNOWN)
        if quoted is None:
            content, quoted = own_part(content)
        return Said(Kind.TEXT, content, quoted, reply_to=reply_to)
    if meaning.voice == "other":
        shown = _no_markup(content)
        return Said(
            meaning.kind, None, shown if shown not in _BY_TOKEN else None, meaning.forwarded
        )
    if meaning.kind is Kind.VOICE and content and not _is_file(content):
        heard = _HEARD.sub("", content).strip()
        if heard and content not in _BY_TOKEN and not heard.startswith("<"):
            return Said(Kind.VOICE, heard)
    media: tuple[MediaRef, ...] = ()
    if locate is not None and _is_file(content):
        media = (locate(content),)
    return Said(meaning.kind, media=media)


def from_text(body: str) -> Said:
    """A message of a layout that names no types: the whole of it is words or one placeholder."""
    body = body.strip("\n")
    if (kind := _BY_TOKEN.get(body)) is not None:
        return Said(kind)
    if (mark := _LABELLED.fullmatch(body)) is not None and (mark["title"] or mark["where"]):
        kind = _LABELS.get(mark["what"], Kind.LINK)
        return Said(kind, None, body if kind in (Kind.LINK, Kind.UNKNOWN) else None)
    if _BLOCK.match(body):
        return Said(Kind.LINK, None, body)
    lines = body.split("\n")
    if lines[0].startswith("> ") or (
        any(line.startswith("> ") for line in lines) and _STAMPED.search(lines[0])
    ):
        # Quoted are a line with name and time, and words; any of these lines may be damaged.
        above = 1 + max(at for at, line in enumerate(lines) if ">" in line[:3])
        above = len(lines) if above == 1 else above
        return Said(Kind.TEXT, "\n".join(lines[above:]), "\n".join(lines[:above]))
    if len(lines) > 1 and re.match(r"引用[:：]", lines[1]):
        return Said(Kind.TEXT, lines[0], "\n".join(lines[1:]))
    return Said(Kind.TEXT, body)


def own_part(content: str) -> tuple[str, str | None]:
    """The sender's own words and the quotation of a reply whose layout writes both as one text.

    Where they cannot be told apart the whole counts as quoted.
    """
    if content.startswith("> "):
        told = from_text(content)
        return told.text or "", told.quoted
    if cut := _UNDER.search(content):
        return content[: cut.start()], content[cut.end() :]
    if "\n" in content or _MARKED.search(content):
        return "", content
    return content, None


def _no_markup(content: str) -> str:
    """A notice or card without its XML: only the texts between the tags."""
    if not content.lstrip().startswith("<"):
        return content
    plain = re.sub(r"<!\[CDATA\[(.*?)\]\]>", r"\1", content[:20_000], flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]{0,2000}>", " ", plain).split())


def _is_file(content: str) -> bool:
    return (
        "\n" not in content
        and len(content) < 400
        and re.search(r"[^/\\\s]\.[A-Za-z0-9]{2,5}$", content) is not None
        and (("/" in content or "\\" in content) or " " not in content)
        and "://" not in content
    )
