"""What the person knew: passages of the archive with their sources, and how to find them.

Also what happened since (:class:`Since`), which is kept apart.
"""

from ofrenda.memory.background import keep_remembering
from ofrenda.memory.hits import Hit
from ofrenda.memory.index import RebuildReport, rebuild
from ofrenda.memory.passages import Part, Passage, own_passages
from ofrenda.memory.recall import Recall
from ofrenda.memory.since import Since, SpokenRecord, calls_made

__all__ = [
    "Hit",
    "Part",
    "Passage",
    "RebuildReport",
    "Recall",
    "Since",
    "SpokenRecord",
    "calls_made",
    "keep_remembering",
    "own_passages",
    "rebuild",
]
