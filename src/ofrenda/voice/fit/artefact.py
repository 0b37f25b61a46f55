"""From what was learnt to a fitted voice, and back to where a fit goes on from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ofrenda.engines.tts.fitted import FittedVoice

Tensor = Any


def voice_of(
    learnt: Mapping[str, Tensor], weights: Mapping[str, Tensor], below: FittedVoice, tier: str
) -> FittedVoice:
    """The voice in ``learnt`` (:meth:`~.learning.Learner.learnt`), as what it changes of the base
    model's ``weights``; what it does not change is that of the voice ``below``."""
    found = {name: value.numpy() for name, value in learnt.items()}
    changes = {
        name.removesuffix(".down"): (value, found[name.removesuffix("down") + "up"][:, :, 0])
        for name, value in found.items()
        if name.endswith(".down")
    }
    offsets = {
        name: value - weights[name].cpu().numpy()
        for name, value in found.items()
        if name in weights
    }
    return replace(below, tier=tier, style=found["style"][0], offsets=offsets, changes=changes)


def begun_at(voice: FittedVoice, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Where a fit that goes on from ``voice`` begins: parameters by name."""
    import torch

    begun = {name: weights[name] + torch.tensor(value) for name, value in voice.offsets.items()}
    for name, (down, up) in voice.changes.items():
        begun[f"{name}.down"], begun[f"{name}.up"] = (
            torch.tensor(down),
            torch.tensor(up)[:, :, None],
        )
    return begun
