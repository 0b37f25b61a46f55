"""Nothing of what is handed in lies in clear under the life's folder or in the temporary one."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path

import pytest

from ofrenda.archive import add, extent

from .conftest import make_life

CANARY = "kanarienvogel{:03}"


def test_names_words_and_files_are_only_there_encrypted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", None)
    number = iter(range(1000))

    def canary() -> str:
        return CANARY.format(next(number))

    photo = f"{canary()}.jpg"
    lines = [f"13/06/2018, 21:{n:02} - {canary()[:13]}{n % 2}: say {canary()}\n" for n in range(30)]
    lines.append(f"13/06/2018, 22:00 - Sam: {photo} (file attached)\nunder it {canary()}\n")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"WhatsApp Chat with {canary()}.txt", "".join(lines))
        archive.writestr(photo, b"\xff\xd8\xff" + canary().encode() * 100)
        archive.writestr(f"{canary()}.png", b"\x89PNG\r\n\x1a\n" + canary().encode())
        archive.writestr(f"{canary()}/letter {canary()}.md", f"# {canary()}\n\n{canary()}\n")
    handed_in = tmp_path / "handed-in" / f"{canary()}.zip"
    handed_in.parent.mkdir()
    handed_in.write_bytes(packed.getvalue())
    with make_life(tmp_path / "lives") as life:
        add(life, handed_in)
        assert extent(life).utterances == 31
        assert extent(life).documents == 1
        found_awake = in_clear(tmp_path / "lives", scratch)
    assert found_awake == []
    assert in_clear(tmp_path / "lives", scratch) == []


def in_clear(*folders: Path) -> list[str]:
    needle = CANARY[:13]
    needles = [needle.encode(), needle.encode("utf-16-le")]
    files = [path for folder in folders for path in folder.rglob("*")]
    assert files
    return [
        str(path)
        for path in files
        if needle in path.name
        or (path.is_file() and any(one in path.read_bytes() for one in needles))
    ]
