"""How long a silence must last before this caller's turn is over.

Sound and words are asked, and the caller's own habits. Where the voice has fallen and the words are
whole, a caller who does not pause is answered at once. A pause after a whole sentence sounds and
reads like an end, so that only waiting helps there: a caller of whom nothing is known is waited for
a little, one who went on after a pause, or after we spoke too soon, for longer, and with each turn
that ends where it seemed to, for less again. Being cut off is worse than waiting.
"""

from __future__ import annotations

from collections import deque

from ofrenda.call.rules import CallRules
from ofrenda.call.unfinished import Words

PAUSES = 12
"""Pauses that are remembered; older ones are forgotten, so that a caller may calm down."""
_SHARE = 0.8
"""The pause that this share of theirs does not exceed is waited for."""
_MARGIN = 1.15
_NOTICE = 0.15
"""Seconds by which a pause seems longer to us than it is: a voice is noticed late."""
_FALL = 0.7
"""What is left of the wait after a turn without pauses: in three turns it is a third."""
_BREATH = 0.35
"""Shorter silences in a turn say nothing about the caller."""
_NONE = 0.4
"""A wait shorter than what hearing the words takes is none."""


class Patience:
    """What is known of one caller. Seconds throughout; all waits count from when they fell
    silent. The rules say what each wait is for."""

    def __init__(self, rules: CallRules) -> None:
        self._rules = rules
        self._settled = rules.patience_first
        self._pauses: deque[float] = deque(maxlen=PAUSES)
        self._paused = False

    def wait(self, likely: float | None, words: Words) -> float:
        """Silence that ends the turn. ``likely``: the turn detector's probability that it is over
        (None where it cannot tell); ``words``: how what was said ends."""
        rules = self._rules
        if self._must_go_on(likely, words):
            return min(rules.patience_most, max(rules.patience_open, _MARGIN * self._long_pause()))
        return max(self._least(likely, words), self.settled)

    def _least(self, likely: float | None, words: Words) -> float:
        """Silence that ends the turn of one who does not pause."""
        rules = self._rules
        if likely is None or words is Words.OPEN:
            return rules.patience
        if likely < rules.turn_threshold:
            closed = words in (Words.ASKED, Words.CLOSED)
            return rules.patience_unsure if closed else rules.patience
        if words is Words.ASKED:
            return 0.0
        if likely >= rules.turn_sure:
            return rules.patience_unsure if words is Words.BARE else 0.0
        return rules.patience if words is Words.BARE else rules.patience_unsure

    @property
    def settled(self) -> float:
        """Silence to let pass whatever it sounds like; 0 for who does not pause."""
        return self._settled if self._settled > _NONE else 0.0

    def went_on(self, pause: float, *, too_soon: bool = False) -> None:
        """The caller went on after ``pause``; ``too_soon``: when we had taken it for the end."""
        self._pauses.append(pause)
        self._paused = self._paused or pause > _BREATH
        wanted = self._rules.patience if too_soon else _MARGIN * pause + _NOTICE
        self._settled = min(self._rules.patience, max(self._settled, wanted))

    def ended(self) -> None:
        """A turn seemed over, and will be unless they go on."""
        if not self._paused:
            self._settled *= _FALL
        self._paused = False

    def wordless(self) -> None:
        """A voice without words: a sob, a breath. Who weeps is not hurried."""
        self._settled = self._rules.patience

    def _must_go_on(self, likely: float | None, words: Words) -> bool:
        """Whether sound and words agree that the turn cannot be over."""
        if likely is None:
            return words is Words.OPEN
        return words in (Words.BARE, Words.OPEN) and likely < self._rules.turn_threshold

    def _long_pause(self) -> float:
        if not self._pauses:
            return 0.0
        ordered = sorted(self._pauses)
        return ordered[min(len(ordered) - 1, int(_SHARE * len(ordered)))]
