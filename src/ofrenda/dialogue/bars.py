"""How well the person's own line must fit before it is said: every threshold, in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Bars:
    """How well a line must fit. ``match`` is meaning on Recall's scale (0 unrelated, 1 the same),
    ``share`` the weighted share of the content words asked for."""

    match: float
    share: float


# Chosen on the tuning half of the invented family archive of tests/dialogue with the embedded
# embedder, and mended once after the second half was seen; tests/dialogue/test_own_words.py prints
# both, and a third set written later. A question is answered by the reply to a like question.
# Questions one word away from one that was answered ("learn to drive" for "learn to swim") lie at
# a match of 0.49 to 0.64 with a share of up to 0.67, and at 0.79 with 0.5 (another relative): the
# bars pass above them. What concerns titles, deeds, lasting words and bad moments was chosen on the
# tuning half of the demo's questions (demo_questions.toml there); its held-out half was measured
# last, and falls well short of it: test_demo_life.py prints both.
QUESTION_CUE: Final = (
    Bars(0.30, 0.95),
    Bars(0.40, 0.85),
    Bars(0.45, 0.78),
    Bars(0.60, 0.72),
    Bars(0.82, 0.38),
)
# Where all that was asked then is asked now, what more is asked now is mostly how it is put ("at
# what age did you marry", "how old were you when you got married").
SAME_QUESTION: Final = 0.97
"""The match from which two questions are one, put in other words."""
HELD: Final = 0.78
QUESTION_CUE_HELD: Final = (Bars(0.45, 0.45),)
# ... or by sentences that speak of nearly all that is asked: one word in three missing is what a
# question about something else looks like.
QUESTION_TEXT: Final = (Bars(0.0, 0.78),)
# What was written to be read is about its subject throughout; a remark in a chat is not.
QUESTION_WRITING: Final = (*QUESTION_TEXT, Bars(0.32, 0.64), Bars(0.45, 0.5))
VERBATIM: Final = (Bars(0.0, 0.99),)
"""On a protected topic."""
SPREAD: Final = 0.1
"""What the share is lowered by where a written passage holds it only as a whole."""
FEWEST_SHARED: Final = 2
"""Content words that a sentence found by its text alone must share with the question ..."""
FEW_HOLD: Final = 5
RARE_MATCH: Final = 0.2
"""... unless it says that the person did what is asked of them, or is near in meaning (chosen:
unrelated everyday sentences lie below) and holds a word that at most :data:`FEW_HOLD` different
passages of those found hold."""
DEED: Final = 0.2
"""What it weighs that a sentence says "I found" where "what did you find" was asked."""
# Something told is answered by what the person replied at a like moment, more loosely when the
# line would do at many moments.
TELLING_CUE: Final = (Bars(0.55, 0.25), Bars(0.65, 0.0))
TELLING_CUE_GENERAL: Final = (Bars(0.45, 0.25), Bars(0.52, 0.0))

ANSWERS: Final = 0.5
"""What it weighs, in choosing where to begin, that a sentence does what the question asks for."""
TITLE_WORD: Final = 0.25
"""What a word counts for there that the title holds: the whole is about it."""
TITLED: Final = 0.45
"""The share of the question in a document's title from which it is about what is asked."""
LASTING: Final = 0.3
"""What it weighs that a question for what was learnt or believed meets a sentence that says what
is always so."""
WRITTEN: Final = 0.2
"""What it weighs that a passage was written to be read: a reply leans on what it replied to."""
TELLING_CUE_ALIKE: Final = {
    "en": (Bars(0.27, 0.0), Bars(0.2, 0.45)),
    # Short Chinese sentences lie nearer to one another: unrelated ones reach 0.38.
    "zh": (Bars(0.45, 0.0), Bars(0.2, 0.45)),
}
"""Where both tell of a bad moment, and the line would do at many."""
OTHER_LANGUAGE: Final = 0.15
"""What a line in the other language that the two of them used falls behind one in this."""
ACROSS: Final = 0.25
"""How near a question must be to one in the other language to be the same: twelve questions and
their translations lie at 0.14 to 0.45, each and the others' at 0.03 or less."""
