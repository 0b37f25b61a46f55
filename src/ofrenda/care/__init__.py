"""What must be right before anything clever: honesty, consent, and the house's own words."""

from ofrenda.care.presence import before_reply
from ofrenda.care.protected import decline, protected_topic
from ofrenda.care.words import (
    Wording,
    acknowledged,
    at_the_door,
    consent_statement,
    disclosure,
    phone_statement,
    trouble,
    wording,
)

__all__ = [
    "Wording",
    "acknowledged",
    "at_the_door",
    "before_reply",
    "consent_statement",
    "decline",
    "disclosure",
    "phone_statement",
    "protected_topic",
    "trouble",
    "wording",
]
