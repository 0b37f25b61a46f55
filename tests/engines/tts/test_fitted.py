"""A fitted voice: its artefact, the model it makes, and the engine that speaks with it."""

import dataclasses
import io
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ofrenda.engines.tts.fitted import (
    MOST_BYTES,
    FittedVoice,
    Floats,
    Norms,
    between,
    fitted_profile,
    pack_fitted,
    unpack_fitted,
)
from ofrenda.engines.tts.fitted_model import fitted_models
from ofrenda.engines.tts.fitted_speech import FittedSpeech
from ofrenda.engines.tts.kokoro import MODEL, MODEL_FILE, KokoroTextToSpeech, create
from ofrenda.engines.tts.kokoro_weights import dense_weights, float_name, module, reciprocal_names
from ofrenda.engines.tts.melody import feeds
from ofrenda.engines.tts.onnx_file import Array, OnnxFile, parse_onnx, read_onnx, with_outputs
from ofrenda.engines.tts.session import session
from ofrenda.engines.tts.sound import LEVEL_DB, active_level
from ofrenda.engines.tts.stock import FITTED_VERSION, pack, stock_profile
from ofrenda.engines.tts.symbols import Symbols
from ofrenda.errors import EngineRefused, ModelCorrupt
from ofrenda.settings import Settings
from ofrenda.types import Samples, VoiceProfile
from ofrenda.weights import resolve

MIX = {"am_michael": 1.0}
ROW = pack("am_michael")[60]
PLAIN = FittedVoice("style", ("en",), ROW[:128], ROW[128:], {}, consent_id="7")
TEXT = "The kettle was on."

BRIGHTER = np.concatenate([np.linspace(-1, 1, 11), np.zeros(11)]).astype(np.float32)
"""Added to the logarithmic spectrum that the decoder ends with."""


def changed() -> FittedVoice:
    dice = np.random.default_rng(1)
    down = dice.normal(0, 0.1, (2, 512, 1)).astype(np.float32)
    return dataclasses.replace(
        PLAIN,
        tier="full",
        offsets={"decoder.generator.conv_post.bias": BRIGHTER},
        changes={"decoder.asr_res.0": (down, dice.normal(0, 0.1, (64, 2)).astype(np.float32))},
        norms={"decoder.generator.x": (BRIGHTER, BRIGHTER + 2)},
    )


def test_an_artefact_comes_back_as_it_went() -> None:
    voice = changed()
    back = unpack_fitted(pack_fitted(voice))
    assert (back.tier, back.languages, back.consent_id) == ("full", ("en",), "7")
    np.testing.assert_array_equal(back.style, voice.style)
    np.testing.assert_array_equal(back.prosody, voice.prosody)
    for name, offset in voice.offsets.items():
        np.testing.assert_allclose(back.offsets[name], offset, atol=1e-3)
    for name, (down, up) in voice.changes.items():
        np.testing.assert_allclose(back.changes[name][0], down, atol=1e-3)
        np.testing.assert_allclose(back.changes[name][1], up, atol=1e-3)
    ((name, (mean, spread)),) = back.norms.items()
    assert name == "decoder.generator.x"
    np.testing.assert_allclose(mean, BRIGHTER, atol=1e-3)
    np.testing.assert_allclose(spread, BRIGHTER + 2, atol=2e-3)


@pytest.mark.parametrize("share", [0.0, 0.35, 1.0])
def test_part_of_the_way_lies_on_the_line_between_two_fits(share: float) -> None:
    top = dataclasses.replace(changed(), style=ROW[:128] + 1)
    low = dataclasses.replace(PLAIN, offsets={"decoder.generator.conv_post.bias": -BRIGHTER})
    found = between(low, top, share)
    np.testing.assert_allclose(found.style, ROW[:128] + share, atol=1e-6)
    (offset,) = found.offsets.values()
    np.testing.assert_allclose(offset, (2 * share - 1) * BRIGHTER, atol=1e-6)
    ((down, up),) = found.changes.values()
    ((whole_down, whole_up),) = top.changes.values()
    np.testing.assert_allclose(up @ down[:, :, 0], share * whole_up @ whole_down[:, :, 0])
    assert found.tier == "full"


@pytest.mark.parametrize("grain", [0.0, 0.25, 1.0])
def test_the_last_blocks_go_only_part_of_the_way(grain: float) -> None:
    ((_, (down, up)),) = changed().changes.items()
    last = "decoder.generator.resblocks.4.convs1.0"
    early = "decoder.generator.resblocks.2.convs1.0"
    top = dataclasses.replace(
        changed(),
        changes={last: (down, up), early: (down, up)},
        offsets={f"{last}.bias": BRIGHTER, f"{early}.bias": BRIGHTER},
    )
    found = between(PLAIN, top, 0.5, grain)
    np.testing.assert_allclose(found.changes[early][1], 0.5 * up)
    np.testing.assert_allclose(found.changes[last][1], 0.5 * grain * up)
    np.testing.assert_allclose(found.offsets[f"{early}.bias"], 0.5 * BRIGHTER)
    np.testing.assert_allclose(found.offsets[f"{last}.bias"], 0.5 * grain * BRIGHTER)


def test_an_artefact_holds_no_more_than_it_may() -> None:
    huge = {"x": np.zeros(MOST_BYTES, np.float32)}
    with pytest.raises(ValueError, match="too large"):
        pack_fitted(dataclasses.replace(PLAIN, offsets=huge))


@pytest.mark.parametrize("spoil", ["cut", "empty", "text", "nan", "newer", "older"])
def test_a_damaged_artefact_is_refused_in_plain_words(spoil: str) -> None:
    good = pack_fitted(changed())
    if spoil == "nan":
        bad = pack_fitted(dataclasses.replace(PLAIN, style=np.full(128, np.nan, np.float32)))
    elif spoil in ("newer", "older"):
        with np.load(io.BytesIO(good)) as stored:
            arrays = {name: stored[name] for name in stored.files}
        about = json.loads(arrays["about"].tobytes()) | {"form": 99 if spoil == "newer" else 1}
        arrays["about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
        file = io.BytesIO()
        np.savez(file, **arrays)
        bad = file.getvalue()
    else:
        bad = {"cut": good[: len(good) // 2], "empty": b"", "text": b"a voice"}[spoil]
    with pytest.raises(EngineRefused, match="ofrenda voice"):
        unpack_fitted(bad)


def test_what_is_no_model_is_corrupt() -> None:
    for data in (b"\xff" * 64, b"\x3a\xff\xff\xff\x7f12"):
        with pytest.raises(ModelCorrupt):
            parse_onnx(data)


@pytest.fixture(scope="module")
def path() -> Path:
    return resolve(MODEL, Settings()).path(MODEL_FILE)


@pytest.fixture(scope="module")
def base(path: Path) -> OnnxFile:
    return read_onnx(path)


@pytest.fixture(scope="module")
def norms(path: Path, base: OnnxFile) -> Norms:
    """What the generator's normalisations see of :data:`TEXT` in a stock voice."""
    subtracted = {node.outputs[0]: node.inputs[1] for node in base.nodes if node.operation == "Sub"}
    divided = {
        node.outputs[0]: (subtracted[node.inputs[0]], node.inputs[1])
        for node in base.nodes
        if node.operation == "Div" and node.inputs[0] in subtracted
    }
    where = {
        module(node): pair
        for node in base.nodes
        for pair in [divided.get(value) for value in node.inputs]
        if node.operation == "Mul" and pair and module(node).startswith("decoder.generator.")
    }
    names = sorted({name for pair in where.values() for name in pair})
    inputs = {"tokens": np.array([[0, *Symbols(Settings()).tokens(TEXT, "en"), 0]], np.int64)}
    inputs |= {"style": ROW[None], "speed": np.ones(1, np.float32)}
    seen = session(with_outputs(path.read_bytes(), names), 1).run(names, inputs)
    found = {name: value.ravel() for name, value in zip(names, seen, strict=True)}
    assert len(where) == 48
    return {key: (found[mean], found[spread]) for key, (mean, spread) in where.items()}


@pytest.fixture(scope="module")
def plain(norms: Norms) -> FittedVoice:
    return dataclasses.replace(PLAIN, norms=norms)


@pytest.fixture(scope="module")
def still(base: OnnxFile) -> FittedVoice:
    """A voice whose generator normalises nothing."""
    sizes = {
        name.removesuffix(".fc.bias"): len(value) // 2
        for name, value in dense_weights(base).items()
        if name.startswith("decoder.generator.") and name.endswith(".fc.bias")
    }
    norms = {name: (np.zeros(n, np.float32), np.ones(n, np.float32)) for name, n in sizes.items()}
    return dataclasses.replace(PLAIN, norms=norms)


def expected(weights: dict[str, Floats], voice: FittedVoice) -> dict[str, Floats]:
    """``weights`` of the decoder as a model of ``voice`` holds them, whose norms are those of
    ``still``: scale and shift of the style are in the convolution before, or on their own."""
    found = {
        name: value
        for name, value in weights.items()
        if name.startswith("decoder.") and "m_source" not in name  # which no fit changes
        if name.endswith((".weight", ".bias")) or ".alpha" in name
    }
    for norm in voice.norms:
        weight, bias = (found.pop(f"{norm}.fc.{kind}") for kind in ("weight", "bias"))
        scale, shift = np.split(weight @ voice.style + bias, 2)
        if ".adain1." in norm:
            found[f"{norm}.factor"], found[f"{norm}.shift"] = 1 + scale[:, None], shift[:, None]
        else:
            conv = norm.replace("adain2", "convs1")
            found[f"{conv}.weight"] = found[f"{conv}.weight"] * (1 + scale[:, None, None])
            found[f"{conv}.bias"] = found[f"{conv}.bias"] * (1 + scale) + shift
    return found


def require_same(held: dict[str, Array], wanted: dict[str, Floats]) -> None:
    for key, value in wanted.items():
        at = key if key in held else float_name(key)
        assert at is not None
        np.testing.assert_allclose(held[at], value, atol=1e-4, rtol=1e-4, err_msg=key)


def tensors(path: Path, voice: FittedVoice) -> dict[str, Array]:
    """All that the two models of a voice hold."""
    return {
        name: t
        for part in fitted_models(path, voice)
        for name, t in parse_onnx(part).tensors.items()
    }


@pytest.mark.models
def test_every_weight_of_the_decoder_is_found(base: OnnxFile) -> None:
    weights = dense_weights(base)
    convolutions = [n for n in weights if n.startswith("decoder.") and weights[n].ndim == 3]
    # 6 blocks of 18 with two kernels each would be 72; with style layers, ups and ends: as exported
    assert sum(".convs" in name for name in convolutions) == 48
    assert sum(name.endswith("fc.weight") for name in weights if "decoder." in name) == 58
    assert len(reciprocal_names(base)) == 48
    for alpha, name in reciprocal_names(base).items():
        np.testing.assert_allclose(base.tensors[name] * weights[alpha], 1, rtol=1e-5)


@pytest.mark.models
def test_every_change_arrives_in_the_model(base: OnnxFile, path: Path, still: FittedVoice) -> None:
    """Each number that a fit may change is changed in the model that speaks."""
    weights = dense_weights(base)
    names = [name for name in weights if name.startswith("decoder.")]
    offsets = {
        name: np.full(weights[name].shape, 0.5, np.float32)
        for name in names
        if (name.endswith(".bias") and "m_source" not in name) or ".alpha" in name
    }
    moved = dataclasses.replace(still, tier="bias", offsets=offsets)
    other = tensors(path, moved)
    changed = {name: value + offsets.get(name, np.float32(0)) for name, value in weights.items()}
    require_same(other, expected(changed, moved))
    for alpha, name in reciprocal_names(base).items():
        np.testing.assert_allclose(other[name], 1 / (weights[alpha] + 0.5), rtol=1e-4)


@pytest.mark.models
def test_every_change_of_a_convolution_arrives(
    base: OnnxFile, path: Path, still: FittedVoice
) -> None:
    weights = dense_weights(base)
    dice = np.random.default_rng(5)
    changes = {}
    for key, weight in weights.items():
        wide = weight.ndim == 3 and weight.shape[0] >= 22 and key.endswith(".weight")
        if key.startswith("decoder.") and wide:
            down = dice.normal(0, 0.1, (1, *weight.shape[1:])).astype(np.float32)
            up = dice.normal(0, 0.1, (weight.shape[0], 1)).astype(np.float32)
            changes[key.removesuffix(".weight")] = down, up
    moved = dataclasses.replace(still, tier="full", changes=changes)
    for name, (down, up) in changes.items():
        key = f"{name}.weight"
        weights[key] = weights[key] + (up @ down.reshape(1, -1)).reshape(weights[key].shape)
    require_same(tensors(path, moved), expected(weights, moved))


@pytest.mark.models
def test_inner_values_can_be_laid_open() -> None:
    model = resolve(MODEL, Settings()).path(MODEL_FILE).read_bytes()
    opened = session(with_outputs(model, ["/encoder/Clip_output_0"]), 1)
    tokens = np.array([[0, 50, 83, 54, 156, 57, 4, 0]], np.int64)
    inputs = {"tokens": tokens, "style": ROW[None], "speed": np.ones(1, np.float32)}
    sound, frames = opened.run(["audio", "/encoder/Clip_output_0"], inputs)
    assert sound.size == frames.sum() * 600


async def say(engine: KokoroTextToSpeech, voice: VoiceProfile) -> Samples:
    return np.concatenate([part.samples async for part in engine.synthesize(TEXT, voice=voice)])


def unlike(one: Samples, other: Samples) -> float:
    """Mean difference of logarithmic spectra over the shorter of two sounds."""
    size = min(len(one), len(other))
    return float(np.abs(spectra(one[:size]) - spectra(other[:size])).mean())


def spectra(sound: Samples) -> NDArray[np.float64]:
    frames = sound[: len(sound) // 512 * 512].reshape(-1, 512) * np.hanning(512)
    return np.log(np.abs(np.fft.rfft(frames)) + 1e-2)


def colour(sound: Samples) -> NDArray[np.float64]:
    """The mean logarithmic spectrum of the louder half."""
    rows = spectra(sound)
    mean: NDArray[np.float64] = np.sort(rows, axis=0)[len(rows) // 2 :].mean(0)
    return mean


@pytest.mark.models
async def test_the_engine_speaks_with_a_fitted_voice(plain: FittedVoice) -> None:
    other = dataclasses.replace(changed(), norms=plain.norms)
    profile = fitted_profile(plain, id="a", mix=MIX)
    engine = create(Settings())
    try:
        stock = await say(engine, stock_profile("am_michael"))
        same = await say(engine, profile)
        moved = await say(engine, fitted_profile(other, id="b", mix=MIX))
        # without any change it is the stock voice, but for rounding; with one, it is not
        assert abs(len(same) / len(stock) - 1) < 0.15  # the stock pack has a row for each length
        near, far = (np.abs(colour(same) - colour(one)).mean() for one in (stock, moved))
        assert near < far / 2
        await engine.forget(profile)
        again = await say(engine, profile)
        assert len(again) == len(same)
        assert unlike(again, same) < 0.01
    finally:
        await engine.close()


@pytest.mark.models
def test_a_fitted_voice_is_heard_in_pieces_that_join(path: Path, plain: FittedVoice) -> None:
    """A clause that is made in pieces is the clause made at once, and its first piece is short."""
    long = "The kettle was on and nobody had thought of the milk until it boiled over."
    speech = FittedSpeech(path, plain, 1)
    inputs = {
        "tokens": np.array([[0, *Symbols(Settings()).tokens(long, "en"), 0]], np.int64),
        "style": plain.pack[:1],
        "speed": np.ones(1, np.float32),
        **feeds(1.0, 1.0),
    }
    pieces = list(speech.speak(inputs))
    first, second = (session(part, 1) for part in fitted_models(path, plain))
    shape, source = first.run(None, inputs)
    (whole,) = second.run(None, {"shape": shape, "source": source})
    assert len(pieces) > 3
    assert len(pieces[0]) < 0.5 * 24_000
    joined = np.concatenate(pieces)
    assert joined.shape == whole.ravel().shape
    assert np.abs(joined - whole.ravel()).max() < 1e-3 * np.abs(whole).max()


@pytest.mark.models
async def test_a_fitted_voice_is_as_loud_as_the_house(plain: FittedVoice) -> None:
    engine = create(Settings())
    try:
        said = await say(engine, fitted_profile(plain, id="a", mix=MIX))
        assert active_level(said, 24_000) == pytest.approx(LEVEL_DB, abs=2.0)
        assert np.abs(said[:240]).max() < 0.1 * np.abs(said).max()
        assert np.abs(said[-240:]).max() < 0.1 * np.abs(said).max()
    finally:
        await engine.close()


@pytest.mark.models
@pytest.mark.parametrize(
    "spoil",
    [
        {"artefact": b"no voice"},
        {"base_model_sha256": "0" * 64},
        {"format_version": FITTED_VERSION + 1},
        {"engine": "another"},
    ],
)
async def test_a_voice_of_another_kind_is_refused(spoil: dict[str, object]) -> None:
    profile = fitted_profile(PLAIN, id="a", mix=MIX)
    engine = create(Settings())
    with pytest.raises(EngineRefused):
        await say(engine, dataclasses.replace(profile, **spoil))  # type: ignore[arg-type]
    await engine.close()


@pytest.mark.models
async def test_a_voice_that_does_not_fit_the_model_is_refused() -> None:
    wrong = dataclasses.replace(PLAIN, offsets={"decoder.nowhere.bias": np.zeros(3, np.float32)})
    engine = create(Settings())
    with pytest.raises(EngineRefused, match="does not fit"):
        await say(engine, fitted_profile(wrong, id="a", mix=MIX))
    await engine.close()
