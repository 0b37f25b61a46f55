"""Recordings in exports: kept, listened to, and put into the right mouth or into none."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ofrenda.archive import add, export
from ofrenda.archive.kept import (
    media_counts,
    sound_of,
    transcribe,
    voice_candidates,
    waiting_to_be_heard,
)
from ofrenda.engines.scripted import ScriptedEmbedder
from ofrenda.engines.stt.whisper import create
from ofrenda.errors import ConsentMissing, EngineUnavailable
from ofrenda.memory import rebuild
from ofrenda.settings import Settings
from ofrenda.sound import decode
from ofrenda.types import Audio, Consent, Transcript
from ofrenda.vault import Life
from tests.voice.recordings import PROMPTS, RATE, encode, film_without_sound

from .keepsakes import Ear, name_the_person, note, silk, take, whatsapp

PTT = "00000002-AUDIO-2018-06-13-21-25-00.opus"
OTHER = "00000003-AUDIO-2018-06-13-21-26-00.opus"


def heard(life: Life) -> list[tuple[object, ...]]:
    with life.db.read() as db:
        return [
            tuple(row)
            for row in db.execute(
                "SELECT i.name, u.kind, u.text, u.spoken, u.quoted_text FROM utterance AS u"
                " LEFT JOIN identity AS i ON i.id = u.identity"
                " WHERE u.spoken IS NOT NULL ORDER BY u.id"
            )
        ]


def passages(life: Life) -> list[tuple[str, str]]:
    with life.db.read() as db:
        return [
            (row["said_by"], row["text"])
            for row in db.execute("SELECT said_by, text FROM passage ORDER BY id")
        ]


def agree_to_a_voice(life: Life) -> None:
    life.add_consent(Consent(*_consent(life), ("voice",), "We agree."))


def _consent(life: Life) -> tuple[object, ...]:
    first = life.consents()[0][1]
    return first.at, first.given_by, first.relation, first.ground


async def test_a_voice_note_becomes_words_that_are_marked_as_spoken(
    life: Life, tmp_path: Path
) -> None:
    mine = note(3.0)
    take(life, tmp_path, "chat.zip", whatsapp("Sam: hello", f"Ada: {PTT}", **{PTT: mine}))
    name_the_person(life, "Ada")
    assert waiting_to_be_heard(life) == 1
    ear = Ear()
    report = await transcribe(life, ear)
    assert (report.heard, report.silent, report.failed) == (1, 0, {})
    assert report.seconds == pytest.approx(3.0, abs=0.1)
    assert heard(life) == [("Ada", "voice", "I heard 3 seconds", "sender", None)]
    assert ear.given[0][1] == ("en",), "the person's languages are the choice"
    with life.db.read() as db:
        number = db.execute("SELECT id FROM utterance WHERE kind = 'voice'").fetchone()[0]
    sound = sound_of(life, number)
    assert sound is not None
    assert (sound.state, sound.confidence, sound.path) == ("heard", 0.9, PTT)
    assert sound.pieces == ((0.0, sound.seconds, "I heard 3 seconds"),)
    with life.blobs.open(sound.blob) as file:
        assert file.read() == mine, "the original can be heard, byte for byte"
    assert waiting_to_be_heard(life) == 0
    assert (await transcribe(life, ear)).heard == 0


async def test_heard_words_are_remembered_like_written_ones(life: Life, tmp_path: Path) -> None:
    files = {PTT: note(3.0), OTHER: note(4.0)}
    lines = ("Sam: how are you?", f"Ada: {PTT}", f"Sam: {OTHER}")
    take(life, tmp_path, "chat.zip", whatsapp(*lines, **files))
    name_the_person(life, "Ada")
    await transcribe(life, Ear())
    await rebuild(life, ScriptedEmbedder())
    assert ("person", "I heard 3 seconds") in passages(life)
    assert not [text for who, text in passages(life) if who == "person" and "4" in text]


@pytest.mark.parametrize("confidence", [0.2, 0.79])
async def test_badly_heard_words_are_kept_but_never_pass_for_own_words(
    life: Life, tmp_path: Path, confidence: float
) -> None:
    take(life, tmp_path, "chat.zip", whatsapp("Sam: hi", f"Ada: {PTT}", **{PTT: note(3.0)}))
    name_the_person(life, "Ada")
    await transcribe(life, Ear(confidence))
    assert heard(life) == [("Ada", "voice", "I heard 3 seconds", "doubtful", None)]
    await rebuild(life, ScriptedEmbedder())
    assert passages(life) == []


async def test_a_recording_that_two_people_sent_is_certain_of_neither(
    life: Life, tmp_path: Path
) -> None:
    same = note(3.0)
    files = {PTT: same, OTHER: same}
    take(life, tmp_path, "chat.zip", whatsapp(f"Sam: {PTT}", f"Ada: {OTHER}", **files))
    name_the_person(life, "Ada")
    ear = Ear()
    await transcribe(life, ear)
    assert len(ear.given) == 1, "the same content is listened to once"
    assert {row[3] for row in heard(life)} == {"unsure"}
    name_the_person(life, "Sam")  # it was her other telephone
    await transcribe(life, ear)
    assert {row[3] for row in heard(life)} == {"sender"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("AUD-20180613-WA0001.opus", note(3.0)),
        ("00000002-AUDIO-2018-06-13-21-25-00.mp3", note(3.0, codec="libmp3lame", form="mp3")),
        ("00000002-VIDEO-2018-06-13-21-25-00.mp4", None),
    ],
)
async def test_songs_and_films_are_not_the_sender_speaking(
    life: Life, tmp_path: Path, name: str, content: bytes | None
) -> None:
    data = film_with_sound() if content is None else content
    take(life, tmp_path, "chat.zip", whatsapp("Sam: hi", f"Ada: {name}", **{name: data}))
    name_the_person(life, "Ada")
    await transcribe(life, Ear())
    assert [row[3] for row in heard(life)] == ["unsure"]
    agree_to_a_voice(life)
    assert [one.speaker for one in voice_candidates(life)] == ["unsure"]


async def test_a_caption_stays_what_the_sender_wrote(life: Life, tmp_path: Path) -> None:
    name = "00000002-VIDEO-2018-06-13-21-25-00.mp4"
    line = f"Ada: {name}\nour garden"
    take(life, tmp_path, "chat.zip", whatsapp("Sam: hi", line, **{name: film_with_sound()}))
    await transcribe(life, Ear())
    assert heard(life) == []
    with life.db.read() as db:
        assert db.execute("SELECT text FROM utterance WHERE kind = 'video'").fetchone()[0] == (
            "our garden"
        )


async def test_a_forwarded_voice_note_is_somebody_elses_words(life: Life, tmp_path: Path) -> None:
    take(life, tmp_path, "chat.zip", whatsapp("Sam: hi", f"Ada: {PTT}", **{PTT: note(3.0)}))
    name_the_person(life, "Ada")
    with life.db.write() as db:
        db.execute("UPDATE utterance SET forwarded = 1 WHERE kind = 'voice'")
    await transcribe(life, Ear())
    assert heard(life) == [("Ada", "voice", None, "unsure", "I heard 3 seconds")]
    await rebuild(life, ScriptedEmbedder())
    assert passages(life) == []
    agree_to_a_voice(life)
    assert voice_candidates(life) == []


async def test_each_file_that_cannot_be_heard_has_its_reason_and_holds_nobody_up(
    life: Life, tmp_path: Path
) -> None:
    files = {
        "00000001-AUDIO-2018-06-13-21-25-01.opus": b"OggS" + bytes(500),
        "00000002-AUDIO-2018-06-13-21-25-02.opus": b"\x02#!SILK_V3",
        "00000003-AUDIO-2018-06-13-21-25-03.opus": encode(
            Audio(np.zeros(RATE * 2, np.float32), RATE), "libopus", "ogg", rate=48_000
        ),
        "00000004-VIDEO-2018-06-13-21-25-04.mp4": film_without_sound(),
        "00000005-AUDIO-2018-06-13-21-25-05.opus": note(2.0),
    }
    take(life, tmp_path, "chat.zip", whatsapp(*(f"Ada: {name}" for name in files), **files))
    report = await transcribe(life, Ear())
    assert (report.heard, report.silent, report.failed) == (1, 2, {"corrupt": 2})
    states = {(one.kind, one.state): one.count for one in media_counts(life)}
    assert states == {("sound", "heard"): 1, ("sound", "failed"): 2, ("sound", "silent"): 2}
    reasons = {one.state: one.reasons for one in media_counts(life)}
    assert reasons["failed"] == {"corrupt": 2}
    again = Ear()
    assert (await transcribe(life, again)).failed == {}
    assert again.given == []
    assert (await transcribe(life, again, retry=True)).failed == {"corrupt": 2}


@pytest.mark.parametrize(
    ("name", "content", "seconds"),
    [
        ("voice/41.silk", silk(2.0), 2),
        ("voice/41.amr", silk(2.0), 2),
        ("voice/41.amr", note(2.0, codec="libopencore_amrnb", form="amr"), 2),
        ("voice/41.m4a", note(2.0, codec="aac", form="mp4"), 2),
        ("voice/41.3gp", note(2.0, codec="libopencore_amrnb", form="3gp"), 2),
        ("voice/41.caf", encode(Audio(np.sin(np.arange(RATE * 2) / 9).astype(np.float32), RATE),
                                "alac", "caf"), 2),
        ("voice/41.mov", note(2.0, codec="aac", form="mov"), 2),
        ("voice/41.mp3", note(2.0, codec="libmp3lame", form="mp3"), 2),
        ("voice/41.wav", note(2.0, codec="pcm_s16le", form="wav"), 2),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
async def test_every_kind_of_voice_message_is_heard(
    life: Life, tmp_path: Path, name: str, content: bytes, seconds: int
) -> None:
    folder = tmp_path / "export"
    (folder / "voice").mkdir(parents=True)
    (folder / name).write_bytes(content)
    (folder / "chat.jsonl").write_text(chatlab(name), encoding="utf-8")

    add(life, folder)
    await transcribe(life, Ear())
    assert heard(life) == [("Mum", "voice", f"I heard {seconds} seconds", "sender", None)]


def chatlab(path: str) -> str:
    import json

    lines = [
        {"_type": "header", "chatlab": {"version": "0.0.2", "exportedAt": 1},
         "meta": {"name": "Mum", "platform": "wechat", "type": "private"}},
        {"_type": "member", "platformId": "wxid_mum", "accountName": "Mum"},
        {"_type": "message", "sender": "wxid_mum", "accountName": "Mum", "timestamp": 1700000000,
         "type": 2, "content": "", "ofrenda": {"media": [path]}},
    ]  # fmt: skip
    return "\n".join(json.dumps(line) for line in lines) + "\n"


async def test_a_stopped_run_goes_on_within_a_long_recording(life: Life, tmp_path: Path) -> None:
    sound = np.tile(np.sin(np.arange(RATE) / 7).astype(np.float32) * 0.3, 75)
    long = encode(Audio(sound, RATE), "pcm_s16le", "wav")
    take(life, tmp_path, "chat.zip", whatsapp("Sam: hi", f"Ada: {PTT}", **{PTT: long}))

    class Interrupted(Ear):
        async def transcribe(self, audio: Audio, *, languages: Sequence[str] = ()) -> Transcript:
            if len(self.given) == 2:
                raise EngineUnavailable("The engines are starting again.")
            return await super().transcribe(audio, languages=languages)

    first = Interrupted()
    with pytest.raises(EngineUnavailable):
        await transcribe(life, first)
    assert heard(life) == []
    assert {one.state for one in media_counts(life)} == {"under_way"}
    second = Ear()
    await transcribe(life, second)
    assert len(first.given) == 2
    assert sum(seconds for seconds, _ in first.given + second.given) == pytest.approx(75.0, abs=0.2)
    whole = Ear()
    take(life, tmp_path, "again.zip", whatsapp("Sam: x", f"Bob: {OTHER}", **{OTHER: long + b"\0"}))
    await transcribe(life, whole)
    texts = [row[2] for row in heard(life)]
    assert texts[0] == texts[1], "the same words as in one go"


async def test_a_run_may_be_cancelled_at_any_moment_and_waits_for_a_call(
    life: Life, tmp_path: Path
) -> None:
    take(life, tmp_path, "chat.zip", whatsapp("Sam: hi", f"Ada: {PTT}", **{PTT: note(3.0)}))
    call_is_over = asyncio.Event()
    asked = asyncio.Event()

    async def go_ahead() -> None:
        asked.set()
        await call_is_over.wait()

    ear = Ear()
    run = asyncio.create_task(transcribe(life, ear, go_ahead=go_ahead))
    await asyncio.wait_for(asked.wait(), 60)
    assert ear.given == []
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    call_is_over.set()
    assert (await transcribe(life, ear, go_ahead=go_ahead)).heard == 1


async def test_an_export_added_again_loses_no_heard_word(life: Life, tmp_path: Path) -> None:
    data = whatsapp("Sam: hi", f"Ada: {PTT}", **{PTT: note(3.0)})
    take(life, tmp_path, "chat.zip", data)
    # The other telephone packed the same recording anew: other bytes, the same message.
    await transcribe(life, Ear())
    before = heard(life)
    longer = whatsapp("Sam: hi", f"Ada: {PTT}", "Sam: later", **{PTT: note(3.0)})
    take(life, tmp_path, "chat2.zip", longer)
    await transcribe(life, Ear())
    assert heard(life) == before
    assert len(before) == 1


async def test_settling_again_leaves_what_is_remembered_alone(life: Life, tmp_path: Path) -> None:
    take(life, tmp_path, "chat.zip", whatsapp("Sam: hi", f"Ada: {PTT}", **{PTT: note(3.0)}))
    name_the_person(life, "Ada")
    await transcribe(life, Ear())
    await rebuild(life, ScriptedEmbedder())
    await transcribe(life, Ear())
    with life.db.read() as db:
        states = db.execute("SELECT state FROM remembered_conversation").fetchall()
    assert [row[0] is not None for row in states] == [True]


async def test_heard_words_given_back_are_no_message_of_their_own(
    life: Life, tmp_path: Path
) -> None:
    take(life, tmp_path, "chat.zip", whatsapp("Sam: hi", f"Ada: {PTT}", **{PTT: note(3.0)}))
    await transcribe(life, Ear())
    export(life, tmp_path / "given")
    written = "".join(one.read_text("utf-8") for one in (tmp_path / "given").rglob("*.jsonl"))
    assert "I heard 3 seconds" in written
    assert sum(report.accepted for report in add(life, tmp_path / "given")) == 0


async def test_the_persons_own_recordings_are_offered_best_first(
    life: Life, tmp_path: Path
) -> None:
    hiss = np.random.default_rng(1).normal(0, 0.1, RATE * 9).astype(np.float32)

    def wide(seconds: int) -> bytes:
        return encode(Audio(hiss[: seconds * RATE], RATE), "libopus", "ogg", rate=48_000)

    files = {
        "00000001-AUDIO-2018-06-13-21-25-01.opus": wide(2),
        "00000002-AUDIO-2018-06-13-21-25-02.opus": wide(5),
        "PTT-20180613-WA0003.wav": encode(Audio(hiss, RATE), "pcm_s16le", "wav", rate=8_000),
        "00000004-AUDIO-2018-06-13-21-25-04.opus": wide(4),
    }
    names = list(files)
    lines = [f"Ada: {name}" for name in names[:3]] + [f"Sam: {names[3]}"]
    take(life, tmp_path, "chat.zip", whatsapp(*lines, **files))
    name_the_person(life, "Ada")
    with pytest.raises(ConsentMissing):
        voice_candidates(life)
    agree_to_a_voice(life)
    assert {one.seconds for one in voice_candidates(life)} == {None}
    await transcribe(life, Ear())
    found = voice_candidates(life)
    assert [one.path for one in found] == [names[1], names[0], names[2]]
    assert [one.bandwidth_hz for one in found][:2] == [8_000, 8_000]
    assert (found[2].bandwidth_hz or 0) <= 4_000
    assert all(one.speaker == "sender" for one in found)
    assert [one.sha256 for one in found if one.path == names[1]] == [
        hashlib.sha256(files[names[1]]).hexdigest()
    ]
    assert {one.source for one in found} == {"chat.zip/_chat.txt"}


def film_with_sound() -> bytes:
    """Two seconds of black with a tone, mp4."""
    import io

    import av

    from tests.voice.recordings import vowels

    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        video = output.add_stream("mpeg4", rate=10)
        video.width = video.height = 64
        video.pix_fmt = "yuv420p"
        audio = output.add_stream("aac", rate=16_000)
        audio.layout = "mono"
        for _ in range(20):
            output.mux(video.encode(av.VideoFrame(64, 64, "yuv420p")))
        output.mux(video.encode(None))
        pcm = (vowels(2.0, 150.0).samples * 32767).astype(np.int16)[None]
        frame = av.AudioFrame.from_ndarray(pcm, "s16", "mono")
        frame.sample_rate = RATE
        fifo = av.AudioFifo()
        for each in av.AudioResampler(format="fltp", layout="mono", rate=RATE).resample(frame):
            each.pts = None
            fifo.write(each)
        while (each := fifo.read(1024, partial=True)) is not None:
            each.pts = None
            output.mux(audio.encode(each))
        output.mux(audio.encode(None))
    return file.getvalue()


@pytest.mark.models
@pytest.mark.speech
async def test_real_speech_in_real_containers_becomes_its_words(life: Life, tmp_path: Path) -> None:
    prompt = PROMPTS / "vm-tempgreetactive.g722"
    if not prompt.is_file():
        pytest.skip("asterisk-core-sounds-en-g722 is not installed")
    said = decode(prompt.read_bytes(), name=prompt.name)
    files = {
        "00000001-AUDIO-2018-06-13-21-25-01.opus": encode(said, "libopus", "ogg", rate=48_000),
        "PTT-20180613-WA0002.amr": encode(
            said, "libopencore_amrnb", "amr", rate=8_000, bit_rate=12_200
        ),
    }
    take(life, tmp_path, "chat.zip", whatsapp(*(f"Ada: {name}" for name in files), **files))
    name_the_person(life, "Ada")
    stt = create(Settings())
    try:
        report = await transcribe(life, stt)
    finally:
        await stt.close()
    assert report.heard == 2
    for _, _, text, spoken, _ in heard(life):
        assert spoken == "sender"
        assert "temporary greeting" in str(text).lower()
