"""The web app: the doors of the house behind its gate."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ofrenda.errors import OfrendaError
from ofrenda.house.access import Action
from ofrenda.house.doors import doors
from ofrenda.house.doorway import Door, Visit
from ofrenda.house.gate import HEADERS, Gate
from ofrenda.house.house import House
from ofrenda.house.refusals import (
    Refusal,
    answer,
    answer_error,
    answer_refusal,
    answer_unexpected,
)


def create_app(house: House) -> FastAPI:
    """The app of one open house; see :func:`ofrenda.house.doors.doors` for what it answers."""
    # No schema and no docs pages: they would load scripts from elsewhere.
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    for door in doors():
        app.add_api_route(
            door.path, _guarded(door, house), methods=[door.method], response_model=None
        )
    app.add_middleware(Gate, hosts=house.hosts)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(OfrendaError, _failed)
    app.add_exception_handler(HTTPException, _no_such_door)
    app.add_exception_handler(Exception, _unexpected)
    return app


def _guarded(door: Door, house: House) -> Callable[[Request], Awaitable[Response]]:
    async def enter(request: Request) -> Response:
        caller = None
        if door.action is not Action.KNOCK:
            caller = await house.admit(request.cookies.get(house.cookie_name), door.action)
        return await door.open(Visit(house, request, caller))

    enter.__name__ = door.open.__name__
    return enter


def _refused(request: Request, error: Exception) -> Response:
    return answer_refusal(error) if isinstance(error, Refusal) else answer_unexpected()


def _failed(request: Request, error: Exception) -> Response:
    return answer_error(error) if isinstance(error, OfrendaError) else answer_unexpected()


def _no_such_door(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 405:
        return answer(405, "not_that_way", "That cannot be asked this way.", retryable=False)
    return answer(status, "not_found", "There is nothing here.", retryable=False)


def _unexpected(request: Request, error: Exception) -> Response:
    # This one is sent from outside the gate, so it is dressed here.
    response = answer_unexpected()
    response.headers.update(HEADERS)
    return response
