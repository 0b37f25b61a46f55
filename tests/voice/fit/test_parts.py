"""The parts of a fit that need no PyTorch: melody, alignment, what is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from ofrenda.engines.protocols import SpeechToText, TextToSpeech
from ofrenda.engines.tts import espeak
from ofrenda.engines.tts.fitted import FittedVoice, unpack_fitted
from ofrenda.engines.tts.stock import pack
from ofrenda.errors import EngineRefused
from ofrenda.settings import Settings
from ofrenda.types import Consent, Member, MemberId, Person, ReferenceClip, Role, VoiceProfile
from ofrenda.vault import KdfParameters, Life
from ofrenda.voice.fit import FitStore, FolderStore, VaultStore, fitting
from ofrenda.voice.fit.alignment import symbol_frames
from ofrenda.voice.fit.gates import Trial, mistakes, refusal, units_of
from ofrenda.voice.fit.melody import pitch_contour
from ofrenda.voice.fit.sentences import Sentence, pack_sentences, unpack_sentences

from ..recordings import RATE, vowels


@pytest.mark.parametrize("hertz", [80.0, 120.0, 210.0, 330.0])
def test_the_melody_of_a_vowel_is_its_pitch(hertz: float) -> None:
    quiet = np.random.default_rng(0).normal(0, 1e-5, RATE // 2).astype(np.float32)
    contour = pitch_contour(np.concatenate([quiet, vowels(1.0, hertz).samples, quiet]), RATE)
    assert len(contour) == 161
    inside = contour[45:115]
    assert np.abs(inside / hertz - 1).max() < 0.02
    assert (contour[:30] == 0).mean() > 0.9


def test_an_alignment_finds_what_was_stretched() -> None:
    dice = np.random.default_rng(3)
    sounds = dice.normal(size=(12, 20)).astype(np.float32)
    frames = dice.integers(2, 8, 12)
    slow = np.maximum(1, np.round(frames * dice.uniform(0.6, 1.8, 12))).astype(np.int64)
    spoken = np.repeat(sounds, 2 * frames, axis=0)
    recorded = np.repeat(sounds, 2 * slow, axis=0)
    found, cost = symbol_frames(spoken, recorded, frames, int(slow.sum()))
    assert np.abs(found - slow).max() <= 1
    assert found.sum() == slow.sum()
    assert cost < 0.02


def test_every_sound_gets_a_frame_and_what_is_not_said_costs() -> None:
    dice = np.random.default_rng(4)
    spoken, recorded = dice.normal(size=(2, 120, 20)).astype(np.float32)
    found, cost = symbol_frames(spoken, recorded[:40], np.full(20, 3, np.int64), 20)
    assert found.tolist() == [1] * 20
    assert cost > 0.5
    with pytest.raises(ValueError, match="more sounds"):
        symbol_frames(spoken, recorded, np.full(20, 3, np.int64), 19)


def test_sentences_come_back_as_they_went() -> None:
    def floats(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return np.random.default_rng(sum(shape)).normal(size=shape).astype(np.float32)

    frames = np.array([1, 2, 3], np.int64)
    one = Sentence(
        (5,), floats(3600), frames, floats(12), floats(12), floats(3, 4), floats(4, 3), 0.4
    )
    (back,) = unpack_sentences(pack_sentences([one]))
    assert back.tokens == (5,)
    assert back.cost == 0.4
    np.testing.assert_array_equal(back.sound, one.sound)
    np.testing.assert_array_equal(back.frames, frames)
    assert back.frames.dtype == np.int64


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    now = datetime(2026, 5, 3, tzinfo=UTC)
    made, _code = Life.create(
        tmp_path / "lives",
        "aurelio",
        "copper lantern under seven pears",
        person=Person("Aurelio Quintanar", died=date(2024, 11, 2)),
        consent=Consent(now, "Ines", "wife", "relatives", ("text", "voice"), "We agree."),
        keeper=Member(MemberId("m1"), "Ines Quintanar", "wife", Role.KEEPER),
        kdf=KdfParameters(memory_kib=64, passes=1, lanes=1),
    )
    yield made
    made.close()


@pytest.mark.parametrize("kind", ["folder", "vault"])
def test_a_fit_under_way_is_kept_and_let_go(kind: str, life: Life, tmp_path: Path) -> None:
    store: FitStore = VaultStore(life) if kind == "vault" else FolderStore(tmp_path / "fit")
    assert store.load("state") is None
    store.save("state", b"first")
    store.save("state", b"second" * 1000)
    store.save("style", b"voice")
    assert store.load("state") == b"second" * 1000
    assert store.load("style") == b"voice"
    if kind == "vault":
        assert len(life.voice_blobs.ids()) == 2
    store.clear()
    assert store.load("state") is None
    if kind == "vault":
        assert life.voice_blobs.ids() == []


def test_a_voice_is_taken_only_when_it_is_better_and_as_good() -> None:
    stock, below = Trial(0.5, 2.0, 4.4), Trial(0.6, 2.0, 4.4)
    assert refusal(Trial(0.7, 4.9, 3.9), below, stock) is None
    assert refusal(Trial(0.7, 4.9, None), below, stock) is None
    assert "no nearer" in (refusal(Trial(0.6, 2.0, 4.4), below, stock) or "")
    assert refusal(Trial(0.6, 2.0, 4.4), stock, stock) is None
    assert "harder to understand" in (refusal(Trial(0.7, 5.1, 4.4), below, stock) or "")
    assert "less natural" in (refusal(Trial(0.7, 2.0, 3.89), below, stock) or "")


@pytest.mark.parametrize(
    ("natural", "tier", "share", "grain"),
    [
        ({"style": [4.3], "bias": [4.2], "full": [4.0]}, "full", 1.0, 0.5),
        ({"style": [4.3], "bias": [4.2], "full": [3.2, 3.95]}, "full", 1.0, 0.25),
        ({"style": [4.3], "bias": [4.2], "full": [3.2] * 2 + [3.95]}, "full", 1.0, 0.0),
        ({"style": [4.3], "bias": [4.2], "full": [3.2] * 4 + [3.95]}, "full", 0.5, 0.0),
        ({"style": [4.3], "bias": [3.8] * 4 + [4.0], "full": [3.0] * 6}, "bias", 0.75, 0.0),
        ({"style": [3.0], "bias": [3.0] * 7, "full": [3.0] * 6}, "preview", 1.0, 1.0),
        ({"style": [None], "bias": [None], "full": [None]}, "full", 1.0, 0.5),
    ],
)
def test_as_much_of_a_tier_is_taken_as_sounds_natural(
    natural: dict[str, list[float | None]],
    tier: str,
    share: float,
    grain: float,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each tier is nearer than the one below, and less so the less of it there is."""
    row = pack("am_michael")[60]
    voices = [
        FittedVoice(one, ("en",), row[:128] + i, row[128:], {})
        for i, one in enumerate(("style", "bias", "full"))
    ]
    asked = {one: iter(marks) for one, marks in natural.items()}

    async def trial(profile: VoiceProfile, **_rest: object) -> Trial:
        if "tier" not in profile.parameters:
            return Trial(0.5, 1.0, natural["full"][0] and 4.5)
        assert profile.artefact is not None
        moved = float(unpack_fitted(profile.artefact).style[0] - row[0])
        return Trial(0.6 + moved / 10, 1.0, next(asked[profile.id.split("-")[1]]))

    climb = SimpleNamespace(run=lambda: voices)
    monkeypatch.setattr(fitting, "require_fit", lambda: None)
    monkeypatch.setattr(fitting, "Climb", lambda *_args, **_more: climb)
    monkeypatch.setattr(fitting, "try_voice", trial)
    found = asyncio.run(
        fitting.fit_voice(
            [ReferenceClip(vowels(3.0, 120.0), "Good evening.", "en")],
            {"am_michael": 1.0},
            tts=cast(TextToSpeech, None),
            stt=cast(SpeechToText, None),
            store=FolderStore(tmp_path),
            settings=Settings(),
            name="x",
        )
    )
    assert (found.tier, found.share, found.grain) == (tier, share, grain)
    assert set(found.voices) == {"preview", "style", "bias", "full"}
    if tier != "full":
        assert any("Nothing of the tier 'full'" in note for note in found.notes)


def test_mistakes_are_counted_in_words_or_syllables() -> None:
    assert units_of("Don't go, now!", "en") == ["dont", "go", "now"]
    assert units_of("你好，世界。", "zh") == ["ni", "hao", "shi", "jie"]
    assert mistakes(["a", "b", "c", "d"], ["a", "x", "c"]) == 2
    assert mistakes([], ["a"]) == 1
    assert mistakes(["a"], []) == 1


@pytest.mark.skipif(not espeak.available(), reason="espeak-ng is not installed")
def test_spanish_is_read_by_the_systems_espeak() -> None:
    said = espeak.say("Buenos días, amigo.", "es")
    assert said.count(",") == 1
    assert said.endswith(".")
    assert "mˈiɣo" in said or "miɣo" in said
    assert not set("^_") & set(said)


def test_without_espeak_the_way_to_get_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: None)
    with pytest.raises(EngineRefused, match="apt install espeak-ng"):
        espeak.say("Ciao, amico lontano.", "it")
