from __future__ import annotations

import struct
from pathlib import Path

import pytest

from ofrenda.engines.llm.gguf import read_card
from ofrenda.errors import ModelCorrupt


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def gguf(**entries: object) -> bytes:
    """A GGUF head with string, number and string-array entries."""
    body = b""
    for key, value in entries.items():
        body += text(key.replace("__", "."))
        if isinstance(value, str):
            body += struct.pack("<I", 8) + text(value)
        elif isinstance(value, int):
            body += struct.pack("<II", 4, value)
        elif isinstance(value, list):
            body += struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(text, value))
    return struct.pack("<4sIQQ", b"GGUF", 3, 0, len(entries)) + body


def test_a_chat_template_makes_a_model_an_instruct_model(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    entries = {
        "general__architecture": "qwen2",
        "n": 7,
        "tokens": ["a", "bb", "你"],
        "general__license": "apache-2.0",
    }
    path.write_bytes(gguf(**entries))
    base = read_card(path)
    assert (base.architecture, base.licence, base.instruct) == ("qwen2", "apache-2.0", False)
    path.write_bytes(gguf(**entries, tokenizer__chat_template="{{ x }}"))
    assert read_card(path).instruct


@pytest.mark.parametrize("content", [b"", b"GGUF", b"PK\x03\x04" + b"0" * 100, gguf(a="b")[:-1]])
def test_what_is_no_gguf_file_is_told_plainly(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelCorrupt, match=r"m\.gguf is not a GGUF"):
        read_card(path)
