"""Every route of the house, each with the action it does."""

from __future__ import annotations

import asyncio
from typing import Literal

from pydantic import Field
from starlette.responses import JSONResponse, Response

from ofrenda.call import Offer
from ofrenda.care import disclosure
from ofrenda.house.access import Action, can
from ofrenda.house.doorway import MAX_BODY, Body, Door, Nothing, Visit, read_body
from ofrenda.house.keep.doors import keep_doors
from ofrenda.house.keep.voice_doors import voice_doors
from ofrenda.house.listening_doors import listening_doors
from ofrenda.house.page import image_mime, parts
from ofrenda.house.refusals import Refusal, bad_request, too_large
from ofrenda.house.sessions import SESSION_LIFETIME
from ofrenda.house.tokens import MAX_TOKEN
from ofrenda.types import LANGUAGES
from ofrenda.voice.listening import ready

__all__ = ["MAX_BODY", "MAX_SDP", "doors"]

MAX_SDP = 20_000
"""Characters. Chromium's offer with audio and a data channel is about 3 500."""


class LinkBody(Body):
    """What the page hands in for a session."""

    token: str = Field(max_length=MAX_TOKEN)


class OfferBody(Body):
    """A call: the token for it, the browser's SDP offer, the language of the screen, and the call
    that goes on, where the network dropped."""

    token: str = Field(max_length=MAX_TOKEN)
    sdp: str
    type: Literal["offer"]
    language: str | None = None
    resumes: str | None = Field(default=None, max_length=64)


class HangUpBody(Body):
    """Which call to end."""

    call_id: str = Field(max_length=64)


async def healthz(visit: Visit) -> Response:
    """Says that the house is open; no content."""
    return Response(status_code=204)


async def start_session(visit: Visit) -> Response:
    """Trade the token of a link for a cookie."""
    body = await read_body(visit.request, LinkBody)
    cookie, caller = await visit.house.welcome(body.token, visit.address)
    response = JSONResponse({"listener": caller.member.name})
    response.set_cookie(
        visit.house.cookie_name,
        cookie,
        max_age=int(SESSION_LIFETIME.total_seconds()),
        path="/api",
        secure=visit.request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return response


async def show_life(visit: Visit) -> Response:
    """Whom the caller is about to call."""
    person = await asyncio.to_thread(visit.house.life.person)
    heard = await asyncio.to_thread(ready, visit.house.life)
    languages = [language for language in person.languages if language in LANGUAGES]
    return JSONResponse(
        {
            "person": {
                "name": person.name,
                "initial": person.name.strip()[:1].upper(),
                "photo": "/api/photo" if person.photo is not None else None,
                "languages": languages,
            },
            "listener": {
                "name": visit.known.member.name,
                "keeps": can(visit.known.member.role, Action.KEEP),
                "listens": len(heard) > 1 and can(visit.known.member.role, Action.LISTEN),
            },
            "disclosure": {
                language: [sentence.text for sentence in disclosure(person, language)]
                for language in LANGUAGES
            },
        }
    )


async def show_photo(visit: Visit) -> Response:
    """The person's photo, when there is one."""
    life = visit.house.life
    person = await asyncio.to_thread(life.person)
    data = b"" if person.photo is None else await asyncio.to_thread(life.blobs.get, person.photo)
    mime = image_mime(data)
    if mime is None:
        raise Refusal(404, "not_found", "There is no photo.")
    return Response(data, media_type=mime)


async def give_call_token(visit: Visit) -> Response:
    """A slip for one call."""
    await read_body(visit.request, Nothing)
    return JSONResponse({"token": visit.house.call_token(visit.known)})


async def place_call(visit: Visit) -> Response:
    """Take the browser's offer, answer with ours."""
    body = await read_body(visit.request, OfferBody)
    if len(body.sdp) > MAX_SDP:
        raise too_large()
    if not body.sdp.startswith("v=0") or "m=audio" not in body.sdp:
        raise bad_request()
    answer = await visit.house.place_call(
        visit.known,
        body.token,
        Offer(sdp=body.sdp, type=body.type),
        language=body.language if body.language in LANGUAGES else None,
        address=visit.address,
        resumes=body.resumes,
    )
    return JSONResponse({"sdp": answer.sdp, "type": answer.type, "call_id": answer.call_id})


async def hang_up(visit: Visit) -> Response:
    """End the caller's own call; doing it twice is fine."""
    body = await read_body(visit.request, HangUpBody)
    await visit.house.hang_up(visit.known, body.call_id)
    return Response(status_code=204)


async def show_part(visit: Visit) -> Response:
    """The page, or one of its parts."""
    part = parts()[visit.request.url.path]
    return Response(part.content, headers={"Content-Type": part.mime})


def doors() -> tuple[Door, ...]:
    """All of them. A route that is not here does not exist."""
    return (
        Door("GET", "/healthz", Action.KNOCK, healthz),
        Door("POST", "/api/session", Action.KNOCK, start_session),
        Door("GET", "/api/life", Action.SEE, show_life),
        Door("GET", "/api/photo", Action.SEE, show_photo),
        Door("POST", "/api/call-token", Action.CALL, give_call_token),
        Door("POST", "/api/offer", Action.CALL, place_call),
        Door("POST", "/api/hang-up", Action.CALL, hang_up),
        *listening_doors(),
        *keep_doors(),
        *voice_doors(),
        *(Door("GET", path, Action.KNOCK, show_part) for path in parts()),
    )
