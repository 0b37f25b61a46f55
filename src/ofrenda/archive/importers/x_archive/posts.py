"""Posts: the person's own statements, without what they only passed on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from html import unescape
from pathlib import PurePosixPath

from ofrenda.archive.clockwork import wall
from ofrenda.archive.container import Container, Entry
from ofrenda.archive.importer import Reading, Record, Skipped
from ofrenda.archive.importers.x_archive.script import PLATFORM, Owner, listed, media_of
from ofrenda.archive.instants import Instant, aware
from ofrenda.archive.jsonstream import BadJson, TooLarge, list_of, map_of, text_of
from ofrenda.archive.mending import is_lost, is_misspelt, nearly
from ofrenda.archive.telling import Chat, Said, Sender, tell
from ofrenda.types import Kind, MediaRef

_CREATED = re.compile(
    r"(?P<weekday>Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?P<month>[A-Z][a-z]{2}) (?P<day>\d\d) "
    r"(?P<h>\d\d):(?P<m>\d\d):(?P<s>\d\d) (?P<sign>[+-])(?P<zh>\d\d)(?P<zm>\d\d) (?P<year>\d{4})"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_PASSED_ON = re.compile(r"RT @\w{1,20}\b")
_MARK = "RT @"
_TALE = re.compile(r".{3,5}?\w{1,20}: ", re.DOTALL)
_KNOWN_WORDS = (
    "id id_str full_text text created_at in_reply_to_status_id in_reply_to_status_id_str "
    "in_reply_to_user_id in_reply_to_user_id_str in_reply_to_screen_name entities "
    "extended_entities retweeted retweet_count favorite_count favorited truncated lang source "
    "display_text_range possibly_sensitive edit_info withheld_in_countries coordinates geo place "
    "contributors quoted_status_id quoted_status_id_str scopes withheld_copyright"
)
_KNOWN = frozenset(_KNOWN_WORDS.split())
_TELLING = ("full_text", "created_at", "id_str")
_NOT_PLAIN = re.compile(r"[/\\\0-\x1f]")


def posts(entry: Entry, files: Container, owner: Owner, reading: Reading) -> Iterator[Record]:
    """Every post of a ``tweets.js``, then what is worth telling. Long posts stand there cut
    short; their whole text is taken from ``note-tweet.js`` where that came along."""
    whole_texts = _notes(entry, files)
    media = media_of(entry, files, "tweets_media", "tweet_media")
    place = -1
    try:
        for place, (_, value) in enumerate(listed(entry, {"item"})):
            yield _post(f"/{place}", value, owner, whole_texts, media)
    except BadJson:
        yield Skipped("damaged", f"/{place + 1}")
        reading.warnings.append(BROKEN)


BROKEN = (
    "The file is damaged, cut short or holds more than data; what comes after that place was not "
    "read. Unpack the archive again and add the whole of it."
)


def long_posts(entry: Entry, owner: Owner, reading: Reading) -> Iterator[Record]:
    """Every long post of a ``note-tweet.js``."""
    place = -1
    try:
        for place, (_, value) in enumerate(listed(entry, {"item"})):
            locator = f"/{place}"
            note = map_of(map_of(value).get("noteTweet")) or map_of(value)
            words = map_of(note.get("core")).get("text")
            stamp = note.get("createdAt")
            if isinstance(value, TooLarge):
                yield Skipped("too_long", locator)
            elif not isinstance(words, str) or is_lost(value):
                yield Skipped("damaged", locator)
            else:
                at = wall(stamp)[0] if isinstance(stamp, str) else None
                at = at if at is not None and at.utc is not None else None
                yield tell(locator, _timeline(owner), _sender(owner), at, _said(words.strip()))
    except BadJson:
        yield Skipped("damaged", f"/{place + 1}")
        reading.warnings.append(BROKEN)


def _timeline(owner: Owner) -> Chat:
    return Chat(PLATFORM, f"posts:{owner.key}", f"@{owner.handle} on X", True)


def _sender(owner: Owner) -> Sender:
    return Sender(owner.key, owner.name)


def _said(words: str, reply: str | None = None, media: tuple[MediaRef, ...] = ()) -> Said:
    # A post is what it says; its pictures come with it.
    kind = Kind.TEXT if words else Kind.IMAGE if media else Kind.UNKNOWN
    if words.startswith(("http://", "https://")) and len(words.split()) == 1:
        kind = Kind.LINK
    return Said(kind, words or None, reply_to=reply, media=media)


def _post(
    locator: str,
    value: object,
    owner: Owner,
    whole_texts: dict[str, str],
    media: dict[str, list[str]],
) -> Record:
    if isinstance(value, TooLarge):
        return Skipped("too_long", locator)
    post = map_of(map_of(value).get("tweet")) or map_of(value)
    if is_lost(value) or is_misspelt(post, _KNOWN, _TELLING):
        return Skipped("damaged", locator)
    raw = post.get("full_text", post.get("text"))
    number = text_of(post.get("id_str")) or text_of(post.get("id"))
    if not isinstance(raw, str) or number is None:
        return Skipped("damaged", locator)
    at = _created(post.get("created_at"))
    chat, sender = _timeline(owner), _sender(owner)
    if _PASSED_ON.match(raw):
        said = Said(Kind.TEXT, None, _shown(raw, post), forwarded=True)
        return tell(locator, chat, sender, at, said)
    if _TALE.match(raw) and any(nearly(raw[:size], _MARK) for size in (3, 4, 5)):
        return Skipped("doubtful", locator)
    words = _shown(raw, post)
    reply = text_of(post.get("in_reply_to_status_id_str"))
    files = tuple(MediaRef(path, None, True) for path in media.get(number, ()))
    return tell(locator, chat, sender, at, _said(_whole(words, whole_texts), reply, files))


def _shown(raw: str, post: dict[str, object]) -> str:
    """The words as they were shown: long links for short ones, none for the post's own pictures,
    no escapes."""
    entities = map_of(post.get("entities"))
    for one in map(map_of, list_of(entities.get("urls"))[:100]):
        short, long = one.get("url"), one.get("expanded_url")
        if isinstance(short, str) and short and isinstance(long, str):
            raw = raw.replace(short, long)
    for one in map(map_of, list_of(entities.get("media"))[:100]):
        short = one.get("url")
        if isinstance(short, str) and short:
            raw = raw.replace(short, "")
    return unescape(raw).strip()


def _created(stamp: object) -> Instant | None:
    found = _CREATED.fullmatch(stamp) if isinstance(stamp, str) else None
    if found is None or found["month"] not in _MONTHS:
        return None
    offset = timedelta(hours=int(found["zh"]), minutes=int(found["zm"]))
    try:
        zone = timezone(-offset if found["sign"] == "-" else offset)
        moment = datetime(
            int(found["year"]),
            _MONTHS.index(found["month"]) + 1,
            int(found["day"]),
            int(found["h"]),
            int(found["m"]),
            int(found["s"]),
            tzinfo=zone,
        )
    except ValueError:
        return None
    # The day of the week is said twice, so that a damaged date shows.
    return aware(moment) if _DAYS[moment.weekday()] == found["weekday"] else None


_BEGINNING = 200
"""Characters that a cut-short post has at the least."""


def _notes(entry: Entry, files: Container) -> dict[str, str]:
    """Whole texts of long posts by their beginning."""
    place = PurePosixPath(entry.name).parent / "note-tweet.js"
    found = files.entries.get(place.as_posix())
    texts: dict[str, str] = {}
    if found is None:
        return texts
    try:
        for _, value in listed(found, {"item.noteTweet.core.text"}):
            if isinstance(value, str) and len(value) > _BEGINNING and not is_lost(value):
                texts[value.strip()[:_BEGINNING]] = value.strip()
    except BadJson:
        return texts
    return texts


def _whole(words: str, texts: dict[str, str]) -> str:
    text = texts.get(words[:_BEGINNING])
    if text is None:
        return words
    begin = re.sub(r"\s*(?:…|\.\.\.)?\s*(?:https?://\S+)?$", "", words)
    return text if text.startswith(begin) else words
