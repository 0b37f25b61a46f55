"""The six digits by which a member is known on the phone, beside the number they call from."""

from __future__ import annotations

import itertools
import re
import secrets
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ofrenda.errors import BadInput
from ofrenda.types import Person

LENGTH = 6
"""Digits: the entry needs no key at its end, and with :data:`ofrenda.call.phone.book.MOST_EVER`
wrong tries in all, guessing succeeds 3 times in 100 000."""

_HASHER = PasswordHasher()
"""Argon2id as RFC 9106 recommends for little memory: 3 passes over 64 MiB."""

_WORDS = {
    **dict(
        zip(
            ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
            "0123456789",
            strict=True,
        )
    ),
    "oh": "0",
    "o": "0",
    **dict(zip("零一二三四五六七八九", "0123456789", strict=True)),
    **{"〇": "0", "幺": "1", "两": "2", "兩": "2"},
}
_TWICE = {"double": 2, "triple": 3}
_TOKEN = re.compile(r"\d|[a-z']+|[^\W\d_a-z]")


def new_pin() -> str:
    """Six digits by chance, none of them easy to guess."""
    while True:
        pin = "".join(secrets.choice("0123456789") for _ in range(LENGTH))
        if not _easy(pin):
            return pin


def proper_pin(text: str, person: Person) -> str:
    """A PIN that the keeper chooses. Raises ``BadInput`` where it is none or is easy to guess."""
    pin = text.strip()
    if len(pin) != LENGTH or not (pin.isascii() and pin.isdigit()):
        raise BadInput(f"A PIN has {LENGTH} digits, and nothing else.")
    if _easy(pin) or pin in _dates(person):
        raise BadInput(
            "This PIN is easy to guess: leave out rows of digits, repetitions and dates of the "
            "person, or let the house choose one (leave --choose out)."
        )
    return pin


def hash_pin(pin: str) -> str:
    """What is kept of a PIN. Takes about a tenth of a second."""
    return _HASHER.hash(pin)


def is_pin(kept: str, pin: str) -> bool:
    """Whether ``pin`` is the one that ``kept`` was made of. As slow as :func:`hash_pin`."""
    try:
        return _HASHER.verify(kept, pin)
    except (VerificationError, InvalidHashError):
        return False


def spoken_digits(text: str) -> str:
    """The digits in something said, in English or Mandarin: "six one, double nine" is 6199.

    Numbers above nine said as one word ("sixty") are none: digits are asked for one by one."""
    digits, times = "", 1
    for token in _TOKEN.findall(unicodedata.normalize("NFKC", text).casefold()):
        if token in _TWICE:
            times = _TWICE[token]
            continue
        digit = token if token.isdigit() and token.isascii() else _WORDS.get(token, "")
        digits += digit * times
        times = 1
    return digits


def _easy(pin: str) -> bool:
    steps = {(int(b) - int(a)) % 10 for a, b in itertools.pairwise(pin)}
    return len(set(pin)) <= 2 or len(steps) == 1 or pin[:3] == pin[3:] or pin[:2] * 3 == pin


def _dates(person: Person) -> set[str]:
    forms = ("%d%m%y", "%m%d%y", "%y%m%d", "%Y%m", "%m%Y")
    return {day.strftime(form) for day in (person.born, person.died) if day for form in forms}
