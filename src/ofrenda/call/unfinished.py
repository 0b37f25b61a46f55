"""How what was said ends: the turn detector hears the voice and not the words."""

from __future__ import annotations

import enum
import re
from typing import Final

from ofrenda.types import Transcript

_ENGLISH: Final = {
    "a", "an", "the", "my", "our", "their", "its", "your", "every",
    "and", "or", "but", "because", "if", "although", "unless", "than", "whether",
    "i'm", "you're", "we're", "they're", "he's", "she's", "it's",
    "i've", "you've", "we've", "they've", "i'd", "i'll", "you'll",
}  # fmt: skip
"""Articles, possessives, conjunctions and shortened verbs. Prepositions, "when", "that" and "is"
are not among them: "Where are you from?", "Since when?", "I know that", "Yes, it is" are whole."""
_MANDARIN: Final = re.compile(
    r"(?:和|跟|因为|但是|可是|不过|如果|要是|或者|比如|而且|虽然|还有|关于|对于|把|被"
    r"|然后|所以|于是|并且|以及|除了|自从|(?<![对是嗯])(?<![对嗯][，,])就是"
    r"|(?:^|[\s，,、。]|就是|然后|想问|想说|还有)(?:那个|这个))$"
)
"""Conjunctions, prepositions, and what is said while a word is looked for. "对，就是" is whole, and
"我要那个" may be."""
_PARTICLE: Final = re.compile(
    r"吗$|[\u4e00-\u9fff]{3}[呢吧啊呀嘛啦]$"
    r"|(?:累|走|好|睡|挂|完|算|行|够|忘|老|病|晚|久|哭|没|来|知道|明白|懂|错|你|您|家|觉|饭|班)了$"
)
"""Particles that end a sentence, behind which speech to text often leaves the mark out. After two
characters or fewer ("其实啊", "我呢") they only name what the sentence will be about, and 了 after
most verbs waits for what was done ("我昨天去了")."""
_ASKS_MANDARIN: Final = re.compile(
    r"[呢吧啊呀嘛么吗]$|什么|怎么|谁|哪|多少|多久|多大|几|为何|是不是|有没有|好不好"
)
_ASKS_ENGLISH: Final = re.compile(
    r"(?:^|[.!?,;]\s*|\b(?:and|but|so|or|well|oh|dad|mum|mom|papa)\s+)"
    r"(?:who|whom|whose|what|when|where|which|why|how|(?:do|does|did|is|was|were|are|am|have|has|had"
    r"|can|could|would|will|shall|should|may|might|must)(?:n'?t)?\s+(?:i|you|he|she|it|we|they|there"
    r"|this|that|these|those|my|your|our|his|her|their|the|a|an|anyone|anybody|somebody|[a-z]+)\b)"
    r"[^.!?]*$"
)
_WHOLE: Final = re.compile(r"[.!?。！？][\s\"'”’)）]*$")
"""What speech to text writes after a sentence. It leaves the mark out where it misses the rest:
after half of 68 pauses between two words of a phrase, and after none of 54 whole prompts."""
_QUESTION: Final = re.compile(r"[?？][\s\"'”’)）]*$")
_SENTENCE: Final = re.compile(r"[.!?。！？]\s*")
_TRAILS: Final = re.compile(r"(?:\.\.\.|…|[,，、:：;；\-–—])$")
"""What speech to text writes where a voice breaks off."""
_MARKS: Final = re.compile(r"[\s.。!！?？\"'”’]+$")


class Words(enum.Enum):
    """How what was said ends."""

    ASKED = "asked"
    """A question, and all of it."""
    CLOSED = "closed"
    """Like a sentence, and with a particle that ends one."""
    WHOLE = "whole"
    """Like a sentence."""
    BARE = "bare"
    """Without a mark: speech to text expects more."""
    OPEN = "open"
    """It trails off, or ends in a word that opens something."""


def words_of(heard: Transcript) -> Words:
    """How what was heard ends."""
    if is_unfinished(heard):
        return Words.OPEN
    text = heard.text.strip()
    bare = _bare(text)
    if _asked(text, bare):
        return Words.ASKED
    if _PARTICLE.search(bare):
        return Words.CLOSED
    return Words.WHOLE if _WHOLE.search(text) else Words.BARE


def is_unfinished(heard: Transcript) -> bool:
    """Whether what was heard must go on: it trails off, or ends in a word that opens something."""
    text = heard.text.strip()
    if _TRAILS.search(text):
        return True
    bare = _bare(text)
    if _MANDARIN.search(bare):
        return True
    return bool(bare) and bare.split()[-1] in _ENGLISH


def _bare(text: str) -> str:
    return _MARKS.sub("", text).casefold().replace("’", "'")


def _asked(text: str, bare: str) -> bool:
    """Whether a question ends here: by its mark and its words, as speech to text puts the mark
    after much that asks nothing; or by 吗 alone, which nothing else ends in."""
    if bare.endswith("吗"):
        return True
    if not _QUESTION.search(text):
        return False
    last = _SENTENCE.split(bare)[-1]
    return bool(_ASKS_MANDARIN.search(last) or _ASKS_ENGLISH.search(last))
