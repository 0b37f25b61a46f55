"""From what a keeper types to the keys of a life."""

from __future__ import annotations

from pathlib import Path

from ofrenda.errors import LifeDamaged, VaultError, VoiceDestroyed, WrongPassphrase
from ofrenda.vault import recovery
from ofrenda.vault.blobs import BlobStore
from ofrenda.vault.header import Header, read_voice_key
from ofrenda.vault.keys import (
    KEY_BYTES,
    LifeKey,
    Purpose,
    unwrap_with_passphrase,
    unwrap_with_secret,
)

VOICE_FOLDER = "voice"


def unlock(header: Header, secret: str) -> bytes:
    """The life key under a passphrase or a recovery code; ``WrongPassphrase`` where neither fits.

    What looks like a code is tried as a code first and as a passphrase after.
    """
    code = recovery.read(secret)
    wrap = header.wraps.get(Purpose.RECOVERY)
    if code is not None and wrap is not None:
        key = unwrap_with_secret(wrap, header.life.id, code)
        if key is not None:
            return key
    wrap = header.wraps.get(Purpose.PHRASE)
    if wrap is not None:
        key = unwrap_with_passphrase(wrap, header.life.id, secret)
        if key is not None:
            return key
    if code is not None:
        raise WrongPassphrase(
            "This recovery code was written down right, but it belongs to another life "
            "or was replaced by a newer code."
        )
    if recovery.seems_mistyped(secret):
        raise WrongPassphrase(
            "This recovery code has a slip in it. Compare it with the paper sign by sign: "
            "eight groups of four; it never has the letters I, L, O or U."
        )
    raise WrongPassphrase(
        "That passphrase does not open this life. Check capital letters and the keyboard "
        "language, or use the recovery code."
    )


def voice_store(folder: Path, key: LifeKey) -> BlobStore:
    """The store of the voice of the life in ``folder``.

    Where the voice key is destroyed, missing or damaged, the store's ``put`` and ``get`` raise
    ``VoiceDestroyed`` or ``LifeDamaged``; the rest of the life is not concerned.
    """
    voice_key: bytes | None = None
    trouble: VaultError = voice_destroyed()
    try:
        wrap = read_voice_key(folder).wrap
        if wrap is not None:
            voice_key = unwrap_with_secret(wrap, key.life, key.derive(Purpose.VOICE))
            trouble = LifeDamaged(
                "The key of the voice does not belong to this life. "
                "Restore the life's folder from a backup to hear the voice again."
            )
    except VaultError as error:
        trouble = error
    store = BlobStore(folder / VOICE_FOLDER, key.life, voice_key or bytes(KEY_BYTES))
    if voice_key is None:
        store.forget(trouble)
    return store


def voice_is_destroyed(folder: Path) -> bool:
    """Whether the keeper destroyed the voice (not: whether its key is lost)."""
    try:
        return read_voice_key(folder).destroyed is not None
    except VaultError:
        return False


def voice_destroyed() -> VoiceDestroyed:
    """What is raised when the voice is asked for after it was destroyed."""
    return VoiceDestroyed(
        "The voice of this life was destroyed and cannot come back. Everything else is still here."
    )
