"""``ofrenda voice LIFE --fit``: from the reference to a voice like the person's."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import cast

from ofrenda.cli.screen import out, print_json, progress
from ofrenda.engines.protocols import EngineKind, SpeechToText, TextToSpeech
from ofrenda.engines.registry import create
from ofrenda.engines.tts.fitted import TIERS
from ofrenda.errors import BadInput
from ofrenda.settings import Settings
from ofrenda.vault import Life
from ofrenda.voice import build_reference
from ofrenda.voice.fit import FURTHER, FitOptions, FitProgress, FitResult, fit_life, require_fit

_STAGES = {
    "listening": "Listening",
    "prosody": "Pace and melody",
    "style": "Timbre, first steps",
    "bias": "Timbre",
    "full": "Timbre, fine",
    FURTHER: "Timbre, finer still",
}


def work(life: Life, tier: str, settings: Settings, *, as_json: bool = False) -> None:
    """Fit the voice of a life and take it into use."""
    if tier not in TIERS:
        raise BadInput(f"Choose how far to fit: {', '.join(TIERS)}.")
    life.require_consent("voice")
    require_fit()
    with progress(as_json) as bar:
        task = bar.add_task("Listening", total=1.0)
        reference = build_reference(
            life,
            settings=settings,
            progress=lambda step, share: bar.update(
                task, description=step.capitalize(), completed=share
            ),
        )

        def tell(at: FitProgress) -> None:
            left = "" if at.seconds_left is None else f", {minutes(at.seconds_left)} left"
            bar.update(task, description=f"{_STAGES[at.stage]}{left}", completed=at.share)

        tts = cast(TextToSpeech, create(EngineKind.TTS, settings))
        stt = cast(SpeechToText, create(EngineKind.STT, settings))
        result = asyncio.run(
            fit_life(
                life,
                reference,
                tts=tts,
                stt=stt,
                settings=settings,
                options=FitOptions(tier=tier),
                tell=tell,
            )
        )
    if as_json:
        trials = {name: dataclasses.asdict(trial) for name, trial in result.trials.items()}
        print_json({"tier": result.tier, "trials": trials, "notes": list(result.notes)})
    else:
        _show(result)


def minutes(seconds: float) -> str:
    """A rough time in words: nobody can know it to the second."""
    if seconds < 90:
        return "about a minute"
    return f"about {round(seconds / 60)} minutes"


def _show(result: FitResult) -> None:
    if result.tier == "preview":
        out.print("The nearest mix of stock voices stays in use: no fitted voice was better.")
    else:
        out.print(f"The voice was fitted ({result.tier}) and is in use from now on.")
    for note in result.notes:
        out.print(f"  {note}", highlight=False)
    if len(result.voices) > 1:
        out.print(
            "The simpler voices are kept beside it. Let the family listen which is most like the "
            "person: ofrenda keep LIFE, page Voice.",
            highlight=False,
        )
