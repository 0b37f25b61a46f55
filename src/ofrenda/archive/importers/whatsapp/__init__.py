"""WhatsApp's "Export chat": ``_chat.txt`` of iOS, ``WhatsApp Chat with ....txt`` of Android.

Read twice: the first reading (``survey``) finds out how the whole file is written, the second
(``reading``) takes it apart by what was decided. Nothing is decided line by line.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import find_code, lines, peek
from ofrenda.archive.importer import Circumstances, Gives, Reading, Record
from ofrenda.archive.importers.whatsapp.dates import MEANING, NEVER, decide_order, to_days
from ofrenda.archive.importers.whatsapp.grammar import Grammar
from ofrenda.archive.importers.whatsapp.phrases import NOTICE
from ofrenda.archive.importers.whatsapp.reading import Plan, Tally, records
from ofrenda.archive.importers.whatsapp.survey import (
    MESSAGE,
    Ints,
    Survey,
    dialects,
    judge,
    moments_of,
    survey,
)
from ofrenda.archive.importers.whatsapp.titles import chat_of, names_itself, title_from_names
from ofrenda.archive.report import Question
from ofrenda.errors import ArchiveError

_TRUNCATED_AT = 9_900
"""Messages. WhatsApp cuts exports at about 10,000 messages with files and 40,000 without."""


class WhatsApp:
    """The importer."""

    name = "whatsapp"
    gives = Gives.CHAT

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By its lines; a file that is called like an export needs fewer of them."""
        text = peek(head)
        if text is None:
            return 0.0
        filled = [line for line in text.split("\n")[:400] if line.strip()]
        read = Grammar().header
        headed = [read(line) is not None for line in filled]
        found = sum(headed)
        if names_itself(entry.name):
            return 0.95 if found else 0.4
        if not found:
            return 0.0
        if headed[0]:
            return 0.9 if found > 1 else 0.6
        return 0.5 if found >= 3 and found * 3 >= len(headed) else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """Decide how the file is written, then give its records."""
        code = find_code(entry, circumstances.answers.get("encoding"))
        found = survey(lines(entry, code))
        if not len(found):
            raise ArchiveError(
                "No message was found in the file. Export the chat again from WhatsApp "
                "(chat, More, Export chat) and add that file unchanged."
            )
        shapes = dialects(found)
        kept = np.isin(found.shape, shapes)
        days, question = _days(found, shapes, circumstances)
        if question is not None:
            return Reading(records=(), questions=[question], waiting=question.waiting)
        moments = moments_of(days, found.second)
        labels, against_clock = judge(found, moments, kept)
        from_names = title_from_names(entry, files)
        for shape in shapes:
            found.rolls[shape].settle([title for title in (from_names, found.title) if title])
        chat = chat_of(_speakers(found, shapes, labels), from_names, found.title, group=found.group)

        def locate(name: str) -> str | None:
            beside = files.beside(entry, name)
            return None if beside is None or beside is entry else beside.name

        plan = Plan(found, labels, moments, chat, code.damaged, locate)
        reading = Reading(records=())
        if not code.certain:
            reading.warnings.append(
                f"The text was read as {code.name}. If letters look wrong, save the file as "
                "UTF-8 and add it again."
            )
        if against_clock:
            reading.warnings.append(
                f"{against_clock} messages in a row are out of time order, as when a phone's "
                "clock is wrong. They are kept as they are dated."
            )
        tally = Tally()
        reading.records = _told(records(plan, lines(entry, code), tally), found, tally, reading)
        return reading


IMPORTER = WhatsApp()


def _speakers(found: Survey, shapes: list[int], labels: Ints) -> set[str]:
    """Who really wrote: not a name in pasted lines, not the group under whose name iOS writes."""
    spoken = found.first[(labels == MESSAGE) & (found.first >= 0)]
    begins = {found.names[number] for number in np.unique(spoken).tolist()}
    return {
        name
        for shape in shapes
        for name, count in found.rolls[shape].names.items()
        if count > found.notices[name] and name.partition(": ")[0] in begins
    }


def _days(
    found: Survey, shapes: list[int], circumstances: Circumstances
) -> tuple[Ints, Question | None]:
    """The day of each line, each dialect by its own order of numbers; or what has to be asked."""
    days = np.full(len(found), NEVER, dtype=np.int64)
    for shape in shapes:
        of_shape = found.shape == shape
        numbers = found.numbers[of_shape]
        decision = decide_order(
            numbers,
            found.second[of_shape],
            east=found.shapes[shape].east,
            today=circumstances.today,
            answer=circumstances.answers.get("date_order"),
        )
        if decision.order is None:
            return days, Question(
                key="date_order",
                text="In what order does this export write its dates?",
                choices={choice: MEANING[choice] for choice in decision.choices},
                waiting=int(np.isin(found.shape, shapes).sum()) + found.words_before,
            )
        days[of_shape] = to_days(numbers, decision.order, circumstances.today)
    return days, None


def _told(
    inner: Iterator[Record], found: Survey, tally: Tally, reading: Reading
) -> Iterator[Record]:
    """The records, then what is worth telling about them."""
    oldest: str | None = None
    for record in inner:
        if oldest is None:
            oldest = getattr(record, "text", None) or ""
        yield record
    if tally.quoted:
        reading.warnings.append(
            f"Messages that hold lines pasted from a chat: {tally.quoted}. "
            "They are kept as quotations, not as the sender's words."
        )
    if tally.missing:
        reading.advice.append(
            f"Files that messages speak of and that did not come along: {tally.missing}. "
            "Add the whole zip or folder of the export."
        )
    if tally.omitted:
        reading.advice.append(
            f"Photos, recordings and files that the phone left out: {tally.omitted}. "
            "Export the chat again with media if the phone is still there."
        )
    if len(found) >= _TRUNCATED_AT and not NOTICE.match((oldest or "").casefold()):
        reading.advice.append(
            "The export is probably cut off at the old end: WhatsApp exports only the latest "
            "messages. If an older export exists, add it too; what both hold is kept once."
        )
