"""``ofrenda media``: what came along, what is waiting, and the words found on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ofrenda.cli.app import app

from .conftest import PASSPHRASE, make_life
from .keepsakes import jpeg, name_the_person, note, take, whatsapp

PTT = "00000002-AUDIO-2018-06-13-21-25-00.opus"
IMG = "00000003-PHOTO-2018-06-13-21-25-00.jpg"
BROKEN = "00000004-AUDIO-2018-06-13-21-25-00.opus"


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["media", "ada", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_command_tells_listens_and_tells_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "OFRENDA_HOME": str(tmp_path / "lives"),
        "OFRENDA_PASSPHRASE": PASSPHRASE,
        "OFRENDA_STT": "scripted-stt",
        "OFRENDA_EMBED": "scripted-embed",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("os.nice", lambda _: 0)
    files = {PTT: note(2.0), IMG: jpeg(taken="2018:06:02 14:30:05"), BROKEN: b"OggS" + bytes(99)}
    with make_life(tmp_path / "lives") as life:
        lines = (f"Ada: {name}" for name in files)
        take(life, tmp_path, "chat.zip", whatsapp(*lines, **files))
        name_the_person(life, "Ada")
    before = json.loads(run("--json"))
    assert before["waiting_to_be_heard"] == 2
    assert before["photos"] == {"all": 1, "dated": 1, "placed": 0}
    assert before["voice_candidates"] == [], "nobody agreed to a voice"
    assert "ofrenda media ada --transcribe" in run()
    after = json.loads(run("--transcribe", "--json"))
    assert after["transcribed"]["heard"] == 1
    assert after["transcribed"]["failed"] == {"corrupt": 1}
    assert after["waiting_to_be_heard"] == 0
    told = run()
    assert "damaged, or not a recording" in told
    assert "listened to" in told
