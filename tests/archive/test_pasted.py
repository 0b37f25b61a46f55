"""Text that was sent on: found with care, told to the keeper, and given back when they say so."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ofrenda.archive import add, decide, identities
from ofrenda.archive.keeping import aside, aside_counts, say_pasted
from ofrenda.archive.pasted import People, Sent, by_itself, find_pasted
from ofrenda.vault import Life

Write = Callable[..., Path]

CHAIN = (
    "A candle for peace is travelling around the world tonight, from window to window. Please do "
    "not let it go out. Send this to ten people you love before midnight."
)
CHAIN_ZH = (
    "这是一支为母亲点燃的蜡烛，已经传过了许多城市，请不要让它熄灭。"
    "转发给十个朋友，今晚会有好消息，请把祝福继续传下去。"
)
ARTICLE = (
    "The old ferry will stop running in spring\nBy Nora Halvorsen\n\n"
    + "The council decided on Tuesday that the crossing is no longer worth its cost. " * 5
    + "\nhttps://example.org/news/ferry"
)
ARTICLE_ZH = (
    "老渡口明年春天停航\n作者：何诺\n"
    + "镇上周二决定，这条航线已经不值得继续运营，码头上的老人都来看最后一班船。" * 6
    + "\nhttps://example.org/xinwen/1"
)
OWN = [
    "I sent the wool to your sister this morning, and a note with it, and the man at the post "
    "office asked after you as he always does.",
    "Copy and paste this into the form where it asks for the number of the account, then ring me "
    "and I shall tell you the rest over the telephone.",
    "Look at https://example.org/garden when you have a minute, the roses in the third picture are "
    "the ones your father planted by the wall in that cold spring.",
    "By the time the ferry came we had eaten all the sandwiches and sung every song that any of us "
    "could remember, and then it rained.",
    "今天去看了你外婆，她一直问你什么时候回来，我说等樱桃熟了就回来，她高兴得把柜子里的糖都拿了出来给我装上。",
    "Please forward my post to the new house from Monday, the key is under the blue pot and the "
    "neighbour knows that you are coming.",
]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (CHAIN, "chain"),
        (CHAIN_ZH, "chain"),
        (ARTICLE, "article"),
        (ARTICLE_ZH, "article"),
        *((text, None) for text in OWN),
        ("Send this to everyone", None),
        ("ok", None),
    ],
)
def test_a_text_shows_by_itself_only_what_is_certain(text: str, why: str | None) -> None:
    assert by_itself(text) == why


LONG = OWN[0]
MONDAY = "2019-05-06T09:00:00"
TUESDAY = "2019-05-07T11:20:00"
LATER = "2019-06-01T08:05:00"


def sent(*copies: tuple[int, str]) -> list[Sent]:
    return [Sent(n, who, 1, at, LONG) for n, (who, at) in enumerate(copies, 1)]


def people(
    said: dict[int, str | None] | None = None,
    together: dict[int, set[int]] | None = None,
    alike: dict[int, tuple[int, ...]] | None = None,
) -> People:
    return People(said or {}, together or {}, alike or {})


IN_ONE_CHAT = people(together={1: {7}, 2: {7}, 3: {7}})


@pytest.mark.parametrize(
    ("messages", "who", "found"),
    [
        # Whoever sends it on did not write it; the first may have.
        (sent((1, MONDAY), (2, TUESDAY)), IN_ONE_CHAT, {2}),
        (sent((2, TUESDAY), (1, MONDAY)), IN_ONE_CHAT, {1}),
        # With three people it is nobody's.
        (sent((1, MONDAY), (2, TUESDAY), (3, LATER)), IN_ONE_CHAT, {1, 2, 3}),
        # The same person in two apps, or twice.
        (sent((1, MONDAY), (1, TUESDAY)), IN_ONE_CHAT, set()),
        (sent((1, MONDAY), (2, TUESDAY)), people(), set()),
        (sent((1, MONDAY), (2, TUESDAY)), people(said={1: "person", 2: "person"}), set()),
        (sent((1, MONDAY), (2, TUESDAY)), people(said={1: "person", 2: "member:m"}), {2}),
        (
            sent((1, MONDAY), (2, TUESDAY)),
            people(together={1: {7}, 2: {7}}, alike={1: (2,), 2: (1,)}),
            set(),
        ),
        # One message, exported from two phones in two zones.
        (sent((1, MONDAY), (2, "2019-05-06T17:00:00")), IN_ONE_CHAT, set()),
        (sent((1, MONDAY), (2, "2019-05-06T09:00:59")), IN_ONE_CHAT, set()),
    ],
)
def test_copies_count_only_between_people_who_are_certainly_different(
    messages: list[Sent], who: People, found: set[int]
) -> None:
    assert set(find_pasted(messages, who)) == found


@dataclass
class Village:
    """A generated archive: everybody's messages, and which of them were really sent on."""

    messages: list[Sent] = field(default_factory=list)
    sent_on: set[int] = field(default_factory=set)
    firsts: set[int] = field(default_factory=set)
    """First copies of what one other person repeats: whether they are sent on, nobody can tell."""
    together: dict[int, set[int]] = field(default_factory=dict)


WORDS = [
    "bread", "kettle", "ladder", "orchard", "ferry", "window", "letter", "uncle", "winter",
    "market", "stone", "lantern", "violin", "harbour", "pepper", "blanket", "garden", "train",
    "whistle", "snow", "kitchen", "summer", "bicycle", "river", "ribbon", "tin",
]  # fmt: skip


def village(seed: int) -> Village:
    """Twelve people in eight chats, two of whom are one person in two apps; 3,000 messages, most
    of them long. A person repeats own letters to several; a few texts go round."""
    rng = random.Random(seed)
    made = Village()
    chats = {number: rng.sample(range(1, 13), rng.randint(2, 5)) for number in range(1, 9)}
    # 11 and 12 are one person, in two apps: never in one chat, and nobody has said so yet.
    chats = {n: [who for who in group if who != 12] or [1, 11] for n, group in chats.items()} | {
        9: [12, 2],
        10: [12, 3],
    }
    for chat, group in chats.items():
        for who in group:
            made.together.setdefault(who, set()).add(chat)
    start = datetime(2018, 1, 1, 8, 0)

    def say(who: int, chat: int, minute: int, text: str) -> int:
        number = len(made.messages) + 1
        at = (start + timedelta(minutes=minute)).isoformat()
        made.messages.append(Sent(number, who, chat, at, text))
        return number

    def prose(count: int) -> str:
        return " ".join(rng.choice(WORDS) for _ in range(count)) + f" {rng.randrange(10**6)}."

    for _ in range(2_600):
        chat = rng.choice(list(chats))
        say(rng.choice(chats[chat]), chat, rng.randrange(10**6), prose(rng.randint(3, 60)))
    for _ in range(60):  # own letters, to several
        who = rng.choice([11, 12, *range(1, 11)])
        mine = [chat for chat, group in chats.items() if who in group]
        text = prose(40)
        for chat in mine:
            say(who, chat, rng.randrange(10**6), text)
        if who == 11:  # and in the other app
            say(12, 9, rng.randrange(10**6), text)
    for _ in range(60):  # what goes round in one chat
        chat = rng.choice([n for n, group in chats.items() if len(group) > 1])
        text, base = prose(45), rng.randrange(10**6)
        senders = rng.sample(chats[chat], rng.randint(2, len(chats[chat])))
        numbers = [
            say(who, chat, base + 7 + 1441 * place, text) for place, who in enumerate(senders)
        ]
        made.sent_on |= set(numbers[1:])
        (made.sent_on if len(senders) > 2 else made.firsts).add(numbers[0])
    for _ in range(30):
        who, chat = rng.choice([(who, n) for n, group in chats.items() for who in group])
        made.sent_on.add(say(who, chat, rng.randrange(10**6), f"{prose(20)} {CHAIN}"))
        made.sent_on.add(say(who, chat, rng.randrange(10**6), f"{ARTICLE} {prose(4)}"))
    return made


def test_in_generated_villages_nothing_own_is_set_apart_and_most_sent_on_is_found() -> None:
    found_all = wrong = missed = 0
    for seed in range(5):
        made = village(seed)
        who = People({}, made.together, {})
        found = set(find_pasted(made.messages, who))
        wrong += len(found - made.sent_on - made.firsts)
        missed += len(made.sent_on - found)
        found_all += len(found)
    assert wrong == 0
    assert missed <= 0.1 * (found_all + missed)


CHAT = (
    "13/06/2018, 21:25 - Ada Fenwick: {own}\n"
    "14/06/2018, 08:11 - Tom Fenwick: {own}\n"
    "15/06/2018, 10:00 - Ada Fenwick: {chain}\n"
    "16/06/2018, 10:00 - Ada Fenwick: short and mine\n"
)


@pytest.fixture
def both(life: Life, write: Write) -> Life:
    text = CHAT.format(own=LONG, chain=CHAIN)
    add(life, write("WhatsApp Chat with Tom Fenwick.txt", text))
    return life


def test_the_keeper_sees_what_is_set_apart_and_has_the_last_word(both: Life) -> None:
    found = aside(both, "pasted")
    assert [(one.sender, one.why) for one in found] == [
        ("Tom Fenwick", "copies"),
        ("Ada Fenwick", "chain"),
    ]
    chain = found[1]
    assert say_pasted(both, [chain.id], False) == 1
    assert [one.why for one in aside(both, "pasted")] == ["copies"]
    assert [one.excerpt for one in aside(both, "own")] == [CHAIN]
    # It holds, whatever is decided or added later.
    decide(both, identities(both)[0].id, "person")
    assert aside_counts(both).own == 1
    assert [one.why for one in aside(both, "pasted")] == ["copies"]
    say_pasted(both, [chain.id], None)
    assert aside_counts(both).pasted == 2


def test_a_message_can_be_said_to_be_somebody_elses(both: Life) -> None:
    with both.db.read() as db:
        number = db.execute("SELECT id FROM utterance WHERE text LIKE 'short%'").fetchone()[0]
    say_pasted(both, [number], True)
    assert ("keeper", "short and mine") in [(one.why, one.excerpt) for one in aside(both, "pasted")]


def test_decisions_change_what_counts_as_sent_on(life: Life, write: Write) -> None:
    add(life, write("a/WhatsApp Chat with Bo.txt", f"13/06/2018, 21:25 - Ada: {LONG}\n"))
    add(life, write("b/WhatsApp Chat with Cy.txt", f"15/06/2018, 08:11 - Dee: {LONG}\n"))
    assert aside_counts(life).pasted == 0
    ada, dee = identities(life)
    decide(life, ada.id, "person")
    decide(life, dee.id, "person")
    assert aside_counts(life).pasted == 0
    decide(life, dee.id, "other")
    assert aside_counts(life).pasted == 0
