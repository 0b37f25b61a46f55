"""Whether a request really comes from the phone company. Each signs in its own way.

Twilio: HMAC-SHA1 with the auth token over the address and the sorted fields (Twilio docs, "Secure
webhooks"). Telnyx: Ed25519 over the time and the raw body (Telnyx docs, "Receiving webhooks").
Plivo: HMAC-SHA256 with the auth token over the address, the sorted fields and a nonce ("V3"; Plivo
docs, "Signature validation", and ``signature_v3.py`` of their library).
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MOST_FIELDS = 100
"""Fields of a request; the companies send about 25."""

TIME_TOLERANCE = 300
"""Seconds that a signed time may be off, as in Telnyx's own libraries."""


@dataclass(frozen=True, slots=True, repr=False)
class CallRequest:
    """A request about a call: the public address it was sent to, its headers (names in small
    letters) and its body."""

    url: str
    headers: Mapping[str, str]
    body: bytes

    def fields(self) -> dict[str, str] | None:
        """The form in the body; None where there is none or a field comes twice."""
        try:
            pairs = parse_qsl(
                self.body.decode(),
                keep_blank_values=True,
                strict_parsing=True,
                max_num_fields=MOST_FIELDS,
                errors="strict",
            )
        except ValueError:
            return None
        fields = dict(pairs)
        return fields if len(fields) == len(pairs) else None


def signed_by_twilio(request: CallRequest, token: str) -> bool:
    """Whether Twilio signed it with this auth token.

    Twilio's newer keys of one's own for single addresses (they come with another header) are not
    taken."""
    fields = request.fields()
    if fields is None or "x-twilio-webhooks-signature-settings" in request.headers:
        return False
    signed = request.url + "".join(name + fields[name] for name in sorted(fields))
    given = request.headers.get("x-twilio-signature", "")
    return _same(_hmac(token, signed.encode(), "sha1"), given)


def signed_by_telnyx(request: CallRequest, key: str, now: datetime) -> bool:
    """Whether Telnyx signed it for this public key (base64), less than five minutes ago."""
    time = request.headers.get("telnyx-timestamp", "")
    if not (time.isascii() and time.isdigit() and len(time) <= 12):
        return False
    if abs(now.timestamp() - int(time)) > TIME_TOLERANCE:
        return False
    try:
        signature = base64.b64decode(
            request.headers.get("telnyx-signature-ed25519", ""), validate=True
        )
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key, validate=True))
        public.verify(signature, time.encode() + b"|" + request.body)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def signed_by_plivo(request: CallRequest, token: str) -> bool:
    """Whether Plivo signed it with this auth token. The header may hold several signatures, one
    for each token that is valid just now. Our address has no query."""
    fields = request.fields()
    nonce = request.headers.get("x-plivo-signature-v3-nonce", "")
    if fields is None or not nonce:
        return False
    signed = request.url
    if fields:
        signed += "?" + "".join(name + fields[name] for name in sorted(fields))
    right = _hmac(token, f"{signed}.{nonce}".encode(), "sha256")
    given = request.headers.get("x-plivo-signature-v3", "").split(",", maxsplit=8)
    return any(_same(right, one.strip()) for one in given)


def _hmac(key: str, message: bytes, digest: str) -> str:
    return base64.b64encode(hmac.digest(key.encode(), message, digest)).decode()


def _same(right: str, given: str) -> bool:
    return hmac.compare_digest(right.encode(), given.encode())
