"""``ofrenda voice LIFE --engine NAME`` and ``--destroy``: another engine's voice, and its end."""

from __future__ import annotations

import asyncio
import sys

import typer

from ofrenda.cli.screen import out, print_json, progress
from ofrenda.engines.protocols import TextToSpeech
from ofrenda.engines.registry import create_tts
from ofrenda.errors import BadInput, ConsentMissing
from ofrenda.settings import Settings
from ofrenda.types import VoiceProfile
from ofrenda.vault import Life
from ofrenda.voice import build_reference
from ofrenda.voice.enrolment import enrol, forget_elsewhere, maker, what_leaves


def work(life: Life, name: str, settings: Settings, *, agree: bool, as_json: bool) -> None:
    """Have the engine called ``name`` learn the voice and take it into use."""
    life.require_consent("voice")
    engine = maker(create_tts(settings, name))
    with progress(as_json) as bar:
        task = bar.add_task("Listening", total=1.0)
        reference = build_reference(
            life,
            settings=settings,
            progress=lambda step, share: bar.update(
                task, description=step.capitalize(), completed=share
            ),
        )
    statement = what_leaves(engine.capabilities, reference)
    if statement is not None:
        _agree(statement, agree=agree, as_json=as_json)

    async def learn() -> VoiceProfile:
        try:
            return await enrol(life, reference, engine, agreed=statement)
        finally:
            await engine.close()

    profile = asyncio.run(learn())
    if as_json:
        print_json({"voice": profile.id, "engine": profile.engine, "agreed": statement})
        return
    out.print(f"The voice was made by '{profile.engine}' and is in use from now on.")


def destroy(life: Life, settings: Settings, *, agree: bool, as_json: bool) -> None:
    """Destroy the voice for good: recordings, everything made from them, copies elsewhere."""
    if not agree:
        if as_json or not sys.stdin.isatty():
            raise BadInput("Nothing was destroyed: add --agree to destroy the voice for good.")
        out.print(
            "All recordings that were added for the voice and every voice made from them will be "
            "destroyed. Nothing brings them back, not the passphrase either. Texts stay."
        )
        if not typer.confirm("Destroy the voice for good?"):
            out.print("Nothing was destroyed.")
            return

    def find(name: str) -> TextToSpeech:
        return create_tts(settings, name)

    failed = asyncio.run(forget_elsewhere(life, find))
    if failed and not agree:
        for line in failed:
            out.print(f"  {line}", highlight=False)
        if not typer.confirm("A copy may be left there. Destroy what is here all the same?"):
            out.print("Nothing was destroyed here.")
            return
    life.destroy_voice()
    if as_json:
        print_json({"destroyed": True, "left_elsewhere": failed})
        return
    out.print("The voice is destroyed.")
    for line in failed:
        out.print(f"  A copy may be left. {line}", highlight=False)


def _agree(statement: str, *, agree: bool, as_json: bool) -> None:
    if not as_json:
        out.print("\n[bold]What leaves the house[/]")
        out.print(statement + "\n", highlight=False)
    if agree:
        return
    if as_json or not sys.stdin.isatty():
        raise ConsentMissing("Nothing was sent: read what leaves the house and add --agree.")
    if not typer.confirm("Do you agree to this?"):
        raise ConsentMissing("Nothing was sent. The voice stays as it was.")
