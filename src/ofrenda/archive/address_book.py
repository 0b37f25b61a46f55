"""Names for numbers and addresses, from the cards (vCard) that came along: proposed, never applied.

Phones keep an address book beside the chats, and chats hold cards that somebody sent. A chat
export that knows a sender by number alone can be shown with the name that a card gives to it. A
card says what somebody called somebody: no more. The keeper decides.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ofrenda.archive.container import plain_name
from ofrenda.archive.media import sniff
from ofrenda.types import BlobId
from ofrenda.vault import Life

_MAX_BYTES = 32 * 2**20
"""A whole address book with pictures; larger ones are looked at as far as this."""

_MOST_CARDS = 20_000
_LONGEST = 120
_PROPERTY = re.compile(
    r"(?:[A-Za-z0-9-]{1,40}\.)?(?P<name>FN|N|TEL|EMAIL|X-[A-Z-]{1,30}|IMPP)"
    r"(?P<parameters>(?:;[^:\n]{0,200})?):(?P<value>.*)",
    re.IGNORECASE,
)
_NUMBER_DIGITS = 9
"""Digits by which two ways of writing a number are the same: country codes vary."""


@dataclass(frozen=True, slots=True)
class Card:
    """What one card says: the ``name`` and the ``handles`` (numbers and e-mail addresses)."""

    name: str
    handles: tuple[str, ...]


def cards(text: str) -> Iterator[Card]:
    """The cards of a file: versions 2.1 (with quoted-printable, as old phones write), 3 and 4.

    A card without a name or without any handle says nothing and is left out.
    """
    name = named = ""
    handles: list[str] = []
    count = 0
    for line in _unfolded(text):
        upper = line.strip().upper()
        if upper == "BEGIN:VCARD":
            name, named, handles = "", "", []
        elif upper == "END:VCARD":
            shown = plain_name(" ".join((name or named).split()))[:_LONGEST]
            if shown and handles:
                yield Card(shown, tuple(dict.fromkeys(handles)))
                count += 1
            name, named, handles = "", "", []
            if count >= _MOST_CARDS:
                return
        elif (found := _PROPERTY.fullmatch(line)) is not None:
            value = _value(found["value"], found["parameters"])
            kind = found["name"].upper()
            if kind == "FN":
                name = name or value
            elif kind == "N":
                parts = [part.strip() for part in value.split(";")]
                named = named or " ".join(part for part in (*parts[1:2], *parts[:1]) if part)
            elif kind in ("TEL", "EMAIL", "IMPP") and (handle := value.partition(":")[2] or value):
                handles.append(handle.strip()[:_LONGEST])


def _unfolded(text: str) -> Iterator[str]:
    """Lines put together again: a line that begins with a blank goes on, and so does one after a
    quoted-printable line that ends in ``=``."""
    held = ""
    for line in text.replace("\r\n", "\n").split("\n"):
        if held and line[:1] in (" ", "\t"):
            held += line[1:]
        elif held.endswith("=") and "QUOTED-PRINTABLE" in held.upper():
            held = held[:-1] + line
        else:
            if held:
                yield held[:4_096]
            held = line
    if held:
        yield held[:4_096]


def _value(written: str, parameters: str) -> str:
    if "QUOTED-PRINTABLE" in parameters.upper():
        raw = quopri.decodestring(written.encode("ascii", "replace"))
        charset = re.search(r"CHARSET=([A-Za-z0-9_-]{2,20})", parameters, re.IGNORECASE)
        try:
            return raw.decode(charset[1] if charset else "utf-8")
        except (UnicodeDecodeError, LookupError):
            return raw.decode("utf-8", "replace")
    return written.replace("\\,", ",").replace("\\;", ";").replace("\\n", " ").replace("\\\\", "\\")


def same_handle(handle: str) -> str:
    """What two ways of writing a number or an address have in common."""
    digits = re.sub(r"\D", "", handle)
    if "@" in handle:
        return handle.strip().casefold()
    return digits[-_NUMBER_DIGITS:] if len(digits) >= _NUMBER_DIGITS else handle.strip().casefold()


def proposed_names(life: Life) -> dict[int, tuple[str, ...]]:
    """For each identity that the cards in the life know by number or address: the names they give
    it, the one found most often first. Identities that are called so already are left out."""
    known: dict[str, dict[str, int]] = {}
    for text in books(life):
        for card in cards(text):
            for handle in card.handles:
                names = known.setdefault(same_handle(handle), {})
                names[card.name] = names.get(card.name, 0) + 1
    if not known:
        return {}
    with life.db.read() as db:
        rows = db.execute("SELECT id, key, name FROM identity").fetchall()
    proposed: dict[int, tuple[str, ...]] = {}
    for row in rows:
        found: dict[str, int] = {}
        for handle in dict.fromkeys((row["key"], row["name"])):
            if any(mark.isdigit() for mark in handle) or "@" in handle:
                found |= known.get(same_handle(handle), {})
        ranked = sorted(found, key=lambda name: (-found[name], name))
        if ranked and row["name"] not in found:
            proposed[int(row["id"])] = tuple(ranked)
    return proposed


def books(life: Life) -> Iterator[str]:
    """The text of each card file: kept by itself, or sent with a message."""
    with life.db.read() as db:
        rows = db.execute(
            "SELECT blob, sha256 FROM source WHERE format = 'originals' AND blob IS NOT NULL"
            " AND lower(name) LIKE '%.vcf' UNION"
            " SELECT blob, sha256 FROM media WHERE blob IS NOT NULL AND mime = 'text/vcard'"
            " GROUP BY sha256"
        ).fetchall()
    for row in rows:
        with life.blobs.open(BlobId(row["blob"])) as file:
            data = file.read(_MAX_BYTES)
        if sniff(data[:64]) == "text/vcard":
            yield data.decode("utf-8", "replace")
