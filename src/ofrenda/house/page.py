"""The page and its parts, read once from the package. The same for everybody: nothing of a life
is in them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

WEB = Path(__file__).parent / "web"

MIME = MappingProxyType(
    {
        ".html": "text/html; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".svg": "image/svg+xml",
    }
)
"""The only kinds of file that are served."""


PAGES = MappingProxyType({"/": "/index.html", "/keep": "/keep.html", "/listen": "/listen.html"})
"""Addresses of the pages themselves, without the ending of their files."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the page."""

    content: bytes
    mime: str


@cache
def parts() -> MappingProxyType[str, Part]:
    """Every file of the page by its path on the site; ``/`` is the page to call from."""
    found = {
        f"/{file.relative_to(WEB).as_posix()}": Part(file.read_bytes(), MIME[file.suffix])
        for file in sorted(WEB.rglob("*"))
        if file.suffix in MIME
    }
    for path, file in PAGES.items():
        found[path] = found.pop(file)
    return MappingProxyType(found)


def image_mime(data: bytes) -> str | None:
    """MIME type of a photo by its first bytes (WHATWG MIME sniffing); None when it is none that
    every browser shows. SVG is left out: it can hold scripts."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return None
