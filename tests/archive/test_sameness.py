"""Exports that overlap are one chat, in whatever order, zone or dialect they come."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ofrenda.archive import ImportReport
from ofrenda.archive import add as add_path
from ofrenda.measure.long_chat import Truth, messages
from ofrenda.vault import Life

from .conftest import make_life

Clock = Callable[[datetime], datetime]


def add(life: Life, path: Path) -> list[ImportReport]:
    return add_path(life, path, answers={"date_order": "dmy"})


def same(at: datetime) -> datetime:
    return at


def hours(ahead: float) -> Clock:
    return lambda at: at + timedelta(hours=ahead)


def british_against_chinese(at: datetime) -> datetime:
    """Eight hours ahead in winter, seven in summer."""
    return at + timedelta(hours=7 if 4 <= at.month < 11 else 8)


def android(said: list[Truth], clock: Clock = same, names: dict[str, str] | None = None) -> str:
    called = names or {}
    return "".join(
        f"{clock(one.at):%d/%m/%Y, %H:%M} - {called.get(one.sender, one.sender)}: "
        f"{'<Media omitted>' if one.text is None else one.text}\n"
        for one in said
    )


def apple(said: list[Truth], clock: Clock = same) -> str:
    return "".join(
        f"[{clock(one.at) + timedelta(seconds=n % 60):%d/%m/%Y, %H:%M:%S}] {one.sender}: "
        f"{'‎image omitted' if one.text is None else one.text}\n"
        for n, one in enumerate(said)
    )


def held(life: Life) -> Counter[tuple[object, ...]]:
    """Every message that the life holds: when, by whom, what."""
    with life.db.read() as db:
        return Counter(
            tuple(row)
            for row in db.execute(
                "SELECT c.key, substr(u.ts_local, 1, 16), i.key, u.text FROM utterance AS u"
                " JOIN conversation AS c ON c.id = u.conversation"
                " LEFT JOIN identity AS i ON i.id = u.identity"
            ).fetchall()
        )


def said_of(said: list[Truth]) -> Counter[tuple[str, str | None]]:
    return Counter((one.sender, one.text) for one in said)


def by_whom(life: Life) -> Counter[tuple[object, object]]:
    found: Counter[tuple[object, object]] = Counter()
    for (_, _, who, text), count in held(life).items():
        found[who, text] += count
    return found


CHAT = list(messages(1_200, seed=4))
"""Four days of chat, with every "ok" of real ones."""


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    cuts=st.lists(st.tuples(st.integers(0, 350), st.integers(50, 350)), min_size=2, max_size=4),
    seed=st.integers(0, 2**16),
)
def test_overlapping_exports_are_their_union_in_any_order(
    cuts: list[tuple[int, int]], seed: int
) -> None:
    parts = [CHAT[start : start + length] for start, length in cuts]
    # An export begins and ends between two minutes: within one, nobody can tell two "ok" apart.
    parts = [[one for one in part if part[0].at < one.at < part[-1].at] for part in parts]
    union = sorted({number for part in parts for number, one in enumerate(CHAT) if one in part})
    with tempfile.TemporaryDirectory() as folder:
        seen = []
        for round_, order in enumerate((parts, random.Random(seed).sample(parts, len(parts)))):
            with make_life(Path(folder) / f"lives-{round_}") as life:
                for number, part in enumerate([*order, *order]):
                    path = Path(folder) / f"{round_}-{number}" / "WhatsApp Chat with Mum.txt"
                    path.parent.mkdir()
                    path.write_text(android(part) if part else "", encoding="utf-8")
                    if part:
                        report = add(life, path)[0]
                        assert number < len(order) or report.accepted == 0, "idempotent"
                seen.append(held(life))
        assert seen[0] == seen[1]
        assert seen[0].total() == len(union)


@pytest.mark.parametrize(
    "clock", [hours(8), hours(-5.5), hours(0.5), hours(13), british_against_chinese]
)
def test_the_same_chat_on_another_clock_is_known_again(
    tmp_path: Path, write: Callable[..., Path], clock: Clock
) -> None:
    chat = [
        Truth(one.at + timedelta(days=40 * (n // 150)), one.sender, one.text)
        for n, one in enumerate(CHAT)
    ]
    first, second = chat[:900], chat[300:]
    for order in ((0, 1), (1, 0)):
        exports = (
            write(f"a{order}/WhatsApp Chat with Mum.txt", android(first)),
            write(f"b{order}/WhatsApp Chat with Mum.txt", android(second, clock)),
        )
        with make_life(tmp_path / f"lives{order}") as life:
            add(life, exports[order[0]])
            report = add(life, exports[order[1]])[0]
            assert (report.accepted, report.already_there) == (300, 600)
            assert any("another phone" in line for line in report.warnings)
            assert by_whom(life) == said_of(chat), "each message once, each “ok” as often as said"
            assert all(add(life, path)[0].accepted == 0 for path in exports)


def test_an_iphone_in_another_zone_with_other_names(life: Life, write: Callable[..., Path]) -> None:
    add(life, write("a/WhatsApp Chat with Mum.txt", apple(CHAT[:800])))
    other = android(CHAT[200:], hours(8), {"Mum": "Annie Fell", "Sam": "my boy"})
    report = add(life, write("b/WhatsApp Chat with my boy.txt", other))[0]
    assert report.accepted == 400
    assert any("“Annie Fell” is “Mum”" in line for line in report.warnings)
    assert by_whom(life) == said_of(CHAT)


def test_the_same_phrases_do_not_make_two_chats_one(life: Life, write: Callable[..., Path]) -> None:
    """Two people can say the same things to the same person every day."""
    other = [
        Truth(one.at + timedelta(minutes=17 * (n % 5)), one.sender, one.text)
        for n, one in enumerate(messages(1_200, seed=5))
    ]
    add(life, write("a/WhatsApp Chat with Mum.txt", android(CHAT)))
    text = android(sorted(other, key=lambda one: one.at), names={"Sam": "Jo"})
    report = add(life, write("b/WhatsApp Chat with Jo.txt", text))[0]
    assert report.accepted == 1_200
    assert not any("another phone" in line for line in report.warnings)


def test_a_daily_greeting_is_never_taken_for_a_shifted_clock(
    life: Life, write: Callable[..., Path]
) -> None:
    day = datetime(2019, 3, 1, 8, 0)
    daily = [
        Truth(day + timedelta(days=n, minutes=30 * k), "Mum", f"Good morning my darling, part {k}")
        for n in range(60)
        for k in range(8)
    ]
    add(life, write("a/WhatsApp Chat with Mum.txt", android(daily[:240])))
    report = add(life, write("b/WhatsApp Chat with Mum.txt", android(daily[200:])))[0]
    assert (report.accepted, report.already_there) == (240, 40)
    assert by_whom(life) == said_of(daily)
