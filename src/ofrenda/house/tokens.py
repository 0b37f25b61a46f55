"""Signed, short-lived slips of paper: what a link or a call may be opened with."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

MAX_TOKEN = 1024
"""Longest token that is looked at, in characters; ours are about 200."""


@dataclass(frozen=True, slots=True)
class Slip:
    """What a valid token says. ``subject``: whom or what it was made out to; ``nonce``: unique."""

    subject: str
    nonce: str
    expires: datetime


def issue(secret: bytes, *, purpose: str, subject: str, now: datetime, lifetime: timedelta) -> str:
    """A token good for one ``purpose``, until ``now + lifetime``; HMAC-SHA256 (RFC 2104)."""
    body = json.dumps(
        {
            "for": purpose,
            "to": subject,
            "until": int((now + lifetime).timestamp()),
            "nonce": secrets.token_urlsafe(12),
        },
        separators=(",", ":"),
    ).encode()
    return f"{_encode(body)}.{_encode(_sign(secret, body))}"


def read(secret: bytes, token: str, *, purpose: str, now: datetime) -> Slip | None:
    """What the token says, or None when it is forged, spoilt, run out or for another purpose.

    All failures look the same from outside, on purpose.
    """
    if len(token) > MAX_TOKEN or not token.isascii():
        return None
    written, _, signature = token.partition(".")
    try:
        body, given = _decode(written), _decode(signature)
    except (binascii.Error, ValueError):
        return None
    if not hmac.compare_digest(_sign(secret, body), given):
        return None
    # Only we can have signed it, so its shape is ours.
    says = json.loads(body)
    expires = datetime.fromtimestamp(says["until"], now.tzinfo)
    if says["for"] != purpose or now >= expires:
        return None
    return Slip(subject=says["to"], nonce=says["nonce"], expires=expires)


def _sign(secret: bytes, body: bytes) -> bytes:
    return hmac.new(secret, body, hashlib.sha256).digest()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
