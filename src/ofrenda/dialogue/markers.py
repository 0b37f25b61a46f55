"""Small words that turn a question into another one: not, first, before, else, now, by whom.

"Who taught you to skate" and "whom did you teach to skate" hold the same words, and so do "where
did you first see her" and "where did you last see her".
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from typing import Final

from ofrenda.dialogue.lexicon import deeds, markers, predicates
from ofrenda.memory.words import content_words, is_han, words

_FIRST: Final = frozenset(
    ["i", "we", "i'd", "we'd", "i've", "we've", "i'm", "we're", "my", "our", "me", "us"]
)
_YOU: Final = frozenset(["you", "u", "your", "yours", "yourself"])
_OBJECT: Final = frozenset(["me", "us"])
_WH: Final = frozenset(["who", "what", "which", "whose"])
_THIRD: Final = frozenset(["he", "she", "they", "who"])
_NEAR: Final = 4
"""Words before a verb in which its subject is looked for; half as many in a question."""


def asks_otherwise(question: str, answer: str, cue: str = "") -> bool:
    """Whether ``question``, though ``answer`` speaks of its subject, asks something else of it:
    by a small word or a plain verb that neither ``answer`` holds nor ``cue``, which it replied to,
    by a denial, or of the other side of the deed."""
    return (
        unmet_predicates(question, answer, cue) > 0
        or any(
            asks.search(question) is not None and holds.search(f"{cue} {answer}") is None
            for asks, holds in markers()
        )
        or denial_unmet(question, answer)
        or turned_round(question, answer)
    )


def unmet_predicates(question: str, answer: str, cue: str = "") -> int:
    """How many of the plain verbs and measures that ``question`` asks with ``answer`` lacks, and
    ``cue`` did not ask with either."""
    question = question.replace("’", "'")
    return sum(
        asks.search(question) is not None
        and holds.search(answer.replace("’", "'")) is None
        and asks.search(cue.replace("’", "'")) is None
        for asks, holds in predicates()
    )


_NOT: Final = re.compile(
    r"\b(?:not|never|nobody|no\s+one|nothing|without|\w+n't|refuse[ds]?|except)\b", re.IGNORECASE
)
_NOT_HAN: Final = re.compile(
    r"(?<![是有好能会要可来])[不没别](?!过|管|错|有|要紧|[？?])([\u4e00-\u9fff])"
)


# "Can't stand" and "don't like" say what is felt, and may be put without a not.
_DISLIKE: Final = re.compile(
    r"\b(?:can't|couldn't|don't|didn't|won't)\s+you\s+(?:stand|bear|abide|like|have|want)\b"
    r"|\byou\s+(?:can't|couldn't|don't|didn't|won't)\s+(?:stand|bear|abide|like|have|want)\b"
    r"|不(?:喜欢|爱|想|肯|能|会|要|愿)|受不了|过不去|不在|(.)不\1|[特分告个差]别|别[的人]",
    re.IGNORECASE,
)


def denial_unmet(question: str, answer: str) -> bool:
    """Whether ``question`` asks what was not, and no sentence of ``answer`` denies the same."""
    question, answer = _DISLIKE.sub(" ", question.replace("’", "'")), answer.replace("’", "'")
    if (found := _NOT_HAN.search(question)) is not None:
        return not re.search(rf"[不没别](?:再|想|肯|能|会)?{found.group(1)}|除了|缺", answer)
    if _NOT.search(question) is None:
        return False
    asked = content_words(question).keys()
    return not any(
        _NOT.search(one) and asked & content_words(one).keys()
        for one in re.split(r"(?<=[.!?])\s+", answer)
    )


def turned_round(question: str, answer: str) -> bool:
    """Whether what ``question`` asks of the person was done to them in ``answer``, or by somebody
    else, as far as word order tells it: "whom did you teach" and "she taught me"."""
    asked = _deeds(question.replace("’", "'"), True)
    told = _deeds(answer.replace("’", "'"), False)
    for deed, roles in asked.items():
        if deed in deeds() and deed in told and "?" not in roles:
            return "?" not in told[deed] and not roles & told[deed]
    return False


@functools.lru_cache(maxsize=4096)
def _deeds(text: str, asking: bool) -> Mapping[str, frozenset[str]]:
    """The content words of ``text``, each with where the person stands to it: they do it (``by``),
    it is done to them (``to``), somebody else does it (``other``), or it is not told (``?``)."""
    mine, object_ = (_YOU, _YOU) if asking else (_FIRST, _OBJECT)
    reach = _NEAR // 2 if asking else _NEAR
    spoken = words(text)
    found: dict[str, set[str]] = {}
    for place, word in enumerate(spoken):
        before, after = spoken[max(0, place - reach) : place], spoken[place + 1 : place + 6]
        if is_han(word):
            role = _han_role(text, word, "你您" if asking else "我咱")
        elif object_ & {*after[:1], *_from(after)}:
            role = "to"
        elif mine & set(before):
            role = "by"
        elif before and before[-1] in (_WH if asking else _THIRD):
            role = "other"
        else:
            role = "?"
        for root in content_words(word):
            found.setdefault(root, set()).add(role)
    return {root: frozenset(some) for root, some in found.items()}


def _from(after: Sequence[str]) -> Sequence[str]:
    """Whoever stands after the first "from" or "off" in ``after``."""
    place = next((n for n, one in enumerate(after) if one in ("from", "off")), None)
    return () if place is None else after[place + 1 : place + 2]


_KIN_AFTER: Final = re.compile(r"我(?=们?[家哥姐弟妹爸妈父母爷奶叔伯姨姑舅婶嫂媳]|的)")


def _han_role(text: str, word: str, mine: str) -> str:
    """``by``, ``to``, ``other`` or ``?``: where the person stands around ``word``."""
    place = text.find(word)
    if text[max(0, place - 1) : place] in tuple("去在到从"):
        return "?"
    clause = _KIN_AFTER.sub("", re.split(r"[，。？！,?!；]", text[:place])[-1])
    after = text[place + len(word) : place + len(word) + 3].lstrip("给过了")
    if after[:1] and after[0] in mine:
        return "to"
    if any(one in clause for one in mine):
        return "by"
    if mine[0] == "我" and after[:1] == "的" and clause.lstrip("的"):
        return "to"
    return "other" if re.search(r"[谁他她]", clause) else "?"
