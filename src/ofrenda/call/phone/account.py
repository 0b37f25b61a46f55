"""The keeper's account with a phone company: there while the phone is on, gone when it is off."""

from __future__ import annotations

import base64
import binascii
import enum
import ipaddress
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from ofrenda.errors import BadInput
from ofrenda.vault import Life

_SHORTEST_TOKEN = 16
"""Characters; Twilio's tokens have 32, Plivo's 40."""


class CompanyName(enum.StrEnum):
    """A phone company whose streams are understood."""

    TWILIO = "twilio"
    TELNYX = "telnyx"
    PLIVO = "plivo"


@dataclass(frozen=True, slots=True, repr=False)
class PhoneAccount:
    """``address``: where the company reaches the house (``https://name``, no path). ``secret``:
    what its requests are checked with: the auth token (Twilio, Plivo) or the public key (Telnyx).
    """

    company: CompanyName
    address: str
    secret: str

    @property
    def webhook(self) -> str:
        """The address to give to the company for incoming calls."""
        return f"{self.address}/phone/{self.company}"

    def stream(self, ticket: str) -> str:
        """Where the company brings the sound of one call."""
        return f"wss://{self.address.removeprefix('https://')}/phone/{self.company}/{ticket}"


def read_account(life: Life) -> PhoneAccount | None:
    """The account; None while the phone is off."""
    with life.db.read() as db:
        row = db.execute("SELECT company, address, secret FROM phone_account").fetchone()
    if row is None:
        return None
    return PhoneAccount(CompanyName(row["company"]), row["address"], row["secret"])


def switch_on(life: Life, account: PhoneAccount, statement: str, now: datetime) -> None:
    """Switch the phone on, with the statement that the keeper agreed to. Raises ``BadInput``."""
    address = proper_address(account.address)
    secret = proper_secret(account.company, account.secret)
    with life.db.write() as db:
        db.execute(
            "INSERT OR REPLACE INTO phone_account"
            " (only, company, address, secret, statement, agreed_utc) VALUES (1, ?, ?, ?, ?, ?)",
            (
                str(account.company),
                address,
                secret,
                statement,
                now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            ),
        )


def switch_off(life: Life) -> None:
    """Switch the phone off and forget the secret. Numbers and PINs stay."""
    with life.db.write() as db:
        db.execute("DELETE FROM phone_account")


def proper_address(text: str) -> str:
    """The public address as it is kept: ``https://`` and a name. Raises ``BadInput``."""
    problem = BadInput(
        "Give the public address of your tunnel, for example: https://phone.example.org"
    )
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        raise problem from None
    name = (parts.hostname or "").lower()
    if parts.scheme != "https" or not name or parts.username or parts.query or parts.fragment:
        raise problem
    if parts.path not in ("", "/") or port not in (None, 443) or "." not in name:
        raise problem
    if not (name.isascii() and name.replace("-", "").replace(".", "").isalnum()) or _is_ip(name):
        raise problem
    return f"https://{name}"


def proper_secret(company: CompanyName, text: str) -> str:
    """The secret as it is kept. Raises ``BadInput``, which never shows it."""
    secret = text.strip()
    if company is CompanyName.TELNYX:
        if len(_decoded(secret)) != 32:
            raise BadInput(
                "This is no public key of Telnyx. Copy it from the portal: Keys & Credentials, "
                "Public Key (44 characters)."
            )
    elif len(secret) < _SHORTEST_TOKEN or not (secret.isascii() and secret.isalnum()):
        raise BadInput("This is no auth token. Copy it whole from the console of the company.")
    return secret


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _is_ip(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
