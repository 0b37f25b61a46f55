"""Addresses of servers: which one is this machine, and which may be spoken to."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from ofrenda.errors import EngineRefused
from ofrenda.settings import Settings


def is_loopback(url: str) -> bool:
    """Whether an address is this machine itself."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def allowed(
    url: str | None, settings: Settings, *, engine: str, variable: str, example: str, what: str
) -> str:
    """``url``, when it is an address that may be used.

    ``what`` would leave this machine ("what is said on a call"). Raises :class:`EngineRefused`
    without an address, for what is none, and for another machine while the house is offline."""
    if not url:
        raise EngineRefused(
            f"The engine '{engine}' needs the address of a server. Set {variable}, for example to "
            f"{example}"
        )
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise EngineRefused(f"{variable} is not an address of a server. It looks like {example}")
    if settings.offline and not is_loopback(url):
        raise EngineRefused(
            f"The house is offline, and {parts.hostname} is another machine: {what} would leave "
            "this one. Set OFRENDA_OFFLINE=0 if that is what you want, or choose an engine that "
            "runs here."
        )
    return url.rstrip("/")
