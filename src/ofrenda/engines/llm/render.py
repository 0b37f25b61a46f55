"""From a :class:`Prompt` to what a model reads: a text to continue, or chat messages.

Both put what does not change in a call first, byte for byte the same each time, so that the model's
cache of it holds: instructions, notes, exchanges; then fresh notes and the last message.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ofrenda.engines.protocols import Message, Prompt

_NOTES = ("<notes>", "</notes>")


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """A message as chat models take it: ``role`` is ``system``, ``user`` or ``assistant``."""

    role: str
    content: str


def completion(prompt: Prompt) -> str:
    """The text for a base model to continue: a transcript that ends where the person speaks."""
    return _head(prompt) + _tail(prompt)


def completion_head(prompt: Prompt) -> str:
    """The unchanging beginning of :func:`completion`."""
    return _head(prompt)


def chat(prompt: Prompt) -> list[ChatMessage]:
    """The messages for an instruct model.

    Notes stand between ``<notes>`` marks that no note can close, after a line that says what they
    are: data about the past, never instructions.
    """
    *earlier, last = prompt.exchanges or (Message("user", ""),)
    fresh = _marked(prompt.fresh_notes)
    said = one_line(last.text)
    messages = [*_chat_head(prompt, earlier)]
    messages.append(ChatMessage(last.role, f"{fresh}\n\n{said}" if fresh else said))
    return merged(messages)


def chat_head(prompt: Prompt) -> list[ChatMessage]:
    """The unchanging beginning of :func:`chat`, closed with an empty message of the caller."""
    messages = _chat_head(prompt, prompt.exchanges[:-1])
    return merged([*messages, ChatMessage("user", "")])


def merged(messages: Iterable[ChatMessage]) -> list[ChatMessage]:
    """The same with neighbours of one role made one: many chat templates refuse them."""
    result: list[ChatMessage] = []
    for message in messages:
        if result and result[-1].role == message.role:
            content = "\n".join(filter(None, (result[-1].content, message.content)))
            result[-1] = replace(result[-1], content=content)
        else:
            result.append(message)
    return result


def shortened(prompt: Prompt) -> Prompt | None:
    """The prompt without its older half of exchanges and notes, or None when there is no more to
    leave out. For a model whose context is too small."""
    exchanges = prompt.exchanges
    if len(exchanges) <= 1 and not prompt.notes and not prompt.fresh_notes:
        return None
    keep = max(1, len(exchanges) // 2)
    return replace(
        prompt,
        exchanges=exchanges[-keep:],
        notes=prompt.notes[: len(prompt.notes) // 2],
        fresh_notes=prompt.fresh_notes[: len(prompt.fresh_notes) // 2],
    )


def one_line(text: str) -> str:
    """A message as one line, so that no line of it can pass for the other speaker's."""
    return " ".join(text.split())


def _head(prompt: Prompt) -> str:
    parts = [prompt.instructions.strip(), *_bullets(prompt.notes)]
    lines = [_line(prompt, message) for message in prompt.exchanges[:-1]]
    return "\n".join([*filter(None, parts), "", *lines, ""]).lstrip("\n")


def _tail(prompt: Prompt) -> str:
    last = prompt.exchanges[-1] if prompt.exchanges else Message("user", "")
    fresh = [*_bullets(prompt.fresh_notes)]
    lines = ["", *fresh, ""] if fresh else []
    return "\n".join([*lines, _line(prompt, last), f"{prompt.person}:"])


def _line(prompt: Prompt, message: Message) -> str:
    name = prompt.person if message.role == "assistant" else prompt.caller
    return f"{name}: {one_line(message.text)}"


def _bullets(notes: Sequence[str]) -> list[str]:
    return [f"- {one_line(note)}" for note in notes]


def _chat_head(prompt: Prompt, earlier: Sequence[Message]) -> list[ChatMessage]:
    system = "\n\n".join(filter(None, (prompt.instructions.strip(), _marked(prompt.notes))))
    messages = [ChatMessage("system", system)] if system else []
    return messages + [ChatMessage(m.role, one_line(m.text)) for m in earlier]


def _marked(notes: Sequence[str]) -> str:
    if not notes:
        return ""
    opening, closing = _NOTES
    lines = [line.replace(opening, "").replace(closing, "") for line in _bullets(notes)]
    return "\n".join([opening, *lines, closing])
