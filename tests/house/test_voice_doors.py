"""The routes of the voice and of its listening test: blind for those who listen, plain for the
keeper, and nothing for anybody else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import numpy as np
import pytest
from conftest import IDA, MEI, PORT, let_in

from ofrenda.archive import Decision, add, decide_all, identities
from ofrenda.clock import ManualClock
from ofrenda.engines.scripted import ScriptedTextToSpeech
from ofrenda.engines.tts.stock import stock_profile
from ofrenda.house import House
from ofrenda.house.access import Action
from ofrenda.house.doors import doors
from ofrenda.memory.index import index
from ofrenda.memory.visibility import Rule, add_rule
from ofrenda.settings import Settings
from ofrenda.types import Audio, Visibility, VoiceProfile
from ofrenda.vault import Life
from ofrenda.voice import adopt, kept
from ofrenda.voice.checks import ClipReport
from ofrenda.voice.quality import Quality
from ofrenda.voice.segment_sound import to_wav
from ofrenda.voice.store import keep_voice, voice_in_use

Browsers = Callable[[], httpx.AsyncClient]
OWN = (
    "a pinch of salt makes any soup taste better",
    "bread wants patience and a very warm kitchen",
    "an umbrella is lighter than a wet overcoat",
    "good coffee needs fresh water and a slow hand",
)
HERS = (
    "lavender keeps the moths out of any drawer",
    "wet gloves dry best beside the stove",
    "never trust a ladder with a loose step",
)
FAMILY = tuple(f"{line.capitalize()}." for line in OWN)
CHAT = "".join(
    f"{13 + i}/06/2018, 21:25 - Henrik: {line}\n{13 + i}/06/2018, 21:26 - Mei: ten minutes\n"
    for i, line in enumerate(HERS)
)


@dataclass(frozen=True)
class Made:
    profile: VoiceProfile
    tier: str

    @property
    def report(self) -> Made:
        return self

    def to_json(self) -> dict[str, object]:
        return {"tier": self.tier, "reference": "5e1f0c", "seconds": 84.0}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path / "home", cache=tmp_path / "cache", port=PORT, host="127.0.0.1",
        embed="scripted-embed", tts="scripted-tts",
    )  # fmt: skip


@pytest.fixture
def house(life: Life, line: object, settings: Settings, clock: ManualClock) -> House:
    for tier in ("style", "full"):
        profile = replace(stock_profile("am_onyx"), id=f"fitted-{tier}")
        keep_voice(life, Made(profile, tier), in_use=tier == "style")
    tts = ScriptedTextToSpeech()
    return House(life, line, settings, clock=clock, tts=tts)  # type: ignore[arg-type]


@pytest.fixture
async def ida(browser: Browsers, house: House) -> httpx.AsyncClient:
    return await let_in(browser(), house, IDA)


def with_texts(life: Life, tmp_path: Path) -> None:
    """Letters, which all the family may hear, and a chat with Mei, which is hers."""
    letters = [(f"letter {i}.txt", line) for i, line in enumerate(FAMILY)]
    for name, text in (*letters, ("WhatsApp Chat with Mei.txt", CHAT)):
        (tmp_path / name).write_text(text)
        add(life, tmp_path / name)
    decide_all(
        life,
        [
            Decision(one.id, "member", MEI.id)
            if one.name == "Mei"
            else Decision(one.id, "person", None)
            for one in identities(life)
        ],
    )
    index(life)


def held_out(life: Life) -> int:
    tone = 0.1 * np.sin(2 * np.pi * 150 * np.arange(4 * 24_000) / 24_000)
    quality = Quality(-20.0, 40.0, 3.0, 0.0, drowned=False, telephone=False, echo=None)
    report = ClipReport(4.0, 4.0, 1, 150.0, quality)
    blob = life.voice_blobs.put(to_wav(Audio(tone.astype(np.float32), 24_000)))
    with life.db.write() as db:
        db.execute(
            "INSERT INTO voice_clip (id, name, sha256, added_utc, blob, report)"
            " VALUES (1, 'note', 'aa', '2020', ?, ?)",
            (life.voice_blobs.put(b"as it came"), json.dumps(report.to_json())),
        )
        number = db.execute(
            "INSERT INTO voice_segment (clip, start_s, end_s, role, mood, scores, raw)"
            " VALUES (1, 0, 4, 'held_out', 'calm', '{}', ?)",
            (blob,),
        ).lastrowid
        db.execute(
            "INSERT INTO voice_segment_text VALUES (?, 1, 'Mind the step.', 'en', 0.9, 0, '2026')",
            (number,),
        )
    return int(number)


async def lay_out(mei: httpx.AsyncClient, recordings: tuple[int, ...] = ()) -> None:
    proposed = (await mei.post("/api/keep/voice/propose", json={})).json()
    body = {
        "voices": ["fitted-style", "fitted-full"],
        "lines": [one["name"] for one in proposed["lines"]],
        "recordings": list(recordings),
    }
    assert (await mei.post("/api/keep/voice/prepare", json=body)).status_code == 202
    for _ in range(200):
        making = (await mei.get("/api/keep/voice/making")).json()
        if making["step"] != "making":
            break
        await asyncio.sleep(0.02)
    assert making == {"step": "done", "share": 1.0, "trouble": []}


async def test_a_member_listens_and_the_keeper_takes_the_result_into_use(
    mei: httpx.AsyncClient, ida: httpx.AsyncClient, life: Life, tmp_path: Path
) -> None:
    with_texts(life, tmp_path)
    assert (await ida.get("/api/life")).json()["listener"]["listens"] is False
    await lay_out(mei)
    assert (await ida.get("/api/life")).json()["listener"]["listens"] is True
    heard = set()
    sizes = {}
    for left in range(len(FAMILY), 0, -1):
        told = (await ida.post("/api/listen/next", json={})).json()
        assert (told["answered"], told["left"]) == (len(FAMILY) - left, left)
        assert told["text"] in FAMILY
        heard.add(told["text"])
        for side in ("left", "right"):
            query = {"trial": told["trial"], "side": side}
            sound = await ida.get("/api/listen/sound", params=query)
            assert sound.headers["content-type"] == "audio/wav"
            assert sound.headers["cache-control"] == "no-store"
            sizes[side] = len(sound.content)
        assert sizes["left"] == sizes["right"]
        # Nothing that is sent says which voice is which.
        assert "fitted" not in json.dumps(told)
        assert "style" not in json.dumps(told)
        body = {"trial": told["trial"], "nearer": "left"}
        assert (await ida.post("/api/listen/answer", json=body)).status_code == 200
        assert (await ida.post("/api/listen/answer", json=body)).status_code == 400  # once only
    assert heard == set(FAMILY)
    assert (await ida.post("/api/listen/next", json={})).json()["trial"] is None
    told = (await mei.get("/api/keep/voice")).json()
    assert told["tally"]["answers"] == len(FAMILY)
    assert told["tally"]["listeners"] == 1
    assert "m-ida" not in json.dumps(told)
    assert told["tally"]["nearest"] is None
    assert "listen" in told["helps"]
    assert (await mei.post("/api/keep/voice/use", json={"id": "fitted-full"})).status_code == 204
    assert voice_in_use(life).id == "fitted-full"  # type: ignore[union-attr]
    assert (await mei.post("/api/keep/voice/use", json={"id": "fitted-style"})).status_code == 204
    assert voice_in_use(life).id == "fitted-style"  # type: ignore[union-attr]


async def test_what_was_written_to_one_is_heard_by_that_one_alone(
    mei: httpx.AsyncClient, ida: httpx.AsyncClient, life: Life, tmp_path: Path
) -> None:
    with_texts(life, tmp_path)
    await lay_out(mei)
    heard = {}
    for who, client in (("mei", mei), ("ida", ida)):
        heard[who] = {
            (await client.post("/api/listen/next", json={})).json()["text"] for _ in range(60)
        }
    assert heard["ida"] == set(FAMILY)
    assert heard["mei"] == {*FAMILY, *HERS}


async def test_the_keeper_is_not_shown_what_another_was_written(
    browser: Browsers, house: House, life: Life, tmp_path: Path, ida: httpx.AsyncClient
) -> None:
    with_texts(life, tmp_path)
    with life.db.write() as db:
        db.execute("UPDATE member SET role = 'family' WHERE id = ?", (MEI.id,))
        db.execute("UPDATE member SET role = 'keeper' WHERE id = ?", (IDA.id,))
    told = (await ida.post("/api/keep/voice/propose", json={})).json()["lines"]
    assert {one["text"] for one in told} == {*FAMILY, None}
    hers = [one for one in told if one["text"] is None]
    assert len(hers) == 3
    assert all(one["hear"] == [MEI.name] for one in hers)
    assert "lavender" not in json.dumps(told)


async def test_a_line_that_a_rule_takes_away_is_not_played_to_those_it_is_taken_from(
    mei: httpx.AsyncClient, ida: httpx.AsyncClient, life: Life, tmp_path: Path
) -> None:
    with_texts(life, tmp_path)
    await lay_out(mei)
    told = (await ida.post("/api/listen/next", json={})).json()
    query = {"trial": told["trial"], "side": "left"}
    assert (await ida.get("/api/listen/sound", params=query)).status_code == 200
    add_rule(life, Rule(visibility=Visibility.KEEPER_ONLY, holding=told["text"]))
    assert (await ida.get("/api/listen/sound", params=query)).status_code == 400
    for _ in range(20):
        after = (await ida.post("/api/listen/next", json={})).json()
        assert after["text"] != told["text"]
    proposed = (await mei.post("/api/keep/voice/propose", json={})).json()["lines"]
    assert [one["hear"] for one in proposed if one["text"] == told["text"]] in ([], [[MEI.name]])


async def test_one_s_pair_is_not_another_s(
    mei: httpx.AsyncClient, ida: httpx.AsyncClient, life: Life
) -> None:
    await lay_out(mei)  # without texts, plain sentences are said
    hers = (await ida.post("/api/listen/next", json={})).json()["trial"]
    query = {"trial": hers, "side": "left"}
    assert (await mei.get("/api/listen/sound", params=query)).status_code == 400
    body = {"trial": hers, "nearer": "same"}
    assert (await mei.post("/api/listen/answer", json=body)).status_code == 400
    assert (await ida.get("/api/listen/sound", params={"trial": hers})).status_code == 400
    bad = {"trial": hers, "nearer": "fitted-full"}
    assert (await ida.post("/api/listen/answer", json=bad)).status_code == 400


async def test_a_recording_is_heard_by_others_only_when_the_keeper_ticks_it(
    mei: httpx.AsyncClient, ida: httpx.AsyncClient, life: Life
) -> None:
    segment = held_out(life)
    proposed = (await mei.post("/api/keep/voice/propose", json={})).json()
    assert [one["segment"] for one in proposed["recordings"]] == [segment]
    sound = await mei.get("/api/keep/voice/recording", params={"segment": segment})
    assert sound.content[:4] == b"RIFF"
    assert (await ida.get(f"/api/keep/voice/recording?segment={segment}")).status_code == 403
    await lay_out(mei)
    assert "person" not in (await mei.get("/api/keep/voice")).json()["ready"]
    await lay_out(mei, (segment,))
    assert (await mei.get("/api/keep/voice")).json()["ready"]["person"] == 1


async def test_the_page_is_told_what_was_measured_and_what_would_help(
    mei: httpx.AsyncClient, life: Life
) -> None:
    told = (await mei.get("/api/keep/voice")).json()
    assert told["measured"] is None
    assert "measure" in told["helps"]
    row = {
        "similarity": 0.6, "norm": 0.5, "word_errors": 9.0, "natural": 3.9, "pitch_hz": 120,
        "pitch_spread": 3.0, "pitch_shares": [1.0], "pace": 2.0, "paces": [2.0], "rtf": 0.3,
        "first_ms": 240.0,
    }  # fmt: skip
    rows = [
        {"kind": "floor", "voice": "floor: am_onyx", **row, "norm": 0.0},
        {"kind": "voice", "id": "fitted-style", "voice": "kokoro style", **row},
        {"kind": "person", "voice": "the person", **row, "norm": 1.0, "word_errors": 2.0},
    ]
    report = {"judge": "an ear", "clips": 9, "seconds": 40.0, "reference": "r", "rows": rows}
    kept.keep_measurement(life, report)
    told = (await mei.get("/api/keep/voice")).json()
    assert told["measured"]["rows"] == rows
    assert "measure" not in told["helps"]
    assert "words" in told["helps"]
    assert "natural" not in told["helps"]


async def test_a_voice_in_use_cannot_be_thrown_away_and_another_can(
    mei: httpx.AsyncClient, life: Life
) -> None:
    refused = await mei.post("/api/keep/voice/throw", json={"id": "fitted-style"})
    assert (refused.status_code, refused.json()["error"]) == (400, "bad_input")
    assert (await mei.post("/api/keep/voice/throw", json={"id": "fitted-full"})).status_code == 204
    assert [one.id for one in kept.kept_voices(life)] == ["fitted-style"]


async def test_a_test_that_is_ended_leaves_no_sound(
    mei: httpx.AsyncClient, ida: httpx.AsyncClient, life: Life
) -> None:
    before = set(life.voice_blobs.ids())
    await lay_out(mei)
    assert set(life.voice_blobs.ids()) > before
    assert (await mei.post("/api/keep/voice/end", json={})).status_code == 204
    assert set(life.voice_blobs.ids()) == before
    assert (await ida.post("/api/listen/next", json={})).json()["trial"] is None


async def test_while_somebody_calls_nothing_is_made(
    mei: httpx.AsyncClient, house: House, line: object, clock: ManualClock
) -> None:
    line.calls["c1"] = IDA  # type: ignore[attr-defined]
    proposed = (await mei.post("/api/keep/voice/propose", json={})).json()
    body = {
        "voices": ["fitted-style", "fitted-full"],
        "lines": [one["name"] for one in proposed["lines"]],
        "recordings": [],
    }
    await mei.post("/api/keep/voice/prepare", json=body)
    # At once: what waits for the call to end makes this clock fly, and sessions with it.
    again = await mei.post("/api/keep/voice/prepare", json=body)
    assert again.status_code == 400
    await asyncio.sleep(0.2)
    assert house.booth.making.step == "making"
    assert house.booth.making.share == 0
    await house.booth.close()


async def test_who_may_not_call_may_not_listen(
    stranger: httpx.AsyncClient, ida: httpx.AsyncClient
) -> None:
    listens = [door for door in doors() if door.path.startswith("/api/listen")]
    assert len(listens) == 4
    assert {door.action for door in listens} == {Action.LISTEN}
    for door in listens:
        body = {} if door.method == "POST" else None
        assert (await stranger.request(door.method, door.path, json=body)).status_code == 401


def test_the_voice_in_use_knows_since_when(life: Life, house: House) -> None:
    now = next(one for one in kept.kept_voices(life) if one.in_use)
    assert now.used is not None
    assert now.reference == "5e1f0c"
    adopt(life, Made(replace(stock_profile("am_onyx"), id="later"), "bias"))
    assert next(one for one in kept.kept_voices(life) if one.in_use).id == "later"
