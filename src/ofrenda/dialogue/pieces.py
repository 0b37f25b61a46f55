"""Whole sentences out of a model's stream of pieces, as soon as each is complete."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator

from ofrenda.memory.script import sentence_spans

_ENDS = ".!?。！？…\n"


async def complete_sentences(pieces: AsyncIterator[str]) -> AsyncGenerator[str, None]:
    """The sentences of ``pieces``. The last one counts only if it was finished: a sentence cut off
    by the limit of tokens is not said."""
    pending = ""
    async for piece in pieces:
        pending += piece
        spans = list(sentence_spans(pending))
        # The last span may go on ("3." + "5 kg"); it is certain once something follows it.
        for start, end in spans[:-1]:
            yield pending[start:end]
        if spans:
            pending = pending[spans[-1][0] :]
    last = pending.strip()
    if last and last.rstrip("\"'”’」』）)]")[-1:] in _ENDS:
        yield last
