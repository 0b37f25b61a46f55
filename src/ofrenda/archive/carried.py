"""What a life knows of its messages beside their words, written down with an export: who may hear
them, what the keeper said of single ones, and what was heard in recordings.

Taken over only for a keeper who asks for it, like the decisions on who is who
(:mod:`ofrenda.archive.decisions`). A label then only narrows: what the life holds to already stays,
and of its members only those count who are on this life's list. Rules are carried as the labels
that they gave.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final

from ofrenda.archive.aside import set_aside_after_death, settle_pasted
from ofrenda.archive.kept.sounds import settle
from ofrenda.errors import BadInput
from ofrenda.types import Visibility
from ofrenda.vault import Connection, Life

FILE: Final = ".who-may-hear-what.jsonl"
"""Hidden, so that importing the folder does not stumble over it."""

_LONGEST: Final = 4 * 2**20
"""Characters of a line: the words of a recording of some hours."""
_AT_ONCE: Final = 2_000
_SOUND: Final = {
    "sha256": str, "state": str, "reason": str, "seconds": float, "codec": str,
    "bandwidth_hz": float, "film": int, "music": int, "text": str, "language": str,
    "confidence": float, "pieces": str, "engine": str, "at_utc": str,
}  # fmt: skip
"""The columns of what was heard, with the type of each; all but the first two may be missing."""
_NEEDED: Final = ("sha256", "state", "film", "music", "pieces", "at_utc")

Told = Mapping[str, Any]


def write_carried(life: Life, folder: Path) -> None:
    """Write it down, a line for each message, writing and recording of which there is any."""
    path = folder / FILE
    with path.open("x", encoding="utf-8", newline="\n") as file, life.db.read() as db:
        path.chmod(0o600)
        for told in (*_items(db), *_heard(db)):
            file.write(json.dumps(told, ensure_ascii=False) + "\n")


def _items(db: Connection) -> Iterator[Told]:
    names = {row[0]: row[1] for row in db.execute("SELECT id, name FROM member")}
    for kind, word in (("utterance", "pasted_word"), ("document", "NULL")):
        rows = db.execute(
            f"SELECT hex(dedup) AS key, visibility, visible_to, released, {word} AS pasted"  # noqa: S608 # our own words
            f" FROM {kind} WHERE visibility <> 'family' OR visible_to IS NOT NULL OR released"
            f" OR {word} IS NOT NULL ORDER BY id"
        )
        for row in rows:
            told: dict[str, Any] = {"kind": kind, "key": row["key"]}
            members = row["visible_to"]
            if row["visibility"] != Visibility.FAMILY or members is not None:
                told["visibility"] = row["visibility"]
            if members is not None:
                told["visible_to"] = [names[one] for one in json.loads(members) if one in names]
            if row["released"]:
                told["released"] = True
            if row["pasted"] is not None:
                told["pasted"] = bool(row["pasted"])
            yield told


def _heard(db: Connection) -> Iterator[Told]:
    for row in db.execute("SELECT * FROM sound WHERE state <> 'under_way' ORDER BY sha256"):
        yield {"kind": "sound", **{name: row[name] for name in _SOUND if row[name] is not None}}


def take_over_carried(life: Life, folder: Path) -> int:
    """Apply what an export says of messages, writings and recordings that this life holds; returns
    of how many. An export of an older Ofrenda says nothing. Raises ``BadInput`` where the file
    cannot be read; what stands before the damage is applied then, and labels come first."""
    path = folder / FILE
    if not path.is_file():
        return 0
    by_name = {member.name: str(member.id) for member in life.members()}
    done = 0
    with path.open(encoding="utf-8") as file:
        lines = _told(file)
        while batch := list(islice(lines, _AT_ONCE)):
            with life.db.write() as db:
                done += sum(_apply(db, told, by_name) for told in batch)
    with life.db.write() as db:
        settle(db)
        settle_pasted(db)
        set_aside_after_death(db)
    return done


def _told(file: Any) -> Iterator[Told]:
    try:
        while line := file.readline(_LONGEST):
            told = json.loads(line)
            if not isinstance(told, dict):
                raise ValueError
            yield told
    except (ValueError, RecursionError) as error:
        raise BadInput(
            "What the export says of who may hear what is damaged. Copy the folder again and add "
            "it once more, or leave out --decisions and say it with: ofrenda visibility"
        ) from error


def _apply(db: Connection, told: Told, by_name: Mapping[str, str]) -> int:
    kind = told.get("kind")
    if kind == "sound":
        return _apply_sound(db, told)
    if kind not in ("utterance", "document") or not isinstance(told.get("key"), str):
        return 0
    try:
        key = bytes.fromhex(told["key"])
    except ValueError:
        return 0
    found = db.execute(f"SELECT id FROM {kind} WHERE dedup = ?", (key,)).fetchone()  # noqa: S608 # our own words
    if found is None:
        return 0
    number = int(found[0])
    if "visibility" in told or "visible_to" in told:
        db.execute(
            f"UPDATE {kind} SET visibility = ?, visible_to = ? WHERE id = ?"  # noqa: S608 # our own words
            " AND visibility = 'family' AND visible_to IS NULL",
            (*_label(told, by_name), number),
        )
    if told.get("released") is True:
        db.execute(f"UPDATE {kind} SET released = 1 WHERE id = ?", (number,))  # noqa: S608 # our own words
    if kind == "utterance" and isinstance(told.get("pasted"), bool):
        db.execute(
            "UPDATE utterance SET pasted_word = ? WHERE id = ? AND pasted_word IS NULL",
            (int(told["pasted"]), number),
        )
    return 1


def _label(told: Told, by_name: Mapping[str, str]) -> tuple[str, str | None]:
    """The label as stored. A word that is not known is never spoken, and a member who is not on
    this life's list is left out: with nobody left, nobody hears it."""
    word = told.get("visibility", Visibility.FAMILY.value)
    if word not in set(Visibility):
        return Visibility.NEVER_SPEAK.value, None
    names = told.get("visible_to")
    if names is None and word != Visibility.MEMBER:
        return str(word), None
    listed = names if isinstance(names, list) else []
    members = sorted({by_name[name] for name in listed if name in by_name})
    narrow = Visibility.MEMBER.value if word == Visibility.FAMILY else str(word)
    return narrow, json.dumps(members)


def _apply_sound(db: Connection, told: Told) -> int:
    values = {name: told.get(name) for name in _SOUND}
    for name, kind in _SOUND.items():
        fits = (int, float) if kind is float else kind
        if values[name] is None and name not in _NEEDED:
            continue
        if not isinstance(values[name], fits):
            return 0
    held = db.execute(
        "SELECT 1 FROM media WHERE sha256 = ? AND blob IS NOT NULL", (values["sha256"],)
    ).fetchone()
    if held is None or values["state"] not in ("heard", "silent", "failed"):
        return 0
    return int(
        db.execute(
            f"INSERT INTO sound ({', '.join(_SOUND)}) VALUES ({', '.join('?' * len(_SOUND))})"  # noqa: S608 # our own words
            " ON CONFLICT (sha256) DO NOTHING",
            tuple(values.values()),
        ).rowcount
    )
