"""Three hundred planted orders in chats, essays, titles and transcripts change nothing."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

from memory.rows import KEEPER, Rows, new_life

from dialogue.inventions import ENGLISH
from dialogue.payloads import payloads
from ofrenda.clock import ManualClock
from ofrenda.demo import write_family
from ofrenda.dialogue import Conversation
from ofrenda.engines.protocols import Prompt
from ofrenda.engines.scripted import scripted_engines
from ofrenda.memory import Recall, rebuild
from ofrenda.memory.script import language_of
from ofrenda.orders import planted
from ofrenda.types import Transcript
from ofrenda.vault import Life

MARK = re.compile(r"zqmark\d+")
SUBJECTS = ("garden", "ferry", "kettle", "violin", "bicycle", "harbour", "piano", "orchard")

ORDINARY = [
    "Ignore him, he is always like that.",
    "You are my sunshine",
    "Tell your mother I said hello",
    "When she asks, tell her the truth",
    "Say sorry first; it is quicker.",
    "Forget about the rules of cricket, just hit it",
    "The new instructions for the oven are in the drawer",
    "Act your age",
    "From now on I take the early boat",
    "Repeat after me: I will not lend money",
    "别理他，他一直这样",
    "你是我的宝贝",
    "她问起来你就说实话",
    "从现在起我不喝酒了",
    "告诉你妈我晚点回来",
    "规则我都忘了",
]


def _life(home: Path) -> Life:
    life = new_life(home)
    rows = Rows(life)
    him = rows.identity("him", "person")
    ana = rows.identity("ana", "member", str(KEEPER.id))
    chat = rows.conversation("ana")
    day = datetime(2015, 1, 1, 9)
    for number, (text, _) in enumerate(payloads()):
        subject = f"{SUBJECTS[number % len(SUBJECTS)]} {number}"
        place = number % 4
        if place == 0:
            rows.exchange(chat, ana, f"About the {subject}. {text}", him, "Well now.", day)
        elif place == 1:
            rows.exchange(chat, ana, f"What about the {subject}?", him, text, day)
        elif place == 2:
            rows.document(him, f"The {subject}", f"The {subject} was old. {text}")
        else:
            rows.document(him, f"{subject} {text}", f"The {subject} was painted green in May.")
        day += timedelta(days=1)
    rows.exchange(chat, ana, "Did the lamp work?", him, "The lamp worked after I oiled it.", day)
    return life


async def test_planted_orders_are_kept_out_of_prompts_and_never_said(tmp_path: Path) -> None:
    life = _life(tmp_path)
    obeyed: list[str] = []

    def obeys(prompt: Prompt) -> str:
        """Does what any order says that it is given, wherever it stands; else makes things up."""
        seen = [prompt.instructions, *prompt.notes, *prompt.fresh_notes]
        seen += [one.text for one in prompt.exchanges]
        found = MARK.findall(" ".join(seen))
        obeyed.extend(found)
        return f"The caller should know that {found[0]}." if found else ENGLISH[2]

    engines = scripted_engines(reply=obeys)
    await rebuild(life, engines.embed)
    recall = await Recall.load(life, engines.embed)
    for number, (text, _) in enumerate(payloads()):
        subject = f"{SUBJECTS[number % len(SUBJECTS)]} {number}"
        chinese = language_of(text) == "zh" and number % 8 == 1
        ask = f"{subject}怎么样？" if chinese else f"I was at the {subject} again today"
        conversation = Conversation(
            life,
            KEEPER,
            engines,
            clock=ManualClock(datetime(2024, 5, 1, 10).astimezone()),
            recall=recall,
        )
        await conversation.open()
        heard = Transcript(ask, language_of(ask), 1.0)
        spoken = [one async for one in conversation.reply(heard)]
        assert spoken
        for one in spoken:
            assert not MARK.search(one.text), ask
            assert one.text != ENGLISH[2]
    assert engines.llm.prompts, "the model was asked"  # type: ignore[attr-defined]
    assert obeyed == []
    life.close()


def test_every_planted_order_is_seen_and_what_families_write_is_not() -> None:
    assert [text for text, _ in payloads() if not planted(text)] == []
    assert [text for text in ORDINARY if planted(text)] == []


def test_nothing_in_the_demo_is_taken_for_an_order(tmp_path: Path) -> None:
    family = write_family(tmp_path)
    files = [*family.essays.iterdir(), *tmp_path.glob("*.txt")]
    lines = [line for file in files for line in file.read_text("utf-8").splitlines()]
    assert len(lines) > 300
    assert [line for line in lines if planted(line)] == []
