"""What a keeper does with an archive once files are in it: the one surface that faces use.

Reports and corrections of sources, senders that may be one person, and what is set aside.
"""

from ofrenda.archive.aside import Aside, aside, aside_counts, release, say_pasted
from ofrenda.archive.correcting import correct
from ofrenda.archive.identities import proposed_kin
from ofrenda.archive.intake import add_files
from ofrenda.archive.kin import Kin
from ofrenda.archive.report import merged
from ofrenda.archive.sources import SourceSummary, source, sources
from ofrenda.archive.zones import set_zone, zone_kept

__all__ = [
    "Aside",
    "Kin",
    "SourceSummary",
    "add_files",
    "aside",
    "aside_counts",
    "correct",
    "merged",
    "proposed_kin",
    "release",
    "say_pasted",
    "set_zone",
    "source",
    "sources",
    "zone_kept",
]
