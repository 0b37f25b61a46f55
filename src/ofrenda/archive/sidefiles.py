"""Files that came along with an export: which of them a message names, and what they hold."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

from ofrenda.archive.container import Container, Entry
from ofrenda.types import Kind, MediaRef

_REMOTE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{1,20}:")
_UNSOUND = re.compile("[\0-\x1f\x7f\ud800-\udfff\ufdd0]")
_LONGEST = 1_024


def named_file(
    entry: Entry, files: Container, path: object, *, climb: bool = False
) -> MediaRef | None:
    """The file at ``path``, as written from the folder of ``entry``; with ``climb`` also as
    written from any folder that this one is in.

    Only the very path counts, never a file of the same name elsewhere: it may be somebody else's
    voice. ``exists`` is False where it did not come along; None where this is no path.
    """
    if not isinstance(path, str) or not 0 < len(path) <= _LONGEST or _UNSOUND.search(path):
        return None
    if _REMOTE.match(path) or path.startswith(("/", "\\", "(")):
        return None
    plain = unicodedata.normalize("NFC", path.replace("\\", "/"))
    parts = [part for part in plain.split("/") if part not in ("", ".")]
    if not parts or ".." in parts:
        return None
    wanted = "/".join(parts)
    folders = PurePosixPath(entry.name).parents
    for folder in folders if climb else folders[:1]:
        place = (folder / wanted).as_posix()
        if place in files.entries and place != entry.name:
            return MediaRef(place, None, True)
    return MediaRef(wanted, None, False)


_KINDS = {
    Kind.VOICE: {"opus", "ogg", "m4a", "mp3", "aac", "amr", "wav", "3ga", "oga", "caf"},
    Kind.IMAGE: {"jpg", "jpeg", "png", "heic", "heif", "gif", "bmp", "webp"},
    Kind.VIDEO: {"mp4", "mov", "3gp", "mkv", "avi", "webm"},
    Kind.CONTACT: {"vcf"},
}
_BY_ENDING = {ending: kind for kind, endings in _KINDS.items() for ending in endings}


def kind_of(path: str) -> Kind:
    """What a file is, by its name."""
    return _BY_ENDING.get(PurePosixPath(path).suffix[1:].casefold(), Kind.FILE)
