"""Which of the person's own answers fits this moment, for exemplars and for own words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

import numpy as np

from ofrenda.engines.protocols import Embedder, EmbedRole
from ofrenda.memory.fitting import NEAR_LINES, Candidate, Exchange, Fitting, Floats, Heard, Moment
from ofrenda.memory.index import model_key
from ofrenda.memory.passages import Passage, own_passages
from ofrenda.types import Member
from ofrenda.vault import Life

LEARNT_FROM: Final = 1_000
"""Exchanges, the newest, that a way of answering is learnt from."""


def learn_answers(
    life: Life, listener: Member, embed: Embedder, *, most: int = LEARNT_FROM
) -> Fitting:
    """How the person answered ``listener``, learnt from their exchanges with what this listener
    said themselves (what others said is nobody else's to learn from). Takes up to two seconds for
    ``most`` of a thousand: for when a call begins. With few exchanges the signs weigh equally."""
    answered = [one for one in own_passages(life, listener) if one.cue][:most]
    replies = _vectors(life, embed, answered, "text")
    cues = _vectors(life, embed, answered, "cue")
    who = listener.called or listener.name
    exchanges = []
    for one in reversed(answered):
        if one.id in replies and one.id in cues and one.cue is not None:
            said = cues[one.id]
            moment = Moment((Heard(who, one.cue),), said, said)
            exchanges.append(Exchange(moment, Candidate(one.text, replies[one.id])))
    return Fitting.learn(life.person().name, exchanges)


async def rank_replies(
    fitting: Fitting,
    life: Life,
    embed: Embedder,
    before: Sequence[Heard],
    candidates: Sequence[Passage],
) -> list[float]:
    """How well each of ``candidates`` (passages with vectors; the rest score lowest) answers what
    was said, ``before``, oldest first: higher is better, only to compare. Raises EngineError."""
    last = "\n".join(one.text for one in before[-1:])
    talk = "\n".join(one.text for one in before[-NEAR_LINES:])
    texts = list(dict.fromkeys((last, talk)))
    vectors = np.asarray(await embed.embed(texts, role=EmbedRole.QUERY))
    moment = Moment(tuple(before), vectors[0], vectors[-1])
    known = _vectors(life, embed, candidates, "text")
    some = [one for one in candidates if one.id in known]
    ranked = fitting.rank(moment, [Candidate(one.text, known[one.id]) for one in some])
    scores = {one.id: float(score) for one, score in zip(some, ranked, strict=True)}
    least = min(scores.values(), default=0.0) - 1.0
    return [scores.get(one.id, least) for one in candidates]


def _vectors(
    life: Life, embed: Embedder, passages: Sequence[Passage], facet: str
) -> dict[int, Floats]:
    with life.db.read() as db:
        rows = db.execute(
            "SELECT passage, vector FROM embedding WHERE model = ? AND facet = ?"
            " AND passage IN (SELECT value FROM json_each(?))",
            (model_key(embed), facet, json.dumps([one.id for one in passages])),
        ).fetchall()
    return {
        int(row["passage"]): np.frombuffer(row["vector"], dtype="<f2").astype(np.float32)
        for row in rows
    }
