"""What is read aloud, how it feels, and what a caller is doing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from ofrenda.dialogue.asked import Doing, understand
from ofrenda.dialogue.feeling import felt_then, set_in_its_time
from ofrenda.dialogue.fitness import general, referent_lost, unfit_now
from ofrenda.dialogue.lines import sentences_of, up_to_unfit
from ofrenda.dialogue.pieces import complete_sentences
from ofrenda.dialogue.speech import mood_between, mood_of, spoken
from ofrenda.dialogue.trust import Trust, coherent, trust_of
from ofrenda.engines.protocols import Capabilities, EngineKind
from ofrenda.memory import Part
from ofrenda.memory.script import language_of
from ofrenda.settings import Settings
from ofrenda.types import MoodName, Provenance, Sentence, SourceRef


@pytest.mark.parametrize(
    ("text", "aloud"),
    [
        ("Love you ❤️😘", "Love you"),
        ("**Really** good, see https://example.org/x?y=1", "Really good, see"),
        ("hahahahaha ok", "haha ok"),
        ("哈哈哈哈哈，好", "哈哈，好"),
        ("wait!!! what???", "wait! what?"),
        ("ok :) night", "ok night"),
        ("👍👍", ""),
        ("- buy rice", "buy rice"),
        ("snake_case and 3*4", "snake_case and 3*4"),
        ("我爱你😊！", "我爱你 ！"),
    ],
)
def test_what_is_read_aloud_has_no_emoji_or_markup(text: str, aloud: str) -> None:
    assert spoken(text).replace(" ！", "！") == aloud.replace(" ！", "！")


@pytest.mark.parametrize(
    ("text", "mood"),
    [
        ("So proud of you! Well done 🎉", MoodName.GLAD),
        ("haha you silly", MoodName.PLAYFUL),
        ("晚安，宝贝", MoodName.TENDER),
        ("I cried at the funeral", MoodName.SAD),
        ("别担心，慢慢来", MoodName.CONCERNED),
        ("The pump is in the shed", MoodName.CALM),
    ],
)
def test_a_sentence_feels_as_its_words_do(text: str, mood: MoodName) -> None:
    assert mood_of(text).name is mood


@pytest.mark.parametrize(
    ("text", "source", "heard", "mood"),
    [
        ("Eat something.", "Eat something.", "I had a terrible day", MoodName.CONCERNED),
        ("The pump is in the shed", "The pump is in the shed ❤️", "where is it", MoodName.TENDER),
        ("慢慢说", "慢慢说", "我考上了", MoodName.GLAD),
        ("haha you silly", "haha you silly", "I cried", MoodName.PLAYFUL),
        ("The pump is in the shed", "The pump is in the shed", "where is it", MoodName.CALM),
    ],
)
def test_a_sentence_feels_as_its_source_and_the_caller_do(
    text: str, source: str, heard: str, mood: MoodName
) -> None:
    one = Sentence(
        text,
        text,
        language_of(text),
        Provenance.OWN_WORDS,
        (SourceRef("utterance", 1, None, source),),
        mood_of(text),
    )
    assert mood_between(one, heard).name is mood


@pytest.mark.parametrize(
    ("line", "then"),
    [
        ("I miss you too. Eat well there.", True),
        ("I'm so proud of you", True),
        ("我也想你", True),
        ("I love you too, my Sparrow", False),
        ("我爱你", False),
        ("I missed the bus", False),
        ("想起来了，钥匙在抽屉里", False),
    ],
)
def test_a_feeling_of_its_hour_is_set_in_its_time_and_love_is_not(line: str, then: bool) -> None:
    source = SourceRef("utterance", 1, date(2022, 9, 15), line)
    one = Sentence(line, line, language_of(line), Provenance.OWN_WORDS, (source,))
    framed = set_in_its_time(one)
    assert felt_then(line) is then
    assert (framed is not None) is then
    if framed is not None:
        assert framed.text in {"In September 2022 I wrote:", "2022年9月我写过："}
        assert framed.sources == (source,)


@pytest.mark.parametrize(
    ("text", "doing"),
    [
        ("Hi Dad", Doing.GREETING),
        ("hello papa how are you", Doing.HOW_ARE_YOU),
        ("Hi dad, where did you grow up", Doing.QUESTION),
        ("tell me about the war", Doing.QUESTION),
        ("you promised me the car", Doing.QUESTION),
        ("I miss you", Doing.MISSING),
        ("good night", Doing.GOODNIGHT),
        ("okay bye", Doing.GOODBYE),
        ("thank you", Doing.THANKS),
        ("I am so tired today", Doing.DISTRESS),
        ("what should I do", Doing.ADVICE),
        ("the neighbours got a new dog", Doing.TELLING),
        ("你为什么不喝酒了", Doing.QUESTION),
        ("我好难过", Doing.DISTRESS),
        ("晚安", Doing.GOODNIGHT),
        ("今天去了公园", Doing.TELLING),
        ("我该怎么办", Doing.ADVICE),
    ],
)
def test_a_turn_is_taken_for_what_it_does(text: str, doing: Doing) -> None:
    assert understand(text, language_of(text)).doing is doing


@pytest.mark.parametrize(
    "text",
    [
        "I'm at the station",
        "reaching in 10 min",
        "See you on Sunday",
        "I'll call you tonight",
        "wait for me",
        "come home",
        "don't go yet",
        "我在路上",
        "明天见",
        "等我",
        "七点到家",
    ],
)
def test_what_belonged_to_its_hour_is_unfit(text: str) -> None:
    assert unfit_now(text)


@pytest.mark.parametrize(
    "text",
    ["Eat well there.", "Don't worry", "So proud of you", "别怕，慢慢来", "I got ill in 1987"],
)
def test_what_holds_at_any_time_is_fit(text: str) -> None:
    assert not unfit_now(text)


def test_a_general_line_has_no_name_number_or_referent() -> None:
    assert general("Never mind, eat something first.")
    assert general("Good for you Mei", "Mei")
    assert not general("Give Rahim my thanks")
    assert not general("It cost 30")
    assert referent_lost("That was the year it flooded")


async def test_sentences_come_out_of_a_stream_whole_and_a_cut_off_one_does_not() -> None:
    async def pieces() -> AsyncIterator[str]:
        for piece in ("Eat wel", "l. Sle", "ep early. And then I"):
            yield piece

    assert [one async for one in complete_sentences(pieces())] == ["Eat well.", "Sleep early."]


@pytest.mark.parametrize(
    ("models", "offline", "trust"),
    [
        (("gemma-3-270m",), True, Trust.SMALL),
        (("qwen2.5-0.5b-instruct",), True, Trust.SMALL),
        (("qwen2.5-7b-instruct",), True, Trust.CAPABLE),
        ((), True, Trust.SMALL),
        ((), False, Trust.CAPABLE),
    ],
)
def test_a_model_is_trusted_by_its_size(
    models: tuple[str, ...], offline: bool, trust: Trust
) -> None:
    engine = Capabilities(
        "x", EngineKind.LLM, ("en",), True, None, models, "MIT", offline, scripted=False
    )
    assert trust_of(engine) is trust


@pytest.mark.parametrize(
    "sentence",
    [
        "Mei: I am fine.",
        "I had a long day.",
        "去睡吧。",
        "no no no no no",
        "Sleep and rest" + " and eat and walk and sit and drink" * 5 + ".",
    ],
)
def test_babble_echo_and_other_speakers_are_not_coherent(sentence: str) -> None:
    assert not coherent(sentence, understand("I had a long day.", "en"))


def test_a_file_outside_the_catalog_is_trusted_by_its_name_or_its_size(tmp_path: Path) -> None:
    engine = Capabilities("llama", EngineKind.LLM, (), True, None, (), "unknown", True)

    def trust(name: str, size: int) -> Trust:
        file = tmp_path / name
        with file.open("wb") as out:
            out.truncate(size)
        return trust_of(engine, Settings(llm_model=str(file)))

    assert trust("Qwen3-8B-Q4_K_M.gguf", 10) is Trust.CAPABLE
    assert trust("gemma-3-270m.gguf", 5_000_000_000) is Trust.SMALL
    assert trust("granny.gguf", 2_000_000_000) is Trust.CAPABLE
    assert trust("tiny.gguf", 300_000_000) is Trust.SMALL
    assert trust_of(engine, Settings(llm_model=str(tmp_path / "missing.gguf"))) is Trust.SMALL


@pytest.mark.parametrize("line", ["晚安, 我很快就到家", "I'm coming home", "So am I, Mei."])
def test_a_promise_to_come_and_a_feeling_of_now_are_unfit(line: str) -> None:
    assert unfit_now(line)


def test_a_promise_at_the_end_is_left_out_and_the_answer_before_it_stays() -> None:
    def told(text: str) -> list[str]:
        part = Part(text, SourceRef("utterance", 1, None, text))
        return [own.text for own in up_to_unfit(sentences_of(1, part, "en"), "Mei")]

    assert told("Boil the kettle and breathe slowly. I'll be home by ten") == [
        "Boil the kettle and breathe slowly."
    ]
    assert told("Eat first. I'll be home by ten") == []
    assert told("You can always borrow the car. But I'll want it back") == []
