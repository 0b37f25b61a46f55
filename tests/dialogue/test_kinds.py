"""Kinds of answers: told by their form, and beyond what the question itself names."""

from __future__ import annotations

import pytest

from ofrenda.dialogue.kinds import beyond, kind_held, kinds_of


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("When did you go to Lisbon?", {"time"}),
        ("What year was the flood?", {"time", "year"}),
        ("How old were you when you began?", {"age"}),
        ("How long did it take you?", {"duration"}),
        ("How much did you pay for the boat?", {"money"}),
        ("How many stairs were there?", {"count"}),
        ("Where did you meet?", {"place"}),
        ("Who taught you to swim?", {"person"}),
        ("Who was Rosa Quill?", set()),
        ("What did you think of it?", set()),
        ("你什么时候去的？", {"time"}),
        ("你是在哪里学的？", {"place"}),
        ("是谁教你的？", {"person"}),
        ("老周是谁？", set()),
        ("花了多少钱？", {"money"}),
    ],
)
def test_what_a_question_asks_for(question: str, kinds: set[str]) -> None:
    assert kinds_of(question) == kinds


@pytest.mark.parametrize(
    ("question", "answer", "held"),
    [
        ("When did you go to Oslo?", "I went to Oslo in 1981.", True),
        ("When did you go to Oslo?", "I went to Oslo by train.", False),
        ("What year was it?", "It was on a wet Friday.", False),
        ("How old were you?", "I was sixteen when I started.", True),
        ("How old was the flute?", "All I can manage is one tune.", False),
        ("How much did it cost?", "Forty pounds, and it leaked.", True),
        ("How much is it worth?", "It was cracked, but I was proud as a cat.", False),
        ("How many nights did you stay?", "Three nights, and it rained.", True),
        ("How many rooms had it?", "It reeked of tar.", False),
        ("Where did you meet Ned?", "Ned and I met at the baths.", True),
        ("Where did you meet Ned?", "Ned had a glass eye.", False),
        ("Who was with you in Lisbon?", "I was in Lisbon and ate sardines.", False),
        ("Who was with you in Lisbon?", "My sister Ivy came along to Lisbon.", True),
        ("Who mended it?", "A retired pilot did.", True),
        ("Who did you buy the piano from?", "I had it from the closed-down cinema.", True),
        ("Where is the clock now?", "I made the clock in Leith.", False),
        ("Where is the clock now?", "The clock stands in the hall.", True),
        ("你哪一年去的？", "我们一块儿去的。", False),
        ("你哪一年去的？", "一九七八年去的。", True),
        ("你得了第几名？", "得了第二名。", True),
        ("你看过几遍？", "跟二姐一块儿看的。", False),
        ("是谁教你的？", "是马师傅教的。", True),
        ("是谁教你的？", "我做了一个下午。", False),
        ("你在哪里看的？", "在大礼堂看的。", True),
    ],
)
def test_whether_an_answer_holds_it(question: str, answer: str, held: bool) -> None:
    assert kind_held(question, answer) is held


def test_what_the_question_names_is_no_answer_to_it() -> None:
    assert "Marlow" not in beyond("Who named Marlow?", "I found Marlow behind the bakery")
    assert "青岛" not in beyond("你在青岛见了谁？", "我去青岛坐的船")
