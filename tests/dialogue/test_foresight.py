"""Rehearsing finds what is likely to be said, records nothing, and leaves nobody out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from dialogue.invented_life import MEMBERS, NOW, build, called, say
from ofrenda.clock import ManualClock
from ofrenda.dialogue.foreseen import foreseen
from ofrenda.dialogue.foresight import MOST_TURNS, Foresight
from ofrenda.dialogue.rehearsing import Rehearsal, asked_before, cues_of
from ofrenda.engines.protocols import Engines
from ofrenda.engines.scripted import scripted_engines
from ofrenda.memory import Recall, calls_made, own_passages
from ofrenda.persona.corrections import correct, corrections, undo
from ofrenda.types import Provenance, Sentence
from ofrenda.vault import Life

TALK = (
    "Hi Papa.",
    "How have you been?",
    "I missed you.",
    "I feel so lonely.",
    "What was his name?",
    "We had noodles for lunch.",
    "Where was that?",
    "Good night, Papa.",
)
"""A call that is not rehearsed word for word."""


def kept(sentences: Sequence[Sentence]) -> set[object]:
    return {(one.spoken, one.language, one.mood) for one in sentences}


async def rehearsed(life: Life, who: str, mute: Engines) -> list[Sentence]:
    recall = await Recall.load(life, mute.embed)
    rehearsal = Rehearsal(life, MEMBERS[who], mute.embed, clock=ManualClock(NOW))
    return [one async for one in rehearsal.beginnings(recall)]


async def seen(life: Life, mute: Engines, *who: str) -> list[Sentence]:
    ids = {MEMBERS[name].id for name in who}
    foresight = Foresight(life, mute.embed, lambda one: one.id in ids, clock=ManualClock(NOW))
    return [one async for batch in foresight.batches() for one in batch]


async def test_an_everyday_call_is_foreseen_with_few_sentences(
    scripted_life: Life, mute: Engines
) -> None:
    ready = list(dict.fromkeys(await seen(scripted_life, mute, "Mei")))[:60]
    plain = foreseen(scripted_life, MEMBERS["Mei"])[:60]
    conversation = await called(scripted_life, "Mei", mute)
    begun = [(await say(conversation, text))[0] for text in TALK]
    assert len(kept(begun) & kept(ready)) >= 0.75 * len(kept(begun))
    assert len(kept(begun) & kept(ready)) > len(kept(begun) & kept(plain))


async def test_what_was_asked_before_is_foreseen_first(scripted_life: Life, mute: Engines) -> None:
    mei = MEMBERS["Mei"]
    conversation = await called(scripted_life, "Mei", mute)
    cue = next(one.cue for one in own_passages(scripted_life, mei, kinds=("reply",)) if one.cue)
    (said, *_) = await say(conversation, cue)
    await say(conversation, "Good night")
    assert cue in asked_before(scripted_life, mei)
    assert cue in cues_of(scripted_life, mei)
    ready = await rehearsed(scripted_life, "Mei", mute)
    assert (said.spoken, said.language, said.mood) in kept(ready[:60])


async def test_rehearsing_leaves_no_trace(scripted_life: Life, mute: Engines) -> None:
    def trace() -> list[object]:
        with scripted_life.db.read() as db:
            return [
                db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for table in ("call", "turn", "spoken", "told")
            ] + [corrections(scripted_life)]

    before = trace()
    said = await rehearsed(scripted_life, "Shufen", mute)
    assert said
    assert trace() == before
    assert all(one.provenance is not Provenance.HOUSE for one in said)


async def test_nobody_hears_what_is_not_theirs(scripted_life: Life, mute: Engines) -> None:
    for who in ("Shufen", "Jun"):
        texts = {
            one.text
            for one in own_passages(
                scripted_life,
                MEMBERS[who],
                kinds=("reply", "statement", "writing"),
                limit=100_000,
            )
        }
        for one in await rehearsed(scripted_life, who, mute):
            if one.provenance is Provenance.OWN_WORDS:
                assert any(one.text in text for text in texts)


async def test_all_who_may_call_are_thought_of_and_nothing_comes_twice(
    scripted_life: Life, mute: Engines
) -> None:
    both = await seen(scripted_life, mute, "Mei", "Shufen")
    assert len(kept(both)) == len(both)
    for who in ("Mei", "Shufen"):
        assert kept(foreseen(scripted_life, MEMBERS[who])) <= kept(both)
    early = " ".join(one.text for one in both[:80])
    assert "Mei" in early
    assert "阿芬" in early
    jun = kept(await seen(scripted_life, mute, "Jun"))
    assert any(told not in kept(both) for told in jun)


async def test_who_calls_more_is_thought_of_more(tmp_path: Path, mute: Engines) -> None:
    life = await build(tmp_path, scripted_engines())  # nobody has called in this one
    try:
        for _ in range(MOST_TURNS):
            await called(life, "Shufen", mute)
        assert calls_made(life) == {MEMBERS["Shufen"].id: MOST_TURNS}
        hers = kept(await seen(life, mute, "Shufen"))
        jun = kept(await seen(life, mute, "Jun"))
        early = kept((await seen(life, mute, "Shufen", "Jun"))[:60])
    finally:
        life.close()
    assert len(early & hers - jun) > len(early & jun - hers) > 0


async def test_it_is_rehearsed_again_only_after_a_change(
    scripted_life: Life, mute: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    mei = MEMBERS["Mei"]
    searched: list[str] = []
    search = Recall.search

    async def counted(self: Recall, text: str, *args: object, **more: object) -> object:
        searched.append(text)
        return await search(self, text, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Recall, "search", counted)
    foresight = Foresight(
        scripted_life, mute.embed, lambda one: one.id == mei.id, clock=ManualClock(NOW)
    )

    async def look() -> list[Sentence]:
        return [one async for batch in foresight.batches() for one in batch]

    first = await look()
    assert searched
    searched.clear()
    assert await look() == first
    assert searched == []
    wrong = next(one for one in first if one.provenance is Provenance.OWN_WORDS)
    correct(scripted_life, mei, wrong.text, None, NOW)
    after = await look()
    assert searched
    assert all(one.text != wrong.text for one in after)
    for one in corrections(scripted_life, mei):
        undo(scripted_life, mei, one.id, NOW)
