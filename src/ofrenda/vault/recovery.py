"""The recovery code: 128 random bits that a family can write on paper and read back.

Eight groups of four characters of Crockford's base 32 (no I, L, O, U): 16 random bytes and four
bytes of checksum, 160 bits in 32 characters with nothing left over. The checksum catches a slip of
the pen before anybody wonders whether the code is the wrong one; it is never stored.
"""

from __future__ import annotations

import hashlib
import secrets

SECRET_BYTES = 16
_CHECK_BYTES = 4
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 32
_GROUP = 4
_SEPARATORS = str.maketrans("", "", " -\u2010\u2011\u2012\u2013\u2014_.\t\r\n\u00a0\u3000")
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_secret() -> bytes:
    """128 fresh random bits."""
    return secrets.token_bytes(SECRET_BYTES)


def written(secret: bytes) -> str:
    """The code as shown: ``XXXX-XXXX-...``, eight groups."""
    if len(secret) != SECRET_BYTES:
        raise ValueError("a recovery secret has 16 bytes")
    number = int.from_bytes(secret + _check(secret), "big")
    signs = "".join(_ALPHABET[(number >> shift) & 31] for shift in range(155, -1, -5))
    return "-".join(signs[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))


def read(text: str) -> bytes | None:
    """The 16 secret bytes of a code, or None where ``text`` is no code or its checksum is wrong.

    Small letters, spaces for dashes, and O, I, L for 0, 1, 1 are forgiven.
    """
    signs = _bare(text).translate(_LOOKALIKES)
    if len(signs) != _LENGTH or any(sign not in _ALPHABET for sign in signs):
        return None
    number = 0
    for sign in signs:
        number = number << 5 | _ALPHABET.index(sign)
    whole = number.to_bytes(SECRET_BYTES + _CHECK_BYTES, "big")
    secret, check = whole[:SECRET_BYTES], whole[SECRET_BYTES:]
    return secret if secrets.compare_digest(check, _check(secret)) else None


def seems_mistyped(text: str) -> bool:
    """Whether ``text`` was probably meant as a recovery code but does not read as one.

    True for about 32 letters and digits with at least one digit in six groups or more, or in none.
    A passphrase of words has no digit; a random code has none once in 170 000.
    """
    if read(text) is not None:
        return False
    signs = _bare(text)
    groups = len(text.replace("-", " ").split())
    return (
        _LENGTH - 4 <= len(signs) <= _LENGTH + 4
        and signs.isascii()
        and signs.isalnum()
        and any(sign.isdigit() for sign in signs)
        and (groups >= 6 or groups == 1)
    )


def _bare(text: str) -> str:
    return text.translate(_SEPARATORS).upper()


def _check(secret: bytes) -> bytes:
    return hashlib.sha256(b"ofrenda recovery code" + secret).digest()[:_CHECK_BYTES]
