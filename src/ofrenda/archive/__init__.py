"""What was left behind, as imported: chats and writings, each record with its source."""

from ofrenda.archive.giving_back import export
from ofrenda.archive.identities import Extent, IdentitySummary, decide, extent, identities
from ofrenda.archive.intake import add
from ofrenda.archive.report import REASONS, ImportReport, Question

__all__ = [
    "REASONS",
    "Extent",
    "IdentitySummary",
    "ImportReport",
    "Question",
    "add",
    "decide",
    "export",
    "extent",
    "identities",
]
