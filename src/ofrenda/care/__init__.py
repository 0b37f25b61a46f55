"""What must be right before anything clever: honesty, consent, and the house's own words."""

from ofrenda.care.presence import before_reply
from ofrenda.care.protected import decline, protected_topic
from ofrenda.care.words import (
    Wording,
    acknowledged,
    consent_statement,
    disclosure,
    trouble,
    wording,
)

__all__ = [
    "Wording",
    "acknowledged",
    "before_reply",
    "consent_statement",
    "decline",
    "disclosure",
    "protected_topic",
    "trouble",
    "wording",
]
