"""Sentences and words of both languages."""

from __future__ import annotations

import pytest

from ofrenda.memory.postings import query_terms
from ofrenda.memory.script import language_of, sentences
from ofrenda.memory.words import (
    content_words,
    covered,
    kin_of,
    search_text,
    without_address,
)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Good morning", "en"),
        ("早安，吃了吗", "zh"),
        ("我在Changi beach等你一起吃早饭", "zh"),
        ("Remember to buy 豆腐 please", "en"),
    ],
)
def test_a_text_is_in_the_language_of_most_of_its_words(text: str, language: str) -> None:
    assert language_of(text) == language


def test_what_has_no_letters_is_in_the_language_around_it() -> None:
    assert language_of("😂👍", "zh") == "zh"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("It cost 3.50. Really? Yes!", ["It cost 3.50.", "Really?", "Yes!"]),
        ("Dr. Lim came at 5 p.m. and left.", ["Dr. Lim came at 5 p.m. and left."]),
        ("好。真的吗？是！", ["好。", "真的吗？", "是！"]),
        ("one\ntwo", ["one", "two"]),
        ("He said “go.” Then he went", ["He said “go.”", "Then he went"]),
        ("", []),
    ],
)
def test_sentences_are_verbatim_pieces(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts


def test_chinese_is_found_by_its_words() -> None:
    assert "红烧肉" in search_text("我们做红烧肉").split()
    assert query_terms("的了吗") == frozenset()


def test_forms_of_a_word_are_one_word() -> None:
    wanted = content_words("Who taught you fishing?")
    assert covered(wanted, "My uncle teaches me to fish") == 1.0
    assert covered(wanted, "My uncle sells cars") == 0.0


def test_whom_one_addresses_is_not_whom_one_asks_about() -> None:
    assert kin_of(without_address("Mum, who taught you?")) == frozenset()
    assert kin_of(without_address("爸爸你小时候穷吗")) == frozenset()
    assert kin_of(without_address("What did your mother say, Dad?")) == {"mother"}
    assert kin_of(without_address("妈妈是什么样的人")) == {"mother"}
