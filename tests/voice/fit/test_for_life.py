"""After a fit the life keeps what there is to compare, and speaks with the best."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ofrenda.engines.scripted import ScriptedSpeechToText, ScriptedTextToSpeech
from ofrenda.engines.tts.stock import stock_profile
from ofrenda.settings import Settings
from ofrenda.types import Audio, Consent, Member, MemberId, Person, ReferenceClip, Role
from ofrenda.vault import KdfParameters, Life
from ofrenda.voice import Reference
from ofrenda.voice.fit import FitResult, fit_life, for_life
from ofrenda.voice.fit.for_life import candidates
from ofrenda.voice.fit.gates import Trial
from ofrenda.voice.kept import kept_voices
from ofrenda.voice.lab_report import LabReport
from ofrenda.voice.store import voice_in_use

STOCK = Trial(0.7, 2.0, 4.4)


def result(tier: str, **trials: Trial) -> FitResult:
    told = {"preview": STOCK, **trials}
    made = {name: replace(stock_profile("am_onyx"), id=f"fitted-1-{name}") for name in told}
    taken = replace(made[tier], id="fitted-1")
    return FitResult(taken, tier, 1.0, told, ("A note.",), made)


def test_voices_that_may_be_spoken_with_are_candidates_nearer_or_not() -> None:
    found = result(
        "bias",
        style=Trial(0.8, 2.0, 4.2),
        bias=Trial(0.85, 2.0, 4.2),
        full=Trial(0.84, 2.0, 4.1),  # no nearer than the tier below
    )
    assert candidates(found) == ["preview", "style", "full"]
    found = result(
        "bias",
        style=Trial(0.8, 9.0, 4.2),  # hard to understand
        bias=Trial(0.85, 2.0, 4.2),
        full=Trial(0.9, 2.0, 3.5),  # unnatural
    )
    assert candidates(found) == ["preview"]
    assert candidates(result("preview", style=Trial(0.6, 2.0, 4.2))) == ["style"]


async def test_the_life_keeps_them_and_speaks_with_the_one_that_was_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Report:
        def __init__(self) -> None:
            self.mix = {"am_onyx": 1.0}

        def to_json(self) -> dict[str, Any]:
            return {"mix": self.mix}

    class Chosen:
        report = Report()

    async def choose(*_args: Any, **_more: Any) -> Chosen:
        return Chosen()

    async def fit(*_args: Any, **_more: Any) -> FitResult:
        return result("bias", style=Trial(0.8, 2.0, 4.2), bias=Trial(0.85, 2.0, 4.2))

    monkeypatch.setattr(for_life, "require_fit", lambda: None)
    monkeypatch.setattr(for_life, "choose_stock_voice", choose)
    monkeypatch.setattr(for_life, "fit_voice", fit)
    tone = Audio(np.sin(np.arange(48_000) / 20).astype(np.float32) / 5, 16_000)
    clips = (ReferenceClip(tone, "The kettle was on.", "en"),)
    life, _ = Life.create(
        tmp_path / "lives", "aurelio", "copper lantern under seven pears",
        person=Person("Aurelio Quintanar"),
        consent=Consent(datetime(2026, 1, 1, tzinfo=UTC), "I", "wife", "wish", ("voice",), "Yes."),
        keeper=Member(MemberId("m1"), "Ines", "wife", Role.KEEPER),
        kdf=KdfParameters(memory_kib=64, passes=1, lanes=1),
    )  # fmt: skip
    with life:
        await fit_life(
            life,
            Reference("r1", clips, clips, LabReport()),
            tts=ScriptedTextToSpeech(),
            stt=ScriptedSpeechToText(),
            settings=Settings(cache=tmp_path / "cache"),
        )
        kept = kept_voices(life)
        assert [(one.id, one.tier, one.in_use) for one in kept] == [
            ("fitted-1", "bias", True),
            ("fitted-1-preview", "preview", False),
            ("fitted-1-style", "style", False),
        ]
        assert {one.reference for one in kept} == {"r1"}
        in_use = voice_in_use(life)
        assert in_use is not None
        assert in_use.id == "fitted-1"
        assert in_use.consent_id == "1"
