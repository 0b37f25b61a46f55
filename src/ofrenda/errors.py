"""The one error tree.

Every message is written for somebody who is not an engineer: it says what is wrong and what to
do next, in one line, and never holds personal content (no message text, no names, no passphrase).

    OfrendaError
    ├── BadInput            what was handed in cannot be used            exit 2
    │   ├── ArchiveError    an export, a folder, an essay
    │   ├── ClipRejected    a voice clip (silence, music, two people ...)
    │   └── FileUnreadable  a sound or picture that cannot be decoded
    ├── VaultError          the encrypted folder of a life               exit 3
    │   ├── WrongPassphrase
    │   ├── LifeNotFound
    │   ├── LifeExists
    │   ├── LifeInUse
    │   ├── LifeDamaged
    │   ├── VoiceDestroyed
    │   └── DiskFull
    ├── ConsentMissing      nothing may be built before consent          exit 4
    ├── ModelError          a model file                                 exit 5
    │   ├── ModelMissing
    │   └── ModelCorrupt
    ├── EngineError         a model that runs (or does not)              exit 6
    │   ├── EngineUnavailable
    │   ├── EngineTimeout
    │   └── EngineRefused   it answered, and said no
    └── CallError           carrying a call                              exit 7
        ├── PortInUse
        ├── LineBusy
        └── NotInvited
"""

from __future__ import annotations

from typing import ClassVar


class OfrendaError(Exception):
    """Base of all errors that a user may see.

    ``retryable``: the same action may succeed when tried again without a change.
    ``exit_code``: what the command line exits with.
    """

    retryable: ClassVar[bool] = False
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BadInput(OfrendaError):
    """What was handed in cannot be used; nothing was stored."""

    exit_code = 2


class ArchiveError(BadInput):
    """An export, a folder or a text that cannot be read."""


class ClipRejected(BadInput):
    """A voice clip that cannot be used; ``reason`` is a stable word for scripts."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class FileUnreadable(BadInput):
    """A sound or picture that cannot be decoded; ``reason`` is a stable word for scripts."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class VaultError(OfrendaError):
    """The encrypted folder of a life."""

    exit_code = 3


class WrongPassphrase(VaultError):
    """Neither passphrase nor recovery code opens this life."""


class LifeNotFound(VaultError):
    """No life of that name on this machine."""


class LifeExists(VaultError):
    """A life of that name is already here."""


class LifeInUse(VaultError):
    """Another process has the life awake for writing."""

    retryable = True


class LifeDamaged(VaultError):
    """A file of the life is missing, cut short or was changed."""


class VoiceDestroyed(VaultError):
    """The voice of this life was destroyed for good; everything else is there."""


class DiskFull(VaultError):
    """No room left; what was committed before is safe."""

    retryable = True


class ConsentMissing(OfrendaError):
    """A voice or persona may not be built before consent is recorded."""

    exit_code = 4


class ModelError(OfrendaError):
    """A model file."""

    exit_code = 5


class ModelMissing(ModelError):
    """A model file is not on this machine."""


class ModelCorrupt(ModelError):
    """A model file has not the sha256 that the catalog pins."""


class EngineError(OfrendaError):
    """A model that runs, or does not."""

    exit_code = 6


class EngineUnavailable(EngineError):
    """The engine process or server cannot be reached just now."""

    retryable = True


class EngineTimeout(EngineError):
    """The engine took longer than it may."""

    retryable = True


class EngineRefused(EngineError):
    """The engine answered and refused (bad key, unknown model, text too long)."""


class CallError(OfrendaError):
    """Carrying a call."""

    exit_code = 7


class PortInUse(CallError):
    """The port of the house is taken by another program."""


class LineBusy(CallError):
    """As many calls as this machine holds are under way."""

    retryable = True


class NotInvited(CallError):
    """The caller is not on the list, or the link has run out."""
