"""The ways in which files are damaged: old disks, half copies, wrong programs."""

from __future__ import annotations

import random
from collections.abc import Callable

Touched = tuple[int, int] | None
"""Which bytes of the sound file were lost or moved; None where all are still there in order."""

Damage = Callable[[bytes, random.Random], tuple[bytes, Touched]]
"""Makes a damaged copy."""


def flip(data: bytes, rng: random.Random) -> tuple[bytes, Touched]:
    """One bit turned."""
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :], None


def _cut(data: bytes, rng: random.Random) -> tuple[bytes, Touched]:
    return data[: rng.randrange(len(data))], None


def _lose_a_byte(data: bytes, rng: random.Random) -> tuple[bytes, Touched]:
    at = rng.randrange(len(data))
    return data[:at] + data[at + 1 :], None


def _nul(data: bytes, rng: random.Random) -> tuple[bytes, Touched]:
    at = rng.randrange(len(data))
    return data[:at] + b"\0" + data[at:], None


def _double_a_line(data: bytes, rng: random.Random) -> tuple[bytes, Touched]:
    lines = data.split(b"\n")
    at = rng.randrange(len(lines))
    return b"\n".join([*lines[: at + 1], *lines[at:]]), None


def _windows(data: bytes, rng: random.Random) -> tuple[bytes, Touched]:
    return b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n"), None


def _byte_order_mark(data: bytes, rng: random.Random) -> tuple[bytes, Touched]:
    return b"\xef\xbb\xbf" + data, None


def _recoded(data: bytes, rng: random.Random) -> tuple[bytes, Touched]:
    code = rng.choice(["utf-16", "gb18030", "shift_jis", "cp1252", "euc_kr"])
    return data.decode("utf-8", "surrogateescape").encode(code, "replace"), None


def _lose_a_stretch(data: bytes, rng: random.Random) -> tuple[bytes, Touched]:
    at = rng.randrange(len(data))
    end = min(len(data), at + rng.randrange(2, 40))
    return data[:at] + data[end:], (at, end)


def _lines(data: bytes, rng: random.Random) -> tuple[int, int, int]:
    """The beginning of a line, of the next, and the end of that."""
    begins = [0, *(n + 1 for n, byte in enumerate(data) if byte == 0x0A)]
    at = rng.randrange(len(begins))
    begins += [len(data), len(data)]
    return begins[at], begins[at + 1], begins[at + 2]


def _lose_a_line(data: bytes, rng: random.Random) -> tuple[bytes, Touched]:
    at, end, _ = _lines(data, rng)
    return data[:at] + data[end:], (at, end)


def _swap_lines(data: bytes, rng: random.Random) -> tuple[bytes, Touched]:
    at, middle, end = _lines(data, rng)
    return data[:at] + data[middle:end] + data[at:middle] + data[end:], (at, end)


DAMAGES: tuple[Damage, ...] = (
    *(flip, flip, flip, _cut, _lose_a_byte, _lose_a_byte, _nul, _double_a_line),
    *(_windows, _byte_order_mark, _recoded, _lose_a_stretch, _lose_a_line, _swap_lines),
)
"""In turn; flips are commonest on old disks and cards."""

BY_LINES = frozenset({_double_a_line, _lose_a_line, _swap_lines})
"""What needs a file with lines."""

LETTERS_STAY = frozenset({_cut, _double_a_line, _windows, _byte_order_mark})
"""What leaves every letter as it was."""
