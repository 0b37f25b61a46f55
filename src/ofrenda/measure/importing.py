"""One import in a process of its own, as ``ofrenda add`` does it, for measuring and for killing.

``python -m ofrenda.measure.importing HOME EXPORT [CORE]`` tells how far it is in lines of JSON on
standard output, and puts itself on one processor core where ``CORE`` is given.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from ofrenda.archive import add, decide, identities
from ofrenda.collector import collect_rarely
from ofrenda.measure.long_chat import PERSON
from ofrenda.memory.index import index
from ofrenda.types import Consent, Member, MemberId, Person, Role
from ofrenda.vault import KdfParameters, Life

ALIAS: Final = "bench"
PASSPHRASE: Final = "nobody lives in this measured house"  # noqa: S105 - guards made-up words
_QUICK: Final = KdfParameters(memory_kib=64, passes=1, lanes=1)
_KEEPER: Final = Member(MemberId("m-sam"), "Sam", "son", Role.KEEPER)


def found_life(home: Path) -> None:
    """Make an empty life for a made-up person."""
    consent = Consent(
        datetime(2026, 1, 1, tzinfo=UTC), "Sam", "son", "relatives", ("text",), "A measurement."
    )
    person = Person("Made Up", ("en", "zh"))
    life, _ = Life.create(
        home, ALIAS, PASSPHRASE, person=person, consent=consent, keeper=_KEEPER, kdf=_QUICK
    )
    life.close()


def opened(home: Path) -> Life:
    """The life, awake."""
    return Life.open(home, ALIAS, PASSPHRASE)


def import_and_index(life: Life, export: Path, tell: Any) -> dict[str, float]:
    """Add an export, say who is who, and index it for full text; seconds of each on the clock."""
    began = time.perf_counter()
    reports = add(
        life,
        export,
        progress=lambda share: tell("add", share),
        answers={"date_order": "dmy"},  # a short export may leave it open
    )
    added = time.perf_counter()
    for sender in identities(life):
        if sender.holder is None and sender.name == PERSON:
            decide(life, sender.id, "person")
        elif sender.holder is None:
            decide(life, sender.id, "member", _KEEPER.id)
    decided = time.perf_counter()
    done = index(life, lambda share: tell("index", share))
    return {
        "add_s": added - began,
        "index_s": time.perf_counter() - decided,
        "seen": sum(report.seen for report in reports),
        "accepted": sum(report.accepted for report in reports),
        "already_there": sum(report.already_there for report in reports),
        "passages": done.passages,
    }


def fingerprint(life: Life) -> str:
    """A digest of every message and every passage, whatever their row numbers are."""
    digest = hashlib.sha256()
    with life.db.read() as db:
        _take_in(
            digest,
            db.execute(
                "SELECT u.dedup, u.locator, u.ts_local, u.ts_utc, u.ordinal, u.kind, u.text,"
                " u.edited, u.quoted_text, u.forwarded, i.key FROM utterance AS u"
                " LEFT JOIN identity AS i ON i.id = u.identity ORDER BY u.dedup"
            ),
        )
        _take_in(
            digest,
            db.execute(
                "SELECT p.kind, p.text, p.cue, p.said_by, p.to_member, p.said_local, p.visibility,"
                " p.visible_to, json_array_length(p.utterances), u.dedup FROM passage AS p"
                " LEFT JOIN utterance AS u ON u.id = json_extract(p.utterances, '$[0]')"
                " ORDER BY u.dedup, p.text"
            ),
        )
        _take_in(digest, db.execute("SELECT count(*) FROM passage_words"))
    return digest.hexdigest()


def _take_in(digest: Any, rows: Iterable[Any]) -> None:
    for row in rows:
        digest.update(repr(tuple(row)).encode())


def main() -> None:
    """Import, index, and tell."""
    home, export, *core = sys.argv[1:]
    collect_rarely()
    if core and hasattr(os, "sched_setaffinity"):
        with suppress(OSError):
            os.sched_setaffinity(0, {int(core[0])})

    def tell(stage: str, share: float) -> None:
        sys.stdout.write(json.dumps({"stage": stage, "share": share}) + "\n")
        sys.stdout.flush()

    with opened(Path(home)) as life:
        tell("awake", 0.0)
        found = import_and_index(life, Path(export), tell)
        sys.stdout.write(json.dumps({"stage": "done", **found}) + "\n")
        sys.stdout.flush()
        sys.stdin.readline()  # stay, so that memory at rest can be read


if __name__ == "__main__":
    main()
