"""What a child process may use, and how it gives up everything else before the first byte."""

from __future__ import annotations

import ctypes
import os
import sys
from dataclasses import dataclass

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_SIGKILL = 9


@dataclass(frozen=True, slots=True)
class Limits:
    """``memory`` bytes of address space, ``cpu`` seconds of computing for one file, ``silence``
    seconds without any sign of life after which the child is killed.

    Four hours of AAC take 40 s of computing on one slow core (measured: 350 times faster than
    they last), so 300 s leave room for any file of four hours.
    """

    memory: int = 2 << 30
    cpu: int = 300
    silence: float = 60.0


def confine(limits: Limits) -> None:
    """Give up network, new privileges, core files, files that grow, and memory beyond the limit.

    As far as the system lets an ordinary process do so; where it does not, the rest still holds.
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        # A network of its own, without any card: refused where user namespaces are switched off.
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    try:
        import resource
    except ImportError:  # not on Windows
        return
    for kind, value in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (ceiling, ceiling))


def allow_cpu(seconds: int) -> None:
    """Let this process compute ``seconds`` from now on; then the system ends it."""
    try:
        import resource
    except ImportError:
        return
    used = os.times()
    ceiling = int(used.user + used.system) + seconds + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (ceiling, hard))
