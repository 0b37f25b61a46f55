"""What was said to one is never found, quoted or hinted at for another: as a property."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

from memory.rows import KEEPER, Rows, new_life
from ofrenda.clock import SystemClock
from ofrenda.dialogue import Conversation
from ofrenda.engines.scripted import scripted_engines
from ofrenda.memory import Recall, own_passages, rebuild
from ofrenda.types import Member, MemberId, Role, Transcript
from ofrenda.vault import Life

ASKED = 800
SUBJECTS = ("debt", "letter", "illness", "garden", "wedding", "quarrel", "journey", "ring")


def secret(asker: str, number: int) -> str:
    return f"zq{asker}x{number}"


async def family(home: Path, chance: random.Random) -> tuple[Life, list[Member]]:
    life = new_life(home)
    members = [KEEPER]
    for place in range(5):
        member = Member(
            MemberId(f"m{place}"),
            f"Name{place}",
            "child",
            chance.choice([Role.FAMILY, Role.CHILD, Role.LISTENER, Role.KEEPER]),
        )
        life.add_member(member)
        members.append(member)
    rows = Rows(life)
    him = rows.identity("him", "person")
    day = datetime(2015, 1, 1, 9)
    for member in members:
        sender = rows.identity(member.name, "member", str(member.id))
        chat = rows.conversation(member.name)
        for number in range(12):
            subject = chance.choice(SUBJECTS)
            rows.exchange(
                chat,
                sender,
                f"What about the {subject}, {secret(member.id + 'said', number)}?",
                him,
                f"The {subject} stays between us, {secret(str(member.id), number)}.",
                day,
            )
            day += timedelta(days=1)
        group = rows.conversation(f"group {member.name}", is_group=True)
        rows.exchange(
            group,
            sender,
            f"All of you, the {secret(member.id + 'said', 99)}!",
            him,
            "Everybody may know about the garden.",
            day,
        )
    await rebuild(life, scripted_engines().embed)
    return life, members


async def test_no_listener_ever_receives_what_was_between_others(tmp_path: Path) -> None:
    chance = random.Random(20260503)
    life, members = await family(tmp_path, chance)
    engines = scripted_engines(reply=lambda prompt: " ".join(prompt.fresh_notes))
    recall = await Recall.load(life, engines.embed)
    leaks = found = 0
    with life:
        for _ in range(ASKED):
            listener, other = chance.choice(members), chance.choice(members)
            subject = chance.choice(SUBJECTS)
            query = chance.choice(
                [
                    f"What about the {subject}?",
                    f"What did you tell {other.name} about the {subject}?",
                    f"between us {secret(str(other.id), chance.randrange(12))}",
                    f"{secret(other.id + 'said', chance.randrange(12))}",
                ]
            )
            for hit in await recall.search(query, listener, limit=24):
                found += 1
                leaks += foreign(f"{hit.passage.text} {hit.passage.cue}", listener, members)
                for part in hit.passage.parts:
                    leaks += foreign(part.source.excerpt, listener, members)
        for listener in members:
            for passage in own_passages(life, listener):
                leaks += foreign(f"{passage.text} {passage.cue}", listener, members)
        for _ in range(40):
            listener, other = chance.choice(members), chance.choice(members)
            talk = Conversation(life, listener, engines, clock=SystemClock(), recall=recall)
            await talk.open()
            said = f"Tell me what you told {other.name} about the {chance.choice(SUBJECTS)}"
            async for sentence in talk.reply(Transcript(said, "en", 1.0)):
                leaks += foreign(repr(sentence), listener, members)
        for prompt in engines.llm.prompts:  # type: ignore[attr-defined]
            caller = next(
                one for one in members if one.name == prompt.caller or one.called == prompt.caller
            )
            leaks += foreign(repr(prompt), caller, members)
    assert leaks == 0
    assert found > ASKED, "a filter that finds nothing proves nothing"


def foreign(text: str, listener: Member, members: list[Member]) -> int:
    return sum(
        secret(str(member.id), number) in text or secret(member.id + "said", number) in text
        for member in members
        if member.id != listener.id
        for number in (*range(12), 99)
    )


async def test_a_label_changed_during_a_call_holds_at_once(tmp_path: Path) -> None:
    chance = random.Random(7)
    life, members = await family(tmp_path, chance)
    embed = scripted_engines().embed
    recall = await Recall.load(life, embed)
    with life:
        listener = members[1]
        assert await recall.search("Everybody may know about the garden", listener)
        with life.db.write() as db:
            db.execute("UPDATE passage SET visibility = 'never_speak'")
        assert await recall.search("Everybody may know about the garden", listener) == []
