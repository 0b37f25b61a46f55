"""Text that somebody sent on and did not write: found by what is certain, shown to the keeper.

Precision comes first. A person's own words that are wrongly set apart are lost to the life; a
chain letter that is missed is one odd line among thousands. So a text counts as pasted only when

- people who are certainly different sent the same long text, and this is not the first copy
  (``copies``; with three people or more the first copy is not its writer's either);
- it asks to be sent on, as chain letters do (``chain``);
- it is as long as an article and carries both a link and a byline (``article``).

Two senders are certainly different when they speak in one conversation, or when the keeper said
who they are. The same person in two apps is never evidence against their own words.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

LONG = 80
"""Characters from which two people hardly write the same by chance; half of it in Chinese, where
a character carries about twice as much (DeFrancis 1984, chosen from that, not measured)."""

ARTICLE = 300
"""Characters of the shortest article; half of it in Chinese."""

_ZONES = 14 * 60
_CHAIN = re.compile(
    r"\b(?:forward|send|share|pass)\s+(?:this|it)(?:\s+\w+){0,3}\s+"
    r"(?:to|with|on\s+to)\s+(?:at\s+least\s+)?(?:\d+|ten|twenty|everyone|everybody|all\s+(?:of\s+)?your)\b"
    r"|\b(?:do\s+not|don['’]t)\s+break\s+(?:this|the)\s+chain\b"
    r"|\bforwarded\s+as\s+received\b"
    r"|\bcopy\s+and\s+paste\s+(?:this|it)\s+(?:to|on|onto|into)\s+your\s+(?:own\s+)?(?:status|wall|timeline)\b"
    r"|(?:转发|轉發|转给|轉給|发给|發給)(?:到|给|給)?(?:至少)?(?:\d+|十|二十|所有|身边|身邊|更多|每一?个|你的)"
    r"[^。！？\n]{0,6}(?:人|群|朋友|好友|亲人|家人)"
    r"|不转不是|不轉不是|看完(?:请|必须|一定要)?转|(?:请|务必)(?:大家)?(?:扩散|转发)(?:周知|出去|！|!)",
    re.IGNORECASE,
)
_CHAIN_HINTS = (
    "forward", "send", "share", "pass", "chain", "paste", "转", "轉", "发给", "發給", "扩散",
)  # fmt: skip
"""What a chain letter cannot do without: looked for first, since it costs next to nothing."""

_EAST = re.compile("[\u3040-\u9fff\uac00-\ud7a3]")
_LINK = re.compile(r"https?://\S+|\bwww\.\w+\.\w+")
_BYLINE = re.compile(
    r"(?:^|\n)\s*(?i:(?:written\s+)?by|words\s+by|story\s+by)\s+[A-Z][\w.'’-]+\s+[A-Z][\w.'’-]+"
    r"|(?:^|\n)\s*(?i:source|author|originally\s+published)\s*:\s*\S"
    r"|\((?:Reuters|AP|AFP|Xinhua)\)"
    r"|(?:^|\n|[（(【\s])(?:作者|来源|來源|编辑|編輯|责编|记者|記者|转载自|轉載自|本文来自|原标题)\s*[:：/／丨|]\s*\S"
)


@dataclass(frozen=True, slots=True)
class Sent:
    """A message to be looked at. ``at`` is its local time (ISO 8601)."""

    id: int
    identity: int
    conversation: int
    at: str
    text: str


def long_enough(text: str, least: int = LONG) -> bool:
    """Whether a text has ``least`` characters, a Chinese one half of them."""
    if len(text) >= least or text.isascii():
        return len(text) >= least
    return len(text) >= least // 2 and len(_EAST.findall(text)) * 3 > len(text)


def by_itself(text: str) -> str | None:
    """``chain`` or ``article`` where the text alone shows it, else None."""
    if not long_enough(text):
        return None
    plain = text.lower()
    if any(hint in plain for hint in _CHAIN_HINTS) and _CHAIN.search(text):
        return "chain"
    linked = "http" in plain or "www." in plain
    if linked and long_enough(text, ARTICLE) and _LINK.search(text) and _BYLINE.search(text):
        return "article"
    return None


def find_pasted(messages: Iterable[Sent], people: People) -> dict[int, str]:
    """Message id -> why it is taken for pasted. ``messages`` are walked once, in any order."""
    found: dict[int, str] = {}
    copies: dict[bytes, list[tuple[str, int, int]]] = defaultdict(list)
    for one in messages:
        if not long_enough(one.text):
            continue
        if (why := by_itself(one.text)) is not None:
            found[one.id] = why
        copies[_digest(one.text)].append((one.at, one.id, one.identity))
    for group in copies.values():
        if len(group) > 1:
            found |= dict.fromkeys(_sent_on(sorted(group), people), "copies") | {
                number: found[number] for _, number, _ in group if number in found
            }
    return found


class People:
    """Which senders are certainly different people.

    ``said`` maps a sender to whom the keeper says it is (None: not decided), ``together`` the
    conversations in which each speaks, ``alike`` the senders that may be the same person.
    """

    def __init__(
        self,
        said: Mapping[int, str | None],
        together: Mapping[int, set[int]],
        alike: Mapping[int, Sequence[int]],
    ) -> None:
        self._said = said
        self._together = together
        self._alike = alike

    def differ(self, one: int, other: int) -> bool:
        """Whether the two are certainly not one person."""
        if one == other or other in self._alike.get(one, ()):
            return False
        first, second = self._said.get(one), self._said.get(other)
        if first is not None and second is not None:
            return first != second
        return bool(self._together.get(one, set()) & self._together.get(other, set()))


def _sent_on(group: list[tuple[str, int, int]], people: People) -> list[int]:
    """Which copies of one text, given by time, are not their sender's own words."""
    different: list[int] = []
    for _, _, sender in group:
        if all(people.differ(sender, known) for known in different):
            different.append(sender)
    if len(different) >= 3:
        return [number for _, number, _ in group]
    first_at, _, first = group[0]
    return [
        number
        for at, number, sender in group[1:]
        if people.differ(sender, first) and not _one_message(at, first_at)
    ]


def _one_message(one: str, other: str) -> bool:
    """Whether two times may be of one message, exported from two phones: the same minute, or
    apart by what two time zones are."""
    try:
        apart = datetime.fromisoformat(one[:16]) - datetime.fromisoformat(other[:16])
    except ValueError:
        return True
    minutes = abs(int(apart.total_seconds())) // 60
    return minutes <= 1 or (minutes <= _ZONES and minutes % 30 == 0)


def _digest(text: str) -> bytes:
    plain = " ".join((text if text.isascii() else unicodedata.normalize("NFC", text)).split())
    return hashlib.blake2b(plain.encode("utf-8", "replace"), digest_size=16).digest()
