"""What a chat is called, from what its file is called, and which conversation that makes it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.importers.whatsapp.senders import canonical, letters

_PATTERNS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?:.*\b)?WhatsApp.{0,20}? [-–] (?P<title>.+)",
        r"WhatsApp[ -]Chat (?:with|mit|avec|con|com|met|med|z|s) (?P<title>.+)",
        r"(?:Chat|Conversaci[oó]n) de WhatsApp con (?P<title>.+)",
        r"Conversas? d[eo] WhatsApp com (?P<title>.+)",
        r"(?:Discussion|Conversation) WhatsApp avec (?P<title>.+)",
        r"Chat WhatsApp con (?P<title>.+)",
        r"Чат WhatsApp с (?:контактом )?(?P<title>.+)",
        r"(?P<title>.+?) ile WhatsApp Sohbeti",
        r"[与與和](?P<title>.+?)的 ?WhatsApp ?(?:聊天|對話|对话)(?:记录|紀錄)?",
        r"(?P<title>.+?)との ?WhatsApp ?(?:トーク|チャット)",
        r"(?P<title>.+?)님과 카카오톡 없는 WhatsApp 대화",
        r"WhatsApp (?:聊天|对话|對話)(?:记录|紀錄)?[ :：](?P<title>.+)",
    )
]
_COPY = re.compile(r" ?\(\d{1,2}\)$")
_GENERIC = ("_chat", "chat")


@dataclass(frozen=True, slots=True)
class Chat:
    """Which conversation a file belongs to."""

    key: str
    title: str
    is_group: bool


def names_itself(name: str) -> bool:
    """Whether a file is called what WhatsApp calls its exports."""
    stem = _COPY.sub("", PurePosixPath(name).stem)
    return stem == "_chat" or any(pattern.fullmatch(stem) for pattern in _PATTERNS)


def title_from_names(entry: Entry, files: Container) -> str | None:
    """The other party or the group, from the name of the file, its folder or its zip."""
    path = PurePosixPath(entry.name)
    stems = [path.stem]
    if path.stem.casefold().startswith(_GENERIC):
        folder = path.parent.name
        stems += [folder] if folder else [PurePosixPath(files.name).stem, files.name]
    for stem in stems:
        stem = _COPY.sub("", stem.removesuffix(".zip"))
        for pattern in _PATTERNS:
            if found := pattern.fullmatch(stem):
                return found["title"].strip()
    return None


def chat_of(
    senders: Iterable[str], from_names: str | None, from_notices: str | None, *, group: bool
) -> Chat:
    """The conversation of these senders.

    Two people alone: keyed by the pair, however the file is called, so that exports of the same
    chat from another phone, language or folder meet. A group is keyed by its name. Two senders
    whose file is called like neither are taken for a group in which only two wrote: what was
    said in a group must not pass for said in private.
    """
    names = sorted({canonical(sender) for sender in senders})
    title = from_names or from_notices
    known = {letters(name) for name in names}
    if not group and len(names) <= 2:
        if title is not None and letters(title) not in known and len(names) < 2:
            names = sorted({*names, canonical(title)})
            known.add(letters(title))
        if title is None or letters(title) in known:
            return Chat("direct:" + "\n".join(names), title or " & ".join(names), False)
    if title is None:
        return Chat("group:" + "\n".join(names), ", ".join(names[:4]), True)
    return Chat("group:" + canonical(title), title, True)
