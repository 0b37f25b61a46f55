"""The keys of a life, and how each is wrapped by the next.

    passphrase     --Argon2id--> wraps the life key
    recovery code  --HKDF------> wraps the life key
    life key       --HKDF------> database key, blob key, index key, voice wrap key
    voice wrap key ------------> wraps the voice key (random, in a file of its own)

Every wrap is AES-256-GCM whose associated data name the format, the life and the purpose, so that
a wrap moved to another life or another place does not open. The voice key is random and not
derived: once its wrap is gone, nobody who holds the life key can make it again.
"""

from __future__ import annotations

import enum
import resource
import secrets
import unicodedata
from dataclasses import dataclass

from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ofrenda.errors import VaultError
from ofrenda.types import LifeId

KEY_BYTES = 32
"""AES-256, and the raw key of SQLCipher."""
SALT_BYTES = 16
"""RFC 9106, section 3.1: 16 bytes is enough for every application."""
NONCE_BYTES = 12
"""NIST SP 800-38D: 96-bit nonces."""
TAG_BYTES = 16
"""The full tag of AES-GCM."""
_CONTEXT = b"ofrenda/1/"


class Purpose(enum.StrEnum):
    """What a key or a wrap is for; part of every derivation and of every wrap's AAD."""

    PHRASE = "passphrase"
    RECOVERY = "recovery"
    DATABASE = "database"
    BLOBS = "blobs"
    INDEX = "index"
    VOICE = "voice"


@dataclass(frozen=True, slots=True)
class KdfParameters:
    """Cost of Argon2id: ``memory_kib`` KiB, ``passes`` over it, ``lanes`` in parallel.

    The default is the second recommendation of RFC 9106, section 4 (64 MiB, t=3, p=4); a guess
    costs about 0.15 s on two cores.
    """

    memory_kib: int = 64 * 1024
    passes: int = 3
    lanes: int = 4

    def __post_init__(self) -> None:
        """Refuse what Argon2 cannot do, or what a forged header could stall this machine with."""
        if not (
            1 <= self.lanes <= 64
            and 1 <= self.passes <= 100
            and 8 * self.lanes <= self.memory_kib <= 4 * 1024 * 1024
        ):
            raise ValueError("Argon2id parameters out of range")


STANDARD_KDF = KdfParameters()


@dataclass(frozen=True, slots=True)
class Wrap:
    """A key under another key. ``kdf`` is None where the wrapping key comes from HKDF alone."""

    purpose: Purpose
    kdf: KdfParameters | None
    salt: bytes
    nonce: bytes
    sealed: bytes


class LifeKey:
    """The random 256-bit key that everything else of a life hangs on; wiped with :meth:`wipe`."""

    def __init__(self, life: LifeId, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise ValueError("a life key has 32 bytes")
        self.life = life
        self._secret = bytearray(secret)

    @classmethod
    def new(cls, life: LifeId) -> LifeKey:
        """A fresh key from the system's random source."""
        return cls(life, secrets.token_bytes(KEY_BYTES))

    @property
    def secret(self) -> bytes:
        """The 32 bytes; raises ``VaultError`` once wiped."""
        if not self._secret:
            raise asleep()
        return bytes(self._secret)

    def derive(self, purpose: Purpose) -> bytes:
        """The 32-byte key for one purpose (HKDF-SHA256, RFC 5869; salt is the life's id)."""
        return expand(self.secret, purpose, salt=self.life.encode())

    def wipe(self) -> None:
        """Overwrite the key. Best effort: Python may hold copies until it collects them."""
        for place in range(len(self._secret)):
            self._secret[place] = 0
        self._secret.clear()


def asleep() -> VaultError:
    """What is raised when a life is used after it was closed."""
    return VaultError("This life is asleep. Open it with its passphrase first.")


def expand(secret: bytes, purpose: str, *, salt: bytes) -> bytes:
    """HKDF-SHA256 to 32 bytes, with an info string of its own for each purpose."""
    info = _CONTEXT + purpose.encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=info).derive(secret)


def normal(passphrase: str) -> str:
    """The passphrase as every keyboard would have typed it (RFC 8265, OpaqueString).

    Composed and decomposed accents become the same, and all kinds of space one kind.
    """
    spaced = "".join(" " if unicodedata.category(sign) == "Zs" else sign for sign in passphrase)
    return unicodedata.normalize("NFC", spaced)


def wrap_with_passphrase(
    key: bytes, life: LifeId, passphrase: str, parameters: KdfParameters = STANDARD_KDF
) -> Wrap:
    """Put ``key`` under a passphrase, with a fresh salt."""
    salt = secrets.token_bytes(SALT_BYTES)
    outer = _stretch(passphrase, salt, parameters)
    return _seal(key, outer, life, Purpose.PHRASE, salt, parameters)


def wrap_with_secret(key: bytes, life: LifeId, purpose: Purpose, secret: bytes) -> Wrap:
    """Put ``key`` under a secret that is random already (recovery code, derived key)."""
    salt = secrets.token_bytes(SALT_BYTES)
    return _seal(key, expand(secret, purpose, salt=salt), life, purpose, salt, None)


def unwrap_with_passphrase(wrap: Wrap, life: LifeId, passphrase: str) -> bytes | None:
    """The key under ``wrap``, or None when the passphrase is another."""
    if wrap.kdf is None or not passphrase:
        return None
    return _open(wrap, life, _stretch(passphrase, wrap.salt, wrap.kdf))


def unwrap_with_secret(wrap: Wrap, life: LifeId, secret: bytes) -> bytes | None:
    """The key under ``wrap``, or None when the secret is another."""
    return _open(wrap, life, expand(secret, wrap.purpose, salt=wrap.salt))


def forbid_core_dumps() -> None:
    """See to it that a crash of this process writes no memory, and with it no key, to disk."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _stretch(passphrase: str, salt: bytes, parameters: KdfParameters) -> bytes:
    try:
        return hash_secret_raw(
            secret=normal(passphrase).encode("utf-8", "surrogatepass"),
            salt=salt,
            time_cost=parameters.passes,
            memory_cost=parameters.memory_kib,
            parallelism=parameters.lanes,
            hash_len=KEY_BYTES,
            type=Type.ID,
        )
    except HashingError as error:
        raise VaultError(
            "There is too little free memory to check the passphrase. "
            "Close other programs and try again."
        ) from error


def _aad(life: LifeId, purpose: Purpose) -> bytes:
    return _CONTEXT + f"wrap/{life}/{purpose}".encode()


def _seal(
    key: bytes,
    outer: bytes,
    life: LifeId,
    purpose: Purpose,
    salt: bytes,
    parameters: KdfParameters | None,
) -> Wrap:
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(outer).encrypt(nonce, key, _aad(life, purpose))
    return Wrap(purpose=purpose, kdf=parameters, salt=salt, nonce=nonce, sealed=sealed)


def _open(wrap: Wrap, life: LifeId, outer: bytes) -> bytes | None:
    try:
        return AESGCM(outer).decrypt(wrap.nonce, wrap.sealed, _aad(life, wrap.purpose))
    except InvalidTag:
        return None
