"""What the adapters of speech servers share: one HTTP client, and plain words for its failures."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx

from ofrenda.engines.addresses import is_loopback
from ofrenda.errors import EngineRefused, EngineTimeout, EngineUnavailable

CONNECT_S = 5.0
"""Longest wait for a server to take the call."""
READ_S = 15.0
"""Longest wait for the next piece of sound."""
UPLOAD_S = 120.0
"""Longest wait for a voice to be made."""


def client(url: str, headers: dict[str, str]) -> httpx.AsyncClient:
    """A client for one server; it follows no redirect and uses no proxy for this machine."""
    return httpx.AsyncClient(
        base_url=url,
        headers=headers,
        timeout=httpx.Timeout(READ_S, connect=CONNECT_S),
        follow_redirects=False,
        trust_env=not is_loopback(url),
    )


def bearer(key: str | None) -> dict[str, str]:
    """The header that carries a key; none without one."""
    return {"Authorization": f"Bearer {key}"} if key else {}


def require_success(response: httpx.Response) -> None:
    """Raise what a status means; a server's own words are dropped, they may quote the text."""
    status, host = response.status_code, response.request.url.host
    if status < 300:
        return
    if status in (401, 403):
        raise EngineRefused(
            f"The speech server ({host}) does not accept the key. Check OFRENDA_TTS_KEY."
        )
    if status == 404:
        raise EngineRefused(
            f"The speech server ({host}) does not know this address, model or voice. Check "
            "OFRENDA_TTS_URL and OFRENDA_TTS_MODEL, or make the voice again with 'ofrenda voice'."
        )
    if status == 402:
        raise EngineRefused(f"The account at {host} has run out. Look after it, then try again.")
    if status == 429:
        raise EngineUnavailable(
            f"The speech server ({host}) has too much to do, or the account has run out. Try "
            "again later."
        )
    if status >= 500:
        raise EngineUnavailable(
            f"The speech server ({host}) has a fault (status {status}). Try again later."
        )
    raise EngineRefused(
        f"The speech server ({host}) refused the request (status {status}). Check OFRENDA_TTS_URL "
        "and OFRENDA_TTS_MODEL."
    )


def unreadable(url: str) -> EngineUnavailable:
    """The error for an answer that is none."""
    return EngineUnavailable(
        f"The speech server ({urlsplit(url).hostname}) answered in a way that cannot be read. "
        "Check that OFRENDA_TTS_URL leads to the right kind of server."
    )


@contextlib.contextmanager
def speaking_plainly(url: str) -> Iterator[None]:
    """Map what the client raises to engine errors."""
    host = urlsplit(url).hostname
    try:
        yield
    except (httpx.TimeoutException, TimeoutError):
        raise EngineTimeout(
            f"The speech server ({host}) took too long to answer. Try again."
        ) from None
    except (httpx.ConnectError, ConnectionRefusedError):
        raise EngineUnavailable(
            f"The speech server ({host}) cannot be reached. Check that it is running and that "
            "OFRENDA_TTS_URL is right."
        ) from None
    except (httpx.HTTPError, OSError):
        raise EngineUnavailable(
            f"The connection to the speech server ({host}) broke off. Try again."
        ) from None
