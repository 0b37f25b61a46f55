"""What a process gives up before it reads foreign bytes: the network, writing, other processes.

Four layers, each of them unprivileged, each asked for at the start and then *tried*, so that what
is reported is what holds and not what was asked for:

- resource limits (every POSIX system): memory, processor time, no core dumps, no byte to any file;
- a system-call filter (Linux, seccomp): only what reading needs, so no sockets, no new programs,
  no signals to others, no opening for writing;
- a file-system domain (Linux 5.13 and later, Landlock): only the path that was handed in and
  Python's own folders can be opened at all, and neither the memory nor the key of another process;
- the death of the parent ends the child (Linux).

Numbers are from the kernel's ``asm/unistd.h``, ``linux/seccomp.h``, ``linux/filter.h`` and
``linux/landlock.h``.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import platform
import resource
import signal
import socket
import struct
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

MEMORY = 2 * 2**30
"""Bytes of address space. The largest message database that is read needs about 1.6 GiB."""

_SECONDS, _SECONDS_PER_MIB, _SECONDS_PER_ENTRY = 60.0, 10.0, 0.1
"""Processor time for one file. The slowest format (PDF) takes about 1 s/MiB on one 2 GHz core."""

_FILES = 256
"""Open files at once."""

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
_FILTER = 2
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NR, _ARCH, _ARGUMENT = 0, 4, 16
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_CLONE_THREAD = 0x00010000
_RECENT = 424
"""Calls from here on answer "no such call", for which the C library has an older way."""

_X86_64: Mapping[str, tuple[int, ...]] = {
    "plain": (
        *(0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 19, 20, 21, 23, 24, 25, 26),
        *(27, 28, 32, 33, 35, 39, 60, 63, 72, 78, 79, 80, 81, 89, 96, 97, 98, 99, 100, 102, 104),
        *(107, 108, 110, 131, 137, 138, 158, 186, 201, 202, 204, 217, 218, 219, 221, 228, 229),
        *(230, 231, 262, 267, 269, 270, 271, 273, 274, 302, 318, 324, 332, 334, 439),
    ),
    "open": (2,),
    "openat": (257,),
    "clone": (56,),
    "tgkill": (234,),
}
_AARCH64: Mapping[str, tuple[int, ...]] = {
    "plain": (
        *(17, 23, 24, 25, 29, 43, 44, 48, 49, 50, 57, 61, 62, 63, 64, 65, 66, 67, 69, 72, 73, 78),
        *(79, 80, 93, 94, 96, 98, 99, 100, 101, 113, 114, 115, 123, 124, 128, 132, 134, 135, 139),
        *(153, 160, 163, 165, 169, 172, 173, 174, 175, 176, 177, 178, 179, 214, 215, 216, 222),
        *(223, 226, 227, 232, 233, 261, 278, 283, 291, 293, 439),
    ),
    "openat": (56,),
    "clone": (220,),
    "tgkill": (131,),
}
"""Allowed calls: reading and mapping of files, memory, clocks, threads, signals to itself."""

_MACHINES = {"x86_64": (0xC000003E, _X86_64), "aarch64": (0xC00000B7, _AARCH64)}

_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_FS_BITS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""Kinds of access to files that a version of Landlock knows."""


def lock_down(readable: Iterable[Path], *, filtered: bool = True) -> None:
    """Give up all that reading under ``readable`` does not need; for good.

    ``filtered``: with the system-call filter, where there is one for this machine. What the
    system refuses is left out silently here; :func:`holding` tells what holds.
    """
    _limit()
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return
    _confine(libc, [*_own_folders(), *readable])
    if filtered and platform.machine() in _MACHINES:
        _filter(libc, *_MACHINES[platform.machine()])


def seconds_for(size: int, entries: int = 1) -> float:
    """Processor time in seconds that reading ``size`` bytes in so many files may take."""
    return _SECONDS + _SECONDS_PER_MIB * size / 2**20 + _SECONDS_PER_ENTRY * entries


def allow_seconds(seconds: float) -> None:
    """Let this process compute for so long from now; then the system ends it (``SIGXCPU``)."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    wanted = int(used.ru_utime + used.ru_stime + seconds) + 1
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (wanted, hard))


def holding() -> dict[str, bool]:
    """What holds in this process, found out by trying: ``network`` (no socket can be made),
    ``writing`` (no file can be written), ``programs`` (none can be started), ``elsewhere`` (no
    file outside can be read), ``memory`` (it has a limit)."""
    return {
        "network": _refused(_open_socket),
        "writing": _refused(_write_file),
        "programs": _refused(_fork),
        "elsewhere": _refused(_read_elsewhere),
        "memory": _has_limit(),
    }


def _limit() -> None:
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _FILES),
    ):
        _, hard = resource.getrlimit(what)
        if hard != resource.RLIM_INFINITY:
            most = min(most, hard)
        with contextlib.suppress(ValueError, OSError):  # macOS has no limit of address space
            resource.setrlimit(what, (most, most))


def _own_folders() -> list[Path]:
    """Where Python, its libraries and the time zones lie: they are loaded as they are needed."""
    import ofrenda

    named = [sys.prefix, sys.base_prefix, *sys.path, *(ofrenda.__path__)]
    system = ["/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/share/zoneinfo", "/dev/urandom"]
    system += ["/etc/ld.so.cache", "/etc/localtime", "/dev/null"]
    return [Path(place) for place in (*named, *system) if place]


def _confine(libc: ctypes.CDLL, readable: Iterable[Path]) -> None:
    version = libc.syscall(_LANDLOCK_CREATE, None, 0, 1)
    if version < 1:
        return
    bits = (1 << _FS_BITS.get(version, 16)) - 1
    attributes = struct.pack("QQQ", bits, 0b11 if version >= 4 else 0, 0b11 if version >= 6 else 0)[
        : 24 if version >= 6 else 16 if version >= 4 else 8
    ]
    ruleset = libc.syscall(_LANDLOCK_CREATE, attributes, len(attributes), 0)
    if ruleset < 0:
        return
    for place in readable:
        try:
            opened = os.open(place, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        access = _READ_FILE | (_READ_DIR if place.is_dir() else 0)
        libc.syscall(_LANDLOCK_ADD, ruleset, 1, struct.pack("=Qi", access, opened), 0)
        os.close(opened)
    libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0)
    os.close(ruleset)


def _filter(libc: ctypes.CDLL, arch: int, calls: Mapping[str, tuple[int, ...]]) -> None:
    """A program of the classic packet filter: one call number in, one verdict out."""
    allow, refuse = _step(_RETURN, _ALLOW), _step(_RETURN, _REFUSE | errno.EACCES)
    program = [_step(_LOAD, _ARCH), _step(_EQUAL, arch, 1, 0), _step(_RETURN, _KILL)]
    program += [_step(_LOAD, _NR)]
    for number in calls["plain"]:
        program += [_step(_EQUAL, number, 0, 1), allow]
    for name, argument, test in (
        ("open", 1, _step(_ANY_BIT, _WRITING, 1, 0)),
        ("openat", 2, _step(_ANY_BIT, _WRITING, 1, 0)),
        ("clone", 0, _step(_ANY_BIT, _CLONE_THREAD, 0, 1)),
        ("tgkill", 0, _step(_EQUAL, os.getpid(), 0, 1)),
    ):
        for number in calls.get(name, ()):
            look = _step(_LOAD, _ARGUMENT + 8 * argument)
            program += [_step(_EQUAL, number, 0, 4), look, test, allow, refuse]
    program += [_step(_AT_LEAST, _RECENT, 0, 1), _step(_RETURN, _REFUSE | errno.ENOSYS), refuse]
    code = ctypes.create_string_buffer(b"".join(program))
    header = struct.pack("HP", len(program), ctypes.addressof(code))
    libc.prctl(_PR_SET_SECCOMP, _FILTER, header, 0, 0)


def _step(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("HBBI", code, then, otherwise, value)


def _refused(attempt: object) -> bool:
    try:
        attempt()  # type: ignore[operator]
    except OSError:
        return True
    return False


def _open_socket() -> None:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()


def _write_file() -> None:
    place = Path(tempfile.gettempdir(), f"ofrenda-{os.getpid()}")
    try:
        place.write_bytes(b"?")
    finally:
        with contextlib.suppress(OSError):
            place.unlink()


def _fork() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def _read_elsewhere() -> None:
    os.close(os.open("/proc/1/status" if Path("/proc").is_dir() else "/etc/hosts", os.O_RDONLY))


def _has_limit() -> bool:
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return soft != resource.RLIM_INFINITY
