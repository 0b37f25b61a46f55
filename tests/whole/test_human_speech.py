"""A life made from real human speech, and called with real human speech.

One woman's recordings for telephone systems are all there is to hear: ninety seconds of them are
the voice clip of an invented Alice Reed, and others, which the clip does not hold, are what the
caller says. The chat is invented.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, cast

import numpy as np
import pytest
import soxr
from voice.recordings import PROMPTS, encode, prompt_reel

from ofrenda.archive import add, decide, identities
from ofrenda.care import consent_statement
from ofrenda.engines.protocols import Embedder, EngineKind, TextToSpeech
from ofrenda.engines.registry import create
from ofrenda.measure.caller import Caller
from ofrenda.memory import rebuild
from ofrenda.types import Audio, Consent, Member, MemberId, Person, Role
from ofrenda.vault import Life
from ofrenda.voice import add_clip, adopt, choose_stock_voice, decode
from ofrenda.voice.speaker import SpeakerEncoder

from .caller_at_home import calling
from .household import PASSPHRASE, Household
from .listening import HEARING_RATE, ears, energy, heard_in, share_of_words, word_errors, words
from .open_house import Known, eventually, files_of, in_clear, open_house, real_settings

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.speech,
    pytest.mark.models,
    pytest.mark.server,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not PROMPTS.is_dir(), reason="asterisk-core-sounds-en-g722 is missing"),
]

CLIP_SECONDS = 90.0
SAID = {
    "vm-nobodyavail": "Nobody is available to take your call at the moment",
    "vm-nonumber": "I'm afraid I don't know who sent this message",
    "vm-savefolder": "Which folder should I save the message to?",
}
"""Recordings that the caller plays, with their words as the package gives them."""

CHAT = """\
03/02/2019, 18:12 - Tom: Nobody was available to take my call again
03/02/2019, 18:20 - Mum: Then I was in the greenhouse with the door shut. Ring twice and I will run
17/05/2019, 09:01 - Tom: who sent me this message? I don't know the number
17/05/2019, 09:04 - Mum: I sent it, from the new telephone. It has buttons the size of ladybirds
08/11/2019, 20:40 - Tom: which folder should I save your messages in
08/11/2019, 20:44 - Mum: In the blue folder, under seeds and sowing, where nobody ever looks
24/12/2019, 11:30 - Tom: are you warm enough up there
24/12/2019, 11:36 - Mum: Two cardigans and a hot water bottle. The cat has the third one
02/04/2020, 16:00 - Tom: did the tomatoes come up
02/04/2020, 16:15 - Mum: Every single one. I tell them about the weather and they believe me
19/08/2020, 21:05 - Tom: the car has been making that noise again
19/08/2020, 21:09 - Mum: Turn the radio up until Saturday and then take it to Mr Pole
"""
PERSON = Person("Alice Reed", ("en",), born=date(1944, 4, 2), died=date(2021, 1, 9))
SON = Member(MemberId("tom"), "Tom", "son", Role.KEEPER, called="Tommy")
SLOW = 120.0
"""Seconds for what takes two on a free machine."""


@dataclass(frozen=True)
class AliceAtHome:
    """The computer with the life on it, the clip that its voice was chosen from, and which files
    were there before."""

    computer: Household
    clip: Audio
    known: Known


@pytest.fixture(scope="session")
def alice(computer: Household) -> AliceAtHome:
    known = files_of(computer)
    return asyncio.run(_build(computer, known))


async def _build(computer: Household, known: Known) -> AliceAtHome:
    settings = real_settings(computer)
    scope = ("text", "voice")
    consent = Consent(
        at=datetime.now(UTC),
        given_by=SON.name,
        relation=SON.relation,
        ground="relatives",
        scope=scope,
        statement=consent_statement("relatives", PERSON, SON.relation, scope),
    )
    life, _ = Life.create(
        settings.home, "alice", PASSPHRASE, person=PERSON, consent=consent, keeper=SON
    )
    with life:
        add(life, computer.write("WhatsApp Chat with Mum.txt", CHAT))
        for sender in identities(life):
            if sender.name == "Mum":
                decide(life, sender.id, "person")
            else:
                decide(life, sender.id, "member", SON.id)
        embed = cast(Embedder, create(EngineKind.EMBED, settings))
        await rebuild(life, embed)
        await embed.close()

        reel = prompt_reel(PROMPTS, CLIP_SECONDS)
        note = computer.write("voice-note.ogg", encode(reel, "libopus", "ogg", bit_rate=24_000))
        report = add_clip(life, note, settings=settings)
        assert report.speech_seconds > 60
        clip = decode(note.read_bytes(), name=note.name)
        tts = cast(TextToSpeech, create(EngineKind.TTS, settings))
        choice = await choose_stock_voice(clip, tts, languages=PERSON.languages, settings=settings)
        await tts.close()
        print("voice:", choice.report.mix, choice.report.similarity, choice.report.ceiling)
        adopt(life, choice)
    return AliceAtHome(computer, clip, known)


def recording(name: str) -> Audio:
    """One of the recordings, at 16 kHz."""
    path = PROMPTS / f"{name}.g722"
    return decode(path.read_bytes(), name=path.name)


def test_what_the_caller_says_is_not_in_the_clip() -> None:
    reel = prompt_reel(PROMPTS, CLIP_SECONDS).samples
    for name in SAID:
        piece = recording(name).samples[8000:16000]
        size = 1 << (len(reel) + len(piece)).bit_length()
        match = np.fft.irfft(np.fft.rfft(reel, size) * np.conj(np.fft.rfft(piece, size)))
        # The same recording would reach its own energy.
        assert match[: len(reel)].max() < 0.5 * np.sum(np.square(piece)), name


async def test_a_person_who_speaks_is_understood_and_answered(alice: AliceAtHome) -> None:
    settings = real_settings(alice.computer)
    async with open_house(alice.computer, "alice") as house:
        async with calling(house.address, house.token) as caller, ears(settings) as stt:
            await caller.until_state("listening", within=SLOW)
            opened = time.monotonic()
            disclosure = caller.received.audio(until=opened)
            errors = 0
            own_words = 0
            declined = 0
            replies = []
            for name, text in SAID.items():
                turn = await _ask(caller, recording(name))
                errors += word_errors(words(text), words(turn.heard))
                spoken = await heard_in(stt, turn.sound)
                print(f"{name}: {turn.heard} | {turn.shown} | {spoken} | {turn.latency:.2f} s")
                assert energy(turn.sound) > 0.02
                if not turn.shown:  # said by the house: taken for what only she could say
                    declined += 1
                    continue
                assert share_of_words(turn.shown, spoken) >= 0.5
                own_words += "own_words" in turn.provenance
                replies.append(turn.sound)
            total = sum(len(words(text)) for text in SAID.values())
            print(f"word errors: {errors} of {total}; own words: {own_words} of {len(SAID)}")
            assert errors <= 0.25 * total
            assert own_words >= 2
            assert declined <= 1  # "say this message", heard for "save", is near to last words
            assert house.calls_sockets() != []
            await caller.hang_up()
            await eventually(lambda: house.calls_sockets() == [], within=SLOW)
        assert "ai" in words(" ".join(_texts(caller, "house", until=opened)))
        assert _nearness(alice.clip, replies) > _nearness(alice.clip, [disclosure])
        await house.close()
    said = [line.partition(": ")[2] for line in CHAT.splitlines()]
    assert in_clear(alice.computer, [*said, *SAID.values()], alice.known) == []


@dataclass(frozen=True)
class Turn:
    """What the house understood, what it showed as the answer, and the answer's sound; ``latency``
    from the caller's last sound to the first of the answer, in seconds."""

    heard: str
    shown: str
    provenance: set[str]
    sound: Audio
    latency: float


async def _ask(caller: Caller, question: Audio) -> Turn:
    """Say something, and listen to the answer to its end."""
    said = await caller.say(question)
    first = await caller.until_audible(said.ended, within=SLOW)
    await caller.until(lambda r: r.at_rest(1.0), within=SLOW)
    now = time.monotonic()
    captions = [
        message
        for at, message in caller.received.messages
        if at > said.began and message["type"] == "caption"
    ]
    answer = [one for one in captions if one["who"] == "person"]
    return Turn(
        " ".join(one["text"] for one in captions if one["who"] == "caller"),
        " ".join(one["text"] for one in answer),
        {one["provenance"] for one in answer},
        caller.received.audio(said.ended, now),
        first - said.ended,
    )


def _texts(caller: Caller, who: str, until: float) -> list[str]:
    return [m["text"] for at, m in caller.received.messages if m.get("who") == who and at <= until]


def _nearness(clip: Audio, pieces: list[Audio]) -> float:
    """How like the voice in ``clip`` the voice in ``pieces`` is: the cosine of what the encoder
    hears in both."""
    encoder = SpeakerEncoder()

    def embedded(audio: Audio) -> np.ndarray[Any, np.dtype[np.float32]]:
        loud = np.abs(audio.samples) > 0.002
        samples = audio.samples[np.flatnonzero(loud)[0] : np.flatnonzero(loud)[-1]]
        return encoder.embed(
            Audio(soxr.resample(samples, audio.sample_rate, HEARING_RATE), HEARING_RATE)
        )

    together = np.concatenate([piece.samples for piece in pieces])
    return float(embedded(clip) @ embedded(Audio(together, pieces[0].sample_rate)))
