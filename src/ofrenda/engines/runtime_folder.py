"""A folder for sockets that only this user can enter."""

from __future__ import annotations

import tempfile
from pathlib import Path

_LONGEST = 80
"""A socket's path may have 107 bytes (``sun_path``); the rest is left for its name."""


def create_runtime_folder() -> Path:
    """A fresh, empty folder with mode 0700; whoever asks for it removes it."""
    folder = Path(tempfile.mkdtemp(prefix="ofrenda-"))
    if len(str(folder).encode()) <= _LONGEST:
        return folder
    folder.rmdir()
    return Path(tempfile.mkdtemp(prefix="ofrenda-", dir="/tmp"))
