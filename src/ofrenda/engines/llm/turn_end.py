"""Where a speaker's turn ends in the stream of a model that would go on for both."""

from __future__ import annotations


class TurnEnd:
    """Lets a reply through piece by piece, and stops it where the turn ends.

    A turn ends at a newline when it is ``one_line`` (transcripts), else at a line that begins with
    ``caller:`` or ``person:``. What may be the beginning of such a line is held back until it is
    clear. Leading white space, and the person's own name before the first word, are dropped.
    """

    def __init__(self, caller: str, person: str, *, one_line: bool) -> None:
        self._caller, self._person = f"{caller}:", f"{person}:"
        self._one_line = one_line
        self._held = ""
        self._started = False
        self.ended = False

    def feed(self, piece: str) -> str:
        """What of the reply is certain after this piece; empty when nothing new is."""
        if self.ended:
            return ""
        self._held += piece
        if not self._started and not self._start():
            return ""
        return self._let_through()

    def rest(self) -> str:
        """What is left when the model has stopped by itself."""
        left = "" if self.ended else self._held.rstrip()
        left = left if self._started else left.lstrip()
        self.ended, self._held = True, ""
        return "" if left in (self._caller, self._person) else left

    def _start(self) -> bool:
        """Drop what stands before the first word; False as long as that is not clear."""
        text = self._held.lstrip()
        if self._one_line and "\n" in self._held[: len(self._held) - len(text)] and text:
            self.ended = True  # an empty line: nothing was said
            return False
        if text.startswith(self._caller):
            self.ended = True
            return False
        if any(name.startswith(text) for name in (self._caller, self._person)):
            return False
        self._held = text.removeprefix(self._person).lstrip()
        self._started = bool(self._held)
        return self._started

    def _let_through(self) -> str:
        text = self._held
        position = text.find("\n")
        while position >= 0:
            line = text[position + 1 :]
            opening = line.lstrip()
            if self._one_line or opening.startswith((self._caller, self._person)):
                self.ended, self._held = True, ""
                return text[:position].rstrip()
            if any(name.startswith(opening) for name in (self._caller, self._person)):
                self._held = text[position:]  # perhaps a name: wait
                return text[:position]
            position = text.find("\n", position + 1)
        self._held = ""
        return text
