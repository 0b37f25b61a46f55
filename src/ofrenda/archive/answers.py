"""The keeper's answers: which hold for one file, and which are remembered for files to come."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ofrenda.vault import Life

COLUMNS = "columns-"
"""Begins the key of what the columns of a table mean; the rest is the table's shape."""

_KEPT = (COLUMNS,)
_FILE = re.compile(r"[0-9a-f]{8,64}")


def for_file(answers: Mapping[str, str], sha256: str) -> dict[str, str]:
    """The answers that hold for a file: ``key`` for every file, ``key@digest`` (the first eight or
    more letters of its SHA-256) for this one alone, which goes before."""
    general = {key: choice for key, choice in answers.items() if "@" not in key}
    own = {}
    for key, choice in answers.items():
        plain, mark, digest = key.rpartition("@")
        if mark and _FILE.fullmatch(digest) and sha256.startswith(digest):
            own[plain] = choice
    return general | own


def remembered(life: Life) -> dict[str, str]:
    """What the keeper answered once and for all."""
    with life.db.read() as db:
        return {row["key"]: row["choice"] for row in db.execute("SELECT key, choice FROM answer")}


def remember_answers(life: Life, answers: Mapping[str, str]) -> None:
    """Keep those of ``answers`` that hold for later files of the same kind, too."""
    kept = [(key, choice) for key, choice in answers.items() if key.startswith(_KEPT)]
    if not kept:
        return
    with life.db.write() as db:
        db.executemany(
            "INSERT INTO answer (key, choice) VALUES (?, ?)"
            " ON CONFLICT (key) DO UPDATE SET choice = excluded.choice",
            kept,
        )
