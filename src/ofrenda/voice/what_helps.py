"""What would bring the voice nearer, as short keys that each page says in its own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ofrenda.voice.kept import KeptVoice
from ofrenda.voice.preference import Tally

ENOUGH_SECONDS: Final = 20.0
"""Of reference, from which a voice can be fitted (``docs/voice-fitting.md``)."""
_WORDS: Final = 3.0
"""Percentage points of word errors above the person's own from which it is told; the gate of a
fit (:mod:`.fit.gates`)."""
_NATURAL: Final = 0.3
"""DistillMOS below the person's own recordings from which it is told."""
_FAR: Final = 0.4
"""Likeness, from floor (0) to person (1), under which another engine is worth a try: zero-shot
engines that run on a graphics card stand at 0.4 to 0.9."""


def what_helps(
    voices: Sequence[KeptVoice],
    reference_seconds: float,
    newest_recording: str | None,
    measured: tuple[str, Mapping[str, Any]] | None,
    heard: Tally,
) -> list[str]:
    """The most important first; empty where nothing is known that would help.

    ``newest_recording``: when the last recording was added. ``measured``: when, and the report of
    ``ofrenda measure voice``. ``heard``: the answers of the listening test."""
    now = next((one for one in voices if one.in_use), None)
    if now is None:
        return ["voice"]
    found = []
    if reference_seconds < ENOUGH_SECONDS:
        found.append("lab")
    elif now.tier == "preview" and not any(one.tier not in ("", "preview") for one in voices):
        found.append("fit")
    elif newest_recording is not None and newest_recording > now.made:
        found.append("newer")
    if heard.nearest is not None and heard.nearest != now.id:
        found.append("use")
    elif heard.nearest is None and len(voices) > 1:
        found.append("listen")
    rows = {} if measured is None else {_name(row): row for row in measured[1]["rows"]}
    mine, person = rows.get(now.id), rows.get("person")
    if mine is None or person is None:
        return [*found, "measure"]
    if "error" in mine:
        return [*found, "unreachable"]
    if mine["word_errors"] > person["word_errors"] + _WORDS:
        found.append("words")
    if None not in (mine["natural"], person["natural"]) and (
        mine["natural"] < person["natural"] - _NATURAL
    ):
        found.append("natural")
    if mine["norm"] is not None and mine["norm"] < _FAR and now.tier != "preview":
        found.append("far")
    return found


def _name(row: Mapping[str, Any]) -> str:
    return str(row.get("id", row.get("kind", row["voice"])))
