"""Contact cards (vCard 2.1 to 4.0): which names and numbers belong to one person.

Only what helps to know who is who is read: the name, the numbers and the addresses. Form: RFC 6350
and, for old phones, vCard 2.1 with quoted-printable lines.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass

_LARGEST = 64 * 1024
"""Characters of one line that are looked at; pictures are longer and are left out."""

_ESCAPED = re.compile(r"\\([,;:\\nN])")


@dataclass(frozen=True, slots=True)
class Contact:
    """One card."""

    name: str
    numbers: tuple[str, ...]
    addresses: tuple[str, ...]


def contacts(text: str) -> Iterator[Contact]:
    """The cards of a file, in order; those without a name are left out."""
    name, structured = "", ""
    numbers: list[str] = []
    addresses: list[str] = []
    for line in _unfolded(text):
        head, colon, value = line.partition(":")
        if not colon:
            continue
        field, *parameters = head.split(";")
        field = field.rpartition(".")[2].strip().upper()
        if field == "BEGIN":
            name, structured, numbers, addresses = "", "", [], []
        elif field == "END":
            if called := name or structured:
                yield Contact(
                    called, tuple(dict.fromkeys(numbers)), tuple(dict.fromkeys(addresses))
                )
        elif field == "FN":
            name = _plain(value, parameters)
        elif field == "N":
            parts = [part.strip() for part in _plain(value, parameters).split(";")]
            structured = " ".join(part for part in (*parts[1:3], *parts[:1]) if part)
        elif field == "TEL":
            numbers.append(_plain(value, parameters).removeprefix("tel:"))
        elif field == "EMAIL":
            addresses.append(_plain(value, parameters).casefold())


def _unfolded(text: str) -> Iterator[str]:
    held = ""
    for line in text.replace("\r\n", "\n").split("\n"):
        if held.endswith("=") and "QUOTED-PRINTABLE" in held.partition(":")[0].upper():
            held = held[:-1] + line
        elif line[:1] in (" ", "\t"):
            held += line[1:]
        else:
            if 0 < len(held) <= _LARGEST:
                yield held
            held = line
    if 0 < len(held) <= _LARGEST:
        yield held


def _plain(value: str, parameters: list[str]) -> str:
    told = ";".join(parameters).upper()
    if "QUOTED-PRINTABLE" in told:
        value = quopri.decodestring(value.encode("utf-8", "replace")).decode("utf-8", "replace")
    value = _ESCAPED.sub(lambda found: " " if found[1] in "nN" else found[1], value)
    return " ".join(value.split())[:200]
