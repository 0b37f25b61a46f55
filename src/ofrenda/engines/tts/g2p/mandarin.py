"""Chinese characters to sounds: jieba's words, pypinyin's readings, misaki's symbols.

The same way as ``misaki.zh.ZHG2P`` (the G2P that Kokoro 1.0 was taught with), one syllable at a
time, so that a character without a reading is left out instead of failing, and with a jieba of
our own that keeps its dictionary cache where the house keeps its caches.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

from ofrenda.engines.tts.reading.plain import is_han

READINGS = {
    "嗯": "en4",
    "嗯嗯": "en4 en4",
    "哎": "ai1",
    "哎呀": "ai1 ya5",
    "哎哟": "ai1 yo1",
    "哎呦": "ai1 you1",
    "诶": "ei1",
    "欸": "ei1",
    "哦": "o4",
    "噢": "o1",
    "哼": "heng1",
    "呸": "pei1",
    "唉": "ai4",
    "嗨": "hai1",
    "呣": "mu2",
    "睡着": "shui4 zhao2",
    "睡不着": "shui4 bu4 zhao2",
    "着急": "zhao2 ji2",
    "还给": "huan2 gei3",
    "还钱": "huan2 qian2",
    "长大": "zhang3 da4",
    "银行": "yin2 hang2",
    "行了": "xing2 le5",
    "得去": "dei3 qu4",
    "得多": "de5 duo1",
    "都得": "dou1 dei3",
    "觉得": "jue2 de5",
    "睡觉": "shui4 jiao4",
    "好吃": "hao3 chi1",
    "爱好": "ai4 hao4",
    "一会儿": "yi2 hui4 er5",
}
"""Words whose reading pypinyin misses, or gives in a form that no syllable table holds."""

_ER_WORDS = "女儿 儿子 儿童 婴儿 幼儿 孤儿 少儿 儿媳 儿女 胎儿 男儿 儿歌 儿时 孙儿 侄儿"
_LOOSE_ER = frozenset(_ER_WORDS.split())
"""Words in which 儿 is a syllable of its own; after another syllable it is a light ending."""


class Mandarin:
    """The Mandarin sounds of characters. ``cache``: where jieba keeps its compiled dictionary,
    which holds words of the language and nothing of a life."""

    def __init__(self, cache: Path) -> None:
        import jieba
        from misaki.zh import ZHG2P

        jieba.setLogLevel(logging.CRITICAL)
        cache.mkdir(parents=True, exist_ok=True)
        self._words: Any = jieba.Tokenizer()
        self._words.tmp_dir = str(cache)
        self._words.initialize()
        for word in READINGS:
            if len(word) > 1:
                self._words.add_word(word)
        self._syllable = ZHG2P.py2ipa

    def say(self, text: str) -> str:
        """The sounds of characters and marks, words apart by spaces."""
        pieces = []
        for part in re.findall(r"[,.!?;:—…]|[^,.!?;:—…]+", text):
            if part in ",.!?;:—…":
                pieces.append(f"{part} ")
            else:
                words = self._words.lcut("".join(c for c in part if is_han(c)), HMM=True)
                pieces.append(" ".join(filter(None, (self._word(word) for word in words))))
        return "".join(pieces).strip()

    def _word(self, word: str) -> str:
        from pypinyin import Style, lazy_pinyin

        if word in READINGS:
            readings = READINGS[word].split()
        else:
            readings = lazy_pinyin(
                word, style=Style.TONE3, neutral_tone_with_five=True, errors="ignore"
            )
        if len(word) > 1 and word.endswith("儿") and word not in _LOOSE_ER and readings:
            readings[-1] = "er5"
        return "".join(self._sounds(reading) for reading in readings)

    def _sounds(self, reading: str) -> str:
        """One syllable; nothing when it is none that Mandarin has."""
        try:
            return str(self._syllable(reading)).replace(chr(815), "")
        except (ValueError, AssertionError, KeyError, IndexError):
            return ""
