"""One letter: who, when, to whom, and its text in whatever code it is."""

from __future__ import annotations

import binascii
import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message
from email.utils import parsedate_to_datetime

from ofrenda.archive.decoding import east_code
from ofrenda.archive.importers.mail.own_words import is_html, is_raw, is_two, unflowed
from ofrenda.archive.instants import Instant, aware, naive
from ofrenda.archive.markup import read_html

_NAMED = re.compile(
    r"""\s*(?:"(?P<quoted>(?:\\.|[^"\\])*)"|(?P<plain>[^<>"]*?))\s*<\s*(?P<address>[^\s<>"@,;]+@[^\s<>"@,;]+)\s*>\s*"""
)
_BARE = re.compile(
    r"\s*(?P<address>[^\s<>\"(),;@]+@[^\s<>\"(),;@]+)\s*(?:\((?P<plain>[^()]*)\))?\s*"
)
_BETWEEN = re.compile(r"[\s<>\"(),;:]+")
_LONGEST_HEADER = 100_000
"""Characters; some thousand receivers."""

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MAX_PARTS = 500
_CODES = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "big5": "cp950"}
_CODES |= {"ks_c_5601-1987": "cp949", "euc-kr": "cp949", "iso-8859-1": "cp1252"}
DAMAGED = (MessageError, ValueError, LookupError, AttributeError, TypeError, RecursionError)
"""What the standard parser raises on damaged letters."""


@dataclass(slots=True)
class Text:
    """What a letter says. ``files`` counts attachments by main type; ``damaged``: its parts or
    its letters do not fit together."""

    words: str = ""
    files: list[str] = field(default_factory=list)
    passed_on: bool = False
    damaged: bool = False


def header(message: Message, name: str) -> str:
    """A header in plain text; empty where there is none or it cannot be read."""
    value = message.get(name)
    if value is None:
        return ""
    return decoded(" ".join(str(value)[:_LONGEST_HEADER].split()))


def decoded(value: str) -> str:
    """A header's text with its encoded words resolved."""
    if "=?" not in value:
        return _unescaped(value)
    try:
        parts = decode_header(value)
    except (HeaderParseError, binascii.Error, ValueError):
        return _unescaped(value)
    words = []
    for part, code in parts:
        words.append(_text(part, code) or "" if isinstance(part, bytes) else _unescaped(part))
    return " ".join("".join(words).split())


def _unescaped(value: str) -> str:
    """Bytes that the parser could not place, as UTF-8 or what they look like."""
    try:
        raw = value.encode("ascii", "surrogateescape")
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace").decode("utf-8")
    return _text(raw, None) or raw.decode("ascii", "replace")


def sender(message: Message) -> tuple[str, str] | None:
    """Address and name of the one who wrote; None where it is not exactly one."""
    values = message.get_all("From", [])
    if len(values) != 1:
        return None
    raw = " ".join(str(values[0])[:2_000].split())
    match = _NAMED.fullmatch(raw) or _BARE.fullmatch(raw)
    if match is None or not match["address"].isascii():
        return None
    parts = match.groupdict()
    name = parts.get("quoted")
    name = parts.get("plain") or "" if name is None else re.sub(r"\\(.)", r"\1", name)
    address = match["address"].casefold()
    return address, decoded(name).strip(" '\"") or address


def receivers(message: Message) -> list[str]:
    """The addresses it went to, without repetition."""
    found: dict[str, None] = {}
    for name in ("To", "Cc"):
        for value in message.get_all(name, []):
            plain = re.sub(r'"(?:\\.|[^"\\])*"', "", str(value)[:_LONGEST_HEADER])
            for address in _BETWEEN.split(plain):
                before, _, after = address.partition("@")
                if before and after and "@" not in after and address.isascii():
                    found.setdefault(address.casefold())
    return list(found)


def sent_at(message: Message) -> Instant | None:
    """When it was sent: the sender's wall clock and, with a zone, UTC."""
    value = str(message.get("Date", ""))
    try:
        moment = parsedate_to_datetime(value)
        weekday = value.strip()[:3].casefold()
        if weekday in _DAYS and _DAYS[moment.weekday()] != weekday:
            return None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        return aware(moment.replace(tzinfo=UTC)) if "-0000" in value else naive(moment)
    return aware(moment)


def text_of(message: Message) -> Text:
    """The letter's text: plain where there is such a part, else HTML without its markup."""
    found = Text()
    try:
        plain, html = _parts(message, found)
    except DAMAGED:
        found.damaged = True
        return found
    if plain:
        found.words = "\n".join(plain)
    elif html:
        pages = [read_html(one, marked=True) for one in html]
        found.damaged = found.damaged or any(page.broken for page in pages)
        found.words = "\n\n".join(page.text for page in pages)
    return found


def _parts(message: Message, found: Text) -> tuple[list[str], list[str]]:
    plain: list[str] = []
    html: list[str] = []
    for count, part in enumerate(_walk(message)):
        if count > _MAX_PARTS:
            found.damaged = True
            break
        form = part.get_content_type()
        if part.get_content_maintype() == "message":
            found.passed_on = True
            continue
        if form.startswith("multipart/"):
            # Announced parts that are not there: their seams are somewhere in the text.
            found.damaged = True
            continue
        shown = part.get_content_disposition() != "attachment" and not part.get_filename()
        if form not in ("text/plain", "text/html") or not shown:
            found.files.append(part.get_content_maintype())
            continue
        data = part.get_payload(decode=True)
        words = _text(data, part.get_content_charset()) if isinstance(data, bytes) else None
        if words is None:
            found.damaged = True
            continue
        words = words.replace("\r\n", "\n").replace("\r", "\n")
        found.damaged = found.damaged or is_raw(words)
        if form == "text/html" or is_html(words):
            found.damaged = found.damaged or is_two(words)
            html.append(words)
        elif str(part.get_param("format", "")).casefold() == "flowed":
            delsp = str(part.get_param("delsp", "")).casefold() == "yes"
            plain.append(unflowed(words, delsp=delsp))
        else:
            plain.append(words)
    return plain, html


def _walk(message: Message) -> Iterator[Message]:
    """The leaves, without going into letters that were attached."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        inner = part.get_payload()
        if isinstance(inner, list) and part.get_content_maintype() != "message":
            waiting += [one for one in reversed(inner) if isinstance(one, Message)]
        else:
            yield part


def _text(data: bytes, declared: str | None) -> str | None:
    """Bytes as text: as declared, else as UTF-8, else by their looks; None where nothing fits."""
    name = (declared or "us-ascii").casefold().strip("\"' ")
    codes = [_CODES.get(name, name), "utf-8"]
    for code in codes:
        try:
            if codecs.lookup(code).name not in ("utf-7", "idna", "punycode"):
                return data.decode(code)
        except (LookupError, UnicodeError, ValueError):
            continue
    for guess in (east_code(data), "cp1252"):
        if guess is not None:
            try:
                return data.decode(guess)
            except UnicodeError:
                continue
    return None
