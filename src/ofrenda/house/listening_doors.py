"""The routes of a listening test. None of them says which voice is which."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from pydantic import Field
from starlette.responses import JSONResponse, Response

from ofrenda.house.access import Action
from ofrenda.house.doorway import Body, Door, Nothing, Visit, read_body
from ofrenda.house.refusals import bad_request
from ofrenda.voice.listening import ENOUGH

_LONGEST_NAME = 64


class AnswerBody(Body):
    """Which of the two was nearer."""

    trial: str = Field(max_length=_LONGEST_NAME)
    nearer: Literal["left", "right", "same"]


async def show_test(visit: Visit) -> Response:
    """Whom it is about, and how much of it there is for this listener."""
    person = await asyncio.to_thread(visit.house.life.person)
    return JSONResponse({"person": {"name": person.name}, **await _standing(visit)})


async def next_pair(visit: Visit) -> Response:
    """The next pair; ``trial`` is null when there is none left."""
    await read_body(visit.request, Nothing)
    offered = await asyncio.to_thread(visit.house.booth.next, visit.known.member)
    standing = await _standing(visit)
    if offered is None:
        return JSONResponse({"trial": None, **standing})
    name, trial = offered
    told = {"trial": name, "text": trial.line.text, "language": trial.line.language}
    return JSONResponse({**told, **standing})


async def hear_side(visit: Visit) -> Response:
    """One of the two: ``?trial=...&side=left``."""
    query = visit.request.query_params
    name, side = query.get("trial", ""), query.get("side", "")
    if side not in ("left", "right") or not 0 < len(name) <= _LONGEST_NAME:
        raise bad_request()
    booth = visit.house.booth
    data = await asyncio.to_thread(booth.sound, visit.known.member, name, side)
    return Response(data, media_type="audio/wav")


async def answer_pair(visit: Visit) -> Response:
    """Keep an answer."""
    body = await read_body(visit.request, AnswerBody)
    nearer = None if body.nearer == "same" else body.nearer
    await asyncio.to_thread(visit.house.booth.answer, visit.known.member, body.trial, nearer)
    return JSONResponse(await _standing(visit))


async def _standing(visit: Visit) -> dict[str, Any]:
    done, left = await asyncio.to_thread(visit.house.booth.standing, visit.known.member)
    return {"answered": done, "left": left, "enough": ENOUGH}


def listening_doors() -> tuple[Door, ...]:
    """All routes of the listening test."""
    listen = Action.LISTEN
    return (
        Door("GET", "/api/listen", listen, show_test),
        Door("POST", "/api/listen/next", listen, next_pair),
        Door("GET", "/api/listen/sound", listen, hear_side),
        Door("POST", "/api/listen/answer", listen, answer_pair),
    )
