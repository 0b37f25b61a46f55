"""A page's elements as a tree, for exports whose marks say what each part is.

Only what is closed as it was opened becomes a tree: in a damaged page it cannot be told whose
words are whose, and the damaged part is given up as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ofrenda.archive.markup import Tag, tokens

DEEPEST = 64
"""Elements inside each other. Exports reach about 20."""

VOID = frozenset(
    {
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param",
        "source", "track", "wbr",
    }
)  # fmt: skip


@dataclass(slots=True)
class Element:
    """An element with what is in it."""

    name: str
    attributes: dict[str, str]
    content: list[Element | str] = field(default_factory=list)

    @property
    def marks(self) -> frozenset[str]:
        """Its classes."""
        return frozenset(self.attributes.get("class", "").split())

    def elements(self) -> list[Element]:
        """The elements directly in it."""
        return [part for part in self.content if isinstance(part, Element)]

    def marked(self, mark: str) -> list[Element]:
        """The elements directly in it that bear a class."""
        return [part for part in self.elements() if mark in part.marks]

    def all(self) -> Iterator[Element]:
        """The elements in it, however deep, in order."""
        for part in self.elements():
            yield part
            yield from part.all()

    def within(self, mark: str) -> list[Element]:
        """The elements in it, however deep, that bear a class."""
        return [part for part in self.all() if mark in part.marks]

    def text(self, without: str = "") -> str:
        """The words, with lines where the sender broke them."""
        parts = []
        for part in self.content:
            if isinstance(part, str):
                parts.append(" ".join(part.split("\n")) if part.strip() else part.strip("\n"))
            elif part.name == "br":
                parts.append("\n")
            elif part.name != without:
                parts.append(part.text(without))
        return "".join(parts)


def blocks(html: str, begins: Callable[[Tag], bool]) -> Iterator[Element | None]:
    """Each outermost element that ``begins``, in order; None for one that is not closed as it was
    opened, after which the next that begins is sought."""
    stack: list[Element] = []
    for token in tokens(html):
        if isinstance(token, str):
            if stack:
                stack[-1].content.append(token)
        elif token.ends:
            if not stack:
                continue
            if stack[-1].name != token.name:
                stack.clear()
                yield None
            elif len(stack) > 1:
                stack.pop()
            else:
                yield stack.pop()
        elif stack or begins(token):
            element = Element(token.name, token.attributes)
            if stack:
                stack[-1].content.append(element)
            if token.name not in VOID:
                stack.append(element)
            if len(stack) > DEEPEST:
                stack.clear()
                yield None
    if stack:
        yield None
