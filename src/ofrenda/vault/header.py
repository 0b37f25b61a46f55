"""The only files of a life that can be read while it is asleep: who it is called, and its wraps.

``life.header`` is JSON: ``format`` (the magic), ``version``, ``algorithm``, ``id``, ``alias``,
``created``, ``wraps`` (each with ``purpose``, ``kdf``, ``salt``, ``nonce``, ``sealed``; bytes in
base 64) and ``sha256`` over the rest, so that a damaged file is not mistaken for a wrong
passphrase. ``voice.key`` has the same form with one wrap, or none and ``destroyed`` once the voice
is gone. Nothing of the person is in either.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ofrenda.errors import LifeDamaged, VaultError
from ofrenda.types import LifeId
from ofrenda.vault.durable import no_leave, replace_shredding, write_durably
from ofrenda.vault.keys import (
    KEY_BYTES,
    NONCE_BYTES,
    SALT_BYTES,
    TAG_BYTES,
    KdfParameters,
    Purpose,
    Wrap,
)

HEADER_FILE = "life.header"
VOICE_FILE = "voice.key"
VERSION = 1
_HEADER_MAGIC = "ofrenda-life"
_VOICE_MAGIC = "ofrenda-voice-key"
_ALGORITHM = "AES-256-GCM"
_ARGON2 = "argon2id"
_HKDF = "hkdf-sha256"
_MAXIMUM_BYTES = 64 * 1024
"""A header is about 1 KiB; anything far above is not a header."""


@dataclass(frozen=True, slots=True)
class LifeHeader:
    """What may be known of a life while it is asleep."""

    id: LifeId
    alias: str
    folder: Path
    created: date


@dataclass(frozen=True, slots=True)
class Header:
    """The header file: the life and the wraps of its key, by purpose."""

    life: LifeHeader
    wraps: Mapping[Purpose, Wrap]


@dataclass(frozen=True, slots=True)
class VoiceKeyFile:
    """The voice key's file: its wrap, or the day on which it was destroyed."""

    wrap: Wrap | None
    destroyed: date | None = None


def write_header(header: Header) -> None:
    """Write (or replace, overwriting the old wraps) the header in the life's folder."""
    fields = {
        "id": header.life.id,
        "alias": header.life.alias,
        "created": header.life.created.isoformat(),
        "wraps": [_packed(wrap) for wrap in header.wraps.values()],
    }
    _write(header.life.folder / HEADER_FILE, _HEADER_MAGIC, fields)


def read_header(folder: Path) -> Header:
    """Read the header of the life in ``folder``.

    Raises ``LifeDamaged`` where it is missing, cut short or changed, ``VaultError`` where a newer
    version wrote it.
    """
    fields = _read(folder / HEADER_FILE, _HEADER_MAGIC)
    try:
        life = LifeHeader(
            id=LifeId(str(fields["id"])),
            alias=str(fields["alias"]),
            folder=folder,
            created=date.fromisoformat(fields["created"]),
        )
        wraps = {wrap.purpose: wrap for wrap in map(_unpacked, fields["wraps"])}
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged() from error
    return Header(life=life, wraps=wraps)


def write_voice_key(folder: Path, life: LifeId, key: VoiceKeyFile) -> None:
    """Write (or replace, overwriting the old wrap) the file of the voice key."""
    fields = {
        "id": life,
        "wrap": _packed(key.wrap) if key.wrap else None,
        "destroyed": key.destroyed.isoformat() if key.destroyed else None,
    }
    _write(folder / VOICE_FILE, _VOICE_MAGIC, fields)


def read_voice_key(folder: Path) -> VoiceKeyFile:
    """Read the file of the voice key; errors as for :func:`read_header`."""
    fields = _read(folder / VOICE_FILE, _VOICE_MAGIC)
    try:
        wrap = _unpacked(fields["wrap"]) if fields["wrap"] is not None else None
        day = fields["destroyed"]
        destroyed = date.fromisoformat(day) if day is not None else None
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged() from error
    if (wrap is None) == (destroyed is None):
        raise _damaged()
    return VoiceKeyFile(wrap=wrap, destroyed=destroyed)


def _write(path: Path, magic: str, fields: dict[str, Any]) -> None:
    record = {"format": magic, "version": VERSION, "algorithm": _ALGORITHM, **fields}
    record["sha256"] = _checksum(record)
    data = json.dumps(record, indent=1).encode()
    if path.exists():
        replace_shredding(path, data)
    else:
        write_durably(path, [data])


def _read(path: Path, magic: str) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(_MAXIMUM_BYTES)
        record = json.loads(data)
    except PermissionError as error:
        raise no_leave() from error
    except (OSError, ValueError) as error:
        raise _damaged() from error
    if not isinstance(record, dict) or record.get("format") != magic:
        raise _damaged()
    if record.get("version") != VERSION:
        raise newer()
    expected = record.pop("sha256", None)
    if expected != _checksum(record) or record.get("algorithm") != _ALGORITHM:
        raise _damaged()
    return record


def newer() -> VaultError:
    """What is raised for a life that a later version of Ofrenda wrote."""
    return VaultError(
        "This life was written by a newer version of Ofrenda. Update Ofrenda and open it again."
    )


def _damaged() -> LifeDamaged:
    return LifeDamaged(
        "The key file of this life is missing or damaged. "
        "Restore the life's folder from a backup, then open it again."
    )


def _checksum(record: Mapping[str, Any]) -> str:
    canonical = json.dumps(record, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _packed(wrap: Wrap) -> dict[str, Any]:
    kdf: dict[str, Any] = {"name": _HKDF}
    if wrap.kdf is not None:
        kdf = {
            "name": _ARGON2,
            "memory_kib": wrap.kdf.memory_kib,
            "passes": wrap.kdf.passes,
            "lanes": wrap.kdf.lanes,
        }
    return {
        "purpose": str(wrap.purpose),
        "kdf": kdf,
        "salt": base64.b64encode(wrap.salt).decode(),
        "nonce": base64.b64encode(wrap.nonce).decode(),
        "sealed": base64.b64encode(wrap.sealed).decode(),
    }


def _unpacked(fields: Mapping[str, Any]) -> Wrap:
    kdf = fields["kdf"]
    if kdf["name"] not in (_ARGON2, _HKDF):
        raise ValueError("unknown key derivation")
    parameters = None
    if kdf["name"] == _ARGON2:
        parameters = KdfParameters(int(kdf["memory_kib"]), int(kdf["passes"]), int(kdf["lanes"]))
    return Wrap(
        purpose=Purpose(fields["purpose"]),
        kdf=parameters,
        salt=_bytes(fields["salt"], SALT_BYTES),
        nonce=_bytes(fields["nonce"], NONCE_BYTES),
        sealed=_bytes(fields["sealed"], KEY_BYTES + TAG_BYTES),
    )


def _bytes(text: str, length: int) -> bytes:
    data = base64.b64decode(text, validate=True)
    if len(data) != length:
        raise ValueError("a field of a wrap has the wrong length")
    return data
