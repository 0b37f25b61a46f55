"""What a cosine of some embedder means: 0 for unrelated sentences, 1 for the same sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ofrenda.engines.protocols import Embedder, EmbedRole
from ofrenda.errors import EngineError

# Everyday sentences that have nothing to do with one another. Small embedders place all sentences
# in a narrow cone (multilingual-e5-small: unrelated pairs near 0.8), each in its own; measuring
# these pairs at load time says where that cone's floor is.
UNRELATED: Final = (
    "Where did I put the car keys?",
    "The rice needs ten more minutes.",
    "My knee hurts when it rains.",
    "We painted the fence green.",
    "Did the parcel from the post office come?",
    "He plays the violin badly.",
    "The bus was late again this morning.",
    "I dreamt of a white horse.",
    "车钥匙放在哪里了？",
    "米饭还要再煮十分钟。",
    "一下雨我膝盖就疼。",
    "我们把篱笆刷成了绿色。",
    "邮局的包裹到了没有？",
    "他小提琴拉得很难听。",
    "今天早上公交车又晚点了。",
    "我梦见了一匹白马。",
)
_HALF: Final = len(UNRELATED) // 2


@dataclass(frozen=True, slots=True)
class Nearness:
    """The mean cosine of unrelated sentences, for each pair of roles."""

    cue_floor: float = 0.0
    text_floor: float = 0.0

    def cue(self, cosine: float | None) -> float:
        """How near something said is to a cue (both embedded as queries)."""
        return _scaled(cosine, self.cue_floor)

    def text(self, cosine: float | None) -> float:
        """How near a question is to a text (query and passage)."""
        return _scaled(cosine, self.text_floor)


def _scaled(cosine: float | None, floor: float) -> float:
    if cosine is None or floor >= 1.0:
        return 0.0
    return float(np.clip((cosine - floor) / (1.0 - floor), 0.0, 1.0))


async def measure_nearness(embed: Embedder) -> Nearness:
    """Measure ``embed`` on :data:`UNRELATED` (32 short texts); the zero scale when it fails, as
    then nothing is compared by meaning anyway."""
    try:
        queries = np.asarray(await embed.embed(UNRELATED, role=EmbedRole.QUERY))
        texts = np.asarray(await embed.embed(UNRELATED, role=EmbedRole.PASSAGE))
    except EngineError:
        return Nearness()
    # Pairs of one language, without each sentence's own pair; across the two languages the same
    # sentence occurs twice.
    same_language = np.zeros((len(UNRELATED), len(UNRELATED)), dtype=np.bool_)
    same_language[:_HALF, :_HALF] = same_language[_HALF:, _HALF:] = True
    np.fill_diagonal(same_language, val=False)
    return Nearness(
        cue_floor=float((queries @ queries.T)[same_language].mean()),
        text_floor=float((queries @ texts.T)[same_language].mean()),
    )
