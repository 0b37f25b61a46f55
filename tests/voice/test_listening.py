"""A blind listening test: what is laid out, what is asked, and what becomes of it."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import random
import wave
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from ofrenda.engines.scripted import ScriptedTextToSpeech
from ofrenda.engines.tts.stock import stock_profile
from ofrenda.errors import BadInput, ConsentMissing, EngineUnavailable, VoiceDestroyed
from ofrenda.types import Audio, Consent, Member, MemberId, Person, Role, VoiceProfile
from ofrenda.vault import KdfParameters, Life
from ofrenda.voice import adopt, kept, listening
from ofrenda.voice.listening import Line, Trial, keep_answer, left_for, next_trial
from ofrenda.voice.listening_sound import lay_out
from ofrenda.voice.loudness import measure_loudness
from ofrenda.voice.preference import PERSON
from ofrenda.voice.segment_sound import from_wav, to_wav
from ofrenda.voice.store import keep_voice, voice_in_use

NOW = datetime(2026, 5, 3, 9, 30, tzinfo=UTC)
INES, LUZ = MemberId("m1"), MemberId("m2")
LINES = [
    Line("own", "The kettle sings before it boils, listen.", "en"),
    Line("plain", "There used to be a shop on the corner.", "en"),
    Line("own", "Salt belongs in the water, never in the pan.", "en"),
]


@dataclasses.dataclass(frozen=True)
class Made:
    profile: VoiceProfile
    tier: str

    @property
    def report(self) -> Made:
        return self

    def to_json(self) -> dict[str, str]:
        return {"tier": self.tier, "reference": "r1"}


def made(tier: str) -> Made:
    return Made(dataclasses.replace(stock_profile("am_onyx"), id=f"fitted-{tier}"), tier)


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    opened, _ = Life.create(
        tmp_path / "lives", "aurelio", "copper lantern under seven pears",
        person=Person("Aurelio Quintanar", died=date(2024, 11, 2)),
        consent=Consent(NOW, "Ines", "wife", "relatives", ("text", "voice"), "We agree."),
        keeper=Member(INES, "Ines Quintanar", "wife", Role.KEEPER),
        kdf=KdfParameters(memory_kib=64, passes=1, lanes=1),
    )  # fmt: skip
    opened.add_member(Member(LUZ, "Luz", "daughter", Role.FAMILY))
    with opened:
        for tier in ("style", "full"):
            keep_voice(opened, made(tier))
        adopt(opened, made("bias"))
        yield opened


def profiles(life: Life) -> list[VoiceProfile]:
    return [made(one.tier).profile for one in kept.kept_voices(life)]


def a_recording(life: Life, role: str = "held_out") -> int:
    """A segment of the lab, as loud as it came."""
    tone = 0.02 * np.sin(2 * np.pi * 150 * np.arange(4 * 24_000) / 24_000)
    sound = life.voice_blobs.put(to_wav(Audio(tone.astype(np.float32), 24_000)))
    with life.db.write() as db:
        db.execute(
            "INSERT OR IGNORE INTO voice_clip (id, name, sha256, added_utc, blob, report)"
            " VALUES (1, 'note', 'aa', '2026', 'none', '{}')"
        )
        number = db.execute(
            "INSERT INTO voice_segment (clip, start_s, end_s, role, mood, scores, raw)"
            " VALUES (1, (SELECT count(*) FROM voice_segment), 4, ?, 'calm', '{}', ?)",
            (role, sound),
        ).lastrowid
        db.execute(
            "INSERT INTO voice_segment_text VALUES (?, 1, 'Mind the step.', 'en', 0.9, 0, '2026')",
            (number,),
        )
    return int(number)


def laid_out(life: Life, recordings: list[int] | None = None) -> None:
    asyncio.run(lay_out(life, profiles(life), LINES, recordings or [], ScriptedTextToSpeech()))


def left(life: Life, listener: MemberId) -> tuple[int, int]:
    return left_for(life, listener, may_hear=lambda _: True)


def all_of(life: Life, listener: MemberId, seed: int = 1) -> list[Trial]:
    """Every pair there is, answered one after the other for the full fit."""
    chance, heard = random.Random(seed), []
    while (trial := next_trial(life, listener, may_hear=lambda _: True, chance=chance)) is not None:
        heard.append(trial)
        side = next((s for s in ("left", "right") if getattr(trial, s) == "fitted-full"), None)
        keep_answer(life, listener, trial, side)
    return heard


def test_every_pair_of_voices_is_heard_once_with_each_line_in_chance_order(life: Life) -> None:
    laid_out(life)
    assert left(life, INES) == (0, 9)
    heard = all_of(life, INES)
    pairs = Counter(frozenset((one.left, one.right)) for one in heard)
    assert set(pairs.values()) == {3}
    assert len(pairs) == 3
    assert len({(one.line.id, frozenset((one.left, one.right))) for one in heard}) == 9
    # The first three are the three pairs, so that whoever stops early has compared them all.
    assert len({frozenset((one.left, one.right)) for one in heard[:3]}) == 3
    assert left(life, INES) == (9, 0)
    assert left(life, LUZ) == (0, 9)
    assert [one.line.id for one in heard] != [one.line.id for one in all_of(life, LUZ, seed=2)]


def test_sides_are_by_chance(life: Life) -> None:
    laid_out(life)
    lefts = Counter(
        trial.left < trial.right
        for seed in range(200)
        if (trial := next_trial(life, INES, may_hear=lambda _: True, chance=random.Random(seed)))
    )
    assert 60 < lefts[True] < 140  # of 200; a fair coin leaves this once in 10^8


def test_both_sides_are_alike_in_form_and_loudness(life: Life) -> None:
    laid_out(life, [a_recording(life)])
    for trial in all_of(life, INES):
        sides = [listening.sound(life, trial, side) for side in ("left", "right")]
        for data in sides:
            with wave.open(io.BytesIO(data)) as file:
                assert (file.getframerate(), file.getnchannels()) == (24_000, 1)
        levels = [measure_loudness(from_wav(data)) for data in sides]
        assert levels[0] is not None
        assert levels[1] is not None
        assert abs(levels[0][0] - levels[1][0]) < 0.5


def test_a_recording_is_among_them_only_where_it_was_kept_back_and_allowed(life: Life) -> None:
    with pytest.raises(BadInput):
        laid_out(life, [a_recording(life, "reference")])
    laid_out(life, [a_recording(life)])
    heard = all_of(life, INES)
    with_person = [PERSON in (one.left, one.right) for one in heard]
    assert sum(with_person) == 3
    assert not any(with_person[:3])
    assert with_person[3]
    assert {one.line.text for one in heard if PERSON in (one.left, one.right)} == {"Mind the step."}


def test_a_line_that_may_not_be_heard_now_is_not_played(life: Life) -> None:
    laid_out(life)
    chance = random.Random(3)
    for _ in range(30):
        trial = next_trial(
            life, LUZ, may_hear=lambda line: line.text != LINES[0].text, chance=chance
        )
        assert trial is not None
        assert trial.line.text != LINES[0].text
    assert left_for(life, LUZ, may_hear=lambda line: line.text != LINES[0].text) == (0, 6)
    assert next_trial(life, LUZ, may_hear=lambda _: False) is None


def test_it_goes_on_where_it_was_and_an_answer_counts_once(life: Life) -> None:
    laid_out(life)
    trial = next_trial(life, INES, may_hear=lambda _: True)
    assert trial is not None
    keep_answer(life, INES, trial, "left")
    keep_answer(life, INES, Trial(trial.line, trial.right, trial.left), "left")
    assert [one.nearer for one in listening.answers(life)] == [trial.left]
    assert left(life, INES) == (1, 8)
    laid_out(life)  # new lines; what was said of the voices stays
    assert [one.nearer for one in listening.answers(life)] == [trial.left]
    assert left(life, INES) == (1, 9)
    listening.forget_answers(life)
    assert left(life, INES) == (0, 9)


def test_a_voice_that_cannot_be_reached_is_left_out_and_told(life: Life) -> None:
    class Partly(ScriptedTextToSpeech):
        async def synthesize(self, text, *, voice, **more):  # type: ignore[no-untyped-def, override]
            if voice.id == "fitted-style":
                raise EngineUnavailable("The service is away.")
            async for audio in super().synthesize(text, voice=voice, **more):
                yield audio

    trouble = asyncio.run(lay_out(life, profiles(life), LINES, [], Partly()))
    assert trouble == ["The service is away."]
    assert set(listening.ready(life)) == {"fitted-bias", "fitted-full"}


def test_broken_off_nothing_is_left_of_it(life: Life) -> None:
    before = set(life.voice_blobs.ids())

    async def broken() -> None:
        async def give_way() -> None:
            if listening.ready(life):
                raise asyncio.CancelledError

        await lay_out(life, profiles(life), LINES, [], ScriptedTextToSpeech(), give_way=give_way)

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(broken())
    assert listening.ready(life) == {}
    assert set(life.voice_blobs.ids()) == before


def test_a_voice_is_taken_into_use_and_back_and_thrown_away(life: Life) -> None:
    laid_out(life)
    all_of(life, INES)
    with pytest.raises(BadInput):
        kept.throw_away(life, "fitted-bias")  # it is in use
    kept.use_voice(life, "fitted-full")
    assert voice_in_use(life).id == "fitted-full"  # type: ignore[union-attr]
    assert next(iter(kept.kept_voices(life))).id == "fitted-full"
    assert len(kept.kept_voices(life)) == 3
    kept.use_voice(life, "fitted-bias")
    assert voice_in_use(life).id == "fitted-bias"  # type: ignore[union-attr]
    blobs = len(life.voice_blobs.ids())
    kept.throw_away(life, "fitted-full")
    assert len(life.voice_blobs.ids()) == blobs - 1 - len(LINES)
    assert not any("fitted-full" in (one.one, one.other) for one in listening.answers(life))
    assert life.collect_orphans() == 0
    with pytest.raises(BadInput):
        kept.use_voice(life, "fitted-full")


def test_with_the_voice_all_of_it_is_destroyed(life: Life) -> None:
    laid_out(life, [a_recording(life)])
    all_of(life, INES)
    kept.keep_measurement(life, {"rows": []})
    trial = Trial(dataclasses.replace(LINES[0], id=1), "fitted-full", "fitted-bias")
    life.destroy_voice()
    assert list((life.folder / "voice").iterdir()) == []
    assert kept.kept_voices(life) == []
    assert kept.last_measurement(life) is None
    assert listening.answers(life) == []
    assert listening.ready(life) == {}
    with pytest.raises((BadInput, VoiceDestroyed)):
        listening.sound(life, trial, "left")


def test_without_consent_nothing_is_made(tmp_path: Path) -> None:
    opened, _ = Life.create(
        tmp_path / "lives", "aurelio", "copper lantern under seven pears",
        person=Person("Aurelio Quintanar"),
        consent=Consent(NOW, "Ines", "wife", "relatives", ("text",), "We agree."),
        keeper=Member(INES, "Ines Quintanar", "wife", Role.KEEPER),
        kdf=KdfParameters(memory_kib=64, passes=1, lanes=1),
    )  # fmt: skip
    voices = [made("style").profile, made("full").profile]
    with opened, pytest.raises(ConsentMissing):
        asyncio.run(lay_out(opened, voices, LINES, [], ScriptedTextToSpeech()))
