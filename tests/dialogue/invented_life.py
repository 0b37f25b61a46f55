"""The invented family as a life, with conversations in it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

from memory.rows import Rows, new_life

from dialogue import invented_family as family
from ofrenda.clock import ManualClock
from ofrenda.dialogue import Conversation
from ofrenda.engines.protocols import Engines
from ofrenda.memory import Recall, rebuild
from ofrenda.types import Member, MemberId, Person, Role, Sentence, Transcript
from ofrenda.vault import Life

PERSON = Person("Tan Boon Keng", ("en", "zh"), died=date(2021, 6, 1))
MEMBERS = {
    "Mei": Member(MemberId("m-mei"), "Mei Ling", "daughter", Role.KEEPER, "Mei"),
    "Shufen": Member(MemberId("m-shufen"), "Shufen", "wife", Role.FAMILY, "阿芬"),
    "Jun": Member(MemberId("m-jun"), "Jun Wei", "son", Role.FAMILY, "Jun"),
}
NOW = datetime.fromisoformat("2024-05-01T10:00:00+00:00")


async def build(home: Path, engines: Engines) -> Life:
    """The family's archive, imported and remembered."""
    life = new_life(home, person=PERSON, keeper=MEMBERS["Mei"])
    life.add_member(MEMBERS["Shufen"])
    life.add_member(MEMBERS["Jun"])
    rows = Rows(life)
    him = rows.identity("Papa", "person")
    senders = {
        name: rows.identity(name, "member", str(member.id)) for name, member in MEMBERS.items()
    }
    day = datetime(2014, 1, 5, 19, 0)
    for name, exchanges in (
        ("Mei", family.MEI),
        ("Shufen", family.SHUFEN),
        ("Jun", family.JUN),
    ):
        chat = rows.conversation(name)
        for cue, reply in exchanges:
            rows.exchange(chat, senders[name], cue, him, reply, day)
            day += timedelta(days=9)
    group = rows.conversation("family", is_group=True)
    for name, cue, reply in family.GROUP:
        rows.exchange(group, senders[name], cue, him, reply, day)
        day += timedelta(days=9)
    for title, text in family.ESSAYS.items():
        rows.document(him, title, text)
    await rebuild(life, engines.embed)
    return life


async def called(
    life: Life, who: str, engines: Engines, recall: Recall | None = None
) -> Conversation:
    """A conversation of ``who``, begun."""
    conversation = Conversation(life, MEMBERS[who], engines, clock=ManualClock(NOW), recall=recall)
    opening = await conversation.open()
    await conversation.played(None, [(one, one.text) for one in opening])
    return conversation


async def say(conversation: Conversation, text: str) -> list[Sentence]:
    """One turn, heard to the end."""
    heard = Transcript(text, Conversation.language_of(text), 1.0)
    sentences = [one async for one in conversation.reply(heard)]
    await conversation.played(heard, [(one, one.text) for one in sentences])
    return sentences
