"""Real people's sentences, with the real turn detector, over real WebRTC."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import numpy as np
import pytest

from ofrenda.call import Switchboard
from ofrenda.clock import SystemClock
from ofrenda.engines.protocols import Engines
from ofrenda.engines.turn.smart_turn import create
from ofrenda.measure.caller import Caller
from ofrenda.settings import Settings
from ofrenda.types import Audio

from .conftest import MIA
from .plain import Hearing, Parts, PlainLife, PlainTalk, own

PROMPTS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
SENTENCES = ("agent-loginok", "auth-thankyou", "conf-unmuted", "queue-youarenext")

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.speech,
    pytest.mark.models,
    pytest.mark.skipif(not PROMPTS.is_dir(), reason="asterisk-core-sounds-en-g722 is missing"),
]


def recording(name: str) -> Audio:
    import av

    with av.open(str(PROMPTS / f"{name}.g722"), format="g722") as container:
        frames = [frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)]
    return Audio((np.concatenate(frames) / 32768).astype(np.float32), 16_000)


async def test_every_sentence_of_a_person_is_answered_once() -> None:
    parts = Parts(stt=Hearing())
    turn = create(Settings())
    await turn.warm()
    talk = PlainTalk(answer=[own("Yes.")])
    rest = parts.engines()
    engines = Engines(rest.stt, rest.tts, rest.llm, rest.embed, turn)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(turn.close)
        switchboard = await stack.enter_async_context(
            Switchboard(
                PlainLife(), engines, clock=SystemClock(), max_calls=1, talk=lambda _m, _l: talk
            )
        )
        caller = Caller()
        await caller.call(lambda offer: switchboard.answer(offer, MIA))
        await caller.until_state("listening")
        for count, name in enumerate(SENTENCES, start=1):
            said = await caller.say(recording(name))
            await caller.until_audible(said.ended)
            await caller.until(lambda r: r.at_rest(0.5))
            captions = caller.received.of("caption")
            assert len([c for c in captions if c["who"] == "caller"]) == count, name
        await caller.hang_up()
