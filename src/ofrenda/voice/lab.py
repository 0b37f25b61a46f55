"""The voice lab: from messy recordings to segments, cleaned, judged and written down.

Recording by recording: decode, find speech, tell the voices apart, keep what is the person alone,
cut on pauses, take noise away, judge, write down what is said. Each recording is kept as one step:
after a crash the lab goes on with the next. Everything stays in memory or under the voice key.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO, Final, cast

import numpy as np

from ofrenda.clock import Clock
from ofrenda.engines.protocols import EngineKind, SpeechToText
from ofrenda.engines.registry import create
from ofrenda.settings import Settings
from ofrenda.sound import read_recording, read_stretches
from ofrenda.types import Audio, Transcript
from ofrenda.vault import Life
from ofrenda.voice import cleaning, lab_store, segment_sound
from ofrenda.voice.checks import Progress
from ofrenda.voice.identity import Found, Verdict, find_person
from ofrenda.voice.lab_store import Draft, Mark
from ofrenda.voice.quality import NOISY_SNR_DB
from ofrenda.voice.segments import cut_segments
from ofrenda.voice.speaker import Embedding
from ofrenda.voice.speech import RATE, Span, find_speech
from ofrenda.voice.store import StoredClip, clips
from ofrenda.voice.whose import stretches_of, voices

VERSION: Final = 1
"""Goes up when the lab hears differently, so that recordings are heard anew."""
_PIECE: Final = 60.0
"""Seconds cleaned at a time: a long recording at 48 kHz would fill the memory."""
_MOST_SECONDS: Final = 900.0
"""Seconds of segments kept from one recording: ten times what a voice is made from."""

Hearing = Callable[[Audio, Sequence[str]], Transcript]
"""Writes down a segment (16 kHz), in one of the languages given; none given means any."""


@contextmanager
def hearing_of(settings: Settings) -> Iterator[Hearing]:
    """The speech-to-text engine of the house, to be called from one thread without a loop."""
    engine = cast(SpeechToText, create(EngineKind.STT, settings))
    with asyncio.Runner() as runner:
        try:
            yield lambda audio, languages: runner.run(
                engine.transcribe(audio, languages=tuple(languages))
            )
        finally:
            runner.run(engine.close())


def run_lab(
    life: Life,
    *,
    settings: Settings | None = None,
    hearing: Hearing | None = None,
    progress: Progress | None = None,
    clock: Clock | None = None,
) -> None:
    """Hear every recording that was not heard yet, or not with the marks there are now.

    ``hearing`` writes down what is said; the house's engine when not given, started only if there
    is anything to do. Runs in the calling thread, which must not run an event loop: about half a
    minute of work for a minute of speech. Raises ``ConsentMissing``, the engine's errors and the
    vault's.
    """
    life.require_consent("voice")
    settings = settings or Settings()
    todo = _todo(life)
    if not todo:
        return
    if hearing is None:
        with hearing_of(settings) as engine:
            run_lab(life, settings=settings, hearing=engine, progress=progress, clock=clock)
        return
    tell = progress or (lambda _step, _share: None)
    for i, clip in enumerate(todo):

        def step(name: str, share: float, at: int = i) -> None:
            tell(name, (at + share) / len(todo))

        _hear(life, clip, settings, hearing, step, clock)
        if _asks(life):  # whatever the answer is, the rest is heard with it
            break
    tell("finished", 1.0)


def _key(life: Life, marks: Sequence[Mark]) -> str:
    """What the result for a recording depends on, besides the recording."""
    basis = [[mark.clip, mark.span.start, mark.span.end] for mark in marks]
    digest = hashlib.sha256(json.dumps([basis, life.person().languages]).encode()).hexdigest()
    return f"{VERSION}:{digest[:16]}"


def _asks(life: Life) -> bool:
    """Whether the keeper has to mark a sentence before anything goes on."""
    marks = lab_store.marks(life)
    key = _key(life, marks)
    return not marks and any(
        found == key and report.get("verdict") == Verdict.TWO_VOICES
        for found, report in lab_store.heard(life).values()
    )


def _todo(life: Life) -> list[StoredClip]:
    """Recordings to hear: those with marks first, then those with most speech; none while a
    question is open."""
    marks = lab_store.marks(life)
    key = _key(life, marks)
    if _asks(life):
        return []
    done = lab_store.heard(life)
    marked = {mark.clip for mark in marks}
    waiting = [clip for clip in clips(life) if done.get(clip.id, ("",))[0] != key]
    return sorted(
        waiting, key=lambda clip: (clip.id not in marked, -clip.report.speech_seconds, clip.id)
    )


def _known(life: Life, key: str) -> list[Embedding]:
    """The person's voice in the recordings heard so far."""
    return [
        np.array(report["voice"], np.float32)
        for found, report in lab_store.heard(life).values()
        if found == key and report.get("voice")
    ]


def _hear(
    life: Life,
    clip: StoredClip,
    settings: Settings,
    hearing: Hearing,
    tell: Progress,
    clock: Clock | None,
) -> None:
    marks = lab_store.marks(life)
    key = _key(life, marks)
    file = life.voice_blobs.open(clip.blob)
    audio = read_recording(file, name=clip.name).audio
    speech = find_speech(
        audio, settings=settings, progress=lambda share: tell("listening", 0.2 * share)
    )
    report: dict[str, Any] = {
        "seconds": round(audio.seconds, 1),
        "speech": round(sum(span.seconds for span in speech), 1),
        "theirs": 0.0,
    }
    if not speech:
        lab_store.keep_heard(life, clip.id, key, {**report, "verdict": "no_speech"}, [])
        return
    tell("telling voices apart", 0.2)
    audio = quieter(audio, clip.report.quality.snr, settings)
    heard = voices(audio, speech, telephone=clip.report.quality.telephone)
    found = find_person(
        audio,
        speech,
        heard,
        marks=[mark.span for mark in marks if mark.clip == clip.id],
        known=_known(life, key),
        marked=bool(marks),
    )
    report |= {"verdict": found.verdict.value, "voices": len(heard)}
    drafts: list[Draft] = []
    if found.verdict is Verdict.THEIRS and found.person is not None:
        theirs = stretches_of(
            audio, speech, found.person.centre, [voice.centre for voice in found.others]
        )
        report["theirs"] = round(sum(span.seconds for span in theirs.spans), 1)
        report["voice"] = [round(float(x), 4) for x in found.person.centre]
        spans = _within(cut_segments(audio, theirs.spans, speech), _MOST_SECONDS)
        file.seek(0)
        drafts = _drafts(life, clip, file, spans, found, settings, hearing, tell)
        report["language"] = _main_language(drafts)
    lab_store.keep_heard(life, clip.id, key, report, drafts, clock=clock)


def quieter(audio: Audio, snr: float, settings: Settings) -> Audio:
    """Sound whose voice is only ``snr`` dB above its noise, with the noise taken away, for telling
    voices apart: noise is heard as part of a voice.

    The middle of a woman's and a man's voice under noise at 15 dB is 0.72 and 0.83 like that
    of their clean recordings, and 0.95 and 0.94 once it is cleaned."""
    if snr >= NOISY_SNR_DB:
        return audio
    pieces = []
    size = round(_PIECE * audio.sample_rate)
    lead = round(cleaning.LEAD * audio.sample_rate)
    for at in range(0, len(audio.samples), size):
        first = max(0, at - lead)
        piece = Audio(audio.samples[first : at + size], audio.sample_rate)
        cleaned = segment_sound.cleaned_at(piece, settings)
        pieces.append(cleaned.samples[at - first : at - first + size])
    return Audio(np.concatenate(pieces)[: len(audio.samples)], audio.sample_rate)


def _within(spans: Sequence[Span], seconds: float) -> list[Span]:
    """All of them, or as many as make up ``seconds``, spread over the recording."""
    total = sum(span.seconds for span in spans)
    if total <= seconds:
        return list(spans)
    every = total / seconds
    return [spans[int(i * every)] for i in range(int(len(spans) / every))]


def _drafts(
    life: Life,
    clip: StoredClip,
    file: BinaryIO,
    spans: Sequence[Span],
    found: Found,
    settings: Settings,
    hearing: Hearing,
    tell: Progress,
) -> list[Draft]:
    lead = segment_sound.LEAD
    sounds = read_stretches(
        file,
        [(max(0.0, span.start - lead), span.end) for span in spans],
        sample_rate=segment_sound.SOURCE_RATE,
        name=clip.name,
    )
    written = {one.span: one for one in lab_store.segments(life) if one.clip == clip.id}
    languages: list[str] = list(life.person().languages)
    guesses: Counter[str] = Counter()
    drafts = []
    for i, (span, sound) in enumerate(zip(spans, sounds, strict=True)):
        tell("cleaning and writing down", 0.3 + 0.7 * i / len(spans))
        heard = segment_sound.prepare(sound, min(lead, span.start), found, settings)
        at_rate = segment_sound.at_rate(heard.used, RATE)
        before = written.get(span)
        if before is not None and before.text and before.confidence is not None:
            said = Transcript(before.text, before.language, before.confidence)
        elif sum(guesses.values()) < 3:  # in any language first: it may be none of the person's
            said = hearing(at_rate, ())
            guesses[said.language] += bool(said.text)
            likely = guesses.most_common(1)[0][0]
            if said.language != likely and said.language not in languages:
                said = hearing(at_rate, (*languages, likely))
        else:
            likely = guesses.most_common(1)[0][0]
            said = hearing(at_rate, tuple(dict.fromkeys((*languages, likely))))
        drafts.append(segment_sound.judged(span, heard, said))
    return drafts


def _main_language(drafts: Sequence[Draft]) -> str | None:
    counted: Counter[str] = Counter()
    for draft in drafts:
        if draft.text:
            counted[draft.language] += round(10 * draft.span.seconds)
    return counted.most_common(1)[0][0] if counted else None
