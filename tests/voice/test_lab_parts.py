"""The steps of the lab, each on its own."""

from __future__ import annotations

import dataclasses
import itertools
import random

import numpy as np
import pytest

from ofrenda.errors import ClipRejected
from ofrenda.settings import Settings
from ofrenda.types import Audio, MoodName
from ofrenda.voice.choosing import MOST, choose, held_out_seconds
from ofrenda.voice.cleaning import RATE as CLEAN_RATE
from ofrenda.voice.cleaning import clean
from ofrenda.voice.feeling import Manner, moods
from ofrenda.voice.identity import Verdict
from ofrenda.voice.lab_report import Advice, LabReport, refuse_unfit
from ofrenda.voice.lab_store import CANDIDATE, HELD_OUT, REFERENCE, REJECTED, Segment
from ofrenda.voice.loudness import level_to, measure_loudness
from ofrenda.voice.naturalness import naturalness
from ofrenda.voice.segment_sound import at_rate, from_wav, to_wav
from ofrenda.voice.segments import LONGEST, SHORTEST, cut_segments
from ofrenda.voice.speech import Span
from ofrenda.voice.telling import report_lines, words

from .recordings import RATE, vowels


def quiet(seconds: float) -> Audio:
    return Audio(np.zeros(round(seconds * RATE), np.float32), RATE)


def talk(seed: int) -> list[tuple[Span, bool]]:
    """Phrases of a conversation, each with whether it is the person's."""
    dice = random.Random(seed)
    at, found = 0.3, []
    for _ in range(40):
        length = dice.choice([0.6, 1.2, 2.5, 4.0, 9.0, 20.0])
        found.append((Span(at, at + length), dice.random() < 0.7))
        at += length + dice.choice([0.06, 0.2, 0.4, 0.7, 1.5])
    return found


@pytest.mark.parametrize("seed", range(8))
def test_segments_are_3_to_12_seconds_of_the_person_alone_and_never_overlap(seed: int) -> None:
    phrases = talk(seed)
    speech = [span for span, _ in phrases]
    theirs = [span for span, own in phrases if own]
    strangers = [span for span, own in phrases if not own]
    segments = cut_segments(quiet(speech[-1].end + 1), theirs, speech)
    assert segments
    for one in segments:
        assert SHORTEST - 0.02 <= one.seconds <= LONGEST + 0.4
        for span in strangers:
            assert min(one.end, span.end) - max(one.start, span.start) <= 0.011
    for one, following in itertools.pairwise(segments):
        assert one.end <= following.start + 0.011
    kept = sum(one.seconds for one in segments)
    assert kept >= 0.5 * sum(span.seconds for span in theirs if span.seconds >= SHORTEST)


def test_a_sentence_without_a_pause_is_cut_where_it_is_softest() -> None:
    hum = vowels(20.0, 140.0)
    hum.samples[round(8.0 * RATE) : round(8.1 * RATE)] *= 0.01
    segments = cut_segments(hum, [Span(0.0, 20.0)], [Span(0.0, 20.0)])
    assert round(segments[0].end, 1) in (8.0, 8.1)


def test_loudness_is_that_of_the_standard_and_peaks_stay_below_full_scale() -> None:
    """BS.1770-4: a sine of 997 Hz at -20 dBFS reads -23.0 LUFS (mono, one channel)."""
    time = np.arange(RATE * 4) / RATE
    tone = Audio((0.1 * np.sin(2 * np.pi * 997 * time)).astype(np.float32), RATE)
    measured = measure_loudness(tone)
    assert measured is not None
    assert measured[0] == pytest.approx(-23.0, abs=0.1)
    again = measure_loudness(level_to(tone, -30.0))
    assert again is not None
    assert again[0] == pytest.approx(-30.0, abs=0.1)
    spiky = Audio(np.array(tone.samples) * 0.1, RATE)
    spiky.samples[1000] = 0.9
    assert np.abs(level_to(spiky, -10.0).samples).max() <= 10 ** (-1 / 20) * 1.02
    assert measure_loudness(quiet(3.0)) is None
    assert not level_to(quiet(3.0), -24.0).samples.any()


@pytest.mark.models
@pytest.mark.speech
def test_cleaning_takes_noise_away_leaves_the_voice_in_place_and_marks_rise(
    allison: Audio, settings: Settings
) -> None:
    voice = at_rate(Audio(allison.samples[: 6 * RATE], RATE), CLEAN_RATE)
    voice.samples[: CLEAN_RATE // 2] = 0.0
    noise = 0.01 * np.random.default_rng(1).standard_normal(len(voice.samples)).astype(np.float32)
    noisy = Audio(voice.samples + noise, CLEAN_RATE)
    cleaned = clean(noisy, settings=settings)
    assert len(cleaned.samples) == len(noisy.samples)
    assert np.corrcoef(cleaned.samples, voice.samples)[0, 1] > 0.98
    part = slice(CLEAN_RATE // 4, CLEAN_RATE // 2 - 2000)
    assert np.std(cleaned.samples[part]) < 0.4 * np.std(noisy.samples[part])
    before = naturalness(at_rate(noisy, RATE), settings=settings)
    after = naturalness(at_rate(cleaned, RATE), settings=settings)
    assert after.overall > before.overall + 0.2
    assert after.background > before.background + 0.5
    untouched = clean(voice, settings=settings)
    assert np.corrcoef(untouched.samples, voice.samples)[0, 1] > 0.995


def test_sound_survives_being_kept() -> None:
    tone = vowels(1.0, 200.0)
    back = from_wav(to_wav(tone))
    assert back.sample_rate == tone.sample_rate
    assert np.abs(back.samples - tone.samples).max() < 1e-4


SENTENCES = ("river boat morning", "cold bread and soup", "a long way to the north", "who is it")


def segment(
    number: int, *, role: str = CANDIDATE, seconds: float = 6.0, text: str | None = None
) -> Segment:
    words_of_it = f"sentence {number} about {SENTENCES[number % 4]} and {number * 7919}"
    return Segment(
        id=number,
        clip=number % 3,
        span=Span(10.0 * number, 10.0 * number + seconds),
        role=role,
        reason=None,
        mood=MoodName.CALM,
        scores={"overall": 3 + number % 5 / 10, "similarity": 0.9, "confidence": 0.9},
        raw=None,
        clean=None,
        cleaned=False,
        text=words_of_it if text is None else text,
        language="en",
        confidence=0.9,
        by_keeper=False,
        version=1,
    )


def seconds_of(
    segments: list[Segment], roles: dict[int, tuple[str, str | None]], role: str
) -> float:
    return sum(one.span.seconds for one in segments if roles[one.id][0] == role)


def settled(segments: list[Segment]) -> list[Segment]:
    roles = choose(segments)
    return [
        dataclasses.replace(one, role=roles[one.id][0], reason=roles[one.id][1]) for one in segments
    ]


@pytest.mark.parametrize("count", [4, 8, 10, 16, 40])
def test_a_tenth_to_a_fifth_is_set_aside_and_at_least_15_seconds_of_a_minute(count: int) -> None:
    segments = [segment(i) for i in range(count)]
    roles = choose(segments)
    usable = 6.0 * count
    aside = seconds_of(segments, roles, HELD_OUT)
    assert aside >= held_out_seconds(usable)
    assert aside <= max(0.34 * usable, 36)
    if usable >= 60:
        assert aside >= 15
    assert seconds_of(segments, roles, REFERENCE) <= MOST + 12
    assert roles == choose(segments)


def test_what_is_set_aside_stays_so_and_nothing_that_made_a_voice_is_set_aside_later() -> None:
    first = settled([segment(i) for i in range(10)])
    aside = {one.id for one in first if one.role == HELD_OUT}
    made = {one.id for one in first if one.role == REFERENCE}
    later = settled(first + [segment(i) for i in range(10, 30)])
    assert aside <= {one.id for one in later if one.role == HELD_OUT}
    assert not made & {one.id for one in later if one.role == HELD_OUT}
    assert settled(later) == later


def test_a_moment_that_was_sent_twice_is_not_on_both_sides() -> None:
    segments = [segment(i) for i in range(12)]
    roles = choose(segments)
    twin = next(one for one in segments if roles[one.id][0] == HELD_OUT)
    double = segment(99, text=twin.text.upper() + "!")
    assert choose([*segments, double])[99] == (REJECTED, "twice")


def test_words_that_could_not_be_made_out_are_used_once_the_keeper_wrote_them() -> None:
    unclear = dataclasses.replace(segment(50, role=REJECTED), reason="unclear")
    others = [segment(i) for i in range(8)]
    assert 50 not in choose([*others, unclear])
    put_right = dataclasses.replace(unclear, by_keeper=True)
    assert choose([*others, put_right])[50][0] in {REFERENCE, CANDIDATE, HELD_OUT}
    noisy = dataclasses.replace(put_right, reason="noisy")
    assert 50 not in choose([*others, noisy])


def test_the_same_evenness_is_calm_and_a_livelier_sentence_is_heard_as_one() -> None:
    dice = np.random.default_rng(0)
    usual = [
        Manner(*(base + spread * dice.standard_normal() for base, spread in PLAIN))
        for _ in range(20)
    ]
    labels = moods([*usual, Manner(27, 12, -16, 6.2), Manner(21, 3, -25, 3.2), None], [1] * 23)
    assert labels[20:] == [MoodName.GLAD, MoodName.SAD, MoodName.CALM]
    assert labels[:20].count(MoodName.CALM) >= 12
    assert moods(usual[:3], [1] * 3) == [MoodName.CALM] * 3


PLAIN = ((24.0, 0.8), (7.0, 1.0), (-20.0, 1.5), (4.6, 0.4))


def test_both_languages_say_the_same_things_in_one_line_each() -> None:
    english, chinese = words("en"), words("zh")
    assert {key: set(part) for key, part in english.items()} == {
        key: set(part) for key, part in chinese.items()
    }
    for language in ("en", "zh"):
        for key, text in words(language)["advice"].items():
            assert "\n" not in text, key
    for verdict in (
        Verdict.TWO_VOICES,
        Verdict.UNSURE,
        Verdict.SOMEBODY_ELSE,
        Verdict.MARK_UNHEARD,
    ):
        assert verdict.value in english["advice"]
    assert set(words("en")["mood"]) == {mood.value for mood in MoodName}


def test_a_report_names_seconds_and_recordings_and_leaves_nothing_unfilled() -> None:
    report = LabReport(
        sources=3,
        seconds=200.4,
        speech=150.0,
        theirs=80.0,
        usable=60.0,
        reference=45.0,
        held_out=15.0,
        moods={MoodName.CALM: 30.0, MoodName.GLAD: 15.0},
        left_out={"noisy": 12.0},
        advice=(Advice("telephone", (2, 3), 40.0), Advice("more", seconds=60.0)),
    )
    for language in ("en", "zh"):
        text = "\n".join(report_lines(report, language))
        assert "{" not in text
        for figure in ("200", "45", "12"):
            assert figure in text
        assert ("2, 3" if language == "en" else "2、3") in text


@pytest.mark.parametrize("key", ["no_clips", "two_voices", "too_short"])
def test_no_reference_is_made_of_too_little_or_of_two_people(key: str) -> None:
    with pytest.raises(ClipRejected) as caught:
        refuse_unfit(LabReport(advice=(Advice(key, (2,), 11.0),)))
    assert caught.value.reason == key
    assert "{" not in caught.value.message
