"""A house with the real engines, opened as a family does, watched, and closed again."""

from __future__ import annotations

import asyncio
import ipaddress
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from ofrenda.settings import Settings
from ofrenda.weights import catalog, resolve

from .caller_at_home import link_in
from .household import SCRIPTED, Household

REAL = dict.fromkeys(SCRIPTED)
"""Lets a household's commands use the engines that they use without being told."""

Known = dict[Path, tuple[int, int]]


@dataclass
class OpenHouse:
    """A house that is open: its ``process``, where the page is, and the ``token`` of the keeper's
    link. ``elsewhere`` collects every address outside this computer that the house, its engines
    or anything else that the test started is connected with."""

    household: Household
    process: subprocess.Popen[bytes]
    address: str
    token: str
    port: int
    elsewhere: set[str] = field(default_factory=set)
    family: dict[int, psutil.Process] = field(default_factory=dict)

    @property
    def link(self) -> str:
        return f"{self.address}/#{self.token}"

    def calls_sockets(self) -> list[psutil._common.pconn]:
        """The sockets that carry a call's sound."""
        return psutil.Process(self.process.pid).net_connections("udp")

    async def close(self, within: float = 40.0) -> None:
        """Ask it to close (SIGTERM), and see that it does, and that nothing of it stays."""
        assert len(self.family) >= 2, "the house and its engines"
        self.process.send_signal(signal.SIGTERM)
        code = await asyncio.to_thread(self.process.wait, within)
        assert code == 0, self.printed("err")
        _, alive = await asyncio.to_thread(psutil.wait_procs, list(self.family.values()), 10)
        assert alive == [], "a process is left"
        with socket.socket() as knock:
            assert knock.connect_ex(("127.0.0.1", self.port)) != 0, "somebody still listens"
        assert list(self.household.temporary.iterdir()) == [], "something is left in TMPDIR"
        assert self.elsewhere == set()

    def printed(self, stream: str) -> str:
        return (self.household.logs / f"house-{self.port}.{stream}").read_text()


@asynccontextmanager
async def open_house(household: Household, alias: str) -> AsyncIterator[OpenHouse]:
    """``ofrenda serve``, with real engines, on a free port; killed at the end where the test did
    not close it."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    env = REAL | {"OFRENDA_PORT": str(port), "OFRENDA_OFFLINE": "1"}
    process = household.start("serve", alias, log=f"house-{port}", env=env)
    watch = None
    try:
        address, token = await link_in(household.logs / f"house-{port}.out", process, within=180.0)
        house = OpenHouse(household, process, address, token, port)
        watch = asyncio.create_task(_watch(house))
        yield house
    finally:
        if watch is not None:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
        process.kill()
        process.wait()


async def eventually(condition: Callable[[], bool], within: float) -> None:
    """Wait until something holds that nobody tells of. Raises TimeoutError."""
    end = time.monotonic() + within
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        await asyncio.sleep(0.1)


def real_settings(household: Household) -> Settings:
    """What the commands of a household run with, for use in this process."""
    return Settings(home=household.home, cache=household.cache, offline=True)


def models_ready(household: Household) -> None:
    """Join every model that is carried in parts, so that what appears later is not a model."""
    settings = real_settings(household)
    for name, model in catalog().items():
        if all(file.parts for file in model.files):
            resolve(name, settings)


def files_of(household: Household) -> Known:
    """Every file that the house may write, with its size and time of change."""
    places = (household.home, household.cache, household.temporary, household.user, household.logs)
    return {
        path: (path.stat().st_size, path.stat().st_mtime_ns)
        for place in places
        for path in place.rglob("*")
        if path.is_file()
    }


def in_clear(household: Household, sentences: Iterable[str], known: Known) -> list[Path]:
    """Files that are new or changed since ``known`` and hold one of ``sentences``."""
    needles = [
        text.encode(code) for text in sentences for code in ("utf-8", "utf-16-le") if len(text) > 11
    ]
    assert needles
    found = []
    for path, state in files_of(household).items():
        if known.get(path) != state:
            data = path.read_bytes()
            if any(needle in data for needle in needles):
                found.append(path)
    return found


async def _watch(house: OpenHouse) -> None:
    """Look, again and again, what is running and whom it talks to."""
    own = {
        each.address.partition("%")[0] for some in psutil.net_if_addrs().values() for each in some
    }
    while True:
        ours = psutil.Process(house.process.pid)
        family = [ours, *ours.children(recursive=True)]
        house.family |= {one.pid: one for one in family}
        for one in [*family, *psutil.Process().children(recursive=True)]:
            try:
                lines = one.net_connections("inet")
            except psutil.Error:
                continue  # it ended just now
            house.elsewhere |= {
                f"{one.name()}: {line.raddr.ip}"
                for line in lines
                if line.raddr
                and line.raddr.ip not in own
                and not ipaddress.ip_address(line.raddr.ip).is_loopback
            }
        await asyncio.sleep(0.5)
