"""The keeper's routes. All of them need a keeper's session; none of them logs what it carries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import unquote

from pydantic import Field
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from ofrenda.archive import Decision, decide_all, extent, identities
from ofrenda.archive.keeping import (
    aside,
    aside_counts,
    proposed_kin,
    release,
    say_pasted,
    set_zone,
    sources,
    zone_kept,
)
from ofrenda.errors import BadInput
from ofrenda.house.access import Action
from ofrenda.house.doorway import Body, Door, Nothing, Visit, read_body
from ofrenda.house.keep.portrait import portrait_doors
from ofrenda.house.refusals import Refusal, bad_request
from ofrenda.types import MemberId

LARGEST_LIST = 512 * 1024
"""Bytes of a body with decisions: ten thousand senders."""

PIECE_SECONDS = 60.0
"""How long a piece of a file may take to arrive."""


class AnswersBody(Body):
    """Read a batch, with the answers given so far."""

    batch: str = Field(max_length=64)
    answers: dict[str, str] = Field(default_factory=dict, max_length=200)


class BatchBody(Body):
    """Which batch."""

    batch: str = Field(max_length=64)


class CorrectBody(Body):
    """Which file, and what is said of it now."""

    source: int
    answers: dict[str, str] = Field(max_length=20)


class ZoneBody(Body):
    """Where the clock hung; for one file, or for all."""

    zone: str = Field(max_length=64)
    source: int | None = None


class OneDecision(Body):
    """Who a sender is."""

    id: int
    holder: str | None = Field(max_length=16)
    member: str | None = Field(default=None, max_length=200)


class DecisionsBody(Body):
    """Who senders are, all at once."""

    decisions: list[OneDecision] = Field(max_length=10_000)


class Item(Body):
    """Something in a list of what is set aside."""

    kind: str = Field(max_length=16)
    id: int


class ReleaseBody(Body):
    """Let in what is dated after death, or set it aside again; no items: all."""

    items: list[Item] | None = Field(max_length=10_000)
    let_in: bool


class PastedBody(Body):
    """The keeper's word on messages; null takes it back."""

    ids: list[int] = Field(max_length=10_000)
    pasted: bool | None


async def show_desk(visit: Visit) -> Response:
    """What there is, what is under way, and what waits for the keeper."""
    life = visit.house.life
    person, members, holds, counts, zone = await asyncio.gather(
        asyncio.to_thread(life.person),
        asyncio.to_thread(life.members),
        asyncio.to_thread(extent, life),
        asyncio.to_thread(aside_counts, life),
        asyncio.to_thread(zone_kept, life),
    )
    return JSONResponse(
        {
            "life": life.alias,
            "person": {
                "name": person.name,
                "died": person.died.isoformat() if person.died else None,
                "timezone": person.timezone,
            },
            "keeper": {"name": visit.known.member.name},
            "members": [
                {"id": member.id, "name": member.name, "relation": member.relation}
                for member in members
            ],
            "holds": holds.to_json(),
            "aside": counts.to_json(),
            "zone": zone.key if zone is not None else None,
            "job": visit.house.desk.job.to_json(),
        }
    )


async def show_job(visit: Visit) -> Response:
    """How far it is."""
    return JSONResponse(visit.house.desk.job.to_json())


async def begin_batch(visit: Visit) -> Response:
    """A place for files that are handed in together."""
    await read_body(visit.request, Nothing)
    return JSONResponse({"batch": visit.house.desk.staging.begin().id})


async def take_file(visit: Visit) -> Response:
    """One file, as it streams in. Its name and batch are in headers, never in the address."""
    headers = visit.request.headers
    if headers.get("content-type") != "application/octet-stream":
        raise Refusal(415, "not_bytes", "The house takes files as plain bytes.")
    name, batch = headers.get("x-ofrenda-name", ""), headers.get("x-ofrenda-batch", "")
    if not name or len(name) > 9_000 or len(batch) > 64:
        raise bad_request()
    desk = visit.house.desk
    size = await desk.receive(
        desk.staging.find(batch), unquote(name, errors="replace"), _pieces(visit.request)
    )
    return JSONResponse({"size": size})


async def drop_batch(visit: Visit) -> Response:
    """Erase what was handed in and not read."""
    body = await read_body(visit.request, BatchBody)
    staging = visit.house.desk.staging
    await asyncio.to_thread(staging.erase, staging.find(body.batch))
    return Response(status_code=204)


async def read_batch(visit: Visit) -> Response:
    """Begin to read a batch; how far it is says :func:`show_job`."""
    body = await read_body(visit.request, AnswersBody)
    desk = visit.house.desk
    await desk.read(desk.staging.find(body.batch), body.answers)
    return JSONResponse(desk.job.to_json(), status_code=202)


async def show_files(visit: Visit) -> Response:
    """Every file with its report."""
    found = await asyncio.to_thread(sources, visit.house.life)
    return JSONResponse({"files": [one.to_json() for one in found]})


async def correct_file(visit: Visit) -> Response:
    """Read a stored file again with another answer."""
    body = await read_body(visit.request, CorrectBody)
    report = await visit.house.desk.correct(body.source, body.answers)
    return JSONResponse({"report": report.to_json()})


async def name_zone(visit: Visit) -> Response:
    """Show by the clock of a place what is counted in UTC."""
    body = await read_body(visit.request, ZoneBody)
    _require_quiet(visit)
    moved = await asyncio.to_thread(set_zone, visit.house.life, body.zone, source=body.source)
    visit.house.desk.remember()
    return JSONResponse({"moved": moved})


async def show_senders(visit: Visit) -> Response:
    """Every sender, and which look like one person."""
    life = visit.house.life
    found = await asyncio.to_thread(identities, life)
    kin = await asyncio.to_thread(proposed_kin, life)
    return JSONResponse(
        {
            "senders": [one.to_json() for one in found],
            "kin": [one.to_json() for one in kin],
        }
    )


async def decide_senders(visit: Visit) -> Response:
    """Say who senders are."""
    body = await read_body(visit.request, DecisionsBody, limit=LARGEST_LIST)
    _require_quiet(visit)
    decisions = [
        Decision(one.id, one.holder, MemberId(one.member) if one.member is not None else None)
        for one in body.decisions
    ]
    await asyncio.to_thread(decide_all, visit.house.life, decisions)
    visit.house.desk.remember()
    return Response(status_code=204)


async def show_aside(visit: Visit) -> Response:
    """One list of what is set aside: ``?list=after_death&from=0``."""
    query = visit.request.query_params
    start = query.get("from", "0")
    if not (start.isascii() and start.isdigit() and len(start) < 10):
        raise bad_request()
    why = query.get("list", "after_death")
    found = await asyncio.to_thread(aside, visit.house.life, why, offset=int(start))
    return JSONResponse({"items": [one.to_json() for one in found]})


async def release_items(visit: Visit) -> Response:
    """Let in what is dated after death, or set it aside again."""
    body = await read_body(visit.request, ReleaseBody, limit=LARGEST_LIST)
    _require_quiet(visit)
    items = None if body.items is None else [(one.kind, one.id) for one in body.items]
    changed = await asyncio.to_thread(release, visit.house.life, items, let_in=body.let_in)
    visit.house.desk.remember()
    return JSONResponse({"changed": changed})


async def judge_pasted(visit: Visit) -> Response:
    """The keeper's word on messages that look sent on."""
    body = await read_body(visit.request, PastedBody, limit=LARGEST_LIST)
    _require_quiet(visit)
    changed = await asyncio.to_thread(say_pasted, visit.house.life, body.ids, body.pasted)
    visit.house.desk.remember()
    return JSONResponse({"changed": changed})


def keep_doors() -> tuple[Door, ...]:
    """All routes of the keeper."""
    keep = Action.KEEP
    return (
        Door("GET", "/api/keep", keep, show_desk),
        Door("GET", "/api/keep/job", keep, show_job),
        Door("POST", "/api/keep/batch", keep, begin_batch),
        Door("POST", "/api/keep/file", keep, take_file),
        Door("POST", "/api/keep/drop", keep, drop_batch),
        Door("POST", "/api/keep/read", keep, read_batch),
        Door("GET", "/api/keep/files", keep, show_files),
        Door("POST", "/api/keep/correct", keep, correct_file),
        Door("POST", "/api/keep/zone", keep, name_zone),
        Door("GET", "/api/keep/senders", keep, show_senders),
        Door("POST", "/api/keep/decide", keep, decide_senders),
        Door("GET", "/api/keep/aside", keep, show_aside),
        Door("POST", "/api/keep/release", keep, release_items),
        Door("POST", "/api/keep/pasted", keep, judge_pasted),
        *portrait_doors(),
    )


def _require_quiet(visit: Visit) -> None:
    if visit.house.desk.busy:
        raise BadInput("Files are being read just now. Wait until that is done.")


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    stream = request.stream().__aiter__()
    while True:
        try:
            async with asyncio.timeout(PIECE_SECONDS):
                piece = await anext(stream)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise Refusal(408, "too_slow", "The file took too long.", retryable=True) from None
        except ClientDisconnect:
            raise bad_request() from None
        if piece:
            yield piece
