"""Giving everything back: chats as ChatLab JSONL, writings as Markdown, photos and recordings.

What is written is plain and unencrypted, for a family to keep, print or take elsewhere, and
:func:`ofrenda.archive.add` reads it into the same messages and documents again. What ChatLab has no
place for stands in an object ``ofrenda`` of each line.
"""

from __future__ import annotations

import json
import re
import shutil
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from ofrenda.archive.carried import write_carried
from ofrenda.archive.decisions import write_decisions
from ofrenda.archive.importers.kept_document import written
from ofrenda.errors import BadInput
from ofrenda.types import BlobId, Document, Kind
from ofrenda.vault import Life
from ofrenda.vault.durable import disk_errors

_NUMBERS = {
    Kind.TEXT: 0,
    Kind.IMAGE: 1,
    Kind.VOICE: 2,
    Kind.VIDEO: 3,
    Kind.FILE: 4,
    Kind.STICKER: 5,
    Kind.LINK: 7,
    Kind.LOCATION: 8,
    Kind.CALL: 23,
    Kind.CONTACT: 27,
    Kind.SYSTEM: 80,
    Kind.DELETED: 81,
}
_OTHER = 99
_WINDOW = 5_000
_UNFIT = re.compile(r"[^\w .,'()+\-]")


@dataclass(frozen=True, slots=True)
class Given:
    """What was written."""

    conversations: int
    utterances: int
    documents: int
    files: int


def export(life: Life, folder: Path) -> Given:
    """Write all of a life's archive into a new ``folder``, in the clear.

    Memory does not grow with the life. The folder appears when all is written. Raises ``BadInput``
    where it exists or lies among the lives, ``DiskFull``, ``LifeDamaged``.
    """
    place = folder.absolute()
    lives = life.folder.parent.resolve()
    if place.resolve().is_relative_to(lives):
        raise BadInput(
            "That place is among the lives themselves, which are encrypted. Choose a folder "
            "elsewhere, best on a disk that only the family can reach."
        )
    if place.exists() or place.is_symlink():
        raise BadInput("There is something at that place already. Choose a new folder.")
    half = place.with_name(f".{place.name}.part")
    if half.exists():
        shutil.rmtree(half)
    done = False
    try:
        try:
            half.mkdir(mode=0o700, parents=True)
        except OSError as error:
            raise BadInput(
                "No folder can be made at that place. Choose one that you may write to."
            ) from error
        with disk_errors():
            given = _Giving(life, half).all()
            half.rename(place)
        done = True
    finally:
        if not done:
            shutil.rmtree(half, ignore_errors=True)
    return given


class _Giving:
    """One export: what has been written, and under which names."""

    def __init__(self, life: Life, folder: Path) -> None:
        self._life = life
        self._folder = folder
        self._files = 0
        self._taken: set[str] = set()

    def all(self) -> Given:
        """Write everything."""
        with self._life.db.read() as db:
            chats = db.execute(
                "SELECT id, platform, key, title, is_group FROM conversation ORDER BY id"
            ).fetchall()
            documents = [int(row[0]) for row in db.execute("SELECT id FROM document ORDER BY id")]
        messages = sum(self._chat(chat) for chat in chats)
        for number in documents:
            self._document(number)
        self._originals()
        write_decisions(self._life, self._folder)
        write_carried(self._life, self._folder)
        return Given(len(chats), messages, len(documents), self._files)

    def _chat(self, chat: Any) -> int:
        count = 0
        with self._open(f"{chat['platform']} - {chat['title']}", ".jsonl") as file:
            _line(
                file,
                {
                    "_type": "header",
                    "chatlab": {"version": "0.0.1", "generator": "Ofrenda"},
                    "meta": {
                        "name": chat["title"],
                        "platform": chat["platform"],
                        "type": "group" if chat["is_group"] else "private",
                        "ofrenda": {"key": chat["key"], "is_group": bool(chat["is_group"])},
                    },
                },
            )
            for row in self._messages(chat["id"]):
                _line(file, self._message(row))
                count += 1
        return count

    def _messages(self, conversation: int) -> Iterator[Any]:
        after: tuple[Any, ...] = ("", -1, -1)
        while True:
            with self._life.db.read() as db:
                rows = db.execute(
                    "SELECT u.*, i.key AS sender, i.name AS sender_name FROM utterance AS u"
                    " LEFT JOIN identity AS i ON i.id = u.identity WHERE u.conversation = ?"
                    " AND (coalesce(u.ts_local, ''), u.ordinal, u.id) > (?, ?, ?)"
                    " ORDER BY coalesce(u.ts_local, ''), u.ordinal, u.id LIMIT ?",
                    (conversation, *after, _WINDOW),
                ).fetchall()
            yield from rows
            if len(rows) < _WINDOW:
                return
            after = (rows[-1]["ts_local"] or "", rows[-1]["ordinal"], rows[-1]["id"])

    def _message(self, row: Any) -> dict[str, Any]:
        kind = Kind(row["kind"])
        # What was only heard in a recording stands apart: read in again, it is heard again.
        heard, text, quoted = None, row["text"], row["quoted_text"]
        if row["spoken"] is not None:
            heard = quoted if row["forwarded"] else text
            text, quoted = (text, None) if row["forwarded"] else (None, quoted)
        more: dict[str, Any] = {
            "local": row["ts_local"],
            "utc": row["ts_utc"],
            "precision": row["ts_precision"],
            "kind": kind.value,
            "edited": bool(row["edited"]),
            "forwarded": bool(row["forwarded"]),
            "quoted": quoted,
            "heard": heard,
            "media": self._media(row["id"]),
        }
        stamp = row["ts_utc"] or row["ts_local"]
        told: dict[str, Any] = {
            "_type": "message",
            "sender": row["sender"],
            "accountName": row["sender_name"],
            "timestamp": None if stamp is None else _epoch(stamp),
            "type": _NUMBERS.get(kind, _OTHER),
            "content": text,
        }
        if row["reply_to"] is not None:
            told["replyToMessageId"] = row["reply_to"]
        told["ofrenda"] = {"exact": 1, **{k: v for k, v in more.items() if v not in (None, [])}}
        return told

    def _media(self, utterance: int) -> list[str]:
        with self._life.db.read() as db:
            rows = db.execute(
                "SELECT path, sha256, blob FROM media WHERE utterance = ? ORDER BY id", (utterance,)
            ).fetchall()
        return [
            row["path"] if row["blob"] is None else self._file(row["path"], row["sha256"], row[2])
            for row in rows
        ]

    def _file(self, path: str, sha256: str, blob: str) -> str:
        """A file under its content's name: the same photo sent twice is written once."""
        ending = Path(path).suffix[:12]
        name = f"media/{sha256[:24]}{_UNFIT.sub('', ending)}"
        if name not in self._taken:
            self._taken.add(name)
            self._write(self._folder / name, blob)
        return name

    def _document(self, number: int) -> None:
        with self._life.db.read() as db:
            row = db.execute(
                "SELECT d.title, d.text, d.written_on, i.platform, i.key FROM document AS d"
                " LEFT JOIN identity AS i ON i.id = d.identity WHERE d.id = ?",
                (number,),
            ).fetchone()
        day = row["written_on"]
        document = Document(
            "1",
            row["title"],
            row["text"],
            None if day is None else datetime.fromisoformat(day).date(),
            row["key"],
            row["platform"],
        )
        with self._open(f"{day or ''} {row['title']}", ".md") as file:
            file.write(written(document))

    def _originals(self) -> None:
        with self._life.db.read() as db:
            rows = db.execute(
                "SELECT name, sha256, blob FROM source WHERE format = 'originals'"
                " AND blob IS NOT NULL ORDER BY id"
            ).fetchall()
        for row in rows:
            self._file(row["name"], row["sha256"], row["blob"])

    def _write(self, path: Path, blob: str) -> None:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with path.open("xb") as file:
            path.chmod(0o600)
            for piece in self._life.blobs.chunks(BlobId(blob)):
                file.write(piece)
        self._files += 1

    def _open(self, wanted: str, ending: str) -> TextIO:
        """A new text file called about as ``wanted``."""
        plain = _UNFIT.sub("", unicodedata.normalize("NFC", wanted)).strip(" .")[:80] or "untitled"
        name, number = f"{plain}{ending}", 1
        while name.casefold() in self._taken:
            number += 1
            name = f"{plain} ({number}){ending}"
        self._taken.add(name.casefold())
        path = self._folder / name
        file = path.open("x", encoding="utf-8", newline="\n")
        with suppress(OSError):
            path.chmod(0o600)
        return file


def _line(file: TextIO, value: dict[str, Any]) -> None:
    file.write(json.dumps(value, ensure_ascii=False) + "\n")


def _epoch(stamp: str) -> int:
    """Seconds since 1970. A clock without a zone is counted as if it were that of UTC, for programs
    that know no better; ``ofrenda.local`` says what it is."""
    moment = datetime.fromisoformat(stamp)
    if moment.tzinfo is None:
        moment = datetime.fromisoformat(f"{stamp}+00:00")
    return int(moment.timestamp())
