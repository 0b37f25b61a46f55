"""How the services write JSON."""

from __future__ import annotations

import json


def js(value: object, *, ascii_only: bool = False) -> bytes:
    return json.dumps(value, ensure_ascii=ascii_only, indent=1).encode()


def meta(text: str) -> str:
    """As Meta writes it: each byte of UTF-8 as a character of its own."""
    return text.encode().decode("latin-1")
