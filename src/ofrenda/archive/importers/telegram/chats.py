"""The first reading: which chats a ``result.json`` holds, and who is called what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ofrenda.archive.container import Entry
from ofrenda.archive.jsonstream import BadJson, values
from ofrenda.archive.mending import Namesakes, is_lost, mended
from ofrenda.archive.telling import Chat
from ofrenda.errors import ArchiveError

PLATFORM = "telegram"
LISTS = ("", "chats.list.item.", "left_chats.list.item.")
"""Where chats are: the file itself, or the lists of a whole export."""

_RANKS = {"name": 0, "type": 1, "id": 2, "messages.item": 3}
"""The order in which the exporter writes a chat."""

_OWNER = "personal_information.user_id"
_ALONE = frozenset({"personal_chat", "bot_chat"})
_OWN = {
    "saved_messages": "Saved Messages",
    "replies": "Replies",
    "verification_codes": "Verification Codes",
}
_GROUPS = frozenset(
    {"private_group", "private_supergroup", "public_supergroup"}
    | {"private_channel", "public_channel"}
)
_PEERS = {"private_group": "chat"}


@dataclass(slots=True)
class Header:
    """What a chat says of itself. ``writers``: ids of those who wrote in it, at most three."""

    stated: dict[str, object] = field(default_factory=dict)
    writers: set[str] = field(default_factory=set)
    messages: int = 0

    @property
    def sound(self) -> bool:
        """Whether it says which chat it is."""
        kind, number = self.stated.get("type"), self.stated.get("id")
        return (
            isinstance(kind, str)
            and isinstance(number, int)
            and not is_lost(kind)
            and not is_lost(self.stated.get("name"))
        )


@dataclass(slots=True)
class Found:
    """The first reading's result: the chats in order, the names, and whether the file breaks
    off."""

    headers: list[Header]
    namesakes: Namesakes
    owner: str | None
    broken: bool
    messages: int = 0


class Boundaries:
    """Tells by the order of keys where one chat ends and the next begins. A chat goes on as long
    as its keys come in the exporter's order; so no single damaged key joins two chats."""

    def __init__(self) -> None:
        self.number = -1
        self._rank = 9
        self._list: str | None = None

    def at(self, prefix: str, key: str) -> int:
        """The number of the chat that this key belongs to."""
        rank = _RANKS[key]
        alone = prefix == ""
        begins = self._list != prefix or (
            not alone and (rank < self._rank or rank == self._rank < 3)
        )
        if begins:
            self.number += 1
        self._list = prefix
        self._rank = rank
        return self.number


def split(place: str, keys: Iterable[str]) -> tuple[str, str] | None:
    """The list and the key of a place; None for another place."""
    for prefix in reversed(LISTS):
        if place.startswith(prefix):
            key = place[len(prefix) :]
            return (prefix, key) if key in keys else None
    return None


def survey(entry: Entry) -> Found:
    """Read all headers and all names. Raises ``ArchiveError`` where the chats cannot be told
    apart."""
    found = Found([], Namesakes(), None, broken=False)
    inner = ("messages.item.from_id", "messages.item.from", "messages.item.id")
    wanted = {prefix + key for prefix in LISTS for key in ("name", "type", "id", *inner)}
    boundaries = Boundaries()
    who = _Pairs(found.namesakes)
    try:
        for place, value in values(mended(entry, hex_escapes=True), wanted | {_OWNER}):
            if place == _OWNER:
                found.owner = None if is_lost(value) else peer(value)
                continue
            both = split(place, {"name", "type", "id", *inner})
            if both is None:
                continue
            prefix, key = both
            message = key.startswith("messages.")
            number = boundaries.at(prefix, "messages.item" if message else key)
            while number >= len(found.headers):
                found.headers.append(Header())
            header = found.headers[number]
            if not message:
                header.stated[key] = value
            elif key == inner[2]:
                header.messages += 1
                found.messages += 1
                who.next()
            else:
                who.take(key == inner[0], value)
                writer = peer(value) if key == inner[0] else None
                if writer is not None and len(header.writers) < 3:
                    header.writers.add(writer)
    except BadJson:
        found.broken = True
    who.next()
    vague = [header for header in found.headers if not header.sound]
    if len(vague) > 1:
        # One may be damaged; two are what another order of keys makes of the first and last.
        raise ArchiveError(
            "The export was changed by another program, and its chats can no longer be told "
            "apart. Export again from Telegram Desktop and add that file unchanged."
        )
    return found


class _Pairs:
    """Puts the id and the name of one message together."""

    def __init__(self, namesakes: Namesakes) -> None:
        self._namesakes = namesakes
        self._key: str | None = None
        self._name: str | None = None

    def take(self, is_id: bool, value: object) -> None:
        """A message's id of sender, or name."""
        if is_id:
            self._key = peer(value)
        else:
            self._name = value if isinstance(value, str) else None

    def next(self) -> None:
        """The message is over."""
        if self._key is not None and self._name is not None:
            self._namesakes.note(self._key, self._name)
        self._key = self._name = None


def peer(value: object) -> str | None:
    """The id of a sender: ``user1``, ``channel1``, ``chat1``. Before 2021 it was a number that
    held the class in its upper half."""
    if isinstance(value, str):
        for kind in ("user", "channel", "chat"):
            digits = value.removeprefix(kind)
            if digits != value and digits.isascii() and digits.isdigit() and len(digits) <= 20:
                return value
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**63:
        return None
    upper, lower = divmod(value, 2**32)
    return f"{('user', 'chat', 'channel')[upper]}{lower}" if upper < 3 else f"user{value}"


def conversation(header: Header, owner: str | None) -> Chat:
    """The conversation of a chat with a sound header.

    A chat of two is keyed by the pair where both are known, so that exports from both sides meet.
    """
    kind, number = str(header.stated["type"]), header.stated["id"]
    name = header.stated.get("name")
    title = name if isinstance(name, str) and name else _OWN.get(kind, "Deleted Account")
    if kind in _ALONE:
        other = f"user{number}"
        pair = {other, *header.writers}
        if len(pair) == 1 and owner is not None:
            pair.add(owner)
        if len(pair) <= 2 and all(one.startswith("user") for one in pair):
            return Chat(PLATFORM, "direct:" + "\n".join(sorted(pair)), title, False)
        return Chat(PLATFORM, f"direct:{other}", title, False)
    if kind in _OWN:
        return Chat(PLATFORM, f"{kind}:{number}", title, kind == "replies")
    group = kind in _GROUPS or len(header.writers) > 2
    return Chat(PLATFORM, f"{_PEERS.get(kind, 'channel')}:{number}", title, group)


def walk(entry: Entry) -> Iterator[tuple[int, str, object]]:
    """``(number of the chat, its list, message)`` for each message. Raises ``BadJson``."""
    keys = ("name", "type", "id", "messages.item")
    wanted = {prefix + key for prefix in LISTS for key in keys}
    boundaries = Boundaries()
    for place, value in values(mended(entry, hex_escapes=True), wanted):
        both = split(place, keys)
        if both is not None:
            number = boundaries.at(*both)
            if both[1] == "messages.item":
                yield number, both[0], value
