"""Questions about being here are answered honestly; what must not be invented is recognised."""

from __future__ import annotations

import pytest

from ofrenda.care import (
    before_reply,
    consent_statement,
    decline,
    disclosure,
    protected_topic,
    trouble,
    wording,
)
from ofrenda.care.presence import presence_topic
from ofrenda.types import Person, Provenance

PERSON = Person("Ines Varga", ("en", "zh"))

PRESENCE = [
    "Are you real?",
    "are you really my mum",
    "Is it really you?",
    "is this really you",
    "Who am I talking to?",
    "what are you",
    "Are you an AI?",
    "are you a computer",
    "Are you there?",
    "Are you still with me?",
    "Are you in heaven?",
    "What is it like up there?",
    "where are you now?",
    "Are you at peace?",
    "Can you see me?",
    "Are you watching over us?",
    "Do you miss me?",
    "Are you in pain?",
    "Will we meet again?",
    "I want to be with you",
    "Can I come to you?",
    "When are you coming home?",
    "Please come back",
    "你真的是妈妈吗？",
    "是你吗",
    "你是谁",
    "你是机器人吗？",
    "你在吗？",
    "你在天堂吗",
    "你在哪里？",
    "你看得到我吗",
    "你想我吗？",
    "你冷吗",
    "我想去找你",
    "我们什么时候能再见面",
    "你什么时候回来",
]
ORDINARY = [
    "How are you?",
    "I miss you so much",
    "I love you",
    "Where did you grow up?",
    "Where are you from originally?",
    "Do you remember our house?",
    "Is that the song you liked?",
    "What are you most scared of?",
    "Who are your cousins?",
    "I saw a bird there",
    "Are you hungry usually in the morning?",
    "我想你了",
    "你在哪里学会游泳的？",
    "你喜欢吃什么",
    "你小时候住哪里",
    "想吃你做的菜",
    "我今天去超市了",
]


@pytest.mark.parametrize("text", PRESENCE)
def test_the_house_answers_for_itself_in_at_most_two_honest_sentences(text: str) -> None:
    for language in ("en", "zh"):
        spoken = before_reply(text, PERSON, language)
        assert spoken is not None, text
        assert 1 <= len(spoken) <= 2
        assert {one.provenance for one in spoken} == {Provenance.HOUSE}
        whole = " ".join(one.text for one in spoken).casefold()
        assert any(
            word in whole
            for word in ("not ", "an ai", "nobody", "cannot", "不", "人工智能", "没有")
        )
        for claim in ("i am ines", "i'm here", "i am here", "yes", "我在这", "是我", "我就是"):
            assert claim not in whole


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_talk_goes_on_to_his_own_words(text: str) -> None:
    assert presence_topic(text) is None
    assert before_reply(text, PERSON, "en") is None


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("What were your last words?", "last_words"),
        ("Do you forgive me?", "forgiveness"),
        ("Are you still angry with me", "forgiveness"),
        ("Was it my fault?", "blame"),
        ("Do you blame her?", "blame"),
        ("Who gets the house?", "will"),
        ("What does your will say?", "will"),
        ("Should we have taken you off life support?", "medical"),
        ("should I take my pills", "medical"),
        ("Am I adopted? Was I your real son?", "family_truth"),
        ("Did you have an affair?", "family_truth"),
        ("How did you die?", "death"),
        ("Were you afraid of dying?", "death"),
        ("你原谅我吗", "forgiveness"),
        ("你怪我吗", "blame"),
        ("是我的错吗", "blame"),
        ("遗产怎么分", "will"),
        ("我是你亲生的吗", "family_truth"),
        ("你是怎么死的", "death"),
        ("你临终想说什么", "last_words"),
        ("要不要给妈妈做手术", "medical"),
        ("Where did you learn to cook?", None),
        ("What will you teach the baby?", None),
        ("I will be there", None),
        ("Tell me about the last time we went fishing", None),
        ("你最后一次钓鱼是什么时候", None),
        ("我错过了火车", None),
    ],
)
def test_what_must_not_be_invented_is_recognised(text: str, topic: str | None) -> None:
    assert protected_topic(text) == topic


def test_both_languages_have_the_same_words() -> None:
    english, chinese = wording("en").sections, wording("zh").sections
    assert {section: set(keys) for section, keys in english.items()} == {
        section: set(keys) for section, keys in chinese.items()
    }
    assert wording("fr").language == "en"


def test_the_disclosure_names_the_person_and_says_it_is_not_them() -> None:
    first, second = disclosure(PERSON, "en")
    assert first.text == "This is an AI made from Ines Varga's words and voice."
    assert second.text == "It is not Ines Varga."
    assert all("{" not in one.text for one in disclosure(PERSON, "zh"))


def test_declines_and_troubles_are_the_houses_and_complete() -> None:
    for language in ("en", "zh"):
        for topic in wording(language).sections["protected"]:
            spoken = decline(topic, PERSON, language)
            assert 1 <= len(spoken) <= 2
            assert all("{" not in one.text for one in spoken)
        for kind in ("thinking", "speaking", "hearing", "still_there", "something new"):
            sentence = trouble(kind, PERSON, language)
            assert sentence.provenance is Provenance.HOUSE
            assert sentence.text


@pytest.mark.parametrize("ground", ["wish", "estate", "relatives", "self"])
def test_the_consent_statement_says_by_what_right_and_what_may_be_built(ground: str) -> None:
    text = consent_statement(ground, PERSON, "sister", ("text",))
    assert "voice made" not in text
    assert "{" not in text
    assert "voice made" in consent_statement(ground, PERSON, "sister", ("text", "voice"))
    assert "人工智能" in consent_statement(ground, PERSON, "妹妹", ("text",), language="zh")


def test_an_unknown_ground_is_no_consent() -> None:
    with pytest.raises(KeyError):
        consent_statement("because", PERSON, "sister")
