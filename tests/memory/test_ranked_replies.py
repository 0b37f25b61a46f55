"""``ofrenda measure words`` finds the reply that was given, on the rows of a life."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from ofrenda.engines.scripted import scripted_engines
from ofrenda.measure.likeness_of_words import FEWEST, measure_replies

from .rows import KEEPER, Rows, new_life


async def test_the_reply_that_was_given_is_ranked_among_their_own_for_each_relation(
    tmp_path: Path,
) -> None:
    rows = Rows(new_life(tmp_path))
    dad, me = rows.identity("dad", "person"), rows.identity("me", "member", str(KEEPER.id))
    aunt = rows.identity("aunt", "other")
    home, far = rows.conversation("home"), rows.conversation("far")
    at = datetime(2020, 1, 1)
    for n in range(FEWEST + 20):
        at += timedelta(hours=7)
        rows.say(home, me, f"what about apple{n % 30}", at)
        rows.say(home, dad, f"apple{n % 30} pie number{n}, my child", at + timedelta(minutes=1))
    rows.say(far, aunt, "are you well?", at)
    rows.say(far, dad, "quite well", at + timedelta(minutes=1))
    shares: list[float] = []
    found = await measure_replies(rows.life, scripted_engines().embed, shares.append)
    by = {row["relation"]: row for row in found}
    assert shares[-1] == 1.0
    assert by["group"] == {"relation": "group", "replies": 1, "too_little": True}
    (own,) = (row for name, row in by.items() if name != "group")
    assert own["replies"] == FEWEST + 20
    assert own["r1_chance"] == 0.01
    assert own["r1_bm25"] > own["r1_chance"]
    assert own["low"] <= own["r1"] <= own["high"]
    assert own["r1"] <= own["mrr"] <= 1
    rows.life.close()
