"""Own words first: verbatim, with their source, fit to be said now; else honest not-knowing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialogue import invented_family as family
from dialogue.invented_life import called, say
from ofrenda.dialogue.fitness import unfit_now
from ofrenda.dialogue.lines import MOST_SENTENCES
from ofrenda.engines.embed.e5 import create
from ofrenda.engines.protocols import Engines
from ofrenda.memory import Recall
from ofrenda.settings import Settings
from ofrenda.types import Provenance, Sentence
from ofrenda.vault import Life


def source_text(life: Life, sentence: Sentence) -> str:
    """The whole text that the sentence names as its source."""
    (source,) = sentence.sources
    with life.db.read() as db:
        row = db.execute(
            f"SELECT text FROM {source.kind} WHERE id = ?",
            (source.id,),
        ).fetchone()
    assert source.excerpt in row["text"]
    assert len(source.excerpt) <= 300
    return str(row["text"])


async def test_every_sentence_in_own_words_is_verbatim_in_its_source(
    scripted_life: Life, mute: Engines
) -> None:
    recall = await Recall.load(scripted_life, mute.embed)
    own = 0
    for who, question, *_ in [*family.ANSWERABLE, *family.TALK, *family.NEAR_MISSES]:
        conversation = await called(scripted_life, who, mute, recall)
        spoken = await say(conversation, question)
        caveat = 2 if spoken[0].provenance is Provenance.UNKNOWN else 0
        assert 1 <= len(spoken) <= MOST_SENTENCES + caveat
        for sentence in spoken:
            if sentence.provenance is Provenance.OWN_WORDS:
                own += 1
                assert sentence.text in source_text(scripted_life, sentence)
                assert sentence.spoken
    assert own >= 20


async def test_the_same_line_is_not_said_twice_in_a_call(
    scripted_life: Life, mute: Engines
) -> None:
    conversation = await called(scripted_life, "Mei", mute)
    lines: list[str] = []
    for _ in range(6):
        spoken = await say(conversation, "Good night Papa")
        lines += [one.text for one in spoken if one.provenance is Provenance.OWN_WORDS]
    assert len(lines) >= 2
    assert len(set(lines)) == len(lines)


@pytest.mark.parametrize("question", ["where are you now", "Are you home?", "几点回来"])
async def test_what_was_true_for_its_hour_is_not_said_again(
    scripted_life: Life, mute: Engines, question: str
) -> None:
    who = "Mei" if question.isascii() else "Shufen"
    for sentence in await say(await called(scripted_life, who, mute), question):
        assert not unfit_now(sentence.text)
        assert "traffic" not in sentence.text
        assert "七点" not in sentence.text


async def test_an_unanswerable_question_hears_that_he_does_not_know_in_his_own_manner(
    scripted_life: Life, mute: Engines
) -> None:
    conversation = await called(scripted_life, "Mei", mute)
    (sentence,) = await say(conversation, "When did you learn to play the piano?")
    assert sentence.provenance is Provenance.UNKNOWN
    assert sentence.text in {"No idea lah, so long ago", "I don't know lah"}
    assert sentence.text in source_text(scripted_life, sentence)


async def share(
    life: Life, engines: Engines, rows: list[tuple[str, str, list[str]]]
) -> tuple[int, int]:
    """(answered with the right words, answered in own words but wrongly)."""
    recall = await Recall.load(life, engines.embed)
    right = wrong = 0
    for who, question, wanted in rows:
        spoken = await say(await called(life, who, engines, recall), question)
        if spoken[0].provenance is Provenance.UNKNOWN:
            continue  # whatever is offered after that is no answer
        text = " ".join(one.text for one in spoken)
        own = any(one.provenance is Provenance.OWN_WORDS for one in spoken)
        hit = any(word in text for word in wanted)
        right += hit
        wrong += own and not hit
    return right, wrong


@pytest.mark.models
async def test_paraphrased_questions_find_his_words_and_others_do_not(
    embedded_life: Life, mute: Engines, capsys: pytest.CaptureFixture[str]
) -> None:
    engines = replace(mute, embed=create(Settings()))
    table = {}
    for name, rows in {
        "answerable, tuning": family.ANSWERABLE[0::2],
        "answerable, second": family.ANSWERABLE[1::2],
        "answerable, fresh": family.FRESH_ANSWERABLE,
    }.items():
        table[name] = (*await share(embedded_life, engines, rows), len(rows))
    for name, pairs in {
        "unanswerable, tuning": [*family.UNANSWERABLE[0::2], *family.NEAR_MISSES[0::2]],
        "unanswerable, second": [*family.UNANSWERABLE[1::2], *family.NEAR_MISSES[1::2]],
        "unanswerable, fresh": family.FRESH_UNANSWERABLE,
    }.items():
        rows = [(who, question, ["\0"]) for who, question in pairs]
        table[name] = (*await share(embedded_life, engines, rows), len(rows))
    with capsys.disabled():
        for name, (right, wrong, count) in table.items():
            print(f"\n{name:22} right {right:3}  wrong own words {wrong:3}  of {count:3}", end="")
        print()
    for name, (right, wrong, count) in table.items():
        if name.startswith("answerable"):
            assert right / count >= 0.6, name
            assert wrong / count <= 0.05, name
        else:
            assert wrong / count <= 0.05, name
    await engines.embed.close()
