"""The first reading: who is in a thread, which thread it is, and which way its time runs."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.importers.messenger.mojibake import repaired
from ofrenda.archive.instants import whole
from ofrenda.archive.jsonstream import BadJson, values
from ofrenda.archive.mending import LOST, mended
from ofrenda.archive.telling import Chat, bare, pair_or_group

FACEBOOK, INSTAGRAM = "messenger", "instagram"

_GONE_WORDS = (
    "facebook user|instagram user|messenger user|facebook-nutzer|instagram-nutzer|"
    "utilisateur de facebook|utilisateur facebook|utilisateur instagram|utilisateur d’instagram|"
    "usuario de facebook|usuario de instagram|utente di facebook|utente facebook|"
    "utente instagram|utente di instagram|usuário do facebook|usuário do instagram|"
    "utilizador do facebook|facebook-gebruiker|instagram-gebruiker|użytkownik facebooka|"
    "użytkownik instagrama|пользователь facebook|пользователь instagram|facebook kullanıcısı|"
    "instagram kullanıcısı|facebook 用户|facebook 用戶|instagram 用户|instagram 用戶|"
    "facebook ユーザー|instagram ユーザー|facebook 사용자|instagram 사용자|facebookユーザー"
)
_GONE = frozenset(_GONE_WORDS.split("|"))
"""What stands for the name of anybody who has left: many people, one name."""

_FILE_NUMBER = re.compile(r"_\d{1,9}$")
_TRACES = (
    ("personal_information/personal_information.json", INSTAGRAM),
    ("account_information/personal_information.json", INSTAGRAM),
    ("connections/followers_and_following/followers_1.json", INSTAGRAM),
    ("followers_and_following/followers_1.json", INSTAGRAM),
    ("profile_information/profile_information.json", FACEBOOK),
    ("personal_information/profile_information/profile_information.json", FACEBOOK),
)


@dataclass(slots=True)
class Thread:
    """What a thread says of itself. ``certain``: it is known which of the two services it is of;
    ``falling``: newest message first; ``doubled``: names that two of its people have."""

    sealed: bool
    platform: str
    certain: bool
    people: list[str] = field(default_factory=list)
    writers: set[str] = field(default_factory=set)
    stated: dict[str, str] = field(default_factory=dict)
    messages: int = 0
    falling: bool = True
    broken: bool = False
    doubled: frozenset[str] = frozenset()
    chat: Chat = field(default_factory=lambda: Chat(FACEBOOK, "", "", True))


def is_gone(name: str) -> bool:
    """Whether a name stands for people who have left."""
    return not name or name.casefold() in _GONE


def survey(entry: Entry, files: Container) -> Thread:
    """Read all but the words."""
    platform, certain = service_of(entry, files)
    found = Thread(sealed=False, platform=platform, certain=certain)
    times: list[int] = []
    wanted = {
        "participants.item",
        "title",
        "threadName",
        "thread_type",
        "thread_path",
        "messages.item.sender_name",
        "messages.item.senderName",
        "messages.item.timestamp_ms",
        "messages.item.timestamp",
    }
    try:
        for place, value in values(mended(entry), wanted):
            key = place.rpartition(".")[2]
            if place == "participants.item":
                name = value.get("name") if isinstance(value, dict) else value
                if isinstance(name, str) and len(found.people) < 5_000:
                    found.people.append(bare(repaired(name)))
            elif not place.startswith("messages."):
                if isinstance(value, str) and LOST not in value:
                    found.stated[key] = repaired(value)
            elif key in ("timestamp_ms", "timestamp"):
                found.messages += 1
                if (moment := whole(value)) is not None:
                    times[1:] = [moment]
            elif isinstance(value, str) and len(found.writers) < 5_000:
                found.sealed |= key == "senderName"
                found.writers.add(bare(repaired(value)))
    except BadJson:
        found.broken = True
    if len(times) == 2:
        found.falling = times[0] >= times[1]
    if found.sealed:
        found.platform, found.certain = FACEBOOK, True
    counts = Counter(found.people)
    found.doubled = frozenset(name for name, count in counts.items() if count > 1)
    found.chat = chat_of(entry, found)
    return found


def service_of(entry: Entry, files: Container) -> tuple[str, bool]:
    """Which service a thread is of: by the folders above it, then by what lies beside them."""
    path = entry.name.casefold()
    folders = f"{files.name.casefold()}/{path}"
    if "your_instagram_activity/" in path:
        return INSTAGRAM, True
    if "your_facebook_activity/" in path or "your_activity_across_facebook/" in path:
        return FACEBOOK, True
    root, _, below = entry.name.partition("messages/")
    for trace, service in _TRACES if below else ():
        if root + trace in files.entries:
            return service, True
    for service, word in ((INSTAGRAM, "instagram"), (FACEBOOK, "facebook")):
        if word in folders:
            return service, True
    return FACEBOOK, False


def chat_of(entry: Entry, found: Thread) -> Chat:
    """The conversation: the pair where two are alone with each other and both have a name of
    their own, else the thread."""
    title = found.stated.get("title") or found.stated.get("threadName") or ""
    plain = bare(_FILE_NUMBER.sub("", title) if found.sealed else title)
    everybody = set(found.people) | found.writers
    kind = found.stated.get("thread_type", "")
    alone = len(found.people) <= 2 and len(everybody) <= 2 and kind in ("", "Regular")
    own_names = not any(is_gone(name) for name in everybody) and not found.doubled
    titled = kind == "Regular" or found.sealed or plain in everybody
    if alone and own_names and titled:
        return pair_or_group(found.platform, everybody, plain or None, group=False)
    folder = PurePosixPath(entry.name).parent.name
    path = found.stated.get("thread_path", "").rpartition("/")[2]
    key = path or (title if found.sealed else folder) or PurePosixPath(entry.name).stem
    names = ", ".join(sorted(everybody)[:4])
    return Chat(found.platform, f"thread:{bare(key)}", plain or names, not alone)
