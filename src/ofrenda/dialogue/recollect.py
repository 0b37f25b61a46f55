"""What the caller told the life before, said back to them: in their own words, and when it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from ofrenda.dialogue.asked import Asked
from ofrenda.dialogue.lines import EXCERPT
from ofrenda.dialogue.speech import spoken
from ofrenda.memory.told import ASKS_SINCE, Told, distance, recollect
from ofrenda.types import Mood, MoodName, Provenance, Sentence, SourceRef

MOST: Final = 2
"""Things said back at once."""
LONGEST: Final = 160
"""Characters of what is said back; longer things are said by their first sentence."""
_MOOD: Final = Mood(MoodName.WARM, 0.4, 0.0)


def told_before(
    asked: Asked, told: Sequence[Told], today: date, *, zone: str | None = None
) -> list[Sentence]:
    """Sentences that tell the caller what they said, when they ask for it; empty when they ask for
    something else, or nothing of the kind was said. Never on a protected topic."""
    if asked.topic is not None or not ASKS_SINCE.search(asked.text):
        return []
    found = recollect(told, asked.text, today, zone=zone)[:MOST]
    found.sort(key=lambda one: one.at)
    return [_said_back(one, today, asked.language) for one in found]


def _said_back(one: Told, today: date, language: str) -> Sentence:
    when = distance(one.at.date(), today, language)
    words = _short(one.text)
    if language == "zh":
        verb = "写道" if one.kind == "letter" else "跟我说"
        text = f"{when}你{verb}：“{words}”"
    else:
        verb = "wrote to me" if one.kind == "letter" else "told me"
        text = f"{when[:1].upper()}{when[1:]} you {verb}: “{words}”"
    return Sentence(
        text=text,
        spoken=spoken(text),
        language=language,
        provenance=Provenance.REMEMBERED,
        sources=(
            SourceRef(one.kind, int(one.key.split("-")[1]), one.at.date(), one.text[:EXCERPT]),
        ),
        mood=_MOOD,
    )


def _short(text: str) -> str:
    plain = " ".join(text.split())
    if len(plain) <= LONGEST:
        return plain
    cut = plain[:LONGEST]
    stop = max(cut.rfind(mark) for mark in ".!?。！？")
    return cut[: stop + 1] if stop > 20 else cut.rsplit(" ", 1)[0] + " …"
