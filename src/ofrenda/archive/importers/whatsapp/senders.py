"""Who wrote a line: the name before the colon, and the traps around it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Set
from dataclasses import dataclass, field

from ofrenda.archive.importers.whatsapp.grammar import MARKS

_MAX_NAME = 200
_DEPTH = 3
"""Colons that a name may hold, less one."""

_ENOUGH = 5
"""Messages that must all begin with the same words, and go on differently at least
:data:`_DIFFERENT` times, before the words count as part of a name."""
_DIFFERENT = 3

_LONG_NAME = 8
"""Words. A single line with a longer "name" is more likely a notice that holds a colon."""

_MARK = "\u200e"
"""Stands before WhatsApp's own words, so what follows a colon is no name."""

_QUOTES = (("“", "”"), ("«", "»"), ("„", "“"), ("「", "」"))

_SPACED = dict.fromkeys(map(ord, "\u00a0\u202f\u2009"), " ")
_PHONE = re.compile(r"\+?[\d()\-.\u2010\u2011 ]{6,}")

CHANGED = re.compile(
    r"changed (?:the|this) (?:subject|group)|created (?:this )?group|changed the group"
    r"|cambi[oó] (?:el|la) (?:asunto|nombre|descripci)|cre[oó] (?:el|este) grupo"
    r"|hat (?:den Betreff|die Gruppe|den Gruppennamen|diese Gruppe)|a changé (?:l|le )"
    r"|a créé (?:le|ce) groupe|ha (?:cambiato|modificato|creato)|(?:mudou|alterou|criou) o "
    r"|更改|變更|修改了|创建了|建立了|изменил|создал|gewijzigd|aangemaakt|değiştirdi",
    re.IGNORECASE,
)
"""What a notice says when a group gets a name; such a name may hold a colon."""


def canonical(name: str) -> str:
    """A name as a key: direction marks off, special spaces plain, NFC; a phone number as digits."""
    plain = name.translate(MARKS).translate(_SPACED).strip()
    plain = unicodedata.normalize("NFC", " ".join(plain.split(" ")) if "  " not in plain else plain)
    if plain.startswith("~"):
        plain = "~" + plain[1:].strip()
    if _PHONE.fullmatch(plain) and sum(c.isdigit() for c in plain) >= 6:
        return ("+" if plain.startswith("+") else "") + "".join(c for c in plain if c.isdigit())
    return plain


def shown(name: str) -> str:
    """A name for people to read."""
    return unicodedata.normalize("NFC", name.translate(MARKS).translate(_SPACED).strip())


def letters(name: str) -> str:
    """Only the letters and digits of a name (all of it where it has none): file names lose the
    rest."""
    kept = "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())
    return kept or name


def first_words(rest: str) -> str | None:
    """What stands before the first colon of a line (after its header); None where none does."""
    end = rest.find(": ", 0, _MAX_NAME)
    if end >= 1:
        return rest[:end]
    return rest[:-1] if rest.endswith(":") and 1 < len(rest) <= _MAX_NAME else None


@dataclass(slots=True)
class _Node:
    """A beginning of lines up to some colon. ``plain``: a line went on without another colon, so
    what stands here is a whole name."""

    count: int = 0
    plain: bool = False
    endings: set[int] = field(default_factory=set)
    deeper: dict[str, _Node] = field(default_factory=dict)


class Roll:
    """All names of a file. Fill with :meth:`note`, then :meth:`settle`, then ask :meth:`split`."""

    def __init__(self) -> None:
        self._root = _Node()
        self._verdicts: dict[str, str] = {}
        self._names: dict[str, int] = {}

    def note(self, rest: str) -> str | None:
        """Take in one line (after its header); returns what stands before the first colon."""
        end = rest.find(": ", 0, _MAX_NAME)
        if end < 1:
            return self._bare(rest)
        first = rest[:end]
        node = self._root.deeper.get(first)
        if node is None:
            node = self._root.deeper[first] = _Node()
        node.count += 1
        if node.plain:
            return first
        self._note_deeper(node, rest, end + 2, 1)
        return first

    def _bare(self, rest: str) -> str | None:
        if not rest.endswith(":") or not 1 < len(rest) <= _MAX_NAME:
            return None
        node = self._root.deeper.setdefault(rest[:-1], _Node())
        node.count += 1
        node.plain = True
        return rest[:-1]

    def _note_deeper(self, node: _Node, rest: str, start: int, depth: int) -> None:
        while depth < _DEPTH and not rest.startswith(_MARK, start):
            end = rest.find(": ", start, start + 60)
            if end < 0:
                break
            node = node.deeper.setdefault(rest[start:end], _Node())
            node.count += 1
            if len(node.endings) < _DIFFERENT:
                node.endings.add(hash(rest[end:]))
            if node.plain:
                return
            start, depth = end + 2, depth + 1
        node.plain = True
        node.deeper.clear()

    def settle(self, titles: Iterable[str]) -> None:
        """Decide which beginnings are names. ``titles``: what the file's own name says."""
        known = {letters(title) for title in titles if title}
        for first, node in self._root.deeper.items():
            self._settle(first, node, known)
        for name in [name for name, verdict in self._verdicts.items() if verdict == "name"]:
            if self._is_notice(name):
                self._verdicts[name] = "notice"
            elif not self._is_sure(name):
                self._verdicts[name] = "unclear"
        self._names = {
            name: self._node(name).count
            for name, verdict in self._verdicts.items()
            if verdict == "name"
        }

    def _settle(self, name: str, node: _Node, known: set[str]) -> None:
        """A beginning with a plain line is a name. Where every line goes on to another colon, the
        further beginnings are names if each is common, this one if they are many and differ;
        otherwise nobody can say, and the lines are left out."""
        if node.plain or letters(name) in known or not node.deeper:
            self._verdicts[name] = "name"
            return
        children = node.deeper
        if len(children) * 2 > node.count >= _ENOUGH:
            self._verdicts[name] = "name"
            return
        self._verdicts[name] = "deeper"
        for words, child in children.items():
            longer = f"{name}: {words}"
            enough = child.count >= _ENOUGH and len(child.endings) >= _DIFFERENT
            # Every part must count: "¦: Mum" is not the Mum whom the file is named after.
            named = letters(longer) in known and letters(words) != letters(longer)
            if (enough and words.strip()) or named:
                self._settle(longer, child, known)
            else:
                self._verdicts[longer] = "unclear"

    def _node(self, name: str) -> _Node:
        node = self._root
        for words in name.split(": "):
            node = node.deeper.get(words, node)
        return node

    def _is_notice(self, name: str) -> bool:
        """``Anna changed the subject to "Dinner`` is the beginning of a notice, not a name."""
        if not _unbalanced(name):
            return False
        return CHANGED.search(name) is not None or self._begins_with_a_name(name)

    def _begins_with_a_name(self, words: str) -> bool:
        return any(
            words.startswith(name + " ")
            for name, verdict in self._verdicts.items()
            if verdict == "name" and name != words
        )

    def _is_sure(self, name: str) -> bool:
        if self._node(name).count > 1:
            return True
        long = len(name.split()) > _LONG_NAME
        return not (long or _unbalanced(name) or CHANGED.search(name))

    def split(self, rest: str) -> tuple[str, str] | str:
        """``(name, body)``, or ``"notice"`` (nobody wrote it), or ``"unclear"``."""
        end = rest.find(": ", 0, _MAX_NAME)
        if end < 1:
            if rest.endswith(":") and self._verdicts.get(rest[:-1]) == "name":
                return rest[:-1], ""
            return "notice"
        verdict = self._verdicts.get(rest[:end], "unclear")
        while verdict == "deeper":
            end = rest.find(": ", end + 2)
            if end < 0:
                return "unclear"
            verdict = self._verdicts.get(rest[:end], "unclear")
        if verdict == "name":
            return rest[:end], rest[end + 2 :]
        return verdict

    @property
    def begins(self) -> Set[str]:
        """What stands before the first colon of any line."""
        return self._root.deeper.keys()

    @property
    def names(self) -> dict[str, int]:
        """Every settled name, as written, with how many lines begin with it."""
        return self._names


def _unbalanced(name: str) -> bool:
    """Whether a quotation is begun and not ended."""
    return name.count('"') % 2 == 1 or any(
        name.count(opening) > name.count(closing) for opening, closing in _QUOTES
    )
