"""``ofrenda measure``: how near the life comes to the person, on words it was not built from."""

from __future__ import annotations

import asyncio
import functools
from typing import cast

import typer
from rich.table import Table

from ofrenda.cli.screen import AsJson, LifeName, awake, out, print_json, progress
from ofrenda.engines.protocols import EngineKind, SpeechToText, TextToSpeech
from ofrenda.errors import BadInput
from ofrenda.measure.voice_judge import NAME
from ofrenda.settings import Settings

app = typer.Typer(help="Measure a life against what was kept back.")


@app.callback()
def about() -> None:
    """Measure a life against what was kept back."""


@app.command("words")
def words(life: LifeName, as_json: AsJson = False) -> None:
    """Does the last tenth of their messages read like the rest, and like nobody else's?

    And how often is the reply they really gave found first among a hundred of theirs? About a
    minute for each relation with a thousand replies."""
    from ofrenda.measure.archives import create_embedder
    from ofrenda.measure.likeness_of_words import measure_life, measure_replies

    settings = Settings()
    with awake(life, settings) as opened, progress(as_json) as bar:
        metrics, rows = measure_life(opened)
        task = bar.add_task("Ranking replies", total=1.0)
        replies = asyncio.run(
            measure_replies(
                opened,
                create_embedder(settings),
                lambda share: bar.update(task, completed=share),
            )
        )
    if as_json:
        print_json({"metrics": metrics, "rows": rows, "replies": replies})
        return
    table = Table(title="The last tenth of the messages, kept back")
    for column in ("relation", "messages", "measure", "value", "floor", "ceiling"):
        table.add_column(column)
    for row in rows:
        if row["too_little"]:
            table.add_row(row["relation"], str(row["messages"]), "too little text", "", "", "")
            continue
        for key in (key for key in row if f"{key}_ceiling" in row):
            table.add_row(
                row["relation"],
                str(row["messages"]),
                key,
                _figure(row[key]),
                _figure(row.get(f"{key}_floor", 0.5 if key == "author_auc" else None)),
                _figure(row[f"{key}_ceiling"]),
            )
    out.print(table)
    table = Table(title="The reply they really gave, among 100 of their own")
    for column in ("relation", "replies", "first", "95 %", "MRR", "by words alone", "by chance"):
        table.add_column(column)
    for row in replies:
        cells = ["too little text", "", "", "", ""]
        if not row["too_little"]:
            between = f"{row['low']:.3f} to {row['high']:.3f}"
            figures = (row["mrr"], row["r1_bm25"], row["r1_chance"])
            cells = [_figure(row["r1"]), between, *map(_figure, figures)]
        table.add_row(row["relation"], str(row["replies"]), *cells)
    out.print(table)


@app.command("voice")
def voice(life: LifeName, as_json: AsJson = False) -> None:
    """How near does each voice come to clips of the person that none was made from?

    Needs the extra ``measure``. About 5 minutes on two cores, most of it for the floor. What was
    found is kept with the life, and the keeper's page shows it."""
    from ofrenda.measure.likeness_of_voice import measure_voices
    from ofrenda.voice import build_reference
    from ofrenda.voice.kept import keep_measurement
    from ofrenda.voice.store import voices

    settings = Settings()
    with awake(life, settings) as opened, progress(as_json) as bar:
        task = bar.add_task("Listening", total=1.0)
        reference = build_reference(opened, settings=settings)
        rows = asyncio.run(
            measure_voices(
                reference,
                voices(opened),
                *_mouth_and_ear(settings),
                progress=lambda what, share: bar.update(task, description=what, completed=share),
            )
        )
        seconds = sum(clip.audio.seconds for clip in reference.held_out)
        report = {
            "judge": NAME, "clips": len(reference.held_out), "seconds": round(seconds, 1),
            "reference": reference.id, "rows": rows,
        }  # fmt: skip
        keep_measurement(opened, report)
    if as_json:
        print_json(report)
        return
    table = Table(title=f"{len(reference.held_out)} clips kept back, judged by {NAME}")
    for column in _VOICE_COLUMNS.values():
        table.add_column(column)
    for row in rows:
        if "error" in row:
            table.add_row(row["voice"], row["error"])
        else:
            table.add_row(*("" if row[key] is None else str(row[key]) for key in _VOICE_COLUMNS))
    out.print(table)


_VOICE_COLUMNS = {
    "voice": "voice",
    "norm": "likeness 0..1",
    "similarity": "cosine",
    "word_errors": "words wrong %",
    "natural": "natural 1..5",
    "pitch_hz": "pitch Hz",
    "pitch_spread": "melody, semitones",
    "pace": "words a second",
    "rtf": "work per second",
    "first_ms": "first sound ms",
}


@app.command("moods")
def moods(life: LifeName, as_json: AsJson = False) -> None:
    """Does the voice in use speak glad, sad and the other moods as it is asked to?

    And is it still the same voice, and as easy to understand? Sentences are there in English and
    Chinese. About 2 minutes for a language on one core; likeness needs the extra ``measure``."""
    from ofrenda.measure.moods import bench_moods, readers_of
    from ofrenda.voice.store import voice_in_use

    settings = Settings()
    with awake(life, settings) as opened, progress(as_json) as bar:
        profile = voice_in_use(opened)
        if profile is None:
            raise BadInput("This life has no voice yet. Make one with: ofrenda voice LIFE CLIP")
        readers = readers_of(profile, opened.person().languages)
        if not readers:
            raise BadInput("There are no sentences to read in the languages of this life.")
        task = bar.add_task("Reading", total=1.0)
        result = asyncio.run(
            bench_moods(
                *_mouth_and_ear(settings),
                readers=readers,
                progress=lambda what, share: bar.update(task, description=what, completed=share),
            )
        )
    if as_json:
        print_json({"metrics": dict(result.metrics), "rows": list(result.rows)})
        return
    table = Table(title="Asked for, and heard, against the calm reading of the same sentences")
    for column in _MOOD_COLUMNS:
        table.add_column(column)
    for row in result.rows:
        asked, heard = row["asked"], row["measured"]
        table.add_row(
            row["language"],
            row["mood"],
            *(f"{asked[what]:.2f}\n{heard[what]:.2f}" for what in asked),
            *("" if row[what] is None else f"{row[what]:.2f}" for what in _OPINIONS),
        )
    out.print(table)


_OPINIONS = ("similarity", "wer", "distillmos")
_MOOD_COLUMNS = (
    "", "mood", "pace", "pitch", "melody", "dB", "likeness", "wrong", "natural",
)  # fmt: skip


def _mouth_and_ear(settings: Settings) -> tuple[TextToSpeech, SpeechToText]:
    """What speaks with any voice of a life, by whichever engine, and what hears it."""
    from ofrenda.engines.registry import create, create_tts
    from ofrenda.engines.tts.by_voice import ByVoice

    first = cast(TextToSpeech, create(EngineKind.TTS, settings))
    ear = cast(SpeechToText, create(EngineKind.STT, settings))
    return ByVoice(first, functools.partial(create_tts, settings)), ear


def _figure(value: float | None) -> str:
    return "too little text" if value is None else f"{value:.3f}"
