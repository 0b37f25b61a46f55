"""Damaged exports: what becomes of who said what when a file is not as it was.

What is held to, for each damaged copy of a file whose truth is known:

1. The importer answers: with records, or with an ``ArchiveError`` that tells the keeper what to do.
   Nothing else is ever raised, in bounded time.
2. Whoever is known from the sound file is given no word that another of them wrote. Somebody who is
   *not* known from it may appear (a changed letter in a name makes a new sender, whom the keeper
   has to place and who is nobody until then); words may be lost; nothing may change mouths.
3. Where the damage leaves the letters alone (cut short, a line twice, other line ends, another
   code), each message has the time that it had.

What the file marks as not the sender's own (a quotation, a pasted chat, a phrase of the app) may
lose that mark with the very letter that is damaged: where one ``>`` or ``[`` says it, nothing else
can. It then stays in the message that it was in, never goes to another, and is counted apart
(``unmarked``).

A stretch that is lost altogether may take with it the very mark that said whose the words beside it
are, and leave a file in perfect order (``{"from": "Mum", "text": "a"}, {"from": "Sam", "text":
"b"}`` without what is between the two texts). So after a loss of more than one byte, and after a
change of places, the words nearest to it on both sides are not held to; all others are.
"""

from __future__ import annotations

import contextlib
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from ofrenda.archive.container import HEAD_BYTES
from ofrenda.archive.importer import Importer, Record, Skipped
from ofrenda.archive.importers import importers
from ofrenda.archive.report import REASONS
from ofrenda.errors import ArchiveError
from ofrenda.measure.attribution import entry_of, importer_of, read
from ofrenda.measure.damage import BY_LINES, DAMAGES, LETTERS_STAY, Damage, Touched, flip
from ofrenda.measure.exports import FORMS, Chat, Form
from ofrenda.measure.exports.chats import mark, marks, plain
from ofrenda.types import Utterance

GOLDENS = 12
"""Sound files of a format at least: each way of writing it, by several families."""

_SECONDS, _SECONDS_PER_MIB = 2.0, 2.0
"""Processor time that a damaged copy may take."""


@dataclass(frozen=True)
class Golden:
    """A sound file with its truth: the key of who wrote each word, and the time it was read at.

    ``find`` gives the words of a text that are held to; the key of words that nobody of the chat
    wrote (quoted, forwarded) is :data:`OTHERS`.
    """

    title: str
    format: str
    file: str
    data: bytes
    senders: Mapping[str, str]
    times: Mapping[str, object]
    find: Callable[[str | None], list[str]]
    together: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By word, all words of its message."""
    carriers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By word that nobody of the chat wrote, the keys of who passed it on."""
    beside: Mapping[str, bytes] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)


OTHERS = "\0others"


@dataclass
class Tally:
    """What was counted; ``examples`` holds up to forty descriptions of what went wrong."""

    formats: int = 0
    goldens: int = 0
    mutants_tried: int = 0
    readable: int = 0
    uncaught: int = 0
    misattributed: int = 0
    unmarked: int = 0
    wrong_timestamps: int = 0
    slow: int = 0
    slowest_s: float = 0.0
    by_format: dict[str, Counter[str]] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)


def goldens(format: str, least: int = GOLDENS) -> Iterator[Golden]:
    """The sound files of a format, each way of writing it at least once."""
    forms = [one for one in FORMS if one.format == format]
    for number in range(max(least, len(forms))):
        form = forms[number % len(forms)]
        yield golden(form, number)


def golden(form: Form, number: int) -> Golden:
    """One sound file; ``number`` chooses who talks and about what."""
    chat: Chat = plain(number, form.most)
    title = f"{form.format}: {form.name} {number}"
    sound = known_by(
        title, form.format, form.file, form.write(chat), marks, form.beside, form.answers
    )
    said = {mark(n): one.sender for n, one in enumerate(chat)}
    pairs = {(key, said[word]) for word, key in sound.senders.items()}
    if len(sound.senders) < len(chat) or len(pairs) != len({key for key, _ in pairs}):
        raise AssertionError(f"{title} is not read as it was written")
    return sound


def known_by(
    title: str,
    format: str,
    file: str,
    data: bytes,
    find: Callable[[str | None], list[str]],
    beside: Mapping[str, bytes],
    answers: Mapping[str, str],
) -> Golden:
    """A sound file of which the truth is what is read from it; a word that several wrote, or that
    somebody wrote and quoted, is held to nobody."""
    _, records = read(importer_of(format), file, data, beside, answers)
    writers: dict[str, set[str]] = {}
    moments: dict[str, set[object]] = {}
    together: dict[str, frozenset[str]] = {}
    carriers: dict[str, frozenset[str]] = {}
    for record in records:
        if isinstance(record, Skipped):
            continue
        whole = frozenset((*find(record.text), *find(getattr(record, "quoted_text", None))))
        for word in whole:
            together[word] = together.get(word, frozenset()) | whole
        for word in find(record.text):
            writers.setdefault(word, set()).add(str(_key(record)))
            moments.setdefault(word, set()).add(_time(record))
        for word in find(record.quoted_text) if isinstance(record, Utterance) else ():
            writers.setdefault(word, set()).add(OTHERS)
            carriers[word] = carriers.get(word, frozenset()) | {str(_key(record))}
    # A name is written into every head; a piece of a head is nobody's words.
    names = " ".join(str(_key(record)) for record in records)
    senders = {
        word: next(iter(keys))
        for word, keys in writers.items()
        if len(keys) == 1 and word not in names
    }
    times = {word: next(iter(found)) for word, found in moments.items() if len(found) == 1}
    return Golden(
        title, format, file, data, senders, times, find, together, carriers, beside, answers
    )


def formats() -> list[str]:
    """Every format that there are sound files of."""
    return sorted({form.format for form in FORMS})


def try_format(format: str, tally: Tally, *, mutants: int, seed: int, least: int = GOLDENS) -> None:
    """Damage each sound file of a format so many times, and add to the tally."""
    tally.formats += 1
    for sound in goldens(format, least):
        try_golden(sound, tally, mutants=mutants, seed=seed)


def try_golden(sound: Golden, tally: Tally, *, mutants: int, seed: int) -> None:
    """Damage one sound file so many times, and add to the tally."""
    counts = tally.by_format.setdefault(sound.format, Counter())
    tally.goldens += 1
    rng = random.Random(f"{sound.title} {seed}")  # noqa: S311 - no secret
    offset = rng.randrange(len(DAMAGES))
    for number in range(mutants):
        damage = DAMAGES[(number + offset) % len(DAMAGES)]
        if damage in BY_LINES and b"\0" in sound.data:
            damage = flip  # a database has no lines
        data, touched = damage(sound.data, rng)
        counts["tried"] += 1
        tally.mutants_tried += 1
        for what in _try(sound, damage, data, touched, tally):
            counts[what] += 1
            if len(tally.examples) < 40:
                tally.examples.append(f"{what}: {sound.title} {damage.__name__} {number}")


def _try(
    sound: Golden, damage: Damage, data: bytes, touched: Touched, tally: Tally
) -> Iterator[str]:
    importer = importer_of(sound.format)
    began = time.process_time()
    try:
        with _limited(_SECONDS + _SECONDS_PER_MIB * len(data) / 2**20):
            records = list(_records(importer, sound, data))
    except ArchiveError:
        return
    except TimeoutError:
        tally.slow += 1
        yield "slow"
        return
    except Exception as error:  # noqa: BLE001 - this is what is looked for
        tally.uncaught += 1
        yield f"uncaught {type(error).__name__}"
        return
    finally:
        tally.slowest_s = max(tally.slowest_s, time.process_time() - began)
    tally.readable += 1
    let_go = _nearest(sound, touched)
    known = {str(key) for key in sound.senders.values()} - {"None"}
    for record in records:
        if isinstance(record, Skipped):
            if record.reason not in REASONS:
                tally.uncaught += 1
                yield "uncaught reason"
            continue
        key = str(_key(record))
        words = [word for word in sound.find(record.text) if word in sound.senders]
        strange = [w for w in words if sound.senders[w] != key and w not in let_go]
        if key in known and strange:
            if all(_lost_its_mark(sound, word, record) for word in strange):
                tally.unmarked += 1
            else:
                tally.misattributed += 1
                yield "misattributed"
        if (
            words
            and sound.find is marks
            and damage in LETTERS_STAY
            and sound.senders[words[0]] == key
            and _time(record) not in (None, sound.times.get(words[0], _time(record)))
        ):
            tally.wrong_timestamps += 1
            yield "wrong timestamp"


def _records(importer: Importer, sound: Golden, data: bytes) -> Iterator[Record]:
    head = data[:HEAD_BYTES]
    entry = entry_of(sound.file, data)
    for one in importers() if head else ():
        one.recognise(entry, head)
    yield from read(importer, sound.file, data, sound.beside, sound.answers)[1]


@contextlib.contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Raise ``TimeoutError`` after so much processor time."""

    def over(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _lost_its_mark(sound: Golden, word: str, record: Record) -> bool:
    """Whether it was in this message already as another's, or is nobody's (the app's)."""
    if sound.senders[word] == OTHERS:
        return str(_key(record)) in sound.carriers[word]
    return sound.senders[word] == "None"


def _key(record: Record) -> str | None:
    if isinstance(record, Utterance):
        return record.sender_key
    return None if isinstance(record, Skipped) else record.author_key


def _time(record: Record) -> object:
    if isinstance(record, Utterance):
        return record.ts_utc or record.ts_local
    return None if isinstance(record, Skipped) else record.written_on


def _nearest(sound: Golden, touched: Touched) -> set[str]:
    """The words inside what was lost or moved, and the next on both sides."""
    if touched is None:
        return set()
    at = sorted((place, word) for word in sound.senders for place in _places(sound.data, word))
    inside = {word for place, word in at if touched[0] - 12 < place < touched[1]}
    before = max((place for place, _ in at if place <= touched[0] - 12), default=-1)
    behind = min((place for place, _ in at if place >= touched[1]), default=-1)
    nearest = inside | {word for place, word in at if place in (before, behind)}
    return nearest.union(*(sound.together.get(word, ()) for word in nearest))


def _places(data: bytes, word: str) -> Iterator[int]:
    """Where a word stands, in whichever code the file is written."""
    for code in ("utf-8", "gb18030", "utf-16-le"):
        written = word.encode(code)
        if (place := data.find(written)) >= 0:
            while place >= 0:
                yield place
                place = data.find(written, place + 1)
            return
