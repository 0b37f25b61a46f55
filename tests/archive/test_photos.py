"""Photos: when and where they were taken, from honest cameras, broken ones and hostile files."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ofrenda.apart import Apart
from ofrenda.archive import add
from ofrenda.archive.kept import Photo, look_at_photos, media_counts, photos
from ofrenda.archive.kept.exif import JOB
from ofrenda.errors import FileUnreadable
from ofrenda.vault import Life

from .keepsakes import jpeg, name_the_person, take, whatsapp

IMG = "00000002-PHOTO-2018-06-13-21-25-00.jpg"


def only(life: Life) -> Photo:
    (found,) = photos(life)
    return found


def test_a_photo_in_a_chat_is_an_anchor_with_its_words(life: Life, tmp_path: Path) -> None:
    data = jpeg(
        taken="2018:06:02 14:30:05",
        offset="+02:00",
        place=(48.85837, "N", 2.29448, "W"),
        orientation=6,
    )
    line = f"Ada: {IMG}\nthe bench at last"
    take(life, tmp_path, "chat.zip", whatsapp("Sam: hi", line, **{IMG: data}))
    name_the_person(life, "Ada")
    assert look_at_photos(life) == 1
    photo = only(life)
    assert (photo.taken_local, photo.taken_offset) == ("2018-06-02T14:30:05", "+02:00")
    assert photo.lat == pytest.approx(48.85837, abs=1e-4)
    assert photo.lon == pytest.approx(-2.29448, abs=1e-4)
    assert (photo.width, photo.height, photo.orientation) == (48, 64, 6)
    assert (photo.sender, photo.caption) == ("person", "the bench at last")
    assert photo.sent_local == "2018-06-13T21:00:01"
    with life.blobs.open(photo.blob) as file:
        assert file.read() == data, "the original, byte for byte"
    assert look_at_photos(life) == 0, "each is looked at once"
    assert [(one.kind, one.state) for one in media_counts(life)] == [("photo", "seen")]


def test_a_folder_of_photos_without_a_chat_is_taken_too(life: Life, tmp_path: Path) -> None:
    folder = tmp_path / "Summer 1999"
    folder.mkdir()
    (folder / "b.jpg").write_bytes(jpeg(taken="1999:07:02 10:00:00", shade=1))
    (folder / "a.jpg").write_bytes(jpeg(taken="1999:07:09 10:00:00", shade=2))
    (folder / "scan.png").write_bytes(png(40, 30))
    (folder / "song.mp3").write_bytes(b"ID3" + bytes(900))
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(300))
    add(life, folder)
    assert look_at_photos(life) == 3
    found = photos(life)
    assert [one.file for one in found] == ["b.jpg", "a.jpg", "scan.png"]
    assert {one.utterance for one in found} == {None}
    assert found[2].taken_local is None


def png(width: int, height: int) -> bytes:
    """A PNG that says its size and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


def looked_at(data: bytes) -> dict[str, object]:
    with Apart() as apart:
        (told,) = apart.run(JOB, io.BytesIO(data))
    assert isinstance(told, dict)
    return told


def test_a_picture_bomb_is_refused_by_its_size_alone() -> None:
    assert looked_at(png(9_000, 9_000))["width"] == 9_000
    for width, height in ((20_000, 20_000), (2**31 - 1, 2**31 - 1)):
        with pytest.raises(FileUnreadable) as caught:
            looked_at(png(width, height))
        assert caught.value.reason == "too_large"


@pytest.mark.parametrize(
    ("how", "taken", "place"),
    [
        ({"taken": "0000:00:00 00:00:00"}, None, None),
        ({"taken": "2018:13:41 25:00:00"}, None, None),
        ({"taken": "    :  :     :  :  "}, None, None),
        ({"taken": "1980:01:01 00:00:00"}, None, None),
        ({"taken": "2018-06-02 14:30:05", "offset": "summer"}, "2018-06-02T14:30:05", None),
        ({"place": (0.0, "N", 0.0, "E")}, None, None),
        ({"place": (91.0, "N", 10.0, "E")}, None, None),
        ({"place": (40.0, "X", 10.0, "E")}, None, None),
        ({"place": (40.5, "S", 10.25, "E")}, None, (-40.5, 10.25)),
        ({"orientation": 77}, None, None),
    ],
)
def test_what_a_camera_cannot_know_is_not_believed(
    how: dict[str, object], taken: str | None, place: tuple[float, float] | None
) -> None:
    told = looked_at(jpeg(**how))  # type: ignore[arg-type]
    assert told["taken_local"] == taken
    assert told["taken_offset"] is None
    assert (None if told["lat"] is None else (told["lat"], told["lon"])) == place
    assert 1 <= int(str(told["orientation"])) <= 8


def test_the_date_a_program_saved_the_file_is_no_date_it_was_taken() -> None:
    image = Image.new("RGB", (8, 8))
    exif = image.getexif()
    exif[0x0132] = "2021:01:01 10:00:00"
    file = io.BytesIO()
    image.save(file, "JPEG", exif=exif)
    assert looked_at(file.getvalue())["taken_local"] is None


def test_damaged_photos_end_nothing_but_themselves() -> None:
    whole = jpeg(taken="2018:06:02 14:30:05", place=(48.5, "N", 2.5, "E"), orientation=3)
    dice = np.random.default_rng(2)
    read = 0
    with Apart() as apart:
        for _ in range(200):
            data = bytearray(whole)
            for place in dice.integers(0, min(400, len(data)), 6):
                data[place] = int(dice.integers(0, 256))
            try:
                (told,) = apart.run(JOB, io.BytesIO(bytes(data)))
            except FileUnreadable:
                continue
            read += 1
            assert told["lat"] is None or -90 <= told["lat"] <= 90
            assert told["lon"] is None or -180 <= told["lon"] <= 180
    assert read > 20


def box(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", 8 + len(data)) + kind + data


def heic(*, block: bytes, width: int = 4_032, height: int = 3_024, padding: int = 0) -> bytes:
    """The boxes of an iPhone's photo, without the picture: written from ISO/IEC 23008-12."""
    exif = struct.pack(">I", 6) + b"Exif\0\0" + block
    start = box(b"ftyp", b"heic\0\0\0\0mif1heic")
    infe = box(b"infe", b"\2\0\0\0" + struct.pack(">HH", 7, 0) + b"Exif\0")
    iinf = box(b"iinf", b"\0\0\0\0" + struct.pack(">H", 1) + infe)
    sizes = b"".join(
        box(b"ispe", b"\0\0\0\0" + struct.pack(">II", *one))
        for one in ((512, 512), (width, height))
    )
    iprp = box(b"iprp", box(b"ipco", sizes))

    def meta(offset: int) -> bytes:
        iloc = box(
            b"iloc",
            b"\1\0\0\0\x44\0" + struct.pack(">HHHHHII", 1, 7, 0, 0, 1, offset, len(exif)),
        )
        return box(b"meta", b"\0\0\0\0" + iinf + iprp + iloc)

    offset = len(start) + len(meta(0)) + 8 + padding
    return start + meta(offset) + box(b"mdat", bytes(padding) + exif)


def test_the_photo_of_an_iphone_is_dated_without_its_codec() -> None:
    image = Image.new("RGB", (8, 8))
    exif = image.getexif()
    exif.get_ifd(0x8769)[0x9003] = "2023:08:01 09:10:11"
    exif[0x0112] = 6
    block = exif.tobytes().removeprefix(b"Exif\0\0")
    for padding in (0, 3_000_000):
        told = looked_at(heic(block=block, padding=padding))
        assert told["taken_local"] == "2023-08-01T09:10:11"
        assert (told["width"], told["height"], told["orientation"]) == (3_024, 4_032, 6)
    data = heic(block=block)
    dice = np.random.default_rng(9)
    with Apart() as apart:
        for cut in [*range(0, len(data), 9), *dice.integers(0, len(data), 100)]:
            damaged = data[:cut] if cut % 2 else data[:cut] + b"\xff" + data[cut + 1 :]
            try:
                list(apart.run(JOB, io.BytesIO(damaged)))
            except FileUnreadable as error:
                assert error.reason in {"corrupt", "too_large"}  # noqa: PT017


def test_a_sticker_and_a_forwarded_picture_are_no_memory_of_theirs(
    life: Life, tmp_path: Path
) -> None:
    sticker = io.BytesIO()
    Image.new("RGB", (16, 16)).save(sticker, "WEBP")
    files = {"STK-20180613-WA0001.webp": sticker.getvalue(), IMG: jpeg(shade=7)}
    lines = (f"Ada: {name}" for name in files)
    take(life, tmp_path, "chat.zip", whatsapp(*lines, **files))
    with life.db.write() as db:
        db.execute("UPDATE utterance SET forwarded = 1 WHERE kind = 'image'")
    look_at_photos(life)
    assert photos(life) == []
