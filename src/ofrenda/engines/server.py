"""The engine process: ``python -m ofrenda.engines.server``, which only the house starts.

It reads one line from its standard input (the settings, the socket and the secret) and says
``ready`` on its standard output. It ends when its standard input closes, which happens however its
parent ends, and on SIGTERM, which the kernel sends when the parent dies.

Speech and text pass through this process in clear, so nothing of it may reach a disk: no core dump,
no log but the names of events, and whatever a library prints goes nowhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import logging
import os
import resource
import shutil
import signal
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any

from ofrenda.engines.protocols import EngineKind
from ofrenda.errors import OfrendaError
from ofrenda.settings import Settings

_log = logging.getLogger("ofrenda.engines.server")
_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_LAST_MOMENT_S = 3.0
"""How long what is computing may take to notice the end before the process is cut off."""


def main() -> None:
    """Be the engine process until the parent is done with it."""
    order = json.loads(sys.stdin.buffer.readline())
    _harden(order["parent"])
    answers = _keep_quiet()
    socket = Path(order["socket"])
    settings = Settings(**order["settings"])
    try:
        asyncio.run(_serve(settings, socket, order["secret"], answers))
    finally:
        shutil.rmtree(socket.parent, ignore_errors=True)
    # Threads of the models may be in the middle of something that nobody waits for any more.
    os._exit(0)


async def _serve(settings: Settings, socket: Path, secret: str, answers: int) -> None:
    from ofrenda.engines.service import start_service

    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_note)
    done = asyncio.Event()
    for ending in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(ending, done.set)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    watch = threading.Thread(target=_watch_parent, args=(loop, done, socket), daemon=True)
    watch.start()
    server = await start_service(_engines(settings), socket, secret)
    os.write(answers, b"ready\n")
    await done.wait()
    await server.stop(grace=None)


def _engines(settings: Settings) -> dict[EngineKind, Any]:
    from ofrenda.engines.registry import create, create_tts
    from ofrenda.engines.tts.by_voice import ByVoice

    engines: dict[EngineKind, Any] = {}
    for kind in EngineKind:
        try:
            engines[kind] = create(kind, settings)
        except OfrendaError as error:
            engines[kind] = error
        else:
            if kind is EngineKind.TTS:
                engines[kind] = ByVoice(engines[kind], partial(create_tts, settings))
    return engines


def _watch_parent(loop: asyncio.AbstractEventLoop, done: asyncio.Event, socket: Path) -> None:
    """Wait for the end of standard input; then end, in order if that is possible."""
    while sys.stdin.buffer.read(4096):
        pass
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(done.set)
    threading.Event().wait(_LAST_MOMENT_S)
    shutil.rmtree(socket.parent, ignore_errors=True)
    os._exit(1)


def _harden(parent: int) -> None:
    """End with the parent, and leave no memory behind on a disk."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:  # it died before the kernel knew that we want to hear of it
        os._exit(1)


def _keep_quiet() -> int:
    """Send what libraries print to nowhere; returns a descriptor of the real standard output.

    Our own log keeps the real standard error."""
    answers, errors = os.dup(1), os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    own = logging.StreamHandler(os.fdopen(errors, "w", buffering=1))
    own.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.getLogger().addHandler(logging.NullHandler())
    logging.getLogger("ofrenda").addHandler(own)
    logging.getLogger("ofrenda").propagate = False
    return answers


def _note(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Name the class of an error that nobody waited for, and none of its words."""
    _log.warning("unattended %s", type(context.get("exception")).__name__)


if __name__ == "__main__":
    main()
