"""The second reading: what each message of a thread holds, oldest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.importer import Reading, Record, Skipped
from ofrenda.archive.importers.messenger.mojibake import repaired
from ofrenda.archive.importers.messenger.phrases import is_notice
from ofrenda.archive.importers.messenger.threads import FACEBOOK, Thread, is_gone
from ofrenda.archive.instants import Instant, since_epoch, whole
from ofrenda.archive.jsonstream import BadJson, TooLarge, list_of, map_of, values
from ofrenda.archive.mending import is_lost, is_misspelt, mended
from ofrenda.archive.sidefiles import kind_of, named_file
from ofrenda.archive.telling import Said, Sender, bare, tell
from ofrenda.types import Kind, MediaRef

_HELD = 4_096
"""Messages of one second that are turned round; more are no conversation."""

_FILES = {
    "photos": Kind.IMAGE,
    "videos": Kind.VIDEO,
    "audio_files": Kind.VOICE,
    "gifs": Kind.IMAGE,
    "files": Kind.FILE,
}
_KNOWN_WORDS = (
    "sender_name timestamp_ms content type reactions photos videos audio_files gifs files sticker "
    "share call_duration missed users is_unsent is_taken_down is_geoblocked_for_viewer ip "
    "bumped_message_metadata is_unsent_image_by_messenger_kid_parent magic_words "
    "senderName timestamp text media isUnsent"
)
_KNOWN = frozenset(_KNOWN_WORDS.split())
_TELLING = (
    "is_unsent", "isUnsent", "share", "type", "users", "call_duration", "audio_files", "content"
)  # fmt: skip
_SAID = frozenset({"Generic", "Share", "text", "media", "link"})
_TOLD = frozenset({"Subscribe", "Unsubscribe", "Payment", "Plan", "Poll"})


@dataclass(slots=True)
class _Tally:
    notices: int = 0
    missing: int = 0


class Messages:
    """Makes records of messages."""

    def __init__(self, entry: Entry, files: Container, found: Thread, reading: Reading) -> None:
        self._entry = entry
        self._files = files
        self._found = found
        self._reading = reading
        self._tally = _Tally()

    def records(self) -> Iterator[Record]:
        """Every message; those of one second are turned round where the file has the newest
        first. Then what is worth telling."""
        second: object = None
        held: list[Record] = []
        for record in self._as_written():
            stamp = None if isinstance(record, Skipped) else getattr(record, "ts_local", None)
            if held and (not self._found.falling or stamp != second or len(held) >= _HELD):
                yield from reversed(held)
                held = []
            held.append(record)
            second = stamp
        yield from reversed(held)
        self._report()

    def _as_written(self) -> Iterator[Record]:
        place = -1
        try:
            for place, (_, value) in enumerate(values(mended(self._entry), {"messages.item"})):
                yield self._record(f"/messages/{place}", value)
        except BadJson:
            yield Skipped("damaged", f"/messages/{place + 1}")
            self._reading.warnings.append(
                "The file is damaged or cut short; what comes after that place could not be read. "
                "Copy it again from the export and add the new file."
            )

    def _report(self) -> None:
        reading, tally = self._reading, self._tally
        if tally.notices:
            reading.warnings.append(
                f"{tally.notices} messages are the service's own words ('sent an attachment', "
                "'reacted to your message'). They are kept as notices, as nobody's words."
            )
        if not self._found.certain:
            reading.warnings.append(
                "Nothing beside this thread says whether it is from Messenger or Instagram; it was "
                "taken for Messenger. Add the whole export to be sure."
            )
        if tally.missing:
            reading.advice.append(
                f"Files that messages speak of and that did not come along: {tally.missing}. "
                "Add all parts of the export, unpacked into one folder."
            )
        if not self._found.sealed and self._found.platform == FACEBOOK:
            reading.advice.append(
                "Encrypted chats are in an export of their own (messenger.com, Settings, Privacy, "
                "Secure storage, Download). Ask for it too: recent years are often only there."
            )

    def _record(self, locator: str, value: object) -> Record:
        if isinstance(value, TooLarge):
            return Skipped("too_long", locator)
        message = map_of(value)
        if not message or is_lost(value) or is_misspelt(message, _KNOWN, _TELLING):
            return Skipped("damaged", locator)
        sealed = "senderName" in message
        name = message.get("senderName" if sealed else "sender_name")
        sender = self._sender(name)
        at = _moment(message.get("timestamp" if sealed else "timestamp_ms"))
        said = self._said(message, sealed, "" if sender is None else sender.name)
        if said is None:
            return Skipped("not_recognised", locator)
        return tell(locator, self._found.chat, sender, at, said)

    def _sender(self, value: object) -> Sender | None:
        """Who wrote; None where the name is that of several people."""
        if not isinstance(value, str):
            return None
        name = bare(repaired(value))
        found = self._found
        if name in found.doubled:
            return None
        if is_gone(name):
            # Alone with one other, it can only be that one; elsewhere it can be anybody.
            if found.chat.is_group:
                return None
            return Sender(f"{name} ({found.chat.key})", name or found.chat.title)
        return Sender(name, name)

    def _said(self, message: dict[str, object], sealed: bool, sender: str) -> Said | None:
        kind = message.get("type")
        if kind is not None and not isinstance(kind, str):
            return None
        if message.get("is_unsent") is True or message.get("isUnsent") is True:
            return Said(Kind.DELETED)
        content = message.get("text" if sealed else "content")
        words = repaired(content) if isinstance(content, str) and content else None
        if kind == "Call" or "call_duration" in message:
            return Said(Kind.CALL)
        if kind in _TOLD or "users" in message:
            self._tally.notices += 1
            return Said(Kind.SYSTEM, words)
        if kind is not None and kind not in _SAID and not sealed:
            return None
        media, what = self._media(message, sealed)
        shared = map_of(message.get("share"))
        link = shared.get("link")
        about = shared.get("share_text")
        quoted = repaired(about) if isinstance(about, str) else None
        if words is not None and is_notice(words, sender):
            words = None
            if not media and what is None and not shared:
                self._tally.notices += 1
                return Said(Kind.SYSTEM, repaired(str(content)))
        if words is not None and words == quoted:
            words = None
        if media or what is not None:
            return Said(what or Kind.FILE, words, quoted, media=media)
        if words is None and isinstance(link, str):
            return Said(Kind.LINK, repaired(link), quoted)
        if words is not None and _is_link(words):
            return Said(Kind.LINK, words, quoted)
        return Said(Kind.TEXT if words or quoted else Kind.UNKNOWN, words, quoted)

    def _media(
        self, message: dict[str, object], sealed: bool
    ) -> tuple[tuple[MediaRef, ...], Kind | None]:
        named: list[tuple[object, Kind | None]] = []
        for key, kind in _FILES.items():
            named += [(map_of(one).get("uri"), kind) for one in list_of(message.get(key))]
        if "sticker" in message:
            named.append((map_of(message["sticker"]).get("uri"), Kind.STICKER))
        if sealed:
            named += [(map_of(one).get("uri"), None) for one in list_of(message.get("media"))]
        media: list[MediaRef] = []
        first: Kind | None = None
        for path, stated in named:
            file = self._file(path)
            first = first or stated or (Kind.FILE if file is None else kind_of(file.path))
            if file is not None:
                media.append(file)
                self._tally.missing += not file.exists
        return tuple(media), first

    def _file(self, path: object) -> MediaRef | None:
        """A file by its path from the export's top; or, where only the thread's folder was handed
        in, by what that path has below this folder."""
        if not isinstance(path, str):
            return None
        path = repaired(path)
        found = named_file(self._entry, self._files, path, climb=True)
        if found is None or found.exists:
            return found
        thread = self._found.stated.get("thread_path", "").rpartition("/")[2]
        if thread and f"/{thread}/" in path:
            below = named_file(self._entry, self._files, path.rpartition(f"/{thread}/")[2])
            if below is not None and below.exists:
                return below
        return found


def _moment(value: object) -> Instant | None:
    number = whole(value)
    return None if number is None else since_epoch(number // 1000)


def _is_link(words: str) -> bool:
    return words.startswith(("http://", "https://")) and not any(c.isspace() for c in words)
