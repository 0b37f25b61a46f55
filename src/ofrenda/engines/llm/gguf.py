"""What a GGUF file says about itself: enough to know how to talk to it.

The format: magic ``GGUF``, version, counts of tensors and of key-value pairs, then the pairs
(https://github.com/ggml-org/ggml/blob/master/docs/gguf.md). Only versions 2 and 3 are in use.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path

from ofrenda.errors import ModelCorrupt

_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_STRING, _ARRAY = 8, 9
_WANTED = ("general.architecture", "general.name", "general.license", "tokenizer.chat_template")


@dataclass(frozen=True, slots=True)
class GgufCard:
    """``instruct``: it carries a chat template, so it was taught to answer messages; a base model
    only continues a text. ``licence`` is what the file states, or None."""

    architecture: str
    name: str | None
    licence: str | None
    instruct: bool


def read_card(path: Path) -> GgufCard:
    """Read the head of a GGUF file; :class:`ModelCorrupt` when it is not one."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as head:
            found = _strings(head)
    except (ValueError, struct.error, IndexError, KeyError) as error:
        raise ModelCorrupt(
            f"{path.name} is not a GGUF model file, or is cut short. Get the file again."
        ) from error
    return GgufCard(
        architecture=found.get("general.architecture", "unknown"),
        name=found.get("general.name"),
        licence=found.get("general.license"),
        instruct="tokenizer.chat_template" in found,
    )


def _strings(head: mmap.mmap) -> dict[str, str]:
    """The wanted entries that are strings; everything else is stepped over."""
    magic, version, _tensors, pairs = struct.unpack_from("<4sIQQ", head, 0)
    if magic != b"GGUF" or version not in (2, 3):
        raise ValueError("no GGUF")
    at = 24
    found: dict[str, str] = {}
    for _ in range(pairs):
        key, at = _string(head, at)
        (kind,) = struct.unpack_from("<I", head, at)
        at += 4
        if kind == _STRING:
            value, at = _string(head, at)
            if key.decode() in _WANTED:
                found[key.decode()] = value.decode("utf-8", "replace")
        elif kind == _ARRAY:
            at = _skip_array(head, at)
        else:
            at += _SIZES[kind]
    return found


def _string(head: mmap.mmap, at: int) -> tuple[bytes, int]:
    (length,) = struct.unpack_from("<Q", head, at)
    end = at + 8 + length
    if end > len(head):
        raise ValueError("cut short")
    return head[at + 8 : end], end


def _skip_array(head: mmap.mmap, at: int) -> int:
    kind, count = struct.unpack_from("<IQ", head, at)
    at += 12
    if kind != _STRING:
        return at + _SIZES[kind] * int(count)
    unpack = struct.Struct("<Q").unpack_from
    for _ in range(count):
        at += 8 + unpack(head, at)[0]
    return at
