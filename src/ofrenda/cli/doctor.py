"""``ofrenda doctor``: is everything here that a call needs, and if not, what to do."""

from __future__ import annotations

import asyncio
import ipaddress
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

import psutil
import typer
from rich.table import Table

from ofrenda.archive.container import Limits
from ofrenda.archive.sandbox import Sandbox
from ofrenda.cli.screen import AsJson, out, print_json
from ofrenda.engines.protocols import EngineKind, TextToSpeech
from ofrenda.engines.registry import create
from ofrenda.engines.tts.stock import stock_profile
from ofrenda.errors import OfrendaError
from ofrenda.settings import Settings
from ofrenda.weights import ModelState, inventory

_DISK_FREE = 2 * 10**9
"""Bytes: the joined models take 0.5 GB, a life of a few thousand messages some 50 MB."""
_MEMORY_FREE = 2 * 10**9
"""Bytes: the target for one call with the embedded engines (docs/design.md, budget)."""
_SLOW_SPEECH = 0.7
"""Real-time factor above which replies would break up: 1.0 is the limit, less a margin for the
hearing and thinking that run beside it."""
_LAYERS = {
    "network": "can reach the network",
    "writing": "can write files",
    "programs": "can start programs",
    "elsewhere": "can read other files",
    "memory": "has no limit of memory",
}
_SAMPLE = "The kettle is on, and the porch light is the one on the left."


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: ``state`` is ``ok``, ``warning`` or ``problem``; ``advice`` what to do."""

    check: str
    state: str
    found: str
    advice: str = ""


def attach(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(as_json: AsJson = False) -> None:
    """Check models, sound, port, disk, memory and speed, and say what to do."""
    settings = Settings()
    findings = list(_examine(settings))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        _show(findings)
    if any(finding.state == "problem" for finding in findings):
        raise typer.Exit(1)


def _examine(settings: Settings) -> Iterator[Finding]:
    checks: tuple[Callable[[Settings], Finding], ...] = (
        _models,
        _disk,
        _memory,
        _port,
        _microphone,
        _reading,
        _speed,
    )
    for check in checks:
        try:
            yield check(settings)
        except OfrendaError as error:
            yield Finding(check.__name__.strip("_"), "problem", "does not work", error.message)


def _models(settings: Settings) -> Finding:
    needed = {name for kind in EngineKind for name in create(kind, settings).capabilities.models}
    rows = [row for row in inventory(settings, verify=True) if row.name in needed]
    bad = [row for row in rows if row.state in (ModelState.MISSING, ModelState.CORRUPT)]
    if bad:
        return Finding(
            "models",
            "problem",
            f"missing or damaged: {', '.join(row.name for row in bad)}",
            bad[0].note or f"Run: ofrenda models get {bad[0].name}",
        )
    return Finding("models", "ok", f"{len(rows)} models, every file as pinned")


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(_nearest_folder(settings.home)).free
    found = f"{free / 1e9:.1f} GB free"
    if free < _DISK_FREE:
        return Finding("disk", "warning", found, "Free some space: 2 GB is comfortable.")
    return Finding("disk", "ok", found)


def _memory(_settings: Settings) -> Finding:
    free = psutil.virtual_memory().available
    found = f"{free / 1e9:.1f} GB free"
    if free < _MEMORY_FREE:
        return Finding("memory", "warning", found, "Close other programs: a call wants 2 GB.")
    return Finding("memory", "ok", found)


def _port(settings: Settings) -> Finding:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            return Finding(
                "port",
                "problem",
                f"{settings.port} is taken",
                "Close the program that uses it, or set OFRENDA_PORT to another number.",
            )
    return Finding("port", "ok", f"{settings.host}:{settings.port} is free")


def _microphone(settings: Settings) -> Finding:
    host = settings.host
    local = host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)
    if local:
        return Finding("microphone", "ok", "browsers on this computer may use it")
    return Finding(
        "microphone",
        "problem",
        f"a page at http://{host} gets no microphone",
        "Browsers give it only to this computer itself or over https: use OFRENDA_HOST=127.0.0.1.",
    )


def _reading(settings: Settings) -> Finding:
    with Sandbox(_nearest_folder(settings.home), Limits()) as sandbox:
        holding = sandbox.holding()
    missing = [words for layer, words in _LAYERS.items() if not holding.get(layer)]
    if missing:
        return Finding(
            "reading",
            "warning",
            f"exports are read in a process of their own, but it {', '.join(missing)}",
            "Add only exports that come from people you trust, or add them on a computer with "
            "Linux 5.13 or later, which can lock that process away.",
        )
    return Finding("reading", "ok", "exports are read in a process that is locked away")


def _speed(settings: Settings) -> Finding:
    factor = asyncio.run(_real_time_factor(settings))
    found = f"speaks a second in {factor:.2f} s"
    if factor > _SLOW_SPEECH:
        return Finding(
            "speed",
            "warning",
            found,
            "Replies may break up: close other programs, or use a faster computer.",
        )
    return Finding("speed", "ok", found)


async def _real_time_factor(settings: Settings) -> float:
    """Seconds of work for a second of speech, second of two runs of one sentence."""
    tts = cast(TextToSpeech, create(EngineKind.TTS, settings))
    voice = stock_profile("am_michael")
    try:
        factor = 0.0
        for _ in range(2):
            start, seconds = time.perf_counter(), 0.0
            async for audio in tts.synthesize(_SAMPLE, voice=voice, language="en"):
                seconds += audio.seconds
            factor = (time.perf_counter() - start) / max(seconds, 0.1)
        return factor
    finally:
        await tts.close()


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _nearest_folder(path: Path) -> Path:
    return next(parent for parent in (path, *path.parents) if parent.exists())


def _show(findings: list[Finding]) -> None:
    colour = {"ok": "green", "warning": "yellow", "problem": "red"}
    table = Table(title="Doctor")
    for column in ("check", "", "found", "what to do"):
        table.add_column(column)
    for f in findings:
        table.add_row(f.check, f"[{colour[f.state]}]{f.state}[/]", f.found, f.advice)
    out.print(table)
