"""The child's side: takes one job after the other from its standard input until that closes."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, cast

from ofrenda.apart.fetched import FetchedFile
from ofrenda.apart.limits import Limits
from ofrenda.apart.lockdown import allow_seconds, lock_down
from ofrenda.apart.wire import (
    DONE,
    GIVE,
    MOST_READ,
    READ,
    READY,
    REFUSED,
    BrokenWire,
    packed,
    unpacked,
)
from ofrenda.errors import ClipRejected, FileUnreadable

Job = Callable[[BinaryIO, Mapping[str, Any]], Iterator[Any]]


def main() -> None:
    """Give up everything that decoding does not need, then work."""
    limits = Limits(**json.loads(sys.argv[1]))
    wire = _Wire()
    _keep_memory_under(limits.memory)
    lock_down([], filtered=sys.argv[2] == "filtered")
    importlib.import_module("numpy")  # what starts threads shows here whether it can
    wire.send(READY, None)
    while (order := wire.order()) is not None:
        _work(order, wire, limits)


def _keep_memory_under(size: int) -> None:
    import resource

    with contextlib.suppress(ValueError, OSError):  # macOS has no limit of address space
        resource.setrlimit(resource.RLIMIT_AS, (size, size))


def _work(order: Mapping[str, Any], wire: _Wire, limits: Limits) -> None:
    allow_seconds(limits.cpu)
    file = cast(BinaryIO, io.BufferedReader(FetchedFile(int(order["size"]), wire.ask), 2**16))
    module, _, name = str(order["job"]).partition(":")
    try:
        job: Job = getattr(importlib.import_module(module), name)
        for value in job(file, order["arguments"]):
            wire.send(GIVE, value)
    except (ClipRejected, FileUnreadable) as error:
        wire.send(REFUSED, [error.reason, error.message])
    except MemoryError:
        wire.send(REFUSED, ["too_large", "This file needs more memory than a file may."])
    except BrokenWire:
        raise
    except Exception as error:  # noqa: BLE001 - a decoder may raise anything on foreign bytes
        wire.send(REFUSED, ["corrupt", f"This file is damaged ({type(error).__name__})."])
    else:
        wire.send(DONE, None)


class _Wire:
    """Standard input and output, kept away from whatever a library may print."""

    def __init__(self) -> None:
        self._in = os.fdopen(os.dup(0), "rb")
        self._out = os.fdopen(os.dup(1), "wb")
        nowhere = os.open(os.devnull, os.O_RDWR)
        for place in (0, 1, 2):
            os.dup2(nowhere, place)

    def order(self) -> Mapping[str, Any] | None:
        """The next job; None when there is none left."""
        try:
            return cast(Mapping[str, Any], unpacked(self._exactly)[1])
        except BrokenWire:
            return None

    def ask(self, offset: int, size: int) -> bytes:
        """A part of the file, as far as one message goes."""
        self.send(READ, [offset, min(size, MOST_READ)])
        _, data = unpacked(self._exactly)
        return bytes(data)

    def send(self, kind: str, value: Any) -> None:
        """One message to the parent."""
        self._out.write(packed(kind, value))
        self._out.flush()

    def _exactly(self, size: int) -> bytes:
        data = self._in.read(size)
        if len(data) != size:
            raise BrokenWire
        return data


if __name__ == "__main__":
    main()
