"""What the person knew: passages of the archive with their sources, and how to find them.

Also what happened since (:class:`Since`), which is kept apart.
"""

from ofrenda.memory.index import RebuildReport, rebuild
from ofrenda.memory.passages import Part, Passage, own_passages
from ofrenda.memory.ranking import BALANCED, MEANING_ALONE, WORDS_ALONE, Weights
from ofrenda.memory.recall import Hit, Recall
from ofrenda.memory.since import Since, SpokenRecord

__all__ = [
    "BALANCED",
    "MEANING_ALONE",
    "WORDS_ALONE",
    "Hit",
    "Part",
    "Passage",
    "RebuildReport",
    "Recall",
    "Since",
    "SpokenRecord",
    "Weights",
    "own_passages",
    "rebuild",
]
