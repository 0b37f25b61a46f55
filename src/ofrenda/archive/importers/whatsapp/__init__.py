"""WhatsApp's "Export chat": ``_chat.txt`` of iOS, ``WhatsApp Chat with ....txt`` of Android.

Read twice: the first reading (``survey``) finds out how the whole file is written, the second
(``reading``) takes it apart by what was decided. Nothing is decided line by line.
"""

from __future__ import annotations

from collections.abc import Iterator, Set

import numpy as np

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import find_code, lines, peek
from ofrenda.archive.importer import Circumstances, Gives, Reading, Record
from ofrenda.archive.importers.whatsapp.dates import MEANING, decide_order
from ofrenda.archive.importers.whatsapp.disorder import MESSAGE, each_line, judge, moments_of
from ofrenda.archive.importers.whatsapp.grammar import Grammar
from ofrenda.archive.importers.whatsapp.heads import Clock, Heads, judged, straight
from ofrenda.archive.importers.whatsapp.phrases import NOTICE
from ofrenda.archive.importers.whatsapp.reading import Plan, Tally, records
from ofrenda.archive.importers.whatsapp.survey import Survey, dialects, in_order, survey
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
        grammar = Grammar()
        found = survey(lines(entry, code), grammar)
        if not len(found):
            raise ArchiveError(
                "No message was found in the file. Export the chat again from WhatsApp "
                "(chat, More, Export chat) and add that file unchanged."
            )
        shapes = dialects(found)
        orders, question = _orders(found, shapes, circumstances)
        if question is not None:
            return Reading(records=(), questions=[question], waiting=question.waiting)
        clock = Clock(orders, circumstances.today)
        from_names = title_from_names(entry, files)
        for shape in shapes:
            found.rolls[shape].settle([title for title in (from_names, found.title) if title])
        heads: Heads = straight(grammar, found.shapes, clock)
        begins: Set[str] = {name for shape in shapes for name in found.rolls[shape].begins}
        against_clock = 0
        if not in_order(found, clock.days(found.shape, found.numbers), shapes):
            headed = each_line(lines(entry, code), grammar, found)
            moments = moments_of(clock.days(headed.shape, headed.numbers), headed.second)
            labels, against_clock = judge(headed, moments, np.isin(headed.shape, shapes))
            spoken = headed.first[(labels == MESSAGE) & (headed.first >= 0)]
            begins = {headed.names[number] for number in np.unique(spoken).tolist()}
            heads = judged(grammar, found.shapes, headed.line, labels, moments)
        chat = chat_of(_speakers(found, shapes, begins), from_names, found.title, group=found.group)

        def locate(name: str) -> str | None:
            beside = files.beside(entry, name)
            return None if beside is None or beside is entry else beside.name

        plan = Plan(found, heads, chat, code.damaged, locate)
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


def _speakers(found: Survey, shapes: list[int], begins: Set[str]) -> set[str]:
    """Who really wrote: not a name in pasted lines, not the group under whose name iOS writes."""
    return {
        name
        for shape in shapes
        for name, count in found.rolls[shape].names.items()
        if count > found.notices[name] and name.partition(": ")[0] in begins
    }


def _orders(
    found: Survey, shapes: list[int], circumstances: Circumstances
) -> tuple[dict[int, str], Question | None]:
    """The order of each dialect's dates; or what has to be asked."""
    orders: dict[int, str] = {}
    for shape in shapes:
        numbers, seconds, counts = found.clock_of(shape)
        decision = decide_order(
            numbers,
            seconds,
            east=found.shapes[shape].east,
            today=circumstances.today,
            answer=circumstances.answers.get("date_order"),
            counts=counts,
        )
        if decision.order is None:
            return orders, Question(
                key="date_order",
                text="In what order does this export write its dates?",
                choices={choice: MEANING[choice] for choice in decision.choices},
                waiting=found.lines_of(shapes) + found.words_before,
            )
        orders[shape] = decision.order
    return orders, None


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
