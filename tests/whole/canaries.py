"""Canary strings, and a search that finds them however they are written."""

from __future__ import annotations

import base64
import os
import random
from collections.abc import Iterable
from pathlib import Path

STEM = "zilpkanaru"
"""What every canary begins with; no word of any language, and nothing that chance brings about:
ten given bytes in a row occur in a gigabyte of noise with a probability of 1e-15."""


class Canaries:
    """Makes canaries, each one different, and remembers all of them."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self.made: list[str] = []

    def one(self) -> str:
        """A new one: letters only, so that it stays whole wherever words are split."""
        while True:
            made = STEM + "".join(self._dice.choices("bcdfghjklmnprstvwz", k=6))
            if made not in self.made:
                self.made.append(made)
                return made

    def some(self, count: int) -> list[str]:
        """That many new ones."""
        return [self.one() for _ in range(count)]


def _in_base64(text: bytes) -> list[bytes]:
    """The part of its Base64 that is the same whatever stands around it, at each of the three
    places where it can begin."""
    found = []
    for before in range(3):
        coded = base64.b64encode(bytes(before) + text)
        whole = len(before * b"\0" + text) * 8 // 6
        found.append(coded[-(-before * 8 // 6) : whole])
    return found


def _needles() -> dict[str, bytes]:
    plain = STEM.encode()
    wide = STEM.encode("utf-16-le")
    needles = {
        "plain": plain,
        "utf-16-le": wide,
        "utf-16-be": STEM.encode("utf-16-be"),
        "utf-32": STEM.encode("utf-32-le"),
        "hexadecimal": plain.hex().encode(),
        "backwards": plain[::-1],
    }
    for name, text in (("base64", plain), ("base64 of utf-16", wide)):
        needles |= {f"{name}, {i}": part for i, part in enumerate(_in_base64(text))}
    return needles


_NEEDLES = _needles()


def spelt_in(data: bytes) -> list[str]:
    """How a canary is written in ``data``, if it is; capital letters aside."""
    lower = data.lower()
    return [
        name
        for name, needle in _NEEDLES.items()
        if needle in (data if name.startswith("base64") else lower)
    ]


def in_clear(*places: Path) -> list[str]:
    """Every file or folder at or under ``places`` that holds a canary, or is called by one."""
    found = []
    for path in _everything(places):
        if named := spelt_in(os.fsencode(path.name)):
            found.append(f"{path}: its name ({', '.join(named)})")
        if path.is_symlink():
            data = os.fsencode(path.readlink())
        elif path.is_file():
            data = path.read_bytes()
        else:
            continue
        if written := spelt_in(data):
            found.append(f"{path}: {', '.join(written)}")
    return found


def _everything(places: Iterable[Path]) -> Iterable[Path]:
    for place in places:
        if place.is_dir():
            yield from place.rglob("*")
        elif place.exists():
            yield place
