"""Where speech is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ofrenda.engines.tts.clauses import PAUSES, clauses
from ofrenda.engines.tts.reading import read


def cut(text: str) -> list[str]:
    return [" ".join(run.text for run in clause.runs) for clause in clauses(read(text))]


def test_a_short_sentence_is_one_clause() -> None:
    assert cut("I love you.") == ["I love you."]


def test_the_first_clause_is_short_and_the_rest_flows() -> None:
    text = (
        "I was just thinking of you, because the plum tree by the gate has opened its first "
        "blossoms, and I wanted so much to show you. Will you come on Sunday?"
    )
    parts = cut(text)
    assert parts[0] == "I was just thinking of you,"
    assert len(parts) > 1
    assert all(len(part) > len(parts[0]) for part in parts[1:-1])


def test_a_first_word_alone_is_no_clause() -> None:
    assert cut("Well, I have to think about that.")[0] != "Well,"
    assert cut("嗯，我想一想再告诉你。")[0] != "嗯,"


@pytest.mark.parametrize(
    "whole",
    [
        "three point one four",
        "one thousand two hundred and four",
        "Doctor Lee",
        "nine thirty PM",
        "for example",
    ],
)
def test_numbers_and_abbreviations_are_never_cut(whole: str) -> None:
    text = (
        "It was 3.14 or maybe 1,204 for Dr. Lee at 9.30 p.m. on a day that was long, "
        "e.g. the longest."
    )
    assert any(whole in part for part in cut(text))


def test_nothing_is_lost_or_said_twice() -> None:
    text = "One, two, three; four: five. Six! Seven? Eight… 九，十。Eleven and twelve, 十三。"
    said = "".join(run.text for clause in clauses(read(text)) for run in clause.runs)
    whole = "".join(run.text for run in read(text))
    assert said.replace(" ", "") == whole.replace(" ", "")


def test_text_without_any_mark_is_cut_before_it_is_too_long_for_the_model() -> None:
    for text in ("and we walked " * 60, "我们一起走" * 60):
        assert all(len(part) < 400 for part in cut(text))
        assert len(cut(text)) > 1


def test_a_sentence_that_is_short_as_a_whole_is_not_cut_at_its_comma() -> None:
    assert cut("I love you too, my girl.") == ["I love you too, my girl."]
    assert cut("我也爱你，女儿。") == ["我也爱你,女儿."]


def test_a_mixed_sentence_stays_one_clause() -> None:
    (clause,) = clauses(read("I told her 我爱你 today."))
    assert [run.language for run in clause.runs] == ["en", "zh", "en"]


def test_a_sentence_rests_longer_than_a_comma() -> None:
    assert PAUSES["."] > PAUSES[","]


@given(st.lists(st.sampled_from(["hello there", "我爱你", ", ", ". ", "! ", "，", "。", " "])))
def test_every_clause_says_something_and_ends_in_a_mark(parts: list[str]) -> None:
    for clause in clauses(read("".join(parts))):
        assert clause.runs
        assert clause.runs[-1].text[-1] in PAUSES
        assert any(c.isalnum() for run in clause.runs for c in run.text)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        (
            "I walked home along the canal because the last bus had gone already.",
            "I walked home along the canal,",
        ),
        (
            "We put the kettle on again and then she told me all about the wedding.",
            "We put the kettle on again,",
        ),
        (
            "The whole garden was under water when we came back from the island.",
            "The whole garden was under water,",
        ),
        ("他们昨天很晚才回到家里但是谁也不想睡觉因为月亮太好看了", "他们昨天很晚才回到家里,"),
        ("我们刚搬到这里来的时候院子里只有一棵小小的石榴树苗", "我们刚搬到这里来的时候,"),
    ],
)
def test_a_long_first_clause_without_a_mark_ends_where_one_breathes(text: str, first: str) -> None:
    assert cut(text)[0] == first


@pytest.mark.parametrize(
    "text",
    [
        "There was salt and pepper and vinegar and mustard on the old kitchen table.",
        "I still remember the day when you came home with that muddy little dog.",
        "I never did find out where they had hidden the key to the boat house.",
        "He liked the big armchair by the window more than anything else in it.",
        "I have told you and I will tell you again.",
        "我也不知道为什么那年夏天的雨一直下到了九月底才停下来",
    ],
)
def test_a_phrase_is_never_torn(text: str) -> None:
    assert cut(text)[0].rstrip(".,") == text.rstrip(".")
