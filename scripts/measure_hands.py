"""Put the questions of scripts/reading to archives of what they are about, one for each hand.

Prints how the dialogue answers without a model: of the questions that something answers, how many
get it (as the answer, or offered after saying that it is not known) and how many get another line;
of those that nothing answers, how many get a line. The seventy people of a hand are put together
as if they were one, which is harder than any life: seventy childhoods, each told once.

    python scripts/measure_hands.py [HAND ...]
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

from ofrenda.clock import ManualClock
from ofrenda.dialogue import Conversation
from ofrenda.engines.scripted import ScriptedLanguageModel, scripted_engines
from ofrenda.measure.archives import create_embedder
from ofrenda.measure.honesty import NOW
from ofrenda.measure.honesty_set import HonestySet, build, cast_of
from ofrenda.memory import Recall
from ofrenda.settings import Settings
from ofrenda.types import Provenance, Transcript

FOLDER = Path(__file__).parent / "reading"
GO_ON = {"en": "Go on.", "zh": "你说。"}


async def measure(hand: str) -> Counter[str]:
    """How each question of ``hand`` was answered."""
    embed, cast = create_embedder(Settings()), cast_of("wide_check")
    lines = (FOLDER / f"{hand}.jsonl").read_text("utf-8").splitlines()
    scenes = [json.loads(line) for line in lines]
    tellings = tuple(
        (flat(one["cue"]) or GO_ON[scene["lang"]], flat(one["text"]), scene["lang"])
        for scene in scenes
        for one in scene["messages"]
    )
    drawn = HonestySet(cast, tellings, (), ())
    engines = replace(scripted_engines(), embed=embed, llm=ScriptedLanguageModel(("",)))
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder, await build(Path(folder), drawn, embed) as life:
        recall = await Recall.load(life, embed)
        for scene in scenes:
            member = cast.members[scene["lang"]]
            texts = [flat(one["text"]) for one in scene["messages"]]
            for question in scene["questions"]:
                talk = Conversation(life, member, engines, clock=ManualClock(NOW), recall=recall)
                await talk.open()
                heard = Transcript(question["q"], scene["lang"], 1.0)
                said = [one async for one in talk.reply(heard)]
                own = [one.text for one in said if one.provenance is Provenance.OWN_WORDS]
                kind = "told" if question["a"] else "untold"
                right = any(line in texts[place] for line in own for place in question["a"])
                how = "nothing" if not own else "answer" if said[0].text in own else "offer"
                found[f"{kind}, {how}{' right' if right else ''}"] += 1
    return found


def flat(text: str | None) -> str:
    """``text`` in one line, as an exported chat has it."""
    return " ".join((text or "").split())


if __name__ == "__main__":
    for name in sys.argv[1:] or ["hand1", "hand2", "hand3"]:
        rows = asyncio.run(measure(name))
        for kind in ("told", "untold"):
            part = {key: count for key, count in rows.items() if key.startswith(f"{kind},")}
            total = sum(part.values())
            for key, count in sorted(part.items()):
                print(f"{name}: {key}: {count} of {total}, {100 * count / total:.1f} %")
