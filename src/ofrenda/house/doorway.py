"""What every door of the house has: who stands there, and how a body is read within limits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from ofrenda.house.access import Action
from ofrenda.house.house import Caller, House
from ofrenda.house.refusals import Refusal, bad_request, no_session, too_large

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


class Body(BaseModel):
    """A JSON body: these fields, of these types, and no others."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Nothing(Body):
    """An empty object."""


B = TypeVar("B", bound=BaseModel)


async def read_body(request: Request, form: type[B], *, limit: int = MAX_BODY) -> B:
    """The JSON body, within its limits; never says what was wrong in it, only that it was."""
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
        raise Refusal(415, "not_json", "The house reads JSON only.")
    raw = bytearray()
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for chunk in request.stream():
                raw += chunk
                if len(raw) > limit:
                    raise too_large()
        return form.model_validate_json(bytes(raw))
    except TimeoutError:
        raise Refusal(408, "too_slow", "The request took too long.", retryable=True) from None
    except (ValidationError, ClientDisconnect):
        # The cause would carry the body.
        raise bad_request() from None
