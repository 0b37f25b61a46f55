"""A family's computer: its own folders, and the command line as they use it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

OFRENDA = Path(sys.executable).with_name("ofrenda")
PASSPHRASE = "copper lantern under seven pears"

SCRIPTED = {
    f"OFRENDA_{kind.upper()}": f"scripted-{kind}" for kind in ("stt", "tts", "llm", "embed", "turn")
}
"""Engines without a model."""


@dataclass(frozen=True)
class Household:
    """Folders that only this test uses, all of them empty at first.

    ``home`` holds the lives, ``cache`` the models, ``temporary`` is the system's temporary folder,
    ``user`` the keeper's own; ``desk`` holds what is handed in, and ``logs`` what was printed.
    """

    root: Path

    @classmethod
    def found(cls, root: Path) -> Household:
        """Make the folders; the lives' own is made by the program."""
        made = cls(root)
        for folder in (made.cache, made.temporary, made.user, made.desk, made.logs):
            folder.mkdir()
        return made

    @property
    def home(self) -> Path:
        return self.root / "lives"

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    @property
    def temporary(self) -> Path:
        return self.root / "tmp"

    @property
    def user(self) -> Path:
        return self.root / "user"

    @property
    def desk(self) -> Path:
        return self.root / "desk"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    def environment(self, more: Mapping[str, str | None]) -> dict[str, str]:
        """What a process is started with: nothing of this computer's but the path."""
        given: dict[str, str | None] = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(self.user),
            "TMPDIR": str(self.temporary),
            "HF_HUB_OFFLINE": "1",
            "OFRENDA_HOME": str(self.home),
            "OFRENDA_CACHE": str(self.cache),
            "OFRENDA_PASSPHRASE": PASSPHRASE,
            **SCRIPTED,
            **more,
        }
        return {name: value for name, value in given.items() if value is not None}

    def run(
        self,
        *words: str | Path,
        typed: str = "",
        env: Mapping[str, str | None] | None = None,
        limit: float = 90.0,
    ) -> subprocess.CompletedProcess[str]:
        """One command, to its end. ``typed`` is what comes in on standard input."""
        return subprocess.run(
            [OFRENDA, *map(str, words)],
            input=typed,
            env=self.environment(env or {}),
            cwd=self.user,
            capture_output=True,
            text=True,
            timeout=limit,
            check=False,
        )

    def start(
        self, *words: str | Path, log: str, env: Mapping[str, str | None] | None = None
    ) -> subprocess.Popen[bytes]:
        """A command that goes on; what it prints is in ``logs``, ``log``.out and ``log``.err."""
        with (
            (self.logs / f"{log}.out").open("wb") as out,
            (self.logs / f"{log}.err").open("wb") as err,
        ):
            return subprocess.Popen(
                [OFRENDA, *map(str, words)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=self.environment(env or {}),
                cwd=self.user,
            )

    def write(self, name: str, content: str | bytes) -> Path:
        """A file on the desk, to be handed in."""
        path = self.desk / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def contents(self, *folders: Path) -> dict[str, str]:
        """Every file and folder under ``folders`` (all but ``logs`` when none is given), with the
        hash of its content."""
        chosen: Sequence[Path] = folders or (
            self.home,
            self.cache,
            self.temporary,
            self.user,
            self.desk,
        )
        return {
            str(path.relative_to(self.root)): (
                hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            )
            for folder in chosen
            for path in sorted(folder.rglob("*"))
        }
