"""What was left behind, as imported: chats and writings, each record with its source."""

from ofrenda.archive.giving_back import export
from ofrenda.archive.identities import (
    Decision,
    Extent,
    IdentitySummary,
    decide,
    decide_all,
    extent,
    identities,
)
from ofrenda.archive.intake import add
from ofrenda.archive.report import REASONS, ImportReport, Question

__all__ = [
    "REASONS",
    "Decision",
    "Extent",
    "IdentitySummary",
    "ImportReport",
    "Question",
    "add",
    "decide",
    "decide_all",
    "export",
    "extent",
    "identities",
]
