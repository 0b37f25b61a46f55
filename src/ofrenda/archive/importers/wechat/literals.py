"""Flat object literals of a script (``{ type:1, text:'it\\'s' }``), read as the data they are."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?P<number>-?\d{1,20}(?:\.\d+)?)"""
    r"""|(?P<word>[A-Za-z_]\w*)|(?P<mark>[{}:,]))""",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "", "f": "", "0": ""}


def literal(html: str, place: int) -> tuple[dict[str, object] | None, int]:
    """A flat object literal, and where it ends; None where it is anything else."""
    found: dict[str, object] = {}
    key: str | None = None
    begun = waiting = False
    while (token := _TOKEN.match(html, place)) is not None:
        place = token.end()
        mark = token["mark"]
        if not begun:
            if mark != "{":
                break
            begun = True
        elif mark == "}":
            return (found, place) if key is None else (None, place)
        elif mark == ",":
            if key is not None:
                break
        elif mark == ":":
            if key is None or waiting:
                break
            waiting = True
        elif mark is not None:
            break
        elif key is None:
            key = token["word"] or (_unquoted(token["text"]) if token["text"] else "")
            if not key or key in found:
                break
        elif waiting:
            text, word = token["text"], token["word"]
            if text is not None:
                found[key] = _unquoted(text)
            elif word is not None:
                found[key] = {"true": True, "false": False}.get(word)
            else:
                found[key] = float(token["number"])
            key, waiting = None, False
        else:
            break
    return None, place


def _unquoted(text: str) -> str:
    def meant(match: re.Match[str]) -> str:
        sign = match[1]
        if sign[0] in "ux" and len(sign) > 1:
            return chr(int(sign[1:], 16))
        return _ESCAPES.get(sign, sign)

    plain = _ESCAPE.sub(meant, text[1:-1])
    try:
        # Letters beyond 16 bits are written as two.
        return plain.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeError:
        return plain
