"""Weibo posts in the tables (CSV) that crawlers write; only what stands before ``//@`` is the
writer's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePosixPath

from ofrenda.archive.clockwork import wall
from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import Code, find_code, lines, peek
from ofrenda.archive.importer import Circumstances, Gives, Reading, Record, Skipped
from ofrenda.archive.instants import Instant, naive
from ofrenda.archive.jsonstream import not_whole
from ofrenda.archive.tabular import CELL, first_row, rows
from ofrenda.archive.telling import Chat, Said, Sender, bare, tell
from ofrenda.types import Kind

_ID = ("id", "微博id")
_TEXT = ("正文", "微博正文", "text")
_TIME = ("完整日期", "发布时间", "created_at", "日期")
_USER = ("用户id", "user_id")
_NAME = ("用户昵称", "昵称", "screen_name")
_SOURCE = ("源微博正文", "源微博原始正文", "retweet_text")
_BEGINS = re.compile(rf'"?(?:\d{{6,20}}|[A-Za-z0-9]{{9}})\t?"?(?:,|$)|{CELL},"?\d{{16}}\t?"?,')
_DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_EMPTY = frozenset({"转发微博", "转发微博。", "Repost", "轉發微博"})


class Weibo:
    """The importer."""

    name = "weibo"
    gives = Gives.CHAT

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By the columns of the known crawlers."""
        cells = first_row(peek(head) or "")
        chinese = any(column in cells for column in ("正文", "微博正文"))
        crawler = "bid" in cells and "text" in cells and "created_at" in cells
        known = (chinese and _first(cells, _TIME) is not None) or crawler
        return 0.9 if known and _first(cells, _ID) is not None else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """One post a row."""
        code = find_code(entry, circumstances.answers.get("encoding"))
        columns = first_row(next(lines(entry, code), ""))
        if not any(row.reason is None for row in rows(lines(entry, code), _BEGINS.match)):
            raise not_whole()
        return Reading(records=_records(entry, code, columns))


IMPORTER = Weibo()


def _first(cells: list[str], names: tuple[str, ...]) -> str | None:
    return next((name for name in names if name in cells), None)


def _records(entry: Entry, code: Code, columns: list[str]) -> Iterator[Record]:
    stem = bare(PurePosixPath(entry.name).stem) or "weibo"
    for row in rows(lines(entry, code), _BEGINS.match):
        locator = str(row.line)
        if row.reason is not None or len(row.cells) != len(columns):
            yield Skipped(row.reason or "damaged", locator)
            continue
        cells = dict(zip(columns, (cell.strip("\t") for cell in row.cells), strict=True))
        key = bare(_cell(cells, _USER)) or bare(_cell(cells, _NAME)) or stem
        name = bare(_cell(cells, _NAME)) or key
        at, precision = _moment(cells)
        chat = Chat("weibo", f"posts:{key}", name, True)
        yield tell(locator, chat, Sender(key, name), at, _said(cells), precision=precision)


def _cell(cells: dict[str, str], names: tuple[str, ...]) -> str:
    return next((cells[name] for name in names if cells.get(name, "").strip()), "")


def _moment(cells: dict[str, str]) -> tuple[Instant | None, str]:
    written = _cell(cells, _TIME).strip()
    if _DAY.fullmatch(written):
        try:
            return naive(datetime.strptime(written, "%Y-%m-%d")), "day"
        except ValueError:
            return None, "day"
    return wall(written)


def _said(cells: dict[str, str]) -> Said:
    text, source = _cell(cells, _TEXT), _cell(cells, _SOURCE)
    own, chain, reposted = text.partition("//@")
    quoted = "\n".join(part for part in ((chain + reposted), source) if part) or None
    repost = bool(quoted) or cells.get("是否原创", "").strip().casefold() in ("false", "否", "0")
    own = own.strip()
    if own in _EMPTY:
        own, repost = "", True
    return Said(
        Kind.TEXT if own or quoted else Kind.UNKNOWN, own or None, quoted, repost and not own
    )
