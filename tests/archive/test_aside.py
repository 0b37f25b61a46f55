"""What is dated after death: set aside, shown, and let in one by one or all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from ofrenda.archive import add, decide, extent, identities
from ofrenda.archive.keeping import aside, aside_counts, release
from ofrenda.errors import BadInput
from ofrenda.vault import Life

from .conftest import make_life

Write = Callable[..., Path]

CHAT = (
    "13/06/2018, 21:25 - Ada: before\n"
    "15/06/2018, 21:26 - Ada: after, by a wrong clock\n"
    "16/06/2018, 09:00 - Tom: I miss you\n"
)


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    with make_life(tmp_path / "lives", died=date(2018, 6, 14)) as made:
        yield made


def test_it_is_let_in_one_by_one_and_stays_so(life: Life, write: Write) -> None:
    add(life, write("WhatsApp Chat with Tom.txt", CHAT))
    first, second = aside(life, "after_death")
    assert [first.excerpt, second.excerpt] == ["after, by a wrong clock", "I miss you"]
    assert release(life, [(first.kind, first.id)]) == 1
    assert [one.excerpt for one in aside(life, "after_death")] == ["I miss you"]
    assert [one.excerpt for one in aside(life, "released")] == ["after, by a wrong clock"]
    # A later decision and a later import change nothing of it.
    decide(life, identities(life)[0].id, "person")
    add(life, write("b/WhatsApp Chat with Tom.txt", CHAT + "17/06/2018, 09:00 - Tom: still\n"))
    assert extent(life).after_death == 2
    assert release(life, [(first.kind, first.id)], let_in=False) == 1
    assert extent(life).after_death == 3


def test_all_of_it_can_be_let_in_and_set_aside_again(life: Life, write: Write) -> None:
    add(life, write("WhatsApp Chat with Tom.txt", CHAT))
    add(life, write("letter.md", "---\ndate: 2019-01-01\n---\n\nFound in a drawer."))
    assert aside_counts(life).after_death == 3
    assert release(life, None) == 3
    assert (aside_counts(life).after_death, aside_counts(life).released) == (0, 3)
    release(life, None, let_in=False)
    assert (aside_counts(life).after_death, aside_counts(life).released) == (3, 0)


def test_what_is_not_there_is_said_in_plain_words(life: Life) -> None:
    with pytest.raises(BadInput, match="nothing with that number"):
        release(life, [("utterance", 999)])
    with pytest.raises(BadInput, match="message or a writing"):
        release(life, [("person", 1)])
    with pytest.raises(BadInput, match="no such list"):
        aside(life, "secrets")
