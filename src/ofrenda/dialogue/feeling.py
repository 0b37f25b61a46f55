"""What the person felt when they wrote it is not said as if it were felt now.

Decided so: love that was declared ("I love you") is quoted as it stands; it was meant to last.
Words of longing, waiting or being somewhere in a state of mind ("I miss you too", "I'm so proud")
are true of the hour they were written in. They are said with that hour before them: "In September
2022 I wrote:". The family hears the words, and nobody is told that somebody misses them now.
"""

from __future__ import annotations

import re
from typing import Final

from ofrenda.dialogue.speech import spoken
from ofrenda.types import Mood, MoodName, Provenance, Sentence

_NOW: Final = re.compile(
    r"\bi\s+(?:(?:still|really|so|do|do\s+so|always|already|just)\s+)*(?:miss|long\s+for|yearn\s+for|need)\s+(?:you|u|us|home|your)\b"
    r"|^\W*miss(?:ing)?\s+(?:you|u)\b|\bi(?:'m|\s+am)\s+(?:\w+\s+)?(?:missing|thinking\s+(?:of|about)|proud|lonely|lost|sad|happy|worried|scared|afraid|tired|counting)\b"
    r"|^\W*thinking\s+(?:of|about)\s+you\b|\bcan(?:'t|not)\s+(?:wait|stop\s+thinking)\b|\bwish\s+(?:i\s+was|i\s+were|you\s+were)\b"
    r"|我(?:也|好|很|真|一直|天天|还|都)*(?:想念?|惦记|挂念|舍不得)(?:你|您|你们|家)|^(?:好|很|真)?想你|我(?:很|好|真|也|有点)*(?:难过|孤单|害怕|骄傲|累|担心)",
    re.IGNORECASE,
)
_MOOD: Final = Mood(MoodName.TENDER, 0.4, -0.2)


def felt_then(text: str) -> bool:
    """Whether ``text`` tells what its writer felt at that hour."""
    return _NOW.search(text.replace("’", "'")) is not None


def set_in_its_time(sentence: Sentence) -> Sentence | None:
    """What is said before ``sentence``, own words that tell a feeling of their hour; else None."""
    if sentence.provenance is not Provenance.OWN_WORDS or not felt_then(sentence.text):
        return None
    source = sentence.sources[0]
    if source.said_at is None:
        text = "我以前写过：" if sentence.language == "zh" else "I once wrote:"
    elif sentence.language == "zh":
        text = f"{source.said_at.year}年{source.said_at.month}月我写过："
    else:
        text = f"In {source.said_at:%B %Y} I wrote:"
    return Sentence(
        text=text,
        spoken=spoken(text),
        language=sentence.language,
        provenance=Provenance.REMEMBERED,
        sources=sentence.sources,
        mood=_MOOD,
    )
