"""Which line fits a moment is learnt from how the person answered."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from memory.rows import KEEPER, Rows, new_life
from ofrenda.engines.scripted import scripted_engines
from ofrenda.memory import own_passages, rebuild
from ofrenda.memory.answers import learn_answers, rank_replies
from ofrenda.memory.fitting import Candidate, Exchange, Fitting, Heard, Moment, kind_of

SUBJECTS = ("boat", "bread", "garden", "music", "winter", "market", "school", "letter")
NAMES = ("mia", "leo", "ana", "kay")


def vector(text: str) -> NDArray[np.float32]:
    """Nearer the more words are shared."""
    made = np.full(64, 0.5)
    for word in text.casefold().replace(":", " ").replace("?", " ").split():
        made += np.random.default_rng(sum(map(ord, word))).normal(size=64)
    return np.asarray(made / np.linalg.norm(made), dtype=np.float32)


def exchange(chance: random.Random, number: int) -> Exchange:
    who, subject = chance.choice(NAMES), chance.choice(SUBJECTS)
    before = (Heard("kay", f"nothing to say {number}"), Heard(who, f"what of the {subject}?"))
    last, talk = before[-1].text, "\n".join(one.text for one in before)
    reply = f"{who}: the {subject} is number {number}"
    return Exchange(Moment(before, vector(last), vector(talk)), Candidate(reply, vector(reply)))


def test_the_true_reply_comes_first_far_more_often_than_by_chance() -> None:
    chance = random.Random(5)
    exchanges = [exchange(chance, n) for n in range(160)]
    fitting = Fitting.learn("tomas", exchanges[:120])
    first = 0
    for one in exchanges[120:]:
        rivals = [other.reply for other in chance.sample(exchanges[:120], 31)]
        first += int(fitting.rank(one.moment, [one.reply, *rivals]).argmax() == 0)
    # By chance 1.25 of 40; whom and what is shared with about one rival in 32.
    assert first >= 20


def test_little_to_learn_from_still_prefers_who_is_here_and_does_not_repeat() -> None:
    fitting = Fitting.learn("tomas", [exchange(random.Random(1), 0)])
    moment = Moment(
        (Heard("tomas", "leo: the bread is done"), Heard("leo", "and the garden?")),
        vector("and the garden?"),
        vector("and the garden?"),
    )
    lines = ["leo: the garden sleeps", "ana: the garden sleeps", "leo: the bread is done"]
    scores = fitting.rank(moment, [Candidate(one, vector(one)) for one in lines])
    assert int(scores.argmax()) == 0
    assert fitting.rank(moment, []).tolist() == []


def test_what_a_line_does_is_seen_in_both_languages() -> None:
    assert kind_of("谢谢你") == kind_of("Thanks a lot") == "thanks"
    assert kind_of("在哪里") == kind_of("Where is it?") == "which"
    assert kind_of("好的") == kind_of("Sure") == "answer"
    assert kind_of("你好") == "greeting"
    assert kind_of("I left") == "telling"


async def test_an_answer_to_a_like_moment_comes_first(tmp_path: Path) -> None:
    embed = scripted_engines().embed
    with new_life(tmp_path) as life:
        rows = Rows(life)
        him, her = rows.identity("T", "person"), rows.identity("A", "member", str(KEEPER.id))
        chat = rows.conversation("ana")
        at = datetime(2019, 5, 1, 9)
        asked = (("Is the bread done?", "In ten minutes"), ("Where is the boat?", "By the weir"))
        for n in range(40):
            cue, reply = asked[n % 2]
            rows.exchange(chat, her, f"{cue} {n}", him, f"{reply} {n}", at)
            at += timedelta(days=1)
        await rebuild(life, embed)
        fitting = learn_answers(life, KEEPER, embed)
        candidates = own_passages(life, KEEPER)
        moment = [Heard("Nita", "Where is the boat now?")]
        scores = await rank_replies(fitting, life, embed, moment, candidates)
        best = sorted(zip(scores, candidates, strict=True), key=lambda one: -one[0])[:10]
        assert sum(one.text.startswith("By the weir") for _, one in best) >= 8
