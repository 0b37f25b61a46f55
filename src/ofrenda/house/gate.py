"""The garden gate: what every request passes and every answer wears.

Host allow-list (against DNS rebinding), same-origin check on whatever changes something, and the
headers of every response. Figures and directives: OWASP Secure Headers, Fetch Metadata (W3C).
"""

from __future__ import annotations

from types import MappingProxyType

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ofrenda.house.refusals import Refusal, answer_refusal

POLICY = "; ".join(
    (
        "default-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS = MappingProxyType(
    {
        "Content-Security-Policy": POLICY,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": (
            "microphone=(self), camera=(), geolocation=(), display-capture=(), payment=(), usb=()"
        ),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "X-Robots-Tag": "noindex, nofollow",
        "Cache-Control": "no-store",
    }
)
"""On every answer, errors included. A route may only be stricter."""

SAFE = frozenset({"GET", "HEAD"})


class Gate:
    """ASGI layer around the whole app. ``hosts``: the exact ``Host`` values that are ours."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, or turn away before any route sees the request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            # No route speaks WebSocket; an upgrade never gets further than here.
            await send({"type": "websocket.close", "code": 1008})
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        refusal = self._refuse(scope["method"], scope["path"], Headers(scope=scope))
        if refusal is not None:
            await answer_refusal(refusal)(scope, receive, dressed)
        else:
            await self._app(scope, receive, dressed)

    def _refuse(self, method: str, path: str, headers: Headers) -> Refusal | None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return Refusal(
                421, "wrong_host", "This house does not answer to that address; use the link."
            )
        came_from = headers.get("sec-fetch-site")
        if method in SAFE:
            # A page elsewhere may lead here by a link, and may load nothing of a life.
            if path.startswith("/api/") and came_from not in (None, "same-origin", "none"):
                return _wrong_origin()
            return None
        origins = headers.getlist("origin")
        ours = {f"http://{hosts[0].lower()}", f"https://{hosts[0].lower()}"}
        if len(origins) != 1 or origins[0].lower() not in ours:
            return _wrong_origin()
        if came_from not in (None, "same-origin"):
            return _wrong_origin()
        return None


def _wrong_origin() -> Refusal:
    return Refusal(403, "wrong_origin", "Only the page of this house may ask that.")
