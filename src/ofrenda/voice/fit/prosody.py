"""The person's pace, melody and loudness: the half of a style that steers the predictor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from ofrenda.voice.fit import network
from ofrenda.voice.fit.sentences import Sentence

Tensor = Any
_PACE: Final = 1e-2
_NEAR: Final = 0.02
"""Pull back to the stock style: 90 s of speech say little about most of 128 numbers."""
_VOICED_HZ: Final = 40.0


def fit_prosody(
    weights: network.Weights,
    sentences: Sequence[Sentence],
    style: Tensor,
    *,
    steps: int = 120,
    seed: int = 1,
    progress: Callable[[float], None] = lambda _share: None,
) -> Tensor:
    """The prosody style ``[1, 128]`` that makes the predictor's durations, pitch and energy nearest
    to those of the clips, starting from ``style``. About 45 s of one processor."""
    dice = np.random.default_rng(seed)
    start = style.detach().clone()
    learnt = start.clone().requires_grad_(True)
    optimiser = torch.optim.Adam([learnt], lr=_PACE)
    order: list[int] = []
    for step in range(steps):
        if not order:
            order = dice.permutation(len(sentences)).tolist()
        loss = _distance(weights, sentences[order.pop()], learnt)
        loss = loss + _NEAR * (learnt - start).square().sum()
        optimiser.param_groups[0]["lr"] = _PACE * min(1.0, 2 * (1 - step / steps))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        progress((step + 1) / steps)
    return learnt.detach()


def _distance(weights: network.Weights, one: Sentence, style: Tensor) -> Tensor:
    frames = torch.tensor(one.frames)
    guessed, features = network.durations(weights, torch.tensor(one.language)[None], style)
    own = torch.log(frames.float())
    # the silence put before and after is not the person's
    lengths = F.smooth_l1_loss(torch.log(guessed[1:-1]), own[1:-1], beta=0.3)
    pace = (torch.log(guessed[2:-2].sum()) - torch.log(frames[2:-2].sum().float())).abs()
    aligned = torch.repeat_interleave(features, frames, dim=1)
    hertz, loud = network.contours(weights, aligned, style)
    pitch = torch.tensor(one.pitch)
    voiced = (pitch > 0) & (hertz[0].detach() > _VOICED_HZ)
    melody = torch.zeros(())
    if int(voiced.sum()) > 10:
        a, b = torch.log(hertz[0][voiced]), torch.log(pitch[voiced])
        melody = 2 * (a - b).abs().mean() + (a.mean() - b.mean()).abs()
        melody = melody + (a.std() - b.std()).abs()
    energy = (loud[0] - torch.tensor(one.energy)).abs().mean()
    return lengths + 0.5 * pace + melody + 0.3 * energy
