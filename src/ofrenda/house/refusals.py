"""What the house answers when it will not or cannot: one JSON form for every error."""

from __future__ import annotations

import re

from starlette.responses import JSONResponse

from ofrenda.errors import (
    BadInput,
    CallError,
    ConsentMissing,
    DiskFull,
    EngineError,
    EngineRefused,
    LineBusy,
    ModelError,
    NotInvited,
    OfrendaError,
    VaultError,
)

STATUS: tuple[tuple[type[OfrendaError], int], ...] = (
    (NotInvited, 403),
    (LineBusy, 503),
    (CallError, 400),
    (BadInput, 400),
    (ConsentMissing, 409),
    (EngineRefused, 502),
    (EngineError, 503),
    (ModelError, 503),
    (DiskFull, 507),
    (VaultError, 503),
    (OfrendaError, 500),
)
"""HTTP status of each error (RFC 9110; 507 RFC 4918); the first class that fits."""

CALM = "Something went wrong in the house. Nothing you did. Please try again in a moment."


class Refusal(Exception):
    """A request is turned away at the door. ``error`` is a stable word for the page."""

    def __init__(self, status: int, error: str, message: str, *, retryable: bool = False) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.message = message
        self.retryable = retryable


def no_session() -> Refusal:
    """Nobody we know; the same words whether the cookie is missing, wrong or has run out."""
    return Refusal(401, "no_session", "Please ask the keeper for a new link.")


def bad_request() -> Refusal:
    """A body that is not what the route reads; says nothing of what was in it."""
    return Refusal(400, "bad_request", "The page sent something the house does not understand.")


def too_large() -> Refusal:
    """A body over the limit of its route."""
    return Refusal(413, "too_large", "The page sent more than the house reads.")


def too_many(seconds: float) -> Refusal:
    """Over the pace that the house allows; ``seconds`` until the next try."""
    wait = max(1, round(seconds))
    return Refusal(429, "too_many", f"Too many tries. Please wait {wait} s.", retryable=True)


def answer(status: int, error: str, message: str, *, retryable: bool) -> JSONResponse:
    """The form of every error: ``{"error", "message", "retryable"}``."""
    return JSONResponse(
        {"error": error, "message": message, "retryable": retryable}, status_code=status
    )


def answer_refusal(refusal: Refusal) -> JSONResponse:
    """A refusal as JSON."""
    return answer(refusal.status, refusal.error, refusal.message, retryable=refusal.retryable)


def answer_error(error: OfrendaError) -> JSONResponse:
    """An error of the house as JSON; its message holds no personal content by contract."""
    status = next(status for kind, status in STATUS if isinstance(error, kind))
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__).lower()
    return answer(status, name, error.message, retryable=error.retryable)


def answer_unexpected() -> JSONResponse:
    """What nobody foresaw: a calm text, and nothing of what happened."""
    return answer(500, "unexpected", CALM, retryable=True)
