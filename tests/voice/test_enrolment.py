"""A voice of another engine: agreed to first, heard once, forgotten where anything fails."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from ofrenda.cli import voice_engine
from ofrenda.cli.app import app
from ofrenda.clock import ManualClock
from ofrenda.engines.protocols import Capabilities, EngineKind
from ofrenda.engines.scripted import ScriptedTextToSpeech
from ofrenda.errors import ConsentMissing, EngineRefused, EngineUnavailable, VoiceDestroyed
from ofrenda.settings import Settings
from ofrenda.types import (
    CALM,
    Audio,
    Consent,
    Member,
    MemberId,
    Mood,
    Person,
    ReferenceClip,
    Role,
    VoiceProfile,
)
from ofrenda.vault import KdfParameters, Life
from ofrenda.voice import Reference, voice_in_use
from ofrenda.voice.enrolment import enrol, forget_elsewhere, maker, what_leaves
from ofrenda.voice.lab_report import LabReport

PASSPHRASE = "copper lantern under seven pears"
NOW = datetime(2026, 5, 3, 9, 30, tzinfo=UTC)
CLIP = ReferenceClip(Audio(np.zeros(24_000 * 4, np.float32), 24_000), "The kettle was on.", "en")
REFERENCE = Reference("ref-1", (CLIP, CLIP), (), LabReport(languages={"en": 8.0}))


class Learner:
    """An engine that writes down what it is asked for."""

    def __init__(self, *, offline: bool, mute: bool = False) -> None:
        self.offline, self.mute = offline, mute
        self.done: list[str] = []

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities("far-away", EngineKind.TTS, (), True, 24_000, (), "", self.offline)

    async def warm(self) -> None: ...

    async def close(self) -> None: ...

    async def enroll(
        self, reference: Sequence[ReferenceClip], *, consent_id: str, name: str
    ) -> VoiceProfile:
        self.done.append(f"enrol {len(reference)}")
        return VoiceProfile(name, "far-away", "", ("en",), {"voice_id": "v"}, consent_id=consent_id)

    async def forget(self, profile: VoiceProfile) -> None:
        self.done.append(f"forget {profile.parameters['voice_id']}")

    async def synthesize(
        self, text: str, *, voice: VoiceProfile, mood: Mood = CALM, language: str | None = None
    ) -> AsyncIterator[Audio]:
        self.done.append("speak")
        if self.mute:
            raise EngineUnavailable("The service is away.")
        yield Audio(np.full(24_000, 0.1, np.float32), 24_000)


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    made, _code = Life.create(
        tmp_path / "lives",
        "aurelio",
        PASSPHRASE,
        person=Person("Aurelio Quintanar", died=date(2024, 11, 2)),
        consent=Consent(NOW, "Ines", "wife", "relatives", ("text", "voice"), "We agree."),
        keeper=Member(MemberId("m1"), "Ines", "wife", Role.KEEPER),
        kdf=KdfParameters(memory_kib=64, passes=1, lanes=1),
    )
    with made:
        yield made


def reports(life: Life) -> list[dict[str, Any]]:
    with life.db.read() as db:
        return [json.loads(row[0]) for row in db.execute("SELECT report FROM voice_profile")]


async def test_what_is_sent_to_a_cloud_is_agreed_to_word_for_word_and_kept(life: Life) -> None:
    engine = Learner(offline=False)
    statement = what_leaves(engine.capabilities, REFERENCE)
    assert statement is not None
    assert "8 seconds" in statement
    for agreed in (None, statement + " "):
        with pytest.raises(ConsentMissing):
            await enrol(life, REFERENCE, engine, agreed=agreed)
    assert engine.done == []
    profile = await enrol(life, REFERENCE, engine, agreed=statement, clock=ManualClock(NOW))
    assert engine.done == ["enrol 2", "speak"]
    assert voice_in_use(life) == profile
    assert reports(life)[0]["agreed"] == statement
    assert reports(life)[0]["agreed_utc"] == "2026-05-03T09:30:00Z"


async def test_an_engine_in_the_house_asks_for_nothing(life: Life) -> None:
    engine = Learner(offline=True)
    assert what_leaves(engine.capabilities, REFERENCE) is None
    await enrol(life, REFERENCE, engine)
    assert reports(life)[0]["agreed"] is None


async def test_a_voice_that_cannot_speak_is_forgotten_and_the_old_one_stays(life: Life) -> None:
    engine = Learner(offline=True, mute=True)
    with pytest.raises(EngineUnavailable):
        await enrol(life, REFERENCE, engine)
    assert engine.done == ["enrol 2", "speak", "forget v"]
    assert voice_in_use(life) is None
    assert reports(life) == []


async def test_without_consent_to_the_voice_nothing_is_sent(tmp_path: Path) -> None:
    made, _code = Life.create(
        tmp_path / "lives", "text-only", PASSPHRASE,
        person=Person("Aurelio Quintanar"),
        consent=Consent(NOW, "Ines", "wife", "relatives", ("text",), "We agree."),
        keeper=Member(MemberId("m1"), "Ines", "wife", Role.KEEPER),
        kdf=KdfParameters(memory_kib=64, passes=1, lanes=1),
    )  # fmt: skip
    engine = Learner(offline=True)
    with made, pytest.raises(ConsentMissing):
        await enrol(made, REFERENCE, engine)
    assert engine.done == []


def test_an_engine_with_voices_of_its_own_says_what_to_do() -> None:
    with pytest.raises(EngineRefused, match="--fit"):
        maker(ScriptedTextToSpeech())


async def test_every_copy_elsewhere_is_asked_for_and_what_could_not_be_is_told(life: Life) -> None:
    engine = Learner(offline=True)
    await enrol(life, REFERENCE, engine)

    def gone(name: str) -> Any:
        raise EngineRefused("It is off.")

    assert await forget_elsewhere(life, lambda _name: engine) == []
    assert engine.done[-1] == "forget v"
    assert await forget_elsewhere(life, gone) == ["far-away: It is off."]


def test_from_the_terminal_it_asks_makes_and_destroys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"HOME": str(tmp_path), "PASSPHRASE": PASSPHRASE}.items():
        monkeypatch.setenv(f"OFRENDA_{name}", value)
    made, _code = Life.create(
        tmp_path, "aurelio", PASSPHRASE,
        person=Person("Aurelio Quintanar"),
        consent=Consent(NOW, "Ines", "wife", "relatives", ("text", "voice"), "We agree."),
        keeper=Member(MemberId("m1"), "Ines", "wife", Role.KEEPER),
        kdf=KdfParameters(memory_kib=64, passes=1, lanes=1),
    )  # fmt: skip
    made.close()
    engine = Learner(offline=False)
    monkeypatch.setattr(voice_engine, "create_tts", lambda _settings, _name: engine)
    monkeypatch.setattr(voice_engine, "build_reference", lambda *_a, **_k: REFERENCE)
    run = CliRunner().invoke
    refused = run(app, ["voice", "aurelio", "--engine", "far-away"])
    assert isinstance(refused.exception, ConsentMissing)
    assert "each sentence that the life says" in " ".join(refused.output.split())
    assert engine.done == []
    done = run(app, ["voice", "aurelio", "--engine", "far-away", "--agree"])
    assert "'far-away' and is in use" in done.output
    ended = run(app, ["voice", "aurelio", "--destroy", "--agree", "--json"])
    assert json.loads(ended.output) == {"destroyed": True, "left_elsewhere": []}
    assert engine.done[-1] == "forget v"
    with Life.open(Settings().home, "aurelio", PASSPHRASE) as opened:
        assert voice_in_use(opened) is None
        with pytest.raises(VoiceDestroyed):
            opened.voice_blobs.put(b"a new recording")
