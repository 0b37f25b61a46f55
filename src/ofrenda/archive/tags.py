"""The tags and the text of HTML: a plain tokenizer that takes linear time whatever comes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:_-]*)")
_ATTRIBUTE = re.compile(
    r"""[\s/]*([^\s/>=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']*)))?""",
)
_RAW = frozenset({"script", "style", "textarea", "xmp", "iframe", "noembed", "noframes"})


@dataclass(frozen=True, slots=True)
class Tag:
    """A start tag, or an end tag (``ends``)."""

    name: str
    ends: bool
    attributes: dict[str, str]


def tokens(html: str) -> Iterator[Tag | str]:
    """Tags and text (with character references resolved), in order."""
    place, length = 0, len(html)
    while place < length:
        start = html.find("<", place)
        if start < 0:
            yield unescape(html[place:])
            return
        if start > place:
            yield unescape(html[place:start])
        if html.startswith("<!--", start):
            end = html.find("-->", start + 4)
            place = length if end < 0 else end + 3
        elif html.startswith("<![CDATA[", start):
            end = html.find("]]>", start)
            yield html[start + 9 : length if end < 0 else end]
            place = length if end < 0 else end + 3
        elif html.startswith(("<!", "<?"), start):
            end = html.find(">", start)
            place = length if end < 0 else end + 1
        elif (match := _TAG.match(html, start)) is None:
            yield "<"
            place = start + 1
        else:
            attributes, place = _attributes(html, match.end())
            name = match[2].lower()
            yield Tag(name, bool(match[1]), attributes)
            if not match[1] and name in _RAW:
                end = _raw_end(html, name, place)
                place = end


def _attributes(html: str, place: int) -> tuple[dict[str, str], int]:
    found: dict[str, str] = {}
    while (match := _ATTRIBUTE.match(html, place)) is not None and match.end() > place:
        key = match[1].lower()
        value = next((part for part in match.group(2, 3, 4) if part is not None), "")
        if len(found) < 100:
            found.setdefault(key, unescape(value))
        place = match.end()
    end = html.find(">", place)
    return found, len(html) if end < 0 else end + 1


def _raw_end(html: str, name: str, place: int) -> int:
    end = re.compile(rf"</{name}", re.IGNORECASE).search(html, place)
    return len(html) if end is None else end.start()


def is_quote(tag: Tag) -> bool:
    """Whether an element holds somebody else's words: a quotation, or a mail program's copy of
    the message that is answered."""
    if tag.name == "blockquote" or (
        # One letter damaged: better taken for a quotation than for the writer's words.
        9 <= len(tag.name) <= 11 and (tag.name.startswith("block") or tag.name.endswith("quote"))
    ):
        return True
    marks = f"{tag.attributes.get('class', '')} {tag.attributes.get('id', '')}".casefold().split()
    return any(mark in _QUOTES for mark in marks)


_QUOTES = frozenset(
    {
        "gmail_quote", "gmail_extra", "gmail_quote_container", "yahoo_quoted", "moz-cite-prefix",
        "protonmail_quote", "tutanota_quote", "zmail_extra", "olk_src_body_section",
        "mail-quote", "gmail_attr", "qmbox", "x_gmail_quote",
    }
)  # fmt: skip


def is_beside(tag: Tag) -> bool:
    """Whether an element of a saved page is not its text: menus, comments, what stands beside."""
    if tag.name in ("nav", "aside", "footer", "form"):
        return True
    if tag.attributes.get("role") in ("navigation", "complementary", "search", "banner"):
        return True
    marks = f"{tag.attributes.get('class', '')} {tag.attributes.get('id', '')}".casefold()
    return _BESIDE.search(marks) is not None


_BESIDE = re.compile(
    r"(?<![a-z])(?:comments?|comment-list|respond|sidebar|breadcrumbs?|share|sharing|related|"
    r"cookie|advert|menu|navbar|pagination|sharedaddy|disqus_thread)(?![a-z])"
)
