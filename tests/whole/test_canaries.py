"""Two hundred strings go into a life by every door; none comes to light anywhere on the disk."""

from __future__ import annotations

import asyncio
import base64
import json
import random
import signal
import struct
import subprocess
import time
import zipfile
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import cast

import av
import numpy as np
import psutil
import pytest

from ofrenda.call.media import keep_media_quiet
from ofrenda.engines.tts.stock import stock_profile
from ofrenda.measure.babble import babble
from ofrenda.measure.browser_call import free_port
from ofrenda.vault import Life
from ofrenda.voice import StockChoice, adopt
from ofrenda.voice.likeness import LikenessReport

from .caller_at_home import calling, link_in
from .canaries import STEM, Canaries, in_clear
from .household import PASSPHRASE, Household

keep_media_quiet()

pytestmark = pytest.mark.server

HOW_MANY = 200
ASKED = "What did you do with the old boat that summer?"


@pytest.mark.parametrize(
    "planted",
    [
        f"as it is: {STEM}abc".encode(),
        f"{STEM}abc".upper().encode(),
        f"wide: {STEM}abc".encode("utf-16"),
        f"{STEM}abc".encode("utf-16-be"),
        *(base64.b64encode(b"xyz"[:n] + f"{STEM}abcdef".encode()) for n in range(3)),
        base64.urlsafe_b64encode(f"..{STEM}".encode("utf-16-le")),
        f"{STEM}abc".encode().hex().upper().encode(),
    ],
)
def test_the_search_finds_a_canary_that_was_planted(tmp_path: Path, planted: bytes) -> None:
    noise = random.Random(1).randbytes(100_000)
    (tmp_path / "noise").write_bytes(noise)
    assert in_clear(tmp_path) == []
    (tmp_path / "log").write_bytes(noise + planted + noise)
    (found,) = in_clear(tmp_path)
    assert found.startswith(str(tmp_path / "log"))


def test_the_search_finds_a_canary_in_the_name_of_a_folder_and_in_a_link(tmp_path: Path) -> None:
    (tmp_path / f"of {STEM}abc").mkdir()
    (tmp_path / "link").symlink_to(f"/nowhere/{STEM}abc")
    assert len(in_clear(tmp_path)) == 2


@pytest.mark.realtime  # it counts the turns of a call
async def test_nothing_of_a_life_is_ever_in_clear_and_a_killed_call_loses_only_its_last_words(
    household: Household,
) -> None:
    canaries = Canaries(seed=2)
    build_life(household, canaries)
    asleep_and_unread(household)

    # Talk in writing.
    typed = [f"Do you remember {canaries.one()}?" for _ in range(5)] + [ASKED]
    chat = household.run("chat", "papa", "--as", "wife", typed="\n".join(typed) + "\n")
    assert chat.returncode == 0, chat.stderr
    keep_log(household, "chat", chat)
    asleep_and_unread(household)

    # Talk aloud, to the first sounds of a sentence that is never finished.
    said = [ASKED, *(f"I told {canaries.one()} about you." for _ in range(2))]
    assert len(canaries.made) == HOW_MANY
    give_voice(household)
    ears = engine_that_hears(household, said)
    port = free_port()
    house = household.start(
        "serve",
        "papa",
        log="serve",
        env={"OFRENDA_PORT": str(port), "OFRENDA_STT": "canary-stt", "PYTHONPATH": str(ears)},
    )
    try:
        address, token = await link_in(household.logs / "serve.out", house)
        async with calling(address, token) as caller:
            await caller.until_state("listening", within=40.0)
            for _ in range(2):
                told = await caller.say(babble(1.0))
                await caller.until_state("speaking", within=20.0, after=told.ended)
                await caller.until_state("listening", within=40.0, after=told.ended)
            told = await caller.say(babble(1.0))
            await caller.until_state("speaking", within=20.0, after=told.ended)
            await caller.until_audible(told.ended)
            assert list(household.temporary.iterdir()), "the engines' socket belongs there"
            assert unread(household) == []
            family = [psutil.Process(house.pid)]
            family += family[0].children(recursive=True)
            house.send_signal(signal.SIGKILL)
            captions = caller.received.of("caption")
    finally:
        house.kill()
        house.wait()
    gone, alive = await asyncio.to_thread(psutil.wait_procs, family, 15)
    assert len(gone) >= 2, "the house and its engines"
    assert alive == []
    assert list(household.temporary.iterdir()) == []
    assert unread(household) == []

    # It opens again, complete up to the last commit: every turn but the one that was cut off.
    with Life.open(household.home, "papa", PASSPHRASE) as life:
        life.verify()
        with life.db.read() as db:
            calls = db.execute("SELECT id, channel FROM call ORDER BY started_utc").fetchall()
            turns = [
                (
                    row["caller_said"],
                    [
                        (line["text"], line["heard"], line["provenance"])
                        for line in db.execute(
                            "SELECT * FROM spoken WHERE turn = ? ORDER BY ordinal", (row["id"],)
                        ).fetchall()
                    ],
                )
                for row in db.execute(
                    "SELECT * FROM turn WHERE call = ? ORDER BY ordinal", (calls[-1]["id"],)
                ).fetchall()
            ]
    assert [call["channel"] for call in calls] == ["terminal", "browser"]
    assert [caller_said for caller_said, _ in turns] == [None, *said[:2]]
    for _, lines in turns:
        assert lines
        assert all(text == heard for text, heard, _ in lines)
    own = [line for line in turns[1][1] if line[2] == "own_words"]
    assert own, "the question was answered in the person's own words"
    assert any(STEM in text for text, _, _ in own)
    shown = [caption["text"] for caption in captions if caption["who"] == "caller"]
    assert shown == said, "all three were heard before the end"

    # All that was handed in and said is there, for who has the key; and goes back to sleep.
    cut_off = said[2].split()[2]
    with Life.open(household.home, "papa", PASSPHRASE) as life:
        held = everything_in(life)
    assert [canary for canary in canaries.made if canary not in held] == [cut_off]
    again = household.run("chat", "papa", "--as", "wife", typed=f"{ASKED}\n")
    assert again.returncode == 0
    assert STEM in again.stdout, "it answers as before"
    keep_log(household, "chat-again", again)
    asleep_and_unread(household)


def test_an_import_killed_three_times_is_whole_in_the_end_and_never_in_clear(
    household: Household,
) -> None:
    count = 30_000
    canaries = Canaries(seed=3)
    named = set(random.Random(4).sample(range(count), HOW_MANY - 1))
    lines = [
        f"{1 + n // 1000 % 28:02}/{1 + n // 28_000:02}/2019, {n // 60 % 24:02}:{n % 60:02} - "
        f"{'Greta' if n % 3 else 'Tomas'}: number {n}"
        f"{' and ' + canaries.one() if n in named else ' of many'}\n"
        for n in range(count)
    ]
    export = household.write(f"WhatsApp Chat with {canaries.one()}.txt", "".join(lines))
    assert len(canaries.made) == HOW_MANY
    begin_life(household, "Tomas", "Greta")
    database = next(household.home.rglob("life.db"))

    def size() -> int:
        return sum(part.stat().st_size for part in database.parent.glob("life.db*"))

    dice = random.Random(5)
    held = 0
    for part in range(3):
        # Each time a little further, at a point of its own.
        enough = size() + dice.randint(200_000, 2_500_000)
        adding = household.start("add", "papa", export, "--json", log=f"add-{part}")
        end = time.monotonic() + 60
        while size() < enough and adding.poll() is None and time.monotonic() < end:
            time.sleep(0.002)
        adding.kill()
        assert adding.wait() == -signal.SIGKILL, "it was killed before it was done"
        assert unread(household) == []
        with Life.open(household.home, "papa", PASSPHRASE) as life:
            life.verify()
            now = messages_in(life)
        assert held <= now < count
        assert now % 2_000 == 0, "whole commits only"
        held = now
    assert held > 0
    done = household.run("add", "papa", export, "--json")
    assert done.returncode == 0, done.stderr
    (report,) = json.loads(done.stdout)["reports"]
    assert (report["accepted"], report["already_there"]) == (count - held, held)
    with Life.open(household.home, "papa", PASSPHRASE) as life:
        life.verify()
        assert messages_in(life) == count
        with life.db.read() as db:
            texts = [row[0] for row in db.execute("SELECT text FROM utterance").fetchall()]
            assert db.execute("SELECT count(*) FROM source").fetchone()[0] == 1
    assert sorted(texts) == sorted(line.split(": ", 1)[1].rstrip("\n") for line in lines)
    (household.logs / "add-last.err").write_text(done.stderr)
    asleep_and_unread(household)


def begin_life(household: Household, person: str, keeper: str) -> None:
    made = household.run(
        *("new", "papa", "--person", person, "--languages", "en", "--died", "2024-02-03"),
        *("--born", "1950-01-01", "--keeper", keeper, "--relation", "wife", "--called", "Gretel"),
        *("--ground", "relatives", "--agree", "--json"),
    )
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["life"] == "papa"
    (household.logs / "new.err").write_text(made.stderr)


def build_life(household: Household, canaries: Canaries) -> None:
    """A life through the command line alone, with a canary wherever the family could write one."""
    tomas, greta = f"Tomas {canaries.one()}", f"Greta {canaries.one()}"
    begin_life(household, tomas, greta)
    photos = {f"IMG-2018{n:04}-{canaries.one()}.jpg": photo(*canaries.some(3)) for n in range(12)}
    chat = [f"13/06/2018, 20:{n:02} - {tomas}: {name} (file attached)\n{canaries.one()}\n"
            for n, name in enumerate(photos)]  # fmt: skip
    chat += [
        f"14/06/2018, 20:00 - {greta}: {ASKED}\n",
        f"14/06/2018, 20:01 - {tomas}: We painted the old boat green that summer and called her "
        f"{canaries.one()}.\n",
    ]
    for n in range(30):
        chat.append(f"15/06/2018, 21:{n:02} - {greta}: And how was {canaries.one()} today?\n")
        chat.append(f"15/06/2018, 21:{n:02} - {tomas}: I saw {canaries.one()} in the garden.\n")
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"WhatsApp Chat with {canaries.one()}.txt", "".join(chat))
        for name, data in photos.items():
            archive.writestr(name, data)
    export = household.write(f"WhatsApp Chat {canaries.one()}.zip", packed.getvalue())
    letters = household.desk / f"letters of {canaries.one()}"
    for n in range(12):
        text = f"# For {canaries.one()}\n\nThe {canaries.one()} stood by the river.\n"
        household.write(f"{letters.name}/{n} {canaries.one()}.md", text)
    # The chat and the call will bring 7 more.
    rest = canaries.some(HOW_MANY - 7 - len(canaries.made))
    household.write(f"{letters.name}/last.txt", "\n\n".join(f"Of {word}." for word in rest))
    added = household.run("add", "papa", export, letters, "--json")
    assert added.returncode == 0, added.stderr
    keep_log(household, "add", added)
    senders = {s["name"]: s["id"] for s in json.loads(
        household.run("identities", "papa", "--json").stdout
    )}  # fmt: skip
    told = household.run(
        *("identities", "papa", "--set", f"{senders[tomas]}=person"),
        *("--set", f"{senders[greta]}=wife"),
    )
    assert told.returncode == 0, told.stderr
    keep_log(household, "identities", told)
    member = household.run(
        *("members", "papa", "--add", "Lea", "--relation", "daughter", "--called", "Lea")
    )
    assert member.returncode == 0, member.stderr
    keep_log(household, "members", member)


def photo(described: str, made_by: str, noted: str) -> bytes:
    """A small JPEG with words in its Exif data: two plain, one in UTF-16."""
    comment = b"UNICODE\0" + noted.encode("utf-16-le")
    texts = [(0x010E, described.encode() + b"\0"), (0x013B, made_by.encode() + b"\0")]
    # Two texts and the pointer to the Exif part; then that part with its one comment.
    place = 8 + 2 + 3 * 12 + 4
    entries, values = b"", b""
    for tag, text in texts:
        entries += struct.pack("<HHII", tag, 2, len(text), place + len(values))
        values += text
    exif = place + len(values)
    entries += struct.pack("<HHII", 0x8769, 4, 1, exif)
    inner = struct.pack("<HHHIII", 1, 0x9286, 7, len(comment), exif + 2 + 12 + 4, 0) + comment
    tiff = b"II*\0" + struct.pack("<IH", 8, 3) + entries + struct.pack("<I", 0) + values + inner
    body = b"Exif\0\0" + tiff
    picture = jpeg()
    return picture[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + picture[2:]


def jpeg() -> bytes:
    """A grey square."""
    codec = cast(av.VideoCodecContext, av.CodecContext.create("mjpeg", "w"))
    codec.width = codec.height = 16
    codec.pix_fmt, codec.time_base = "yuvj420p", Fraction(1, 25)
    frame = av.VideoFrame.from_ndarray(np.full((24, 16), 128, np.uint8), format="yuv420p")
    return b"".join(map(bytes, [*codec.encode(frame), *codec.encode(None)]))


def give_voice(household: Household) -> None:
    """A stock voice; choosing one from a clip has its own tests."""
    report = LikenessReport(
        engine="kokoro",
        mix={"am_michael": 1.0},
        language="en",
        similarity=0.7,
        floor=0.5,
        nearest=0.7,
        nearest_name="am_michael",
        ceiling=0.9,
        normalised=0.5,
        speech_seconds=60.0,
        held_out_seconds=20.0,
        pitch_hz=None,
        chosen_pitch_hz=None,
        judge="nobody",
    )
    with Life.open(household.home, "papa", PASSPHRASE) as life:
        adopt(life, StockChoice(stock_profile("am_michael"), report))


def engine_that_hears(household: Household, lines: list[str]) -> Path:
    """A speech-to-text engine of somebody else's, found by its entry point as all are, that hears
    ``lines`` one after the other; returns the folder it is installed in."""
    folder = household.root / "engine"
    about = folder / "canary_ears-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: canary-ears\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[ofrenda.engines]\ncanary-stt = canary_ears:create\n")
    (folder / "canary_ears.py").write_text(
        "from ofrenda.engines.scripted import ScriptedSpeechToText\n"
        f"def create(settings):\n    return ScriptedSpeechToText({lines!r})\n"
    )
    return folder


def keep_log(household: Household, name: str, done: subprocess.CompletedProcess[str]) -> None:
    """What a command printed. Standard output is there to show the family's own words."""
    (household.logs / f"{name}.err").write_text(done.stderr)


def unread(household: Household) -> list[str]:
    """Where a canary can be read on this computer; the files handed in aside, and the screen on
    which the house shows each member's name and link."""
    logs = [path for path in household.logs.iterdir() if path.name != "serve.out"]
    return in_clear(household.home, household.cache, household.temporary, household.user, *logs)


def asleep_and_unread(household: Household) -> None:
    assert unread(household) == []
    assert household.contents(household.temporary, household.user) == {}, "no library's either"
    assert [p.name for p in household.home.rglob("*") if p.name.endswith((".part", "-wal"))] == []


def messages_in(life: Life) -> int:
    with life.db.read() as db:
        return int(db.execute("SELECT count(*) FROM utterance").fetchone()[0])


def everything_in(life: Life) -> str:
    """Every text of the database and every file kept, as one text."""
    pieces = []
    with life.db.read() as db:
        tables = db.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%fts%'"
        ).fetchall()
        for (table,) in tables:
            for row in db.execute(f'SELECT * FROM "{table}"').fetchall():
                pieces += [str(value) for value in row if isinstance(value, str)]
    for blob in life.blobs.ids():
        data = life.blobs.get(blob)
        pieces += [data.decode("latin-1"), data.decode("utf-16-le", "ignore")]
        pieces.append(data[1:].decode("utf-16-le", "ignore"))
    return "\n".join(pieces)
