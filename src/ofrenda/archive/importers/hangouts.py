"""Google Takeout's Hangouts, the forerunner of Google Chat: one ``Hangouts.json`` with everything.

Written from descriptions and other readers' tests; no real export was at hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import peek
from ofrenda.archive.importer import Circumstances, Gives, Reading, Record, Skipped
from ofrenda.archive.instants import past, since_epoch, whole
from ofrenda.archive.jsonstream import (
    TOO_LARGE,
    BadJson,
    list_of,
    map_of,
    not_whole,
    text_of,
    values,
)
from ofrenda.archive.telling import Chat, Said, Sender, tell
from ofrenda.types import Kind

PLATFORM = "hangouts"
_BEGINS = re.compile(r'\s*\{\s*"(?:conversations|continuation_end_timestamp)"\s*:')
_EVENTS = "conversations.item.events.item"
_WHERE = "conversations.item.conversation"
_OLD_EVENTS = "conversation_state.item.conversation_state.event.item"
_OLD_WHERE = "conversation_state.item.conversation_state.conversation"
_NOTICES = frozenset(
    {
        "ADD_USER", "REMOVE_USER", "RENAME_CONVERSATION", "OTR_MODIFICATION", "GROUP_LINK_SHARING",
        "CONVERSATION_VIEW_MODIFICATION",
    }
)  # fmt: skip
_KINDS = {"PLUS_PHOTO": Kind.IMAGE, "PLUS_AUDIO_V2": Kind.VOICE, "PLACE_V2": Kind.LOCATION}


@dataclass(slots=True)
class _Talk:
    chat: Chat
    names: dict[str, str] = field(default_factory=dict)


class Hangouts:
    """The importer."""

    name = "hangouts"
    gives = Gives.CHAT

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By the keys that it begins with."""
        text = (peek(head) or "").lstrip("\ufeff")
        old = '"conversation_state"' in text[:400] and '"participant_data"' in text
        new = _BEGINS.match(text) is not None and '"conversation_id"' in text
        return 0.95 if (new or old) and '"gaia_id"' in text else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """Who is in which conversation first, then every event."""
        try:
            talks = dict(_talks(entry))
        except BadJson:
            talks = {}
        if not talks:
            raise not_whole()
        reading = Reading(records=_records(entry, talks, circumstances.today))
        reading.advice.append(
            "Pictures of Hangouts lie in Google Photos, not in this export. Ask for Google Photos "
            "in Takeout too, and add that folder."
        )
        return reading


IMPORTER = Hangouts()


def _talks(entry: Entry) -> Iterator[tuple[str, _Talk]]:
    places = {f"{_WHERE}.conversation", _OLD_WHERE}
    for _, value in values(entry, places):
        found = map_of(value)
        number = text_of(map_of(found.get("id")).get("id"))
        if not number:
            continue
        names: dict[str, str] = {}
        for one in map(map_of, list_of(found.get("participant_data"))):
            key = _key(one.get("id"))
            if key and key not in names:
                names[key] = text_of(one.get("fallback_name")) or key
            elif key:
                names[key] = ""  # two people under one number: nobody can say who wrote
        alone = found.get("type") in ("STICKY_ONE_TO_ONE", "ONE_TO_ONE") and len(names) <= 2
        title = text_of(found.get("name")) or " & ".join(filter(None, [*names.values()][:4]))
        yield number, _Talk(Chat(PLATFORM, number, title or "Hangouts", not alone), names)


def _key(value: object) -> str:
    found = map_of(value)
    return text_of(found.get("gaia_id")) or text_of(found.get("chat_id")) or ""


def _records(entry: Entry, talks: dict[str, _Talk], today: date) -> Iterator[Record]:
    number = 0
    try:
        for _, value in values(entry, {_EVENTS, _OLD_EVENTS}):
            number += 1
            yield _record(f"/events/{number}", value, talks, today)
    except BadJson:
        yield Skipped("damaged", f"/events/{number + 1}")


def _record(locator: str, value: object, talks: dict[str, _Talk], today: date) -> Record:
    if value is TOO_LARGE:
        return Skipped("too_long", locator)
    event = map_of(value)
    if not event:
        return Skipped("damaged", locator)
    talk = talks.get(text_of(map_of(event.get("conversation_id")).get("id")) or "")
    if talk is None:
        return Skipped("unclear_sender", locator)
    key = _key(event.get("sender_id"))
    name = talk.names.get(key, key)
    sender = Sender(key, name) if key and name else None
    micro = whole(event.get("timestamp"))
    at = past(None if micro is None else since_epoch(micro / 1_000_000), today)
    said = _said(event)
    if said is None:
        return Skipped("not_recognised", locator)
    if said.kind is Kind.TEXT and not said.text:
        return Skipped("empty", locator)
    return tell(text_of(event.get("event_id")) or locator, talk.chat, sender, at, said)


def _said(event: dict[str, object]) -> Said | None:
    kind = text_of(event.get("event_type"))
    if kind in _NOTICES or kind == "VOICEMAIL":
        return Said(Kind.SYSTEM if kind in _NOTICES else Kind.VOICE)
    if kind in ("HANGOUT_EVENT", "PHONE_CALL") or "hangout_event" in event:
        return Said(Kind.CALL)
    if "chat_message" not in event:
        return None
    content = map_of(map_of(event["chat_message"]).get("message_content"))
    words = ""
    for part in map(map_of, list_of(content.get("segment"))):
        words += "\n" if part.get("type") == "LINE_BREAK" else text_of(part.get("text")) or ""
    attached: Kind | None = None
    for part in map(map_of, list_of(content.get("attachment"))):
        types = list_of(map_of(part.get("embed_item")).get("type"))
        attached = attached or next(
            (_KINDS[t] for t in types if isinstance(t, str) and t in _KINDS), Kind.UNKNOWN
        )
    return Said(attached or Kind.TEXT, words.strip("\n") or None)
