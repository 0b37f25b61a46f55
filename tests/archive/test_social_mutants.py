"""Damaged exports: never an exception that is not for the keeper, never a wrong mouth.

``OFRENDA_MUTANTS`` sets how many mutants of each golden file are tried.
"""

from __future__ import annotations

import os
import random
import re
import zlib
from collections.abc import Callable

import pytest

from ofrenda.archive.importer import Skipped
from ofrenda.archive.report import REASONS
from ofrenda.errors import ArchiveError
from ofrenda.types import Utterance

from .social_goldens import GOLDENS
from .social_reading import Golden, read_golden, scores

MUTANTS = int(os.environ.get("OFRENDA_MUTANTS", "60"))
WORD = re.compile(r"[^\W\d_]{4,}")


def flip(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


def cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(1, len(data))]


def lose_a_byte(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + data[at + 1 :]


def nul(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + b"\0" + data[at:]


def double_a_line(data: bytes, rng: random.Random) -> bytes:
    lines = data.split(b"\n")
    at = rng.randrange(len(lines))
    return b"\n".join([*lines[: at + 1], *lines[at:]])


def lose_a_line(data: bytes, rng: random.Random) -> bytes:
    lines = data.split(b"\n")
    at = rng.randrange(len(lines))
    return b"\n".join(lines[:at] + lines[at + 1 :])


def swap_lines(data: bytes, rng: random.Random) -> bytes:
    lines = data.split(b"\n")
    at = rng.randrange(max(1, len(lines) - 1))
    lines[at : at + 2] = reversed(lines[at : at + 2])
    return b"\n".join(lines)


def windows(data: bytes, rng: random.Random) -> bytes:
    return b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n")


def recoded(data: bytes, rng: random.Random) -> bytes:
    return data.decode().encode("utf-16")


CHANGES: list[Callable[[bytes, random.Random], bytes]] = [
    *(flip, flip, flip, cut, lose_a_byte, lose_a_byte, nul),
    *(double_a_line, lose_a_line, swap_lines, windows, recoded),
]


def spoken(golden: Golden) -> dict[str, set[str]]:
    """What each sender said in the sound file; under "" what they passed on of others."""
    said: dict[str, set[str]] = {"": set()}
    for record in read_golden(golden):
        if isinstance(record, Utterance):
            if record.sender_key is not None:
                own = said.setdefault(record.sender_key, set())
                own |= set(WORD.findall(record.text or ""))
            said[""] |= set(WORD.findall(record.quoted_text or "")) - golden.marked
    return said


@pytest.mark.parametrize("golden", GOLDENS.values(), ids=GOLDENS.keys())
def test_damage_never_puts_words_into_another_mouth(golden: Golden) -> None:
    said = spoken(golden)
    rng = random.Random(zlib.crc32(golden.name.encode()))
    for number in range(MUTANTS):
        change = CHANGES[number % len(CHANGES)]
        data = change(golden.content, rng)
        scores(golden.name, data)
        try:
            records = read_golden(golden, data)
        except ArchiveError:
            continue
        for record in records:
            if isinstance(record, Skipped):
                assert record.reason in REASONS
                continue
            assert isinstance(record, Utterance)
            assert record.ts_local is not None
            if change is lose_a_line:
                continue  # The line that says "forwarded" leaves no trace where it stood alone.
            if record.sender_key is None or record.sender_key not in said:
                continue  # A changed letter in a name makes a new sender whom the keeper places.
            own = said[record.sender_key]
            others = set().union(*(part for key, part in said.items() if part is not own)) - own
            found = set(WORD.findall(record.text or ""))
            assert not found & others, (change.__name__, number, record)


@pytest.mark.parametrize("golden", GOLDENS.values(), ids=GOLDENS.keys())
def test_another_code_page_or_line_end_changes_nothing(golden: Golden) -> None:
    rng = random.Random(1)
    whole = read_golden(golden)
    assert [one.locator for one in read_golden(golden, windows(golden.content, rng))] == [
        one.locator for one in whole
    ]
    if golden.name.endswith((".json", ".js")):
        assert read_golden(golden, recoded(golden.content, rng)) == whole
