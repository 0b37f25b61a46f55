"""What the bench's caller asks, and its voice."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ofrenda.engines.protocols import TextToSpeech
from ofrenda.errors import EngineUnavailable
from ofrenda.types import Audio, VoiceProfile

ENGLISH = (
    "How are you today?",
    "What did you like to cook on Sundays?",
    "Where did we go that summer, when it rained all the time?",
    "Did you sleep well?",
    "What was it like when you were a child?",
    "Tell me about your work.",
    "I miss you so much.",
    "Do you remember the first time we met?",
    "What should I make for dinner?",
    "I had a long day, and I am tired.",
)
MANDARIN = (
    "你今天怎么样？",
    "你周末喜欢做什么菜？",
    "你还记得我们第一次见面吗？",
    "我今天很累。",
    "跟我说说你小时候的事吧。",
)
INTERRUPTION = {
    "en": "Wait, wait, I wanted to ask you something else.",
    "zh": "等一下，我想问你别的事。",
}


@dataclass(frozen=True, slots=True)
class Questions:
    """Recordings of a caller: ``asked`` one by one, ``interruption`` spoken into replies."""

    asked: tuple[Audio, ...]
    interruption: Audio


PAUSES = (0.6, 0.8, 1.0)
"""Seconds of the pauses put into questions, in turn: longer than a breath, shorter than the
patience of the line."""


def with_pauses(questions: Questions) -> Questions:
    """The same questions, each with a pause where it is quietest near its middle, as one who thinks
    or weeps makes it. Those too short to have a middle are left out."""
    long = [one for one in questions.asked if one.seconds >= 1.5]
    asked = tuple(_paused(one, PAUSES[n % len(PAUSES)]) for n, one in enumerate(long))
    return Questions(asked or questions.asked, questions.interruption)


def _paused(audio: Audio, seconds: float) -> Audio:
    rate, samples = audio.sample_rate, audio.samples
    step = rate // 50
    first, last = int(0.35 * len(samples)), int(0.65 * len(samples))
    places = range(first, max(first + 1, last - 2 * step), step)
    quietest = min(places, key=lambda at: float(np.square(samples[at : at + 2 * step]).sum()))
    cut = quietest + step
    fade = np.linspace(1.0, 0.0, step, dtype=np.float32)
    before, after = samples[:cut].copy(), samples[cut:].copy()
    before[-step:] *= fade
    after[:step] *= fade[::-1]
    silence = np.zeros(int(seconds * rate), np.float32)
    return Audio(np.concatenate([before, silence, after]), rate)


async def spoken_questions(
    tts: TextToSpeech, avoid: Iterable[VoiceProfile], *, languages: tuple[str, ...]
) -> Questions:
    """The questions in a stock voice that is neither the person's nor the house's, in turn in each
    of the ``languages`` that we have questions in (English where none)."""
    known = [language for language in languages if language in INTERRUPTION] or ["en"]
    taken = {name for profile in avoid for name in profile.parameters.get("mix", {})}
    texts = {"en": ENGLISH, "zh": MANDARIN}
    asked: list[Audio] = []
    for pair in itertools.zip_longest(*(texts[language] for language in known)):
        for language, text in zip(known, pair, strict=True):
            if text is not None:
                asked.append(await say(tts, text, caller_voice(language, taken), language))
    first = known[0]
    interruption = await say(tts, INTERRUPTION[first], caller_voice(first, taken), first)
    return Questions(tuple(asked), interruption)


def caller_voice(language: str, taken: set[str]) -> VoiceProfile:
    """A stock voice of the language that nobody else in the call has."""
    from ofrenda.engines.tts.stock import stock_profile, stock_voices

    free = [v.name for v in stock_voices().values() if v.language == language]
    free = [name for name in free if name not in taken] or free
    return stock_profile(sorted(free)[0])


async def say(tts: TextToSpeech, text: str, voice: VoiceProfile, language: str) -> Audio:
    """``text`` in one piece of sound. Raises EngineUnavailable where none comes."""
    clauses = [a async for a in tts.synthesize(text, voice=voice, language=language)]
    if not clauses:
        raise EngineUnavailable("The speech engine gave no sound. Run: ofrenda doctor")
    return Audio(np.concatenate([c.samples for c in clauses]), clauses[0].sample_rate)
