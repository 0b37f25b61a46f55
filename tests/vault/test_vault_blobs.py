import io
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ofrenda.errors import LifeDamaged
from ofrenda.types import BlobId, LifeId
from ofrenda.vault import BlobStore, Life
from ofrenda.vault.blobs import CHUNK_BYTES

LIFE = LifeId("a" * 32)
KEY = bytes(range(32))
SEALED_CHUNK = CHUNK_BYTES + 28
PREFIX = 5
around_borders = st.builds(
    lambda chunks, offset: max(0, chunks * CHUNK_BYTES + offset),
    st.integers(0, 3),
    st.integers(-40, 40),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> BlobStore:
    return BlobStore(tmp_path_factory.mktemp("blobs"), LIFE, KEY)


def content(size: int, seed: int) -> bytes:
    return (bytes([seed % 256]) + seed.to_bytes(7, "big")) * (size // 8 + 1)


@contextmanager
def kept(store: BlobStore, data: bytes) -> Iterator[tuple[BlobId, Path]]:
    blob = store.put(data)
    yield blob, store._folder / blob
    store.delete(blob)


class Dripping(io.RawIOBase):
    """A source that gives less than it is asked for, as pipes and zip members do."""

    def __init__(self, data: bytes, drip: int) -> None:
        self._data, self._drip = io.BytesIO(data), drip

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._data.read(min(size, self._drip) if size >= 0 else self._drip)


@settings(deadline=None, max_examples=30)
@given(st.one_of(around_borders, st.integers(0, 5000)), st.integers(0, 2**40))
def test_a_blob_of_any_size_comes_back(store: BlobStore, size: int, seed: int) -> None:
    data = content(size, seed)[:size]
    with kept(store, data) as (blob, _):
        assert store.get(blob) == data
        assert all(len(chunk) <= CHUNK_BYTES for chunk in store.chunks(blob))


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1])
@pytest.mark.parametrize("drip", [1000, 65536, CHUNK_BYTES])
def test_a_file_is_kept_however_it_gives_its_bytes(store: BlobStore, size: int, drip: int) -> None:
    data = secrets.token_bytes(size)
    blob = store.put(cast("BinaryIO", Dripping(data, drip)))
    assert store.get(blob) == data
    store.delete(blob)


@settings(deadline=None, max_examples=40)
@given(size=st.integers(0, 200), place=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_one_flipped_bit_anywhere_is_noticed(
    store: BlobStore, size: int, place: int, bit: int
) -> None:
    with kept(store, secrets.token_bytes(size)) as (blob, file):
        sealed = bytearray(file.read_bytes())
        sealed[place % len(sealed)] ^= 1 << bit
        file.write_bytes(sealed)
        with pytest.raises(LifeDamaged):
            store.get(blob)


@settings(deadline=None, max_examples=40)
@given(chunks=st.integers(0, 2), extra=st.integers(0, 100), cut=st.integers(1, 10**7))
def test_a_blob_cut_short_anywhere_is_noticed(
    store: BlobStore, chunks: int, extra: int, cut: int
) -> None:
    with kept(store, bytes(chunks * CHUNK_BYTES + extra)) as (blob, file):
        sealed = file.read_bytes()
        file.write_bytes(sealed[: len(sealed) - 1 - cut % len(sealed)])
        with pytest.raises(LifeDamaged):
            store.get(blob)


def pieces(sealed: bytes) -> list[bytes]:
    body = sealed[PREFIX:]
    return [body[start : start + SEALED_CHUNK] for start in range(0, len(body), SEALED_CHUNK)]


@pytest.mark.parametrize(
    "order",
    [[0], [0, 1], [1, 0, 2], [0, 2], [0, 1, 2, 2], [0, 0, 1, 2], [2], []],
    ids=["first", "no last", "swapped", "hole", "last twice", "first twice", "only last", "none"],
)
def test_chunks_cut_off_at_a_border_swapped_or_repeated_are_noticed(
    store: BlobStore, order: list[int]
) -> None:
    with kept(store, secrets.token_bytes(3 * CHUNK_BYTES)) as (blob, file):
        sealed = file.read_bytes()
        parts = pieces(sealed)
        assert len(parts) == 3
        file.write_bytes(sealed[:PREFIX] + b"".join(parts[number] for number in order))
        with pytest.raises(LifeDamaged):
            store.get(blob)


def test_something_added_at_the_end_is_noticed(store: BlobStore) -> None:
    for size in (10, CHUNK_BYTES):
        with kept(store, bytes(size)) as (blob, file):
            with file.open("ab") as end:
                end.write(b"\0")
            with pytest.raises(LifeDamaged):
                store.get(blob)


def test_a_blob_under_another_name_or_life_or_key_does_not_open(
    store: BlobStore, tmp_path: Path
) -> None:
    with kept(store, b"picture") as (blob, file):
        sealed = file.read_bytes()
        other = BlobId("0" * 32)
        (tmp_path / blob).write_bytes(sealed)
        (tmp_path / other).write_bytes(sealed)
        assert BlobStore(tmp_path, LIFE, KEY).get(blob) == b"picture"
        for strange, name in (
            (BlobStore(tmp_path, LIFE, KEY), other),
            (BlobStore(tmp_path, LifeId("b" * 32), KEY), blob),
            (BlobStore(tmp_path, LIFE, bytes(32)), blob),
        ):
            with pytest.raises(LifeDamaged):
                strange.get(name)


@pytest.mark.parametrize("name", ["", "../life.db", "0" * 31, "G" * 32, "0" * 32, "0" * 32 + "\n"])
def test_a_missing_or_improper_name_is_damage(store: BlobStore, name: str) -> None:
    with pytest.raises(LifeDamaged):
        store.get(BlobId(name))


def test_the_same_content_is_never_the_same_ciphertext(store: BlobStore) -> None:
    with kept(store, bytes(1000)) as (_, one), kept(store, bytes(1000)) as (_, two):
        assert one.name != two.name
        assert one.read_bytes()[PREFIX:] != two.read_bytes()[PREFIX:]


def test_a_source_that_fails_leaves_nothing(tmp_path: Path) -> None:
    class Failing(Dripping):
        def read(self, size: int = -1) -> bytes:
            if self._data.tell() > CHUNK_BYTES:
                raise OSError("the camera was unplugged")
            return super().read(size)

    store = BlobStore(tmp_path, LIFE, KEY)
    with pytest.raises(OSError, match="unplugged"):
        store.put(cast("BinaryIO", Failing(bytes(3 * CHUNK_BYTES), 65536)))
    assert list(tmp_path.iterdir()) == []


@given(size=around_borders, seed=st.integers(0, 99), data=st.data())
@settings(max_examples=25, deadline=None)
def test_a_blob_can_be_read_at_any_place(
    store: BlobStore, size: int, seed: int, data: st.DataObject
) -> None:
    whole = content(size, seed)[:size]
    with kept(store, whole) as (blob, _):
        assert store.size(blob) == size
        with store.open(blob) as file:
            for _ in range(4):
                place = data.draw(st.integers(0, size + 10))
                length = data.draw(st.integers(0, 2 * CHUNK_BYTES))
                file.seek(place)
                assert file.read(length) == whole[place : place + length]
            assert file.seek(0, io.SEEK_END) == size


def test_a_blob_whose_end_was_cut_off_cannot_be_read_at_its_new_end(store: BlobStore) -> None:
    with kept(store, bytes(3 * CHUNK_BYTES)) as (blob, path):
        path.write_bytes(path.read_bytes()[: PREFIX + 2 * SEALED_CHUNK])
        with store.open(blob) as file:
            assert file.read(10) == bytes(10)
            file.seek(CHUNK_BYTES)
            with pytest.raises(LifeDamaged):
                file.read(10)


def test_a_blob_that_is_missing_cannot_be_opened(store: BlobStore) -> None:
    for wrong in ("0" * 32, "../escape"):
        with pytest.raises(LifeDamaged):
            store.open(BlobId(wrong))


def test_ids_names_what_is_kept_and_delete_takes_it_away(life: Life) -> None:
    one, two = life.blobs.put(b"one"), life.blobs.put(b"two")
    assert set(life.blobs.ids()) == {one, two}
    life.blobs.delete(one)
    life.blobs.delete(one)
    assert life.blobs.ids() == [two]
    with pytest.raises(LifeDamaged):
        life.blobs.get(one)


def test_only_blobs_that_nothing_names_are_orphans(life: Life) -> None:
    used, voice, orphan = life.blobs.put(b"used"), life.voice_blobs.put(b"v"), life.blobs.put(b"o")
    photo = life.blobs.put(b"photo")
    lost_voice = life.voice_blobs.put(b"lost")
    with life.db.write() as db:
        db.execute(
            "INSERT INTO source (name, format, sha256, added_utc, blob, report)"
            " VALUES ('a', 'b', 'c', 'd', ?, '{}')",
            (used,),
        )
        db.execute(
            "INSERT INTO voice_clip (name, sha256, added_utc, blob, report)"
            " VALUES ('a', 'b', 'c', ?, '{}')",
            (voice,),
        )
        db.execute("UPDATE person SET photo_blob = ?", (photo,))
    assert life.collect_orphans() == 2
    assert set(life.blobs.ids()) == {used, photo}
    assert life.voice_blobs.ids() == [voice]
    assert orphan not in life.blobs.ids()
    assert lost_voice not in life.voice_blobs.ids()
    life.verify()


def test_verify_notices_a_damaged_blob(life: Life) -> None:
    photo = life.blobs.put(bytes(100))
    with life.db.write() as db:
        db.execute("UPDATE person SET photo_blob = ?", (photo,))
    life.verify()
    (life.folder / "blobs" / photo).write_bytes(b"OFBL\x01")
    with pytest.raises(LifeDamaged):
        life.verify()
