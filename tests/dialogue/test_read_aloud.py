"""Lines for a listening test: the person's own, and only what everybody who listens may hear."""

from __future__ import annotations

import random

from dialogue.invented_life import MEMBERS
from ofrenda.dialogue.foreseen import foreseen
from ofrenda.dialogue.read_aloud import lines_for_all, may_still_hear
from ofrenda.memory.visibility import Rule, add_rule
from ofrenda.types import Provenance, Visibility
from ofrenda.vault import Life

BOTH = (MEMBERS["Mei"], MEMBERS["Shufen"])


def test_each_line_is_own_words_that_each_listener_may_hear(scripted_life: Life) -> None:
    lines = lines_for_all(scripted_life, BOTH, languages=("en", "zh"), most=500)
    assert len(lines) >= 3
    for member in BOTH:
        theirs = {
            one.spoken
            for one in foreseen(scripted_life, member)
            if one.provenance is Provenance.OWN_WORDS
        }
        assert {one.spoken for one in lines} <= theirs
        assert all(may_still_hear(scripted_life, member, one.spoken) for one in lines)
    names = {name.casefold() for one in scripted_life.members() for name in (one.name.split())}
    assert not any(name in one.text.casefold().split() for one in lines for name in names)


def test_no_more_than_asked_for_and_in_the_languages_asked_for(scripted_life: Life) -> None:
    lines = lines_for_all(scripted_life, BOTH, languages=("en",), most=3, chance=random.Random(1))
    assert len(lines) == 3
    assert {one.language for one in lines} == {"en"}


def test_what_a_rule_takes_away_is_neither_chosen_nor_heard_any_more(scripted_life: Life) -> None:
    line = lines_for_all(scripted_life, BOTH, languages=("en",), most=500)[0]
    words = line.spoken
    add_rule(scripted_life, Rule(visibility=Visibility.KEEPER_ONLY, holding=words))
    after = lines_for_all(scripted_life, BOTH, languages=("en",), most=500)
    assert words not in {one.spoken for one in after}
    assert not may_still_hear(scripted_life, MEMBERS["Shufen"], words)
