"""The keeper's routes: who may use them, what they take in, and what is left of it."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from conftest import IDA, MEI, PORT, let_in

from ofrenda.archive import extent, identities
from ofrenda.archive.container import Limits
from ofrenda.archive.sealed import CHUNK, Sealed
from ofrenda.errors import ArchiveError, BadInput, NotInvited
from ofrenda.house import House
from ofrenda.house.access import Action
from ofrenda.house.doors import doors
from ofrenda.house.keep.staging import Staging, proper_place
from ofrenda.settings import Settings
from ofrenda.vault import Life

Browsers = Callable[[], httpx.AsyncClient]

CHAT = (
    "13/06/2018, 21:25 - Henrik Lindqvist: the kettle is on\n"
    "13/06/2018, 21:26 - Mei: ten minutes\n"
    "14/06/2018, 09:00 - Henrik Lindqvist: bring salt\n"
)
UNCLEAR = "03/05/2019, 21:25 - Henrik: which day?\n04/05/2019, 07:10 - Mei: who knows\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path / "home",
        cache=tmp_path / "cache",
        port=PORT,
        host="127.0.0.1",
        embed="scripted-embed",
    )


async def put(client: httpx.AsyncClient, batch: str, name: str, data: bytes) -> httpx.Response:
    headers = {
        "Content-Type": "application/octet-stream",
        "X-Ofrenda-Batch": batch,
        "X-Ofrenda-Name": quote(name),
    }
    return await client.post("/api/keep/file", content=data, headers=headers)


async def begin(client: httpx.AsyncClient) -> str:
    return str((await client.post("/api/keep/batch", json={})).json()["batch"])


async def finished(client: httpx.AsyncClient) -> dict[str, object]:
    for _ in range(600):
        job = (await client.get("/api/keep/job")).json()
        if job["step"] in ("done", "failed"):
            return dict(job)
        await asyncio.sleep(0.05)
    raise AssertionError("it does not end")


async def bring(client: httpx.AsyncClient, **files: bytes | str) -> dict[str, object]:
    batch = await begin(client)
    for name, data in files.items():
        answer = await put(client, batch, name, data.encode() if isinstance(data, str) else data)
        assert answer.status_code == 200
    started = await client.post("/api/keep/read", json={"batch": batch, "answers": {}})
    assert started.status_code == 202
    return await finished(client)


async def test_nobody_but_a_keeper_gets_in(
    browser: Browsers, stranger: httpx.AsyncClient, house: House
) -> None:
    ida = await let_in(browser(), house, IDA)
    kept = [door for door in doors() if door.path.startswith("/api/keep")]
    assert len(kept) == 18
    assert {door.action for door in kept} == {Action.KEEP}
    for door in kept:
        body = {} if door.method == "POST" else None
        assert (await stranger.request(door.method, door.path, json=body)).status_code == 401
        refused = await ida.request(door.method, door.path, json=body)
        assert (door.path, refused.status_code) == (door.path, 403)
        assert refused.json()["error"] == "not_allowed"


def test_only_a_keeper_is_given_the_link(house: House) -> None:
    assert house.keep_link_for(MEI).startswith(f"http://127.0.0.1:{PORT}/keep#")
    assert [member for member, _ in house.keep_links()] == [MEI]
    with pytest.raises(NotInvited):
        house.keep_link_for(IDA)


async def test_no_other_page_can_hand_anything_in(mei: httpx.AsyncClient) -> None:
    batch = await begin(mei)
    headers = {
        "Content-Type": "application/octet-stream",
        "X-Ofrenda-Batch": batch,
        "X-Ofrenda-Name": "a.txt",
        "Origin": "http://evil.example",
        "Sec-Fetch-Site": "cross-site",
    }
    assert (await mei.post("/api/keep/file", content=b"x", headers=headers)).status_code == 403


async def test_what_is_handed_in_is_read_and_then_gone(
    mei: httpx.AsyncClient, life: Life, settings: Settings
) -> None:
    job = await bring(mei, **{"his/WhatsApp Chat with Mei.txt": CHAT, "his/note.txt": "On salt."})
    assert job["step"] == "done"
    reports = {report["source"]: report["accepted"] for report in job["reports"]}  # type: ignore[attr-defined]
    assert reports == {"his/WhatsApp Chat with Mei.txt": 3, "his/note.txt": 1}
    assert extent(life).utterances == 3
    assert [path for path in settings.cache.rglob("*") if path.is_file()] == []
    desk = (await mei.get("/api/keep")).json()
    assert desk["holds"]["undecided"] == 3
    assert desk["person"]["name"] == "Henrik Lindqvist"
    shown = (await mei.get("/api/keep/files")).json()["files"]
    assert {one["report"]["format"] for one in shown} == {"whatsapp", "writing"}
    assert "blob" not in json.dumps(shown)


async def test_a_zip_is_read_where_it_waits(mei: httpx.AsyncClient, life: Life) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("_chat.txt", CHAT)
        archive.writestr("filler.bin", bytes(range(256)) * 3000)
    job = await bring(mei, **{"WhatsApp Chat - Mei.zip": packed.getvalue()})
    assert job["step"] == "done"
    assert extent(life).utterances == 3


async def test_questions_wait_for_their_answer_and_nothing_is_told_twice(
    mei: httpx.AsyncClient, life: Life, settings: Settings
) -> None:
    job = await bring(mei, **{"in/WhatsApp Chat with Mei.txt": UNCLEAR, "in/a.txt": "On bread."})
    (asking,) = [one for one in job["reports"] if one["questions"]]  # type: ignore[attr-defined]
    assert extent(life).utterances == 0
    assert len([path for path in settings.cache.rglob("*") if path.is_file()]) == 2
    key = f"{asking['questions'][0]['key']}@{asking['digest'][:16]}"
    body = {"batch": job["batch"], "answers": {key: "mdy"}}
    assert (await mei.post("/api/keep/read", json=body)).status_code == 202
    job = await finished(mei)
    assert {one["source"]: one["accepted"] for one in job["reports"]} == {  # type: ignore[attr-defined]
        "in/WhatsApp Chat with Mei.txt": 2,
        "in/a.txt": 1,
    }
    assert [path for path in settings.cache.rglob("*") if path.is_file()] == []
    (file,) = [
        one
        for one in (await mei.get("/api/keep/files")).json()["files"]
        if one["report"]["format"] == "whatsapp"
    ]
    corrected = await mei.post(
        "/api/keep/correct", json={"source": file["id"], "answers": {"date_order": "dmy"}}
    )
    assert corrected.json()["report"]["answers"] == {"date_order": "dmy"}
    await finished(mei)


async def test_senders_are_decided_and_passages_follow(mei: httpx.AsyncClient, life: Life) -> None:
    await bring(mei, **{"WhatsApp Chat with Mei.txt": CHAT})
    senders = (await mei.get("/api/keep/senders")).json()["senders"]
    henrik = next(one for one in senders if one["name"] == "Henrik Lindqvist")
    assert (henrik["looks_like"], henrik["holder"]) == ("person", None)
    decision = {"id": henrik["id"], "holder": "person", "member": None}
    assert (await mei.post("/api/keep/decide", json={"decisions": [decision]})).status_code == 204
    await finished(mei)
    assert own_passages(life) == ["the kettle is on", "bring salt"]
    decision["holder"] = "other"
    await mei.post("/api/keep/decide", json={"decisions": [decision]})
    await finished(mei)
    assert own_passages(life) == []
    assert identities(life)[0].holder == "other"


def own_passages(life: Life) -> list[str]:
    with life.db.read() as db:
        rows = db.execute("SELECT text FROM passage WHERE said_by = 'person' ORDER BY id")
        return [row["text"] for row in rows]


async def test_what_cannot_be_read_is_said_in_a_sentence_and_erased(
    mei: httpx.AsyncClient, life: Life, settings: Settings
) -> None:
    job = await bring(mei, **{"broken.zip": b"PK\x03\x04" + b"\0" * 60})
    assert job["step"] == "failed"
    assert "damaged" in str(job["error"])
    assert [path for path in settings.cache.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("a/b.txt", "a/b.txt"),
        ("/etc/passwd", "etc/passwd"),
        ("./a//b.txt", "a/b.txt"),
        ("a\\b.txt", "a/b.txt"),
        ("e\u0301.txt", "é.txt"),
        ("a\n\u202eb.txt", "a?b.txt"),
    ],
)
def test_a_name_is_only_a_name(name: str, place: str) -> None:
    assert proper_place(name) == place


@pytest.mark.parametrize("name", ["", "/", "..", "a/../../b", "..\\b", "C:\\x", "x" * 1001])
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(BadInput):
        proper_place(name)


async def test_bad_requests_for_files_are_refused(mei: httpx.AsyncClient) -> None:
    batch = await begin(mei)
    assert (await put(mei, batch, "../x", b"a")).status_code == 400
    assert (await put(mei, "nothing", "x", b"a")).status_code == 400
    assert (await put(mei, batch, "same.txt", b"a")).status_code == 200
    assert (await put(mei, batch, "same.txt", b"a")).status_code == 400
    plain = await mei.post("/api/keep/file", content=b"a", headers={"Content-Type": "text/plain"})
    assert plain.status_code == 415
    empty = await mei.post("/api/keep/read", json={"batch": await begin(mei), "answers": {}})
    assert empty.status_code == 400


def test_the_waiting_place_is_ciphertext_and_readable_at_any_place(tmp_path: Path) -> None:
    staging = Staging(tmp_path / "waiting")
    batch = staging.begin()
    place, sealing = staging.receive(batch, "in/letter.txt")
    secret = b"The key is under the blue pot. "
    data = (secret * (CHUNK // 10))[: 2 * CHUNK + 777]
    for at in range(0, len(data), 99_999):
        staging.take(batch, sealing, data[at : at + 99_999])
    staging.finish(batch, place, sealing)
    staged = batch.files[place]
    assert isinstance(staged, Sealed)
    (path,) = [path for path in (tmp_path / "waiting").rglob("*") if path.is_file()]
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    raw = path.read_bytes()
    assert secret[:8] not in raw
    with staged.open() as file:
        assert file.read() == data
        for place in (0, 5, CHUNK - 3, CHUNK, 2 * CHUNK + 770):
            file.seek(place)
            assert file.read(9) == data[place : place + 9]
        assert file.seek(-4, io.SEEK_END) == len(data) - 4
        assert file.read() == data[-4:]
    flipped = bytearray(raw)
    flipped[70] ^= 1
    path.write_bytes(bytes(flipped))
    entry = next(iter(batch.whole().container().entries.values()))
    with pytest.raises(ArchiveError), entry.open() as guarded:
        guarded.read()
    staging.close()
    assert list((tmp_path / "waiting").iterdir()) == []


def test_limits_of_size_and_number_hold(tmp_path: Path) -> None:
    staging = Staging(tmp_path / "waiting", Limits(total=1000, entries=2))
    batch = staging.begin()
    _, sealing = staging.receive(batch, "a")
    staging.take(batch, sealing, b"x" * 1000)
    with pytest.raises(ArchiveError):
        staging.take(batch, sealing, b"x")
    staging.receive(batch, "b")
    with pytest.raises(ArchiveError):
        staging.receive(batch, "c")
    staging.close()


def test_what_a_killed_house_left_is_swept_away(tmp_path: Path) -> None:
    left = tmp_path / "waiting" / "999999999-dead"
    left.mkdir(parents=True)
    (left / "x").write_bytes(b"noise")
    Staging(tmp_path / "waiting").begin()
    assert not left.exists()


async def test_closing_the_house_stops_the_reading_and_erases_what_waits(
    mei: httpx.AsyncClient, house: House, settings: Settings
) -> None:
    batch = await begin(mei)
    await put(mei, batch, "WhatsApp Chat with Mei.txt", CHAT.encode())
    await mei.post("/api/keep/read", json={"batch": batch, "answers": {}})
    await house.desk.close()
    assert [path for path in settings.cache.rglob("*") if path.is_file()] == []


async def test_nothing_personal_reaches_a_log_or_an_answer_of_refusal(
    mei: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        batch = await begin(mei)
        await put(mei, batch, "SECRETNAME/../../x.txt", b"SECRETWORDS")
        await put(mei, batch, "SECRETNAME.zip", b"PK\x03\x04SECRETWORDS")
        await mei.post("/api/keep/read", json={"batch": batch, "answers": {"k": "SECRETANSWER"}})
        job = await finished(mei)
        refused = await mei.post("/api/keep/decide", json={"decisions": "SECRETDECISION"})
    told = json.dumps(job["error"]) + refused.text + caplog.text
    assert "SECRET" not in told


async def test_while_files_are_read_decisions_wait(
    mei: httpx.AsyncClient, house: House, life: Life
) -> None:
    await bring(mei, **{"WhatsApp Chat with Mei.txt": CHAT})
    house.desk.job.step = "reading"
    house.desk._task = asyncio.create_task(asyncio.sleep(30))
    number = identities(life)[0].id
    decision = {"id": number, "holder": "person", "member": None}
    answer = await mei.post("/api/keep/decide", json={"decisions": [decision]})
    assert (answer.status_code, answer.json()["error"]) == (400, "bad_input")
    house.desk._task.cancel()
    assert identities(life)[0].holder is None
