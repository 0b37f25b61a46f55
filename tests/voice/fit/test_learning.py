"""Fitting with PyTorch: it comes nearer, it can be taken up, and it speaks as it learnt."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ofrenda.engines.tts.fitted import MOST_BYTES, FittedVoice, pack_fitted, unpack_fitted
from ofrenda.engines.tts.fitted_speech import FittedSpeech
from ofrenda.engines.tts.kokoro import MODEL, MODEL_FILE
from ofrenda.engines.tts.kokoro_weights import dense_weights
from ofrenda.engines.tts.onnx_file import read_onnx
from ofrenda.engines.tts.stock import mix, pack
from ofrenda.engines.tts.symbols import Symbols
from ofrenda.errors import ClipRejected, EngineRefused
from ofrenda.settings import Settings
from ofrenda.types import Audio, ReferenceClip, Samples
from ofrenda.voice.fit import FURTHER, FitOptions, FitProgress, FolderStore, require_fit
from ofrenda.voice.fit.climb import Climb
from ofrenda.voice.fit.sentences import prepare
from ofrenda.voice.fit.text_side import TextSide
from ofrenda.weights import resolve

torch = pytest.importorskip("torch", reason="the extra 'fit' is not installed")

pytestmark = [pytest.mark.models, pytest.mark.timeout(900)]

TEXTS = ("Good night.", "Come in.", "Not today.", "Thank you.", "Sit down.", "Of course.")
WORDS = [f"{text}" for text in TEXTS] + ["So long."]
FEW = FitOptions(
    tier="bias", steps={"style": 3, "bias": 4}, prosody_steps=2, check=2, save=1, seed=3
)
MORE = replace(FEW, steps={"style": 30, "bias": 50}, check=25)


@pytest.fixture(scope="module")
def base() -> Path:
    return resolve(MODEL, Settings()).path(MODEL_FILE)


@pytest.fixture(scope="module")
def clips(base: Path) -> list[ReferenceClip]:
    """A stock voice as the person: short sentences, so that a step is quick."""
    text_side, symbols = TextSide(base), Symbols(Settings())
    made = []
    for text in WORDS:
        tokens = symbols.tokens(text, "en")
        spoken = text_side.speak(tokens, pack("bm_george")[len(tokens) - 1])
        made.append(ReferenceClip(Audio(spoken.sound, 24_000), text, "en"))
    return made


def climb(
    clips: list[ReferenceClip],
    folder: Path,
    said: list[FitProgress] | None = None,
    options: FitOptions = FEW,
) -> Climb:
    symbols = Symbols(Settings())
    return Climb(
        clips,
        [symbols.tokens(clip.text, "en") for clip in clips],
        mix({"am_michael": 1.0}),
        FolderStore(folder),
        Settings(threads=1),
        options,
        consent_id="5",
        gentle=False,
        tell=(said.append if said is not None else lambda _progress: None),
    )


@pytest.fixture(scope="module")
def whole(
    clips: list[ReferenceClip], tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[FittedVoice], list[FitProgress]]:
    """A fit that nothing disturbed."""
    said: list[FitProgress] = []
    return climb(clips, tmp_path_factory.mktemp("whole"), said).run(), said


def test_each_tier_changes_what_it_may(
    whole: tuple[list[FittedVoice], list[FitProgress]],
) -> None:
    style, bias = whole[0]
    assert (style.tier, bias.tier) == ("style", "bias")
    assert not style.offsets
    assert bias.offsets
    assert not bias.changes
    assert style.languages == ("en",)
    assert len(style.norms) == 48
    assert style.norms.keys() == bias.norms.keys()
    assert bias.consent_id == "5"
    assert np.abs(style.style - pack("am_michael")[60, :128]).max() > 1e-3
    assert all(np.isfinite(value).all() for value in bias.offsets.values())


def test_progress_goes_one_way_and_tells_the_time_left(
    whole: tuple[list[FittedVoice], list[FitProgress]],
) -> None:
    said = whole[1]
    shares = [one.share for one in said]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    assert {one.stage for one in said} == {"listening", "prosody", "style", "bias"}
    assert said[-1].seconds_left == pytest.approx(0, abs=0.1)
    assert all(one.seconds_left is None or one.seconds_left >= 0 for one in said)


def test_what_was_learnt_is_what_is_spoken(
    base: Path, whole: tuple[list[FittedVoice], list[FitProgress]]
) -> None:
    """The network in PyTorch and the model that ships give the same sound of the same voice."""
    from ofrenda.voice.fit import network

    voice = whole[0][1]
    tokens = Symbols(Settings()).tokens("Come in.", "en")
    spoken = TextSide(base).speak(tokens, voice.pack[0])
    weights = {
        name: torch.tensor(np.array(value + voice.offsets.get(name, np.float32(0)), np.float32))
        for name, value in dense_weights(read_onnx(base)).items()
    }
    # where a fitted voice speaks, blanks and the last mark are cut to 5 frames
    frames = spoken.frames.copy()
    for at in (0, -2, -1):
        frames[at] = min(frames[at], 5)
    lengths, style = torch.tensor(frames), torch.tensor(voice.style)[None]
    prosody = torch.tensor(voice.prosody)[None]
    text = torch.repeat_interleave(torch.tensor(spoken.sounds), lengths, dim=1)[None]
    with torch.no_grad():
        _, features = network.durations(weights, torch.tensor(spoken.language)[None], prosody)
        aligned = torch.repeat_interleave(features, lengths, dim=1)
        pitch, energy = network.contours(weights, aligned, prosody)
        x = network.decode(weights, text, pitch, energy, style)
        source = network.excitation(weights, pitch)
        norms = {
            name: (torch.tensor(mean)[None, :, None], torch.tensor(spread)[None, :, None])
            for name, (mean, spread) in voice.norms.items()
        }
        learnt = network.generate(weights, x, style, source, norms).numpy()
    inputs = {
        "tokens": np.array([[0, *tokens, 0]], np.int64),
        "style": voice.pack[:1],
        "speed": np.ones(1, np.float32),
        "pitch": np.ones(1, np.float32),
        "span": np.ones(1, np.float32),
    }
    shipped = np.concatenate(list(FittedSpeech(base, voice, 1).speak(inputs)))
    assert len(learnt) == len(shipped)
    # pitch is predicted in 8 bits here and in floats there: the waves drift, the spectra do not
    assert np.corrcoef(spectrum(learnt), spectrum(shipped))[0, 1] > 0.95


def spectrum(samples: Samples) -> NDArray[np.float64]:
    frames = np.lib.stride_tricks.sliding_window_view(samples, 1024)[::256] * np.hanning(1024)
    return np.log(np.abs(np.fft.rfft(frames)) + 1e-3).ravel()


@pytest.mark.parametrize("tier", ["bias", "full"])
def test_it_comes_nearer_and_a_state_goes_on_as_if_nothing_had_happened(
    base: Path, clips: list[ReferenceClip], tier: str
) -> None:
    from ofrenda.voice.fit.learning import Learner, Plan, common_norms

    symbols, stock = Symbols(Settings()), pack("am_michael")
    tokens = [symbols.tokens(clip.text, "en") for clip in clips[:2]]
    sentences = prepare(clips[:2], tokens, TextSide(base), lambda n: stock[n - 1])
    weights = {
        name: torch.tensor(np.array(value, np.float32))
        for name, value in dense_weights(read_onnx(base)).items()
    }

    style = torch.tensor(stock[60, :128])[None]
    norms = common_norms(weights, sentences, style)

    def learner() -> Learner:
        plan = Plan(tier=tier, steps=8, stretch=12, seed=2)
        return Learner(weights, sentences, style, plan, norms)

    one = learner()
    before = one.distance_of(sentences)
    for _ in range(4):
        one.advance()
    other = learner()
    other.resume(one.state())
    for each in (one, other):
        for _ in range(4):
            each.advance()
    assert one.lost == 0
    assert one.distance_of(sentences) < 0.97 * before
    for name, value in one.learnt().items():
        torch.testing.assert_close(other.learnt()[name], value, atol=1e-3, rtol=1e-2)


def test_the_last_stage_goes_on_from_where_the_tier_ended(
    clips: list[ReferenceClip], tmp_path: Path
) -> None:
    """Three steps move nothing far, and what was made before is not made again."""
    steps = {"style": 1, "bias": 1, "full": 3, FURTHER: 3}
    options = replace(FEW, tier="full", steps=steps, check=5)
    said: list[FitProgress] = []
    climb(clips, tmp_path, said, options).run()
    full = unpack_fitted((tmp_path / "full").read_bytes())
    for name in (FURTHER, "state"):
        (tmp_path / name).unlink(missing_ok=True)
    said.clear()
    voices = climb(clips, tmp_path, said, options).run()
    assert {progress.stage for progress in said} == {FURTHER}
    assert [voice.tier for voice in voices] == ["style", "bias", "full"]
    further = voices[-1]
    assert further.changes.keys() == full.changes.keys()
    for name, (down, up) in further.changes.items():
        np.testing.assert_allclose(down, full.changes[name][0], atol=2e-3)
        np.testing.assert_allclose(up, full.changes[name][1], atol=2e-3)
    assert any(
        not np.array_equal(up, full.changes[name][1]) for name, (_, up) in further.changes.items()
    )
    assert len(pack_fitted(further)) <= MOST_BYTES


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.voice.fit.test_learning import MORE, climb
from ofrenda.types import Audio, ReferenceClip
import numpy as np

folder, last = Path(sys.argv[1]), int(sys.argv[2])

class Said(list):
    def append(self, progress):
        super().append(progress)
        if len(self) == last:
            os.kill(os.getpid(), signal.SIGKILL)

stored = np.load(folder / "clips.npz")
clips = [
    ReferenceClip(Audio(stored[f"s{i}"], 24_000), str(stored[f"t{i}"]), "en")
    for i in range(len(stored.files) // 2)
]
climb(clips, folder / "fit", Said(), MORE).run()
"""


def test_a_fit_that_is_killed_ten_times_goes_on_where_it_was(
    clips: list[ReferenceClip], tmp_path: Path
) -> None:
    arrays = {f"s{i}": clip.audio.samples for i, clip in enumerate(clips)}
    arrays |= {f"t{i}": np.array(clip.text) for i, clip in enumerate(clips)}
    np.savez(tmp_path / "clips.npz", **arrays)
    store, root = tmp_path / "fit", Path(__file__).parents[3]
    dice = np.random.default_rng(5)
    for _ in range(10):
        killed = subprocess.run(
            [sys.executable, "-c", KILLED, str(tmp_path), str(dice.integers(2, 13))],
            cwd=root,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(root), *sys.path])},
            timeout=400,
            check=False,
        )
        assert killed.returncode == -signal.SIGKILL, "the fit ended before it could be killed"
    assert (store / "state").exists()
    voices = climb(clips, store, options=MORE).run()
    undisturbed = climb(clips, tmp_path / "whole", options=MORE).run()
    for one, other in zip(voices, undisturbed, strict=True):
        np.testing.assert_allclose(one.style, other.style, atol=2e-3)
        np.testing.assert_allclose(one.prosody, other.prosody, atol=1e-4)
        for name, offset in one.offsets.items():
            np.testing.assert_allclose(offset, other.offsets[name], atol=2e-2)


def test_too_few_sentences_that_match_are_refused(
    clips: list[ReferenceClip], tmp_path: Path
) -> None:
    with pytest.raises(ClipRejected, match="match their text"):
        climb(clips[:4], tmp_path).run()


def test_without_pytorch_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(EngineRefused, match=r"ofrenda\[fit\].*cpu"):
        require_fit()
