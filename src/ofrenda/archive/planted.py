"""Words written as orders to an AI. In an archive they are text like any other; the keeper is told.

Nothing here guards a model: what a model reads is guarded where it is asked. This finds what the
keeper may want to look at, in the languages of the embedded default.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

_ORDERS = re.compile(
    r"""
    \b(?:ignore|disregard|forget|override)\s+(?:(?:all|any|every|the|your|of|my|these|those)\s+){0,4}
      (?:previous|prior|earlier|above|preceding|former|system)\s+
      (?:instructions?|prompts?|rules?|directions?|commands?|messages?|context|guidelines?)\b
  | \b(?:ignore|disregard)\s+(?:everything|all)\s+(?:above|before)\b
  | \b(?:reveal|print|show|repeat|output)\s+(?:me\s+)?(?:your|the)\s+
      (?:system|hidden|initial)\s+(?:prompt|instructions?|message)\b
  | \byou\s+are\s+(?:now|no\s+longer)\s+(?:an?\s+)?(?:AI|assistant|language\s+model|chatbot|DAN)\b
  | \b(?:new|updated)\s+(?:system\s+)?(?:instructions?|prompt)\s*:
  | ^\s*(?:\#{2,}\s*)?(?:system|assistant|developer)\s*(?:prompt|message)?\s*[:：>]\s*\S+\s+\S
  | ^\s*\[\s*(?:system|assistant|inst)\s*\]
  | <\|\s*(?:im_start|im_end|system|user|assistant|endoftext|end_of_turn)\s*(?:\|>)?
  | </?\s*(?:system|assistant|instructions?)\s*>
  | <(?:start|end)_of_turn>
  | \[/?INST\]|<</?SYS>>
  | (?:忽略|无视|忘记|忘掉|不要理会|忽視|無視)(?:掉|你)?
      (?:之前|以前|以上|上面|前面|先前|所有|全部|一切)
      [^。！？\n]{0,10}(?:指令|提示词?|提示詞|规则|規則|命令|设定|設定|指示|要求)
  | (?:输出|显示|透露|告诉我|重复|輸出|顯示)[^。！？\n]{0,4}
      (?:系统|系統)(?:提示词?|提示詞|指令|消息)
  | ^\s*(?:系统|系統|助手)(?:提示词?|指令|消息)?\s*[:：]\s*(?:你|请|請|忽略|从现在)
  | (?:从现在起|从现在开始|現在開始)[，,]?\s*你(?:是|将|要|必须)[^。！？\n]{0,12}
      (?:AI|人工智能|模型|助手)
    """,
    re.IGNORECASE | re.VERBOSE | re.MULTILINE,
)

HINTS = (
    "instruction", "prompt", "system", "assistant", "<|", "[inst", "<<sys", "of_turn>", "developer",
    "everything", "ignore all", "disregard all", "language model", "chatbot", "you are now",
    "no longer", "rules", "command", "guideline", "direction", "previous", "context",
    "指令", "提示", "规则", "規則", "命令", "设定", "設定", "指示", "要求", "系统", "系統", "助手",
    "人工智能", "模型", "从现在", "現在開始",
)  # fmt: skip
"""Any planted order holds one of these, which are looked for first: in many texts at once, since
one search through a long string takes a fraction of many through short ones."""

_WRITTEN = [hint.encode() for hint in HINTS]


def all_planted(texts: Sequence[str]) -> list[int]:
    """The places of the texts that hold words written as orders to an AI."""
    lowered = [text.lower().encode("utf-8", "replace") for text in texts]
    begins = list(accumulate((len(text) + 1 for text in lowered), initial=0))
    together = b"\0".join(lowered)
    hinted: set[int] = set()
    for hint in _WRITTEN:
        at = together.find(hint)
        while at >= 0:
            place = bisect_right(begins, at) - 1
            hinted.add(place)
            at = together.find(hint, begins[place + 1])
    return [place for place in sorted(hinted) if planted(texts[place])]


def planted(text: str) -> bool:
    """Whether ``text`` holds words that are written as orders to an AI."""
    return _ORDERS.search(text) is not None
