"""``ofrenda demo``: a fictional family, built into a life before your eyes, ready to be called."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, cast

import typer

from ofrenda.archive import add as import_path
from ofrenda.archive import decide, identities
from ofrenda.care import consent_statement
from ofrenda.cli.add import show_reports
from ofrenda.cli.remember import remember
from ofrenda.cli.screen import out, progress
from ofrenda.cli.serve import keep_open
from ofrenda.cli.voice import choose, show_choice
from ofrenda.demo import CAST, PERSON, DemoFamily, make_clip, write_family
from ofrenda.engines.protocols import EngineKind, TextToSpeech
from ofrenda.engines.registry import create
from ofrenda.settings import Settings
from ofrenda.types import Consent, MemberId
from ofrenda.vault import Life, lives
from ofrenda.voice import voice_in_use

ALIAS = "henry-demo"
PASSPHRASE = "ferry lantern walnut congee"  # noqa: S105 - printed on the screen; guards nothing real


def attach(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    folder: Annotated[
        Path | None, typer.Option(help="Where the family's files are written.")
    ] = None,
    build_only: Annotated[
        bool, typer.Option("--build-only", help="Build the life and leave, without opening it.")
    ] = False,
) -> None:
    """Build the life of a fictional man, Henry Lau, and open the house. Everything is synthetic."""
    from ofrenda.house import listen

    settings = Settings()
    if build_only:
        build(settings, folder or settings.home / "demo-family").close()
        return
    with listen(settings) as sock:
        life = build(settings, folder or settings.home / "demo-family")
        try:
            asyncio.run(keep_open(life, settings, sock, _tell))
        finally:
            life.close()
    out.print("The house is closed and the life is asleep.")


def build(settings: Settings, folder: Path) -> Life:
    """The demo's life, awake; each step is skipped when it was done before."""
    out.print(
        "[bold]Henry Lau is invented[/], and so is everything he left. This shows what Ofrenda "
        "does before you give it anything of your own.\n"
    )
    family = write_family(folder)
    life = _wake(settings)
    try:
        _read_archive(life, family, settings)
        if voice_in_use(life) is None:
            clip = folder / "voice-note.ogg"
            _record_clip(clip, settings)
            show_choice(choose(life, clip, settings))
    except BaseException:
        life.close()
        raise
    return life


def _wake(settings: Settings) -> Life:
    if ALIAS in {header.alias for header in lives(settings.home)}:
        return Life.open(settings.home, ALIAS, PASSPHRASE)
    keeper, *others = CAST
    scope = ("text", "voice")
    consent = Consent(
        at=datetime.now(UTC),
        given_by=keeper.name,
        relation=keeper.relation,
        ground="relatives",
        scope=scope,
        statement=consent_statement("relatives", PERSON, keeper.relation, scope),
    )
    life, _recovery = Life.create(
        settings.home, ALIAS, PASSPHRASE, person=PERSON, consent=consent, keeper=keeper
    )
    for member in others:
        life.add_member(member)
    out.print(f"The life is called {ALIAS}; its passphrase is: {PASSPHRASE}\n")
    return life


def _read_archive(life: Life, family: DemoFamily, settings: Settings) -> None:
    reports = []
    with progress() as bar:
        for path in (*family.exports, family.essays):
            task = bar.add_task(f"Reading {path.name}", total=1.0)
            reports += import_path(life, path)
            bar.update(task, completed=1.0)
    if any(report.accepted for report in reports):
        show_reports(reports)
    for sender in identities(life):
        who = family.senders.get(sender.name)
        if sender.holder is not None or who is None:
            continue
        if who == "person":
            decide(life, sender.id, "person")
        else:
            decide(life, sender.id, "member", MemberId(who))
    asyncio.run(remember(life, settings, most=None))


def _record_clip(path: Path, settings: Settings) -> None:
    """The 90-second voice note, once."""
    if path.exists():
        return

    async def speak() -> bytes:
        tts = cast(TextToSpeech, create(EngineKind.TTS, settings))
        try:
            with progress() as bar:
                task = bar.add_task("Making a synthetic voice note", total=1.0)
                return await make_clip(tts, lambda share: bar.update(task, completed=share))
        finally:
            await tts.close()

    made = asyncio.run(speak())
    half = path.with_suffix(".part")
    half.write_bytes(made)
    half.replace(path)


def _tell(links: dict[str, str]) -> None:
    out.print(
        f"\n[green]✓[/] Henry is awake. The life is “{ALIAS}”, its passphrase “{PASSPHRASE}”."
    )
    out.print("Open one of these on this computer, and call:\n")
    for name, link in links.items():
        member = next(m for m in CAST if m.name == name)
        out.print(f"  as {name}, his {member.relation}:  {link}", highlight=False, soft_wrap=True)
    out.print("\nCtrl-C closes the house and puts the life to sleep.")
