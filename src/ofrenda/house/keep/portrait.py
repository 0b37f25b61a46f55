"""The keeper's page of how the person wrote, and what the keeper sets right in it."""

from __future__ import annotations

import asyncio

from pydantic import Field
from starlette.responses import JSONResponse, Response

from ofrenda.errors import BadInput
from ofrenda.house.access import Action
from ofrenda.house.doorway import Body, Door, Visit, read_body
from ofrenda.persona import corrections
from ofrenda.persona.corrections import correct, undo
from ofrenda.persona.portrait import kept_relation, portrait_data
from ofrenda.persona.sources import places
from ofrenda.persona.style import ENOUGH_MESSAGES

LONGEST = 600
"""Characters of a sentence that is set right: a few spoken sentences, no letter."""


class AmendBody(Body):
    """A sentence that they would never say, and how they would say it, if the keeper knows."""

    said: str = Field(max_length=LONGEST)
    instead: str | None = Field(default=None, max_length=LONGEST)


class BackBody(Body):
    """Which correction is taken back."""

    id: int


async def show_portrait(visit: Visit) -> Response:
    """How they wrote to one member, ``?to=ID``, or to everybody."""
    to = visit.request.query_params.get("to")
    life, keeper = visit.house.life, visit.known.member

    def measured() -> dict[str, object]:
        member = next((one for one in life.members() if one.id == to), None)
        if to and member is None:
            raise BadInput("That member is not on the list any more. Load this page again.")
        relation = kept_relation(life, keeper, member)
        (shown,) = portrait_data([relation], places(life, relation.examples()))
        return shown

    return JSONResponse(
        {"relation": await asyncio.to_thread(measured), "enough_messages": ENOUGH_MESSAGES}
    )


async def show_corrections(visit: Visit) -> Response:
    """What was set right for all or for this keeper, newest first. Of what other members set right
    for their own calls only the number is told: the words are from there."""
    found = await asyncio.to_thread(corrections, visit.house.life)
    keeper = visit.known.member.id
    shown = [one for one in found if one.only_for in (None, keeper)]
    return JSONResponse(
        {
            "corrections": [
                {
                    "id": one.id,
                    "at": one.at.date().isoformat(),
                    "by": one.by,
                    "said": one.said,
                    "instead": one.instead,
                    "undone": one.undone,
                }
                for one in shown
            ],
            "others": sum(not one.undone for one in found) - sum(not one.undone for one in shown),
        }
    )


async def amend(visit: Visit) -> Response:
    """Set a sentence right, from the next reply on, for everybody."""
    body = await read_body(visit.request, AmendBody)
    number = await asyncio.to_thread(
        correct,
        visit.house.life,
        visit.known.member,
        body.said,
        body.instead,
        visit.house.clock.now(),
    )
    return JSONResponse({"id": number})


async def take_back(visit: Visit) -> Response:
    """Take a correction back."""
    body = await read_body(visit.request, BackBody)
    await asyncio.to_thread(
        undo, visit.house.life, visit.known.member, body.id, visit.house.clock.now()
    )
    return Response(status_code=204)


def portrait_doors() -> tuple[Door, ...]:
    """The routes of that page."""
    keep = Action.KEEP
    return (
        Door("GET", "/api/keep/portrait", keep, show_portrait),
        Door("GET", "/api/keep/corrections", keep, show_corrections),
        Door("POST", "/api/keep/amend", keep, amend),
        Door("POST", "/api/keep/take-back", keep, take_back),
    )
