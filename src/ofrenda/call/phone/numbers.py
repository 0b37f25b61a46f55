"""Telephone numbers in the one form that is kept and compared: E.164."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ofrenda.errors import BadInput

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_LONGEST = 40
"""Characters that are looked at; E.164 has at most 15 digits."""


def proper_number(text: str) -> str:
    """A number that the keeper gives, as it is kept: ``+`` and digits. Raises ``BadInput``."""
    import phonenumbers  # loads slowly, and every command would wait for it

    found = _parsed(text.strip()) if len(text) <= _LONGEST else None
    if found is None or not phonenumbers.is_valid_number(found):
        raise BadInput(
            "This is no complete phone number. Write it as from abroad: +44 20 7946 0018"
        )
    return _e164(found)


def calling_number(text: str) -> str | None:
    """The number of a caller as a phone company gives it (with or without the plus); None where
    it is withheld or is no number."""
    given = text.strip()
    if len(given) > _LONGEST:
        return None
    found = _parsed(given if given.startswith("+") else f"+{given}")
    if found is None:
        return None
    return _e164(found)


def _e164(number: PhoneNumber) -> str:
    import phonenumbers

    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _parsed(text: str) -> PhoneNumber | None:
    import phonenumbers

    try:
        return phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return None
