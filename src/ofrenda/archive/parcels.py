"""Records on their way between two processes: packed in columns, and checked when unpacked.

A column whose values are all the same (the platform, the conversation) is sent once, so that a
message costs a few microseconds. What comes in is trusted in nothing: every type is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import repeat
from typing import Any, cast

import msgpack

from ofrenda.archive.importer import Record, Skipped
from ofrenda.archive.report import REASONS
from ofrenda.types import Document, Kind, MediaRef, Utterance

LARGEST = 64 * 2**20
"""Bytes of one parcel; a document has at most 8 Mi characters."""

_MOST = 512
_CHARACTERS = 2**20
"""Records, and characters of text, after which a parcel is sent."""

_TEXT, _MAYBE, _FLAG = (str,), (str, type(None)), (bool,)
_FORMS: Sequence[tuple[type[Record], Sequence[tuple[str, tuple[type, ...]]]]] = (
    (
        Utterance,
        (
            ("locator", _TEXT),
            ("platform", _TEXT),
            ("conversation_key", _TEXT),
            ("conversation_title", _TEXT),
            ("is_group", _FLAG),
            ("sender_key", _MAYBE),
            ("sender_name", _MAYBE),
            ("ts_local", _MAYBE),
            ("ts_utc", _MAYBE),
            ("ts_precision", _TEXT),
            ("kind", _TEXT),
            ("text", _MAYBE),
            ("edited", _FLAG),
            ("reply_to", _MAYBE),
            ("quoted_text", _MAYBE),
            ("forwarded", _FLAG),
            ("media", (list,)),
        ),
    ),
    (
        Document,
        (
            ("locator", _TEXT),
            ("title", _TEXT),
            ("text", _TEXT),
            ("written_on", _MAYBE),
            ("author_key", _MAYBE),
            ("author_platform", _MAYBE),
        ),
    ),
    (Skipped, (("reason", _TEXT), ("locator", _TEXT))),
)
"""Each kind of record with its fields, all and in order, and the types they may have on the way."""

_INDEX: dict[type[Record], int] = {form: index for index, (form, _) in enumerate(_FORMS)}


class BadParcel(Exception):  # never reaches a user; whoever reads a parcel turns it into an error
    """It does not hold what it should."""


def batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    """The records in lists that fit a parcel."""
    batch: list[Record] = []
    size = 0
    for record in records:
        batch.append(record)
        if not isinstance(record, Skipped) and record.text is not None:
            size += len(record.text)
        if len(batch) >= _MOST or size >= _CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def pack(batch: Sequence[Record]) -> bytes:
    """A batch as bytes. A record with something in it that is no text (lone surrogates) travels
    as a damaged one."""
    try:
        return _packed(batch)
    except UnicodeEncodeError:
        return _packed([_sound(record) for record in batch])


def unpack(parcel: bytes) -> list[Record]:
    """The records of a parcel. Raises :class:`BadParcel`."""
    try:
        order, *parts = msgpack.unpackb(parcel)
        made = [
            _records(form, fields, part) for (form, fields), part in zip(_FORMS, parts, strict=True)
        ]
        if isinstance(order, int):
            return made[order]
        waiting = [iter(records) for records in made]
        records = [next(waiting[index]) for index in order]
        if len(records) != sum(map(len, made)):
            raise BadParcel
        return records
    except (ValueError, TypeError, KeyError, IndexError, StopIteration, msgpack.UnpackException):
        raise BadParcel from None


def _packed(batch: Sequence[Record]) -> bytes:
    order = [_INDEX[type(record)] for record in batch]
    alike = order.count(order[0]) == len(order)
    parts: list[list[Any]] = []
    for index in range(len(_FORMS)):
        rows = [record for record, kind in zip(batch, order, strict=True) if kind == index]
        columns = [_folded(column) for column in zip(*rows, strict=True)]
        parts.append([len(rows), columns])
    return cast(bytes, msgpack.packb([order[0] if alike else bytes(order), *parts], default=_plain))


def _folded(column: tuple[Any, ...]) -> list[Any]:
    """A column; one value alone stands for a column of it."""
    first = column[0]
    return [first] if column.count(first) == len(column) else list(column)


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, MediaRef):
        return [value.path, value.mime, value.exists, value.sha256]
    raise TypeError


def _records(
    form: type[Record], fields: Sequence[tuple[str, tuple[type, ...]]], part: list[Any]
) -> list[Record]:
    count, columns = part
    if count == 0:
        return []
    if not 0 < count <= _MOST:
        raise BadParcel
    filled: list[Iterable[Any]] = []
    for (name, types), column in zip(fields, columns, strict=True):
        if len(column) not in (1, count) or not set(map(type, column)) <= set(types):
            raise BadParcel
        if (meant := _MEANT.get(name)) is not None:
            column = [None if value is None else meant(value) for value in column]
        filled.append(column if len(column) == count else repeat(column[0], count))
    return list(map(form._make, zip(*filled, strict=True)))


def _reason(value: str) -> str:
    if value not in REASONS:
        raise BadParcel
    return value


def _media(value: list[Any]) -> tuple[MediaRef, ...]:
    for path, mime, exists, sha256 in value:
        if not (
            type(path) is str
            and type(mime) in _MAYBE
            and type(exists) is bool
            and type(sha256) in _MAYBE
        ):
            raise BadParcel
    return tuple(MediaRef(*each) for each in value)


_MEANT: dict[str, Callable[[Any], object]] = {
    "kind": {kind.value: kind for kind in Kind}.__getitem__,
    "ts_utc": datetime.fromisoformat,
    "written_on": date.fromisoformat,
    "reason": _reason,
    "media": _media,
}
"""What a value that travels as something plainer is made into."""


def _sound(record: Record) -> Record:
    try:
        _packed([record])
    except UnicodeEncodeError:
        return Skipped("damaged", record.locator.encode("utf-8", "replace").decode())
    return record
