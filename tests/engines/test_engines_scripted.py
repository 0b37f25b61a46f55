from __future__ import annotations

import numpy as np

from ofrenda.engines.protocols import EmbedRole, Message, Prompt
from ofrenda.engines.scripted import scripted_engines
from ofrenda.types import Audio, VoiceProfile

SOUND = Audio(np.full(1600, 0.1, np.float32), 16_000)
SILENCE = Audio(np.zeros(1600, np.float32), 16_000)
PROMPT = Prompt("", (Message("user", "Hi"),), "A", "B")


def voice(name: str) -> VoiceProfile:
    return VoiceProfile("v", "scripted-tts", "", ("en",), {"mix": {name: 1.0}})


async def spoken(text: str, name: str = "one") -> Audio:
    pieces = [p async for p in scripted_engines().tts.synthesize(text, voice=voice(name))]
    return pieces[0] if pieces else Audio(np.zeros(0, np.float32), 24_000)


async def test_all_of_them_say_that_they_are_scripted() -> None:
    engines = scripted_engines()
    for engine in (engines.stt, engines.tts, engines.llm, engines.embed, engines.turn):
        await engine.warm()
        assert engine.capabilities.scripted
        await engine.close()


async def test_hearing_gives_the_lines_in_turn_and_silence_stays_silence() -> None:
    stt = scripted_engines(lines=("one", "你好")).stt
    heard = [await stt.transcribe(SOUND, languages=("en", "zh")) for _ in range(3)]
    assert [h.text for h in heard] == ["one", "你好", "one"]
    assert [h.language for h in heard] == ["en", "zh", "en"]
    assert (await stt.transcribe(SILENCE)).text == ""


async def test_speech_is_as_long_as_its_text_and_differs_between_voices() -> None:
    short, long = await spoken("Hello."), await spoken("Hello, my dear, how are you?")
    assert long.seconds > 3 * short.seconds
    assert short.samples.dtype == np.float32
    assert not np.array_equal(short.samples, (await spoken("Hello.", "two")).samples)
    assert len((await spoken("  ")).samples) == 0


async def test_writing_is_streamed_and_can_depend_on_the_prompt() -> None:
    llm = scripted_engines(reply=lambda prompt: f"You said {prompt.exchanges[-1].text}").llm
    pieces = [piece async for piece in llm.generate(PROMPT)]
    assert len(pieces) == 3
    assert "".join(pieces) == "You said Hi"
    assert len([p async for p in llm.generate(PROMPT, max_tokens=2)]) == 2


async def test_like_texts_lie_near_each_other_and_vectors_have_length_one() -> None:
    embed = scripted_engines().embed
    texts = ["We went to the sea.", "we went to the seaside", "母亲的面条", ""]
    vectors = await embed.embed(texts, role=EmbedRole.PASSAGE)
    assert vectors.shape == (4, embed.dimensions)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > 0.5 > abs(vectors[0] @ vectors[2])
