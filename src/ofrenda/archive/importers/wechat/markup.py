"""The XML that WeChat itself stores for what is no plain text."""

from __future__ import annotations

from ofrenda.archive.importers.wechat.kinds import by_number, said
from ofrenda.archive.instants import whole
from ofrenda.archive.telling import Said
from ofrenda.archive.xmltree import BadXml
from ofrenda.archive.xmltree import whole as parsed

_LONGEST = 2**18
"""Characters of one message's markup; merged chats with 100 messages reach about 60,000."""


def reply_in(content: str) -> Said | None:
    """A reply or a card, from its ``<msg><appmsg>``; None where ``content`` is something else."""
    content = content.strip()
    if not content.startswith(("<msg", "<?xml")) or len(content) > _LONGEST:
        return None
    try:
        card = parsed(content.encode("utf-8", "replace")).child("appmsg")
    except BadXml:
        return None
    if card is None:
        return None
    meaning = by_number(49, whole(card.text_of("type")) or 0)
    title = card.text_of("title")
    if meaning.voice != "quote":
        below = "\n".join(
            part for part in (title, card.text_of("des"), card.text_of("url")) if part
        )
        return said(meaning, below)
    refer = card.child("refermsg")
    quoted = None
    if refer is not None:
        what = refer.text_of("content")
        shown = what if not what.startswith("<") else "[...]"
        quoted = f"{refer.text_of('displayname')}: {shown}"
    return said(meaning, title, quoted=quoted or "[...]")
