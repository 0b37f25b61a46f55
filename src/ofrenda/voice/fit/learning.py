"""Gradient descent from a stock voice to the person's: the steps of a fit, one at a time."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch

from ofrenda.engines.tts.fitted import Norms
from ofrenda.voice.fit import network
from ofrenda.voice.fit.ear import WINDOW, Ear
from ofrenda.voice.fit.losses import distance, resolutions
from ofrenda.voice.fit.network import SAMPLES_PER_FRAME
from ofrenda.voice.fit.sentences import Sentence

Tensor = Any
Parameters = dict[str, Tensor]

_EDGE: Final = 2
"""Frames at the ends of a stretch that are made but not compared: they lack their neighbours."""
_WARM: Final = 10
_REST: Final = 0.4
"""Share of the steps at full pace, before it falls as a cosine to a twentieth."""
_SMOOTH: Final = 0.97
_MOST: Final = 5.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How to fit. ``tier``: ``style``, ``bias`` or ``full`` say what may change; ``steps`` how
    often; ``stretch`` frames of 25 ms made per step; ``rank`` of the changes to convolutions."""

    tier: str = "full"
    steps: int = 400
    stretch: int = 24
    rank: int = 16
    style_pace: float = 1e-2
    bias_pace: float = 1e-3
    change_pace: float = 3e-4
    ear: float = 0.3
    low: float = 50.0
    top: float = 7900.0
    seed: int = 1


class Learner:
    """A fit under way: weights, what changes of them, and where in the schedule it stands."""

    def __init__(
        self,
        weights: Mapping[str, Tensor],
        sentences: Sequence[Sentence],
        style: Tensor,
        plan: Plan,
        norms: Norms,
        begun: Mapping[str, Tensor] | None = None,
    ) -> None:
        """``style`` ``[1, 128]`` is where to begin, ``begun`` what a tier below has learnt;
        ``norms`` of the generator (:func:`common_norms`) stay as they are."""
        self._weights = dict(weights)
        self._plan = plan
        self._norms = {
            name: (torch.tensor(mean)[None, :, None], torch.tensor(spread)[None, :, None])
            for name, (mean, spread) in norms.items()
        }
        self._sentences = list(sentences)
        self._dice = np.random.default_rng(plan.seed)
        torch.manual_seed(plan.seed)
        self.parameters = changeable(self._weights, style, plan)
        with torch.no_grad():
            for name, value in (begun or {}).items():
                if ".alpha" in name:
                    value = torch.log((value / self._weights[name]).clamp(min=1e-3))
                self.parameters[name].copy_(value)
        self.smooth = {k: v.detach().clone() for k, v in self.parameters.items()}
        self._optimiser = torch.optim.Adam(self._groups(), betas=(0.9, 0.97))
        self._by = resolutions([one.sound for one in sentences], plan.low, plan.top)
        self._ear = Ear()
        self._own = self._own_voice()
        self._heard: list[Tensor] = []
        self._order: list[int] = []
        self._inputs = [_inputs(one, self._weights) for one in self._sentences]
        self.step = 0
        self.lost = 0

    def advance(self) -> tuple[float, float]:
        """One step; the distance of the spectra and of the voice (1 - cosine) before it."""
        if not self._order:
            self._order = self._dice.permutation(len(self._sentences)).tolist()
        at = self._order.pop()
        self._pace()
        self._optimiser.zero_grad()
        made, wanted = self._stretch(at, self._changed(self.parameters))
        spectra = distance(made, wanted, self._by)
        voice = self._unlike(made) if self._plan.ear else torch.zeros(())
        (spectra + self._plan.ear * voice).backward()
        length = torch.nn.utils.clip_grad_norm_(self.parameters.values(), _MOST)
        self.step += 1
        if not torch.isfinite(length):  # one bad stretch must not spoil the voice
            self._heard = []
            self.lost += 1
            return float("nan"), float("nan")
        self._optimiser.step()
        share = min(_SMOOTH, self.step / (self.step + 10))
        with torch.no_grad():
            for name, value in self.parameters.items():
                self.smooth[name].lerp_(value, 1 - share)
        return float(spectra.detach()), float(voice.detach())

    def distance_of(self, sentences: Sequence[Sentence]) -> float:
        """How far the smoothed fit is from whole ``sentences``, said at the person's own pace and
        pitch."""
        weights = self._changed(self.smooth)
        found = []
        with torch.no_grad():
            for one in sentences:
                inputs = _inputs(one, weights)
                x = _before(inputs, weights)
                made = network.generate(weights, x, weights["style"], inputs["source"], self._norms)
                wanted = torch.tensor(one.sound)[: len(made)]
                found.append(float(distance(made[: len(wanted)], wanted, self._by)))
        return float(np.mean(found))

    def learnt(self) -> dict[str, Tensor]:
        """The smoothed fit: what takes the place of weights of the same names, and the changes."""
        changed = self._changed(self.smooth)
        return {name: changed[name].detach().cpu() for name in self.smooth}

    def _changed(self, parameters: Parameters) -> Parameters:
        """The weights with ``parameters`` in their places. The curves (``alpha``) are learnt as
        the logarithm of a factor: the network divides by them, so they must not pass zero."""
        changed = {**self._weights, **parameters}
        for name, value in parameters.items():
            if ".alpha" in name:
                changed[name] = self._weights[name] * torch.exp(value)
        return changed

    def state(self) -> bytes:
        """All that :meth:`resume` needs to go on as if nothing had happened."""
        kept = {
            "parameters": {k: v.detach() for k, v in self.parameters.items()},
            "smooth": self.smooth,
            "optimiser": self._optimiser.state_dict(),
            "dice": self._dice.bit_generator.state,
            "heard": self._heard,
            "order": self._order,
            "step": self.step,
        }
        file = io.BytesIO()
        torch.save(kept, file)
        return file.getvalue()

    def resume(self, state: bytes) -> None:
        """Go on from :meth:`state`. ValueError where it is of another plan."""
        kept = torch.load(io.BytesIO(state), weights_only=True)
        if {k: v.shape for k, v in kept["parameters"].items()} != {
            k: v.shape for k, v in self.parameters.items()
        }:
            raise ValueError("a state of another plan")
        with torch.no_grad():
            for name, value in kept["parameters"].items():
                self.parameters[name].copy_(value)
        self.smooth = kept["smooth"]
        self._optimiser.load_state_dict(kept["optimiser"])
        self._dice.bit_generator.state = kept["dice"]
        self._heard, self._order, self.step = kept["heard"], kept["order"], kept["step"]

    def _groups(self) -> list[dict[str, Any]]:
        paces = {"style": self._plan.style_pace, "bias": self._plan.bias_pace}
        groups: dict[str, list[Tensor]] = {}
        for name, value in self.parameters.items():
            groups.setdefault(_kind(name), []).append(value)
        return [
            {"params": params, "lr": 0.0, "pace": paces.get(kind, self._plan.change_pace)}
            for kind, params in groups.items()
        ]

    def _pace(self) -> None:
        done = self.step / self._plan.steps
        falling = max(0.0, (done - _REST) / (1 - _REST))
        share = 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * min(1.0, falling)))
        share *= min(1.0, (self.step + 1) / _WARM)
        for group in self._optimiser.param_groups:
            group["lr"] = group["pace"] * share

    def _stretch(self, at: int, weights: network.Weights) -> tuple[Tensor, Tensor]:
        """Part of a sentence as made and as recorded."""
        inputs, sentence = self._inputs[at], self._sentences[at]
        total = int(sentence.frames.sum())
        size = min(self._plan.stretch, total)
        start = self._start(sentence, total, size)
        made = network.generate(
            weights, _before(inputs, weights)[:, :, 2 * start : 2 * (start + size)],
            weights["style"], inputs["source"][:, :, 120 * start : 120 * (start + size) + 1],
            self._norms,
        )  # fmt: skip
        first, last = (start > 0) * _EDGE, (start + size < total) * _EDGE
        n = SAMPLES_PER_FRAME
        wanted = torch.tensor(sentence.sound[(start + first) * n : (start + size - last) * n])
        return made[first * n : (size - last) * n], wanted

    def _start(self, sentence: Sentence, total: int, size: int) -> int:
        """Where a stretch begins: its middle is where somebody speaks."""
        loud = sentence.energy[::2][:total]
        spoken = np.flatnonzero(loud > np.quantile(loud, 0.9) - 5)
        middle = int(self._dice.choice(spoken)) if len(spoken) else total // 2
        return int(np.clip(middle - size // 2, 0, total - size))

    def _own_voice(self) -> Tensor:
        with torch.no_grad():
            mels = [self._ear.mel(torch.tensor(one.sound)) for one in self._sentences]
            whole = torch.cat(mels)
            rows = [
                self._ear.embed(whole[i : i + WINDOW])
                for i in range(0, max(1, len(whole) - WINDOW + 1), WINDOW // 2)
            ]
            mean = torch.stack(rows).mean(0)
            return mean / mean.norm()

    def _unlike(self, made: Tensor) -> Tensor:
        """One less the cosine to the person's voice, of this stretch after the last ones made."""
        mel = self._ear.mel(made)
        long = torch.cat([*self._heard, mel])[-WINDOW:]
        self._heard = [*self._heard, mel.detach()][-3:]
        return 1 - torch.dot(self._ear.embed(long), self._own)


def common_norms(weights: network.Weights, sentences: Sequence[Sentence], style: Tensor) -> Norms:
    """Mean and spread ``[channels]`` of what each normalisation of the generator sees, over
    ``sentences`` said in ``style`` ``[1, 128]`` with the person's own pace, pitch and energy."""
    total, sums = 0, dict[str, Any]()
    with torch.no_grad():
        for one in sentences:
            inputs = _inputs(one, weights)
            seen: network.Norms = {}
            x = _before(inputs, {**weights, "style": style})
            network.generate(weights, x, style, inputs["source"], seen)
            total += x.shape[-1]
            for name, (mean, spread) in seen.items():
                both = torch.stack([mean, spread]).flatten(1).cpu().numpy().astype(np.float64)
                moments = np.stack([both[0], both[0] ** 2 + both[1] ** 2])
                sums[name] = sums.get(name, 0.0) + x.shape[-1] * moments
    found = {}
    for name, moments in sums.items():
        mean, square = moments / total
        found[name] = mean.astype(np.float32), np.sqrt(square - mean**2).astype(np.float32)
    return found


def changeable(weights: dict[str, Tensor], style: Tensor, plan: Plan) -> Parameters:
    """What a tier may change, at its start: the style ``[1, 128]``; from ``bias`` on every offset
    and curve of the decoder; for ``full`` a low-rank change to each convolution."""
    found: Parameters = {"style": style.clone()}
    if plan.tier in ("bias", "full"):
        for name, value in weights.items():
            offset = name.endswith(".bias") or ".alpha" in name
            if name.startswith("decoder.") and offset and "m_source" not in name:
                found[name] = torch.zeros_like(value) if ".alpha" in name else value.clone()
    if plan.tier == "full":
        dice = torch.Generator(device="cpu").manual_seed(plan.seed)
        for name in adaptable(weights):
            out, enter, kernel = weights[f"{name}.weight"].shape
            rank = min(plan.rank, out)
            spread = 1 / math.sqrt(enter * kernel)
            down = torch.randn(rank, enter, kernel, generator=dice, device="cpu") * spread
            found[f"{name}.down"] = down.to(style.device)
            found[f"{name}.up"] = torch.zeros(out, rank, 1)
    return {name: value.requires_grad_(True) for name, value in found.items()}


def adaptable(weights: Mapping[str, Tensor]) -> list[str]:
    """The decoder's convolutions that a full fit changes, without ``.weight``."""
    names = [name.removesuffix(".weight") for name in weights if name.startswith("decoder.")]
    return [
        name
        for name in names
        if f"{name}.weight" in weights
        and weights[f"{name}.weight"].ndim == 3
        and weights[f"{name}.weight"].shape[0] >= 22
        and not name.endswith((".pool", "ups.0", "ups.1"))
    ]


def _kind(name: str) -> str:
    if name == "style":
        return "style"
    return "change" if name.endswith((".down", ".up")) else "bias"


def _before(inputs: Mapping[str, Tensor], weights: network.Weights) -> Tensor:
    """The whole sentence, up to where the generator begins."""
    style = weights["style"]
    return network.decode(weights, inputs["text"], inputs["pitch"], inputs["energy"], style)


def _inputs(sentence: Sentence, weights: network.Weights) -> dict[str, Tensor]:
    """What the decoder is given; the source of its excitation is not learnt."""
    frames = torch.tensor(sentence.frames)
    text = torch.repeat_interleave(torch.tensor(sentence.sounds), frames, dim=1)[None]
    pitch = torch.tensor(sentence.pitch)[None]
    return {
        "text": text,
        "pitch": pitch,
        "energy": torch.tensor(sentence.energy)[None],
        "source": network.excitation(weights, pitch),
    }
