"""Damaged exports: never an exception that is not for the keeper, never a wrong mouth."""

from __future__ import annotations

import random

import pytest

from ofrenda.archive.importer import Skipped
from ofrenda.errors import ArchiveError
from ofrenda.types import Kind, Utterance

from .reading_chats import read_chat

MUM = [f"apple {n}" for n in range(40)]
SAM = [f"stone {n}" for n in range(40)]


def chat(*, ios: bool) -> bytes:
    lines = []
    for n in range(40):
        day = 1 + n % 28
        head = (
            (lambda minute, day=day, n=n: f"[{day:02}/{6 + n // 28:02}/2018, 21:{minute:02}:07] ")
            if ios
            else (lambda minute, day=day, n=n: f"{day:02}/{6 + n // 28:02}/2018, 21:{minute:02} - ")
        )
        lines.append(f"{head(1)}Mum: {MUM[n]} é\nund {MUM[n]}")
        lines.append(f"{head(2)}Sam: {SAM[n]} 好")
    return "\n".join(lines).encode() + b"\n"


def flip(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


def cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(1, len(data))]


def double_a_line(data: bytes, rng: random.Random) -> bytes:
    lines = data.split(b"\n")
    at = rng.randrange(len(lines))
    return b"\n".join([*lines[: at + 1], *lines[at:]])


def nul(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + b"\0" + data[at:]


def windows(data: bytes, rng: random.Random) -> bytes:
    return b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n")


def recoded(data: bytes, rng: random.Random) -> bytes:
    return data.decode().encode("utf-16")


@pytest.mark.parametrize("ios", [True, False], ids=["ios", "android"])
@pytest.mark.parametrize("change", [flip, cut, double_a_line, nul, windows, recoded])
def test_damage_never_puts_words_into_another_mouth(change: object, ios: bool) -> None:
    assert callable(change)
    rng = random.Random(7)
    whole = chat(ios=ios)
    for _ in range(200 if change in (flip, cut, nul) else 20):
        try:
            _, records = read_chat(change(whole, rng))
        except ArchiveError:
            continue
        for record in records:
            if isinstance(record, Skipped) or record.kind is Kind.SYSTEM:
                continue
            assert isinstance(record, Utterance)
            text = record.text or ""
            # A changed letter in a name makes a new sender whom the keeper has to place.
            if record.sender_key == "Mum":
                assert "stone" not in text
            if record.sender_key == "Sam":
                assert "apple" not in text
