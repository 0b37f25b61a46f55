"""Every route of the house, each with the action it does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from ofrenda.call import Offer
from ofrenda.care import disclosure
from ofrenda.house.access import Action
from ofrenda.house.house import Caller, House
from ofrenda.house.page import image_mime, parts
from ofrenda.house.refusals import Refusal, bad_request, no_session, too_large
from ofrenda.house.sessions import SESSION_LIFETIME
from ofrenda.house.tokens import MAX_TOKEN
from ofrenda.types import LANGUAGES

MAX_SDP = 20_000
"""Characters. Chromium's offer with audio and a data channel is about 3 500."""

MAX_BODY = 32 * 1024
"""Bytes: an offer of the longest SDP, with JSON's escapes."""

READ_SECONDS = 10.0
"""How long a body may take to arrive; ours fits into a few packets."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request: where, what, and who (None at doors that need no session)."""

    house: House
    request: Request
    caller: Caller | None

    @property
    def known(self) -> Caller:
        """The caller, at a door that needs one."""
        if self.caller is None:
            raise no_session()
        return self.caller

    @property
    def address(self) -> str:
        """Network address of the browser."""
        return self.request.client.host if self.request.client else ""


@dataclass(frozen=True, slots=True)
class Door:
    """A route: what it does decides who may use it."""

    method: str
    path: str
    action: Action
    open: Callable[[Visit], Awaitable[Response]]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class LinkBody(_Body):
    """What the page hands in for a session."""

    token: str = Field(max_length=MAX_TOKEN)


class OfferBody(_Body):
    """A call: the token for it, the browser's SDP offer, and the language of the screen."""

    token: str = Field(max_length=MAX_TOKEN)
    sdp: str
    type: Literal["offer"]
    language: str | None = None


class HangUpBody(_Body):
    """Which call to end."""

    call_id: str = Field(max_length=64)


class Nothing(_Body):
    """An empty object."""


async def healthz(visit: Visit) -> Response:
    """Says that the house is open; no content."""
    return Response(status_code=204)


async def start_session(visit: Visit) -> Response:
    """Trade the token of a link for a cookie."""
    body = await _read(visit.request, LinkBody)
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
    languages = [language for language in person.languages if language in LANGUAGES]
    return JSONResponse(
        {
            "person": {
                "name": person.name,
                "initial": person.name.strip()[:1].upper(),
                "photo": "/api/photo" if person.photo is not None else None,
                "languages": languages,
            },
            "listener": {"name": visit.known.member.name},
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
    await _read(visit.request, Nothing)
    return JSONResponse({"token": visit.house.call_token(visit.known)})


async def place_call(visit: Visit) -> Response:
    """Take the browser's offer, answer with ours."""
    body = await _read(visit.request, OfferBody)
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
    )
    return JSONResponse({"sdp": answer.sdp, "type": answer.type, "call_id": answer.call_id})


async def hang_up(visit: Visit) -> Response:
    """End the caller's own call; doing it twice is fine."""
    body = await _read(visit.request, HangUpBody)
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
        *(Door("GET", path, Action.KNOCK, show_part) for path in parts()),
    )


B = TypeVar("B", bound=BaseModel)


async def _read(request: Request, form: type[B]) -> B:
    """The JSON body, within its limits; never says what was wrong in it, only that it was."""
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
        raise Refusal(415, "not_json", "The house reads JSON only.")
    raw = bytearray()
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for chunk in request.stream():
                raw += chunk
                if len(raw) > MAX_BODY:
                    raise too_large()
        return form.model_validate_json(bytes(raw))
    except TimeoutError:
        raise Refusal(408, "too_slow", "The request took too long.", retryable=True) from None
    except (ValidationError, ClientDisconnect):
        # The cause would carry the body.
        raise bad_request() from None
