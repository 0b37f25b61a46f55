"""From a conversation of two people to a reference of one, kept in a life."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from ofrenda.engines.tts.kokoro import create
from ofrenda.engines.tts.stock import stock_profile
from ofrenda.errors import BadInput, ClipRejected, ConsentMissing, EngineUnavailable, VoiceDestroyed
from ofrenda.measure.mixtures import Mixture, mix
from ofrenda.measure.mixtures import prompts as half_of
from ofrenda.settings import Settings
from ofrenda.types import Audio, Consent, Member, MemberId, Person, Role, Samples, Transcript
from ofrenda.vault import KdfParameters, Life
from ofrenda.voice import build_reference, clips
from ofrenda.voice import lab_store as store
from ofrenda.voice.lab_report import lab_report
from ofrenda.voice.loudness import measure_loudness
from ofrenda.voice.reference import LOUDNESS, RATE, listen
from ofrenda.voice.sample import SENTENCES, speak
from ofrenda.voice.segment_sound import from_wav
from ofrenda.voice.speech import Span
from ofrenda.voice.store import keep_recording

from .recordings import encode, louder, music

pytestmark = [pytest.mark.models, pytest.mark.speech, pytest.mark.timeout(600)]
NOW = datetime(2026, 5, 3, 9, 30, tzinfo=UTC)
VOWELS = ["ba", "de", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu"]


def new_life(folder: Path, *scope: str) -> Life:
    life, _code = Life.create(
        folder,
        "aurelio",
        "copper lantern under seven pears",
        person=Person("Aurelio Quintanar"),
        consent=Consent(NOW, "Ines Quintanar", "wife", "relatives", scope, "We agree."),
        keeper=Member(MemberId("m1"), "Ines Quintanar", "wife", Role.KEEPER),
        kdf=KdfParameters(memory_kib=64, passes=1, lanes=1),
    )
    return life


@dataclass
class Scribe:
    """Writes words of the right number for what it hears, no two alike; counts how often."""

    heard: int = 0
    fails_at: int | None = None
    languages: list[Sequence[str]] = field(default_factory=list)

    def __call__(self, audio: Audio, languages: Sequence[str]) -> Transcript:
        self.heard += 1
        if self.heard == self.fails_at:
            raise EngineUnavailable("The hearing is away for a moment.")
        self.languages.append(languages)
        dice = np.random.default_rng(round(1e6 * float(np.abs(audio.samples).sum())) % 2**32)
        words = ["".join(dice.choice(VOWELS, 2)) for _ in range(max(3, round(1.6 * audio.seconds)))]
        return Transcript(" ".join(words), "en", 0.9)


@pytest.fixture(scope="module")
def man(settings: Settings) -> list[Samples]:
    async def said() -> list[Samples]:
        engine = create(settings)
        try:
            voice = stock_profile("am_michael")
            return [
                louder((await speak(engine, t, voice, "en")).samples, 0.06) for t in SENTENCES["en"]
            ]
        finally:
            await engine.close()

    return asyncio.run(said())


@pytest.fixture(scope="module")
def conversation(allison_folder: Path, man: list[Samples]) -> Mixture:
    return mix(half_of(allison_folder, 1), man, "opus16", 4, seconds=40.0, overlapping=True)


@pytest.fixture(scope="module")
def alone(allison_folder: Path) -> bytes:
    made = mix(half_of(allison_folder, 0), (), "clean", 2, seconds=24.0)
    return encode(made.audio, "libopus", "ogg", bit_rate=24_000)


@dataclass
class Worked:
    life: Life
    conversation: Mixture
    asked: ClipRejected
    scribe: Scribe
    mark: Span


@pytest.fixture(scope="module")
def worked(
    tmp_path_factory: pytest.TempPathFactory,
    conversation: Mixture,
    alone: bytes,
    settings: Settings,
) -> Iterator[Worked]:
    """A life with a conversation and a voice note, first without a mark and then with one."""
    scribe = Scribe()
    with new_life(tmp_path_factory.mktemp("lives"), "text", "voice") as life:
        talk = encode(conversation.audio, "aac", "mp4", bit_rate=96_000)
        for name, data in (("dinner.m4a", talk), ("note.ogg", alone)):
            keep_recording(life, io.BytesIO(data), name, alone=False, settings=settings)
        with pytest.raises(ClipRejected) as asked:
            build_reference(life, settings=settings, hearing=scribe)
        mark = sentence_of_hers(conversation)
        store.add_mark(life, 1, mark)
        build_reference(life, settings=settings, hearing=scribe)
        yield Worked(life, conversation, asked.value, scribe, mark)


def sentence_of_hers(talk: Mixture) -> Span:
    """The first two seconds in which only she speaks."""
    only = talk.theirs & ~talk.others
    for at in range(0, len(only) - 200, 10):
        if only[at : at + 200].mean() > 0.95 and not talk.others[at : at + 200].any():
            return Span(at / 100, at / 100 + 2.0)
    raise AssertionError("she never speaks alone")


def test_two_people_and_no_mark_is_a_question_and_never_a_blend(worked: Worked) -> None:
    assert worked.asked.reason == "two_voices"
    assert "Mark one sentence" in worked.asked.message


def test_of_the_other_person_nothing_gets_into_any_segment(worked: Worked) -> None:
    inside = np.zeros(len(worked.conversation.others), bool)
    kept = [one for one in store.segments(worked.life) if one.clip == 1]
    for one in kept:
        inside[round(one.span.start * 100) : round(one.span.end * 100)] = True
    assert (inside & worked.conversation.others).sum() < 50, "hundredths of a second, in all"
    hers = worked.conversation.theirs & ~worked.conversation.others
    assert (inside & hers).sum() >= 0.4 * hers.sum()


def test_reference_and_held_out_share_no_sound_and_are_equally_loud(worked: Worked) -> None:
    reference = build_reference(worked.life)
    assert reference.clips
    assert reference.held_out
    assert {clip.text for clip in reference.clips}.isdisjoint(c.text for c in reference.held_out)
    spans = [(one.clip, one.span) for one in store.segments(worked.life) if one.role != "rejected"]
    for i, (clip, span) in enumerate(spans):
        for other, following in spans[i + 1 :]:
            assert clip != other or span.end <= following.start + 0.011
    for clip in (*reference.clips, *reference.held_out):
        assert clip.audio.sample_rate == RATE
        assert 3.0 <= clip.audio.seconds <= 12.5
        measured = measure_loudness(clip.audio)
        assert measured is not None
        assert measured[1] <= -0.9
        assert measured[0] == pytest.approx(LOUDNESS, abs=0.3) or measured[1] > -1.3
    report = reference.report
    assert report.seconds >= report.speech >= report.theirs
    assert report.usable == pytest.approx(sum(span.seconds for _, span in spans), abs=0.5)


def test_nothing_is_heard_twice_and_the_same_recordings_give_the_same_reference(
    worked: Worked, settings: Settings
) -> None:
    before = worked.scribe.heard
    first = build_reference(worked.life, settings=settings, hearing=worked.scribe)
    second = build_reference(worked.life, settings=settings, hearing=worked.scribe)
    assert worked.scribe.heard == before
    assert first.id == second.id


def test_each_step_can_be_listened_to(worked: Worked) -> None:
    one = next(s for s in store.segments(worked.life) if s.role == "reference")
    for stage in ("raw", "clean", "final"):
        sound = from_wav(listen(worked.life, one.id, stage))
        assert sound.seconds == pytest.approx(one.span.seconds, abs=0.05)
        assert np.std(sound.samples) > 0.001
    with pytest.raises(BadInput):
        listen(worked.life, one.id, "louder")
    with pytest.raises(BadInput):
        listen(worked.life, 10_000)


def test_the_keepers_words_are_kept_as_a_new_version_and_hold(worked: Worked) -> None:
    before = build_reference(worked.life)
    one = next(s for s in store.segments(worked.life) if s.role == "reference")
    heard = one.text.split()
    with pytest.raises(BadInput, match="does not match"):
        store.correct_text(worked.life, one.id, "No. " * 60)
    with pytest.raises(BadInput, match="does not match"):
        store.correct_text(worked.life, one.id, "I wrote this long text for another segment, sir.")
    store.correct_text(worked.life, one.id, "  Really\n " + " ".join(heard[1:]))
    after = build_reference(worked.life)
    assert "Really " + " ".join(heard[1:]) in {clip.text for clip in after.clips}
    assert after.id != before.id
    assert [by_keeper for _, _, by_keeper in store.versions(worked.life, one.id)] == [False, True]
    with pytest.raises(BadInput):
        store.correct_text(worked.life, one.id, "   ")


def test_interrupted_it_goes_on_nothing_lies_in_clear_and_all_goes_with_the_voice(
    tmp_path: Path, alone: bytes, settings: Settings
) -> None:
    with new_life(tmp_path, "voice") as life:
        keep_recording(life, io.BytesIO(alone), "note.ogg", alone=False, settings=settings)
        with pytest.raises(EngineUnavailable):
            build_reference(life, settings=settings, hearing=Scribe(fails_at=2))
        assert store.segments(life) == []
        assert len(life.voice_blobs.ids()) == 1, "the recording, and no half-made segment"
        reference = build_reference(life, settings=settings, hearing=Scribe())
        words = [clip.text.split()[0].encode() for clip in reference.clips]
        for file in life.folder.rglob("*"):
            data = file.read_bytes() if file.is_file() else b""
            assert b"RIFF" not in data
            assert not any(b"\x00" + word + b" " in data for word in words)
        assert life.collect_orphans() == 0
        life.destroy_voice()
        assert store.segments(life) == []
        assert store.marks(life) == []
        assert life.voice_blobs.ids() == []
        with pytest.raises(VoiceDestroyed):
            life.voice_blobs.put(b"more")


def test_nothing_is_taken_in_without_consent(tmp_path: Path, alone: bytes) -> None:
    with new_life(tmp_path, "text") as life:
        with pytest.raises(ConsentMissing):
            keep_recording(life, io.BytesIO(alone), "note.ogg", alone=False)
        with pytest.raises(ConsentMissing):
            build_reference(life)
        assert clips(life) == []


def test_bad_recordings_are_refused_in_a_line_and_leave_nothing(
    tmp_path: Path, allison: Audio, settings: Settings
) -> None:
    short = Audio(allison.samples[: 2 * 16_000], 16_000)
    clipped = Audio(np.clip(30 * allison.samples[: 20 * 16_000], -0.9, 0.9), 16_000)
    wav = {"codec": "pcm_s16le", "container": "wav"}
    bad = {
        "silent": encode(Audio(np.zeros(16_000 * 5, np.float32), 16_000), **wav),
        "no_speech": encode(music(15.0, 11), **wav),
        "too_short": encode(short, **wav),
        "clipped": encode(clipped, **wav),
        "corrupt": b"this is no recording",
    }
    with new_life(tmp_path, "voice") as life:
        for reason, data in bad.items():
            with pytest.raises(ClipRejected) as caught:
                keep_recording(life, io.BytesIO(data), "x.wav", alone=False, settings=settings)
            assert caught.value.reason == reason
            assert "\n" not in caught.value.message
        assert clips(life) == []
        assert life.voice_blobs.ids() == []
        with pytest.raises(ClipRejected) as none:
            build_reference(life, settings=settings)
        assert none.value.reason == "no_clips"


def test_a_telephone_call_of_a_few_sentences_says_what_to_expect_and_what_would_help(
    tmp_path: Path, allison_folder: Path, settings: Settings
) -> None:
    call = mix(half_of(allison_folder, 0), (), "telephone", 8, seconds=14.0)
    with new_life(tmp_path, "voice") as life:
        data = encode(call.audio, "pcm_alaw", "wav", rate=8000)
        keep_recording(life, io.BytesIO(data), "call.wav", alone=False, settings=settings)
        # so little of so dull a sound may be taken for two people: the keeper's word decides
        store.add_mark(life, 1, sentence_of_hers(call))
        with pytest.raises(ClipRejected) as caught:
            build_reference(life, settings=settings, hearing=Scribe())
        assert caught.value.reason == "too_short"
        assert "at least 20 s" in caught.value.message
        report = lab_report(life)
        assert {"too_short", "telephone"} <= {one.key for one in report.advice}
        assert report.reference + report.held_out <= report.usable + 0.1
