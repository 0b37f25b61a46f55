"""From written to spoken: no emoji, no markdown, no addresses; and how a sentence feels."""

from __future__ import annotations

import re
from typing import Final

from ofrenda.dialogue.lexicon import patterns
from ofrenda.types import CALM, Mood, MoodName, Sentence

# Pictographs, dingbats, arrows, flags, variation selectors and joiners. Kept as one class: what is
# stripped is never a letter, a digit or punctuation of English or Chinese.
_EMOJI: Final = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2190-\u21ff\u2b00-\u2bff\u2300-\u23ff\ufe0e\ufe0f\u200d\u20e3"
    "\U000e0020-\U000e007f\ufffc]+"
)
_EMOTICON: Final = re.compile(
    r"(?<!\w)(?:[:;=8xX]['’]?-?[)(DPpOo3/\\|*]+|<3+|\^_?\^|T_T|>_<)(?!\w)"
)
_URL: Final = re.compile(r"(?:https?://|www\.)[^\s\u4e00-\u9fff]+")
_LINK: Final = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_LEADING: Final = re.compile(r"^\s*(?:#{1,6}\s+|>\s+|[-*+]\s+|\d{1,2}[.)]\s+)", re.MULTILINE)
_MARKS: Final = re.compile(
    r"(?:\*\*|__|~~|`+)|(?<![A-Za-z0-9])[*_](?=\S)|(?<=\S)[*_](?![A-Za-z0-9])"
)
_SPACE: Final = re.compile(r"\s+")
_ENDLESS: Final = re.compile(r"([!?！？。，,~～])\1+")
_LAUGH_EN: Final = re.compile(r"\b(ha)(?:ha){2,}h?\b", re.IGNORECASE)
_LAUGH_ZH: Final = re.compile(r"([哈嘿呵])\1{2,}")
_SPEAKABLE: Final = re.compile(r"[^\W_]")


def spoken(text: str) -> str:
    """``text`` as it is read aloud; empty when nothing of it can be. Laughter stays, shortened to
    what one breath holds."""
    plain = _LINK.sub(r"\1", text)
    plain = _URL.sub(" ", plain)
    plain = _EMOTICON.sub(" ", _EMOJI.sub(" ", plain))
    plain = _MARKS.sub("", _LEADING.sub("", plain))
    plain = _LAUGH_EN.sub(r"\1ha", plain)
    plain = _LAUGH_ZH.sub(r"\1\1", plain)
    plain = _ENDLESS.sub(r"\1", plain).replace("~", "").replace("～", "")
    plain = _SPACE.sub(" ", plain).strip()
    return plain if _SPEAKABLE.search(plain) else ""


_MOODS: Final = {
    MoodName.SAD: Mood(MoodName.SAD, 0.5, -0.3),
    MoodName.PLAYFUL: Mood(MoodName.PLAYFUL, 0.6, 0.2),
    MoodName.TENDER: Mood(MoodName.TENDER, 0.6, -0.2),
    MoodName.GLAD: Mood(MoodName.GLAD, 0.7, 0.2),
    MoodName.CONCERNED: Mood(MoodName.CONCERNED, 0.5, -0.1),
    MoodName.WARM: Mood(MoodName.WARM, 0.5, 0.0),
}
_TOUCHED: Final = {
    MoodName.CONCERNED: Mood(MoodName.CONCERNED, 0.4, -0.1),
    MoodName.TENDER: Mood(MoodName.TENDER, 0.4, 0.0),
    MoodName.GLAD: Mood(MoodName.GLAD, 0.4, 0.1),
    MoodName.PLAYFUL: Mood(MoodName.PLAYFUL, 0.4, 0.0),
}
"""How words without a mood of their own are said in answer to such news."""


def mood_of(text: str) -> Mood:
    """How ``text`` is to be said, by its words, emoji and marks; calm when they say nothing."""
    for name, pattern in patterns("mood").items():
        if pattern.search(text):
            mood = _MOODS[MoodName(name)]
            if text.count("!") + text.count("！") >= 2:
                return Mood(mood.name, min(1.0, mood.intensity + 0.2), mood.pace)
            return mood
    if text.rstrip().endswith(("!", "！")):
        return Mood(MoodName.WARM, 0.5, 0.1)
    return CALM


def mood_between(sentence: Sentence, heard: str) -> Mood:
    """How ``sentence`` is said in answer to ``heard``: as its own words say; else as its source
    was written (a heart behind the whole message), else as one answers such news."""
    own = _as_written(sentence)
    if own.name is not MoodName.CALM:
        return own
    feelings = patterns("feeling")
    if patterns("asked")["distress"].search(heard) or feelings["bad"].search(heard):
        return _TOUCHED[MoodName.CONCERNED]
    if feelings["good"].search(heard):
        return _TOUCHED[MoodName.GLAD]
    told = mood_of(heard)
    return _TOUCHED[told.name] if told.name in (MoodName.TENDER, MoodName.PLAYFUL) else own


def moods_for(sentence: Sentence) -> list[Mood]:
    """Every mood that :func:`mood_between` can give ``sentence``, the likeliest first."""
    own = _as_written(sentence)
    return [own] if own.name is not MoodName.CALM else [own, *_TOUCHED.values()]


def _as_written(sentence: Sentence) -> Mood:
    """The mood of its own words; else that of what was written around it."""
    if sentence.mood.name is not MoodName.CALM:
        return sentence.mood
    for source in sentence.sources:
        written = mood_of(source.excerpt)
        if written.name is not MoodName.CALM:
            return Mood(written.name, min(written.intensity, 0.5), written.pace)
    return sentence.mood
