"""Runs ``make demo`` in an empty home as a newcomer would: twice, up to a page that can be called.

Prints how long each run took until the page answered, and ends with an error when a link does not
open, or when the house does not go to sleep on Ctrl-C.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
PORT = 8747
PATIENCE = 900.0
"""Seconds for a first run on a slow machine; the target is 300."""
LINK = re.compile(r"as (\w+), his \w+:\s+(http://[^\s#]+)#(\S+)")


def main() -> None:
    """Two runs: one that builds everything, one that finds it built."""
    with tempfile.TemporaryDirectory() as home:
        for which in ("first", "second"):
            seconds = run(Path(home))
            print(f"{which} run: callable after {seconds:.0f} s", flush=True)


def run(home: Path) -> float:
    """One ``make demo``; seconds until its links were printed and work."""
    log = home / "demo.log"
    start = time.monotonic()
    with log.open("w", encoding="utf-8") as output:
        demo = subprocess.Popen(
            ["make", "demo"],
            cwd=ROOT,
            env={**os.environ, "HOME": str(home), "OFRENDA_PORT": str(PORT)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        links = wait_for_links(demo, log, start + PATIENCE)
        seconds = time.monotonic() - start
        for name, address, token in links:
            open_link(name, address, token)
    finally:
        os.killpg(demo.pid, signal.SIGINT)
        try:
            demo.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(demo.pid, signal.SIGKILL)
            sys.exit("the house did not close on Ctrl-C")
    if "asleep" not in log.read_text(encoding="utf-8"):
        sys.exit(f"the life was not put to sleep:\n{log.read_text(encoding='utf-8')}")
    return seconds


def wait_for_links(
    demo: subprocess.Popen[bytes], log: Path, until: float
) -> list[tuple[str, str, str]]:
    """The links that the demo prints once it can be called."""
    while time.monotonic() < until:
        printed = log.read_text(encoding="utf-8")
        if "Ctrl-C closes" in printed and (links := LINK.findall(printed)):
            return links
        if demo.poll() is not None:
            sys.exit(f"make demo ended early:\n{printed}")
        time.sleep(0.2)
    sys.exit(f"make demo took too long:\n{log.read_text(encoding='utf-8')}")


def open_link(name: str, address: str, token: str) -> None:
    """What the page does with a link, up to the slip that a call is placed with."""
    with httpx.Client(base_url=address, headers={"Origin": address.rstrip("/")}) as page:
        page.get("/").raise_for_status()
        page.post("/api/session", json={"token": token}).raise_for_status()
        life = page.get("/api/life").raise_for_status().json()
        page.post("/api/call-token", json={}).raise_for_status()
        print(f"{name} can call {life['person']['name']}")


if __name__ == "__main__":
    main()
