"""What a passphrase must be before a life is put under it."""

from __future__ import annotations

from collections.abc import Iterable

from ofrenda.errors import BadInput
from ofrenda.vault.keys import normal

MINIMUM_LENGTH = 12
"""Characters. NIST SP 800-63B asks for 8 where guesses are limited; here they are not."""
MINIMUM_SCORE = 3
"""zxcvbn's "safely unguessable" (more than 10^8 guesses), before the cost of Argon2id."""
_SCORED_LENGTH = 72
"""zxcvbn reads no further; its time grows steeply with length."""


def require_strong(passphrase: str, *, names: Iterable[str] = ()) -> None:
    """Raise ``BadInput`` with one line of advice unless the passphrase is good enough.

    ``names`` are words that somebody who knows the family would try first.
    """
    from zxcvbn import zxcvbn  # its word lists take a tenth of a second to load

    text = normal(passphrase)
    if len(text) < MINIMUM_LENGTH:
        raise BadInput(
            f"This passphrase is too short: use at least {MINIMUM_LENGTH} characters, "
            "for example four words that have nothing to do with each other."
        )
    # Names count for nothing: zxcvbn alone finds two names and a year hard to guess, and does so
    # even when it is told the names.
    rest = text.casefold()
    for part in {word for name in names for word in normal(name).casefold().split()}:
        rest = rest.replace(part, " ") if len(part) > 1 else rest
    rest = " ".join(rest.split())[:_SCORED_LENGTH]
    if not rest or zxcvbn(rest)["score"] < MINIMUM_SCORE:
        raise BadInput(
            "This passphrase is too easy to guess: add a word or two that nobody would expect, "
            "and leave out names, dates and repeated or neighbouring keys."
        )
