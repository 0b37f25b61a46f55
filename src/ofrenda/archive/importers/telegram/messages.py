"""The second reading: what each message of a ``result.json`` holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ofrenda.archive.clockwork import agreed, wall
from ofrenda.archive.container import Container, Entry
from ofrenda.archive.importer import Reading, Record, Skipped
from ofrenda.archive.importers.telegram.chats import Found, conversation, peer, walk
from ofrenda.archive.instants import Instant, since_epoch, whole
from ofrenda.archive.jsonstream import BadJson, TooLarge, list_of, map_of, text_of
from ofrenda.archive.mending import is_lost, is_misspelt
from ofrenda.archive.sidefiles import named_file
from ofrenda.archive.telling import Chat, Said, Sender, tell
from ofrenda.types import Kind

_KNOWN_WORDS = (
    "id type date date_unixtime edited edited_unixtime from from_id author actor actor_id action "
    "forwarded_from forwarded_from_id saved_from via_bot reply_to_message_id reply_to_peer_id text "
    "text_entities file file_name file_size thumbnail thumbnail_file_size media_type sticker_emoji "
    "mime_type duration_seconds width height photo photo_file_size media_spoiler performer title "
    "poll location_information place_name address live_location_period_seconds reactions "
    "contact_information contact_vcard contact_vcard_file_size game_title game_description "
    "game_link game_message_id invoice_information inline_bot_buttons discard_reason members "
    "message_id period inviter signature self_destruct_period_seconds giveaway_information "
    "giveaway_results paid_media todo_list forwarded_date saved_from_id"
)
_KNOWN = frozenset(_KNOWN_WORDS.split())
_NOT_OWN = ("forwarded_from", "forwarded_from_id", "saved_from", "via_bot")
"""What shows that the words are somebody else's."""

_TELLING = (*_NOT_OWN, "type", "text", "text_entities", "action", "actor_id", "media_type")

_ENTITIES_WORDS = (
    "plain mention hashtag bot_command link email bold italic code pre text_link mention_name "
    "phone cashtag underline strikethrough blockquote bank_card spoiler custom_emoji unknown "
    "date"
)
_ENTITIES = frozenset(_ENTITIES_WORDS.split())
_MEDIA = {
    "voice_message": Kind.VOICE,
    "video_message": Kind.VIDEO,
    "video_file": Kind.VIDEO,
    "animation": Kind.VIDEO,
    "sticker": Kind.STICKER,
    "audio_file": Kind.FILE,
}
_CALLS = frozenset({"phone_call", "group_call", "invite_to_group_call", "conference_call"})


class Messages:
    """Makes records of messages."""

    def __init__(self, entry: Entry, files: Container, found: Found, reading: Reading) -> None:
        self._entry = entry
        self._files = files
        self._found = found
        self._reading = reading
        self._chats: dict[int, Chat | None] = {}
        self._left_out = self._missing = 0

    def records(self) -> Iterator[Record]:
        """Every message, or why it is left out; then what is worth telling."""
        place, last, chat_place = 0, -1, -1
        seen: dict[str, int] = {}
        try:
            for number, prefix, value in walk(self._entry):
                if number != last:
                    last, place = number, 0
                    chat_place = seen[prefix] = seen.get(prefix, -1) + 1
                where = prefix.removesuffix("item.").replace(".", "/")
                locator = (
                    f"/{where}{chat_place}/messages/{place}" if where else f"/messages/{place}"
                )
                place += 1
                yield self._record(number, locator, value)
        except BadJson:
            yield Skipped("damaged", "rest")
            self._reading.warnings.append(
                "The file is damaged or cut short; what comes after that place could not be read. "
                "Export or copy it again and add the new file."
            )
        if self._left_out:
            self._reading.advice.append(
                f"Photos, recordings and files that Telegram left out: {self._left_out}. "
                "Export again with all media ticked and the size limit at its highest."
            )
        if self._missing:
            self._reading.advice.append(
                f"Files that messages speak of and that did not come along: {self._missing}. "
                "Add the whole folder of the export."
            )

    def _chat(self, number: int) -> Chat | None:
        if number not in self._chats:
            headers = self._found.headers
            header = headers[number] if number < len(headers) else None
            self._chats[number] = (
                conversation(header, self._found.owner)
                if header is not None and header.sound
                else None
            )
        return self._chats[number]

    def _record(self, number: int, locator: str, value: object) -> Record:
        chat = self._chat(number)
        if isinstance(value, TooLarge):
            return Skipped("too_long", locator)
        message = map_of(value)
        if chat is None or not message or is_lost(value):
            return Skipped("damaged", locator)
        if is_misspelt(message, _KNOWN, _TELLING):
            return Skipped("damaged", locator)
        kind = message.get("type")
        at = _moment(message)
        if kind == "message":
            return self._message(locator, chat, message, at)
        if kind == "service":
            return _service(locator, chat, message, at)
        # "unsupported": newer than the program that exported it, and nothing is known of it.
        return Skipped("not_recognised", locator)

    def _message(
        self, locator: str, chat: Chat, message: dict[str, object], at: Instant | None
    ) -> Record:
        key, name = peer(message.get("from_id")), message.get("from")
        sender = None
        if key is not None:
            called = name if isinstance(name, str) and name else key
            sender = Sender(key, called)
            if isinstance(name, str) and self._found.namesakes.contradict(key, name):
                return Skipped("unclear_sender", locator)
        said = self._said(message)
        if said is None:
            return Skipped("damaged", locator)
        if any(mark in message for mark in _NOT_OWN):
            quoted = "\n".join(part for part in (said.text, said.quoted) if part) or None
            said = replace(said, text=None, quoted=quoted, forwarded=True)
        return tell(locator, chat, sender, at, said)

    def _said(self, message: dict[str, object]) -> Said | None:
        """The words and files; None where the two ways in which the words stand there differ."""
        words = _words(message.get("text"))
        again = _words(message.get("text_entities"))
        if words is None or again is None:
            return None
        own, quoted, flat = words
        entities = list_of(message.get("text_entities"))
        if entities:
            own, quoted, other = again
            if other != flat:
                return None
        kind, path = Kind.TEXT, message.get("file")
        if (stated := message.get("media_type")) is not None or path is not None:
            kind = _MEDIA.get(str(stated), Kind.FILE)
        elif "photo" in message:
            kind, path = Kind.IMAGE, message.get("photo")
        elif "location_information" in message or "place_name" in message:
            kind = Kind.LOCATION
        elif "contact_information" in message:
            kind = Kind.CONTACT
        elif "poll" in message:
            poll = map_of(message.get("poll"))
            kind, own = Kind.UNKNOWN, text_of(poll.get("question")) or own
        elif not flat:
            kind = Kind.UNKNOWN
        elif own is not None and len(entities or ()) == 1:
            kind = Kind.LINK if map_of(entities[0]).get("type") == "link" else Kind.TEXT
        file = named_file(self._entry, self._files, path)
        self._left_out += isinstance(path, str) and path.startswith("(")
        self._missing += file is not None and not file.exists
        reply = message.get("reply_to_message_id")
        return Said(
            kind,
            own,
            quoted,
            reply_to=text_of(reply) if "reply_to_peer_id" not in message else None,
            media=() if file is None else (file,),
            edited="edited" in message,
        )


def _words(value: object) -> tuple[str | None, str | None, str] | None:
    """``(own, quoted, all)`` of a text, which is words or a list of words and of pieces with a
    style; None where it is neither."""
    if value is None:
        return None, None, ""
    if isinstance(value, str):
        return value or None, None, value
    if not isinstance(value, list):
        return None
    own: list[str] = []
    quoted: list[str] = []
    flat: list[str] = []
    for part in value:
        styled = map_of(part)
        words = part if isinstance(part, str) else styled.get("text")
        style = styled.get("type")
        if not isinstance(words, str) or (styled and not isinstance(style, str)):
            return None
        if is_misspelt([str(style)] if styled else [], _ENTITIES, ["blockquote"]):
            return None
        flat.append(words)
        if style == "blockquote":
            quoted.append(words)
        else:
            own.append(words)
    if not quoted:
        return "".join(own) or None, None, "".join(flat)
    mine = "".join(own).strip("\n")
    return (mine if mine.strip() else None), "\n".join(quoted), "".join(flat)


def _moment(message: dict[str, object]) -> Instant | None:
    stated = message.get("date")
    local = wall(stated)[0] if isinstance(stated, str) else None
    if "date_unixtime" not in message:
        return local
    epoch = since_epoch(whole(message["date_unixtime"]))
    if local is None or epoch is None:
        return None
    return agreed(local, epoch)


def _service(locator: str, chat: Chat, message: dict[str, object], at: Instant | None) -> Record:
    action = text_of(message.get("action"))
    key, name = peer(message.get("actor_id")), message.get("actor")
    if action in _CALLS and key is not None:
        called = name if isinstance(name, str) and name else key
        return tell(locator, chat, Sender(key, called), at, Said(Kind.CALL))
    return tell(locator, chat, None, at, Said(Kind.SYSTEM, action))
