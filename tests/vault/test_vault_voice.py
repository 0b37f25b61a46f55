import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ofrenda.errors import LifeDamaged, VoiceDestroyed
from ofrenda.types import Person
from ofrenda.vault import Life
from ofrenda.vault.header import VOICE_FILE

MakeLife = Callable[..., tuple[Life, str]]


def keep_a_voice(life: Life) -> str:
    blob = life.voice_blobs.put(b"ninety seconds")
    with life.db.write() as db:
        db.execute(
            "INSERT INTO voice_clip (name, sha256, added_utc, blob, report)"
            " VALUES ('clip', 'aa', '2026-01-01T00:00:00Z', ?, '{}')",
            (blob,),
        )
        db.execute(
            "INSERT INTO voice_profile (id, engine, made_utc, blob, report, in_use, consent)"
            " VALUES ('p', 'kokoro', '2026-01-01T00:00:00Z', ?, '{}', 1, 1)",
            (blob,),
        )
    return blob


def test_a_destroyed_voice_is_unreadable_and_the_rest_is_not(
    make_life: MakeLife, home: Path, passphrase: str, person: Person
) -> None:
    life, code = make_life()
    photo = life.blobs.put(b"photo")
    voice = keep_a_voice(life)
    sealed = (life.folder / "voice" / voice).read_bytes()
    wrap = json.loads((life.folder / VOICE_FILE).read_text())["wrap"]["sealed"]

    life.destroy_voice()

    with pytest.raises(VoiceDestroyed):
        life.voice_blobs.get(voice)
    with pytest.raises(VoiceDestroyed):
        life.voice_blobs.put(b"another voice")
    life.close()
    for secret in (passphrase, code):
        with Life.open(home, "grandpa", secret) as again:
            # even where the ciphertext was kept somewhere and is brought back
            (again.folder / "voice" / voice).write_bytes(sealed)
            with pytest.raises(VoiceDestroyed):
                again.voice_blobs.get(voice)
            assert again.blobs.get(photo) == b"photo"
            assert again.person() == person
            with again.db.read() as db:
                assert db.execute("SELECT count(*) FROM voice_clip").fetchone()[0] == 0
                assert db.execute("SELECT count(*) FROM voice_profile").fetchone()[0] == 0
    everything = b"".join(p.read_bytes() for p in life.folder.rglob("*") if p.is_file())
    assert wrap.encode() not in everything


def test_what_was_measured_and_heard_of_a_voice_goes_with_it(life: Life) -> None:
    heard = life.voice_blobs.put(b"a line, said in that voice")
    member = life.members()[0].id
    with life.db.write() as db:
        db.execute("INSERT INTO voice_measure (at_utc, report) VALUES ('2026', '{}')")
        db.execute("INSERT INTO listening_line VALUES (1, 'own', 'Mind the step.', 'en')")
        db.execute("INSERT INTO listening_sound VALUES (1, 'p', ?)", (heard,))
        db.execute(
            "INSERT INTO listening_answer (member, line, one, other, at_utc)"
            " VALUES (?, 1, 'p', 'q', '2026')",
            (member,),
        )
    assert life.collect_orphans() == 0
    life.destroy_voice()
    assert not (life.folder / "voice" / heard).exists()
    with life.db.read() as db:
        for count in (
            "SELECT count(*) FROM voice_measure",
            "SELECT count(*) FROM listening_line",
            "SELECT count(*) FROM listening_sound",
            "SELECT count(*) FROM listening_answer",
        ):
            assert db.execute(count).fetchone()[0] == 0


def test_a_crash_after_the_key_is_gone_is_finished_on_opening(
    life: Life, home: Path, passphrase: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_a_voice(life)
    with monkeypatch.context() as patch:
        patch.setattr(Life, "_clear_voice", lambda self: None)
        life.destroy_voice()
    life.close()
    assert list((life.folder / "voice").iterdir())
    with Life.open(home, "grandpa", passphrase) as again:
        assert again.voice_blobs.ids() == []
        with again.db.read() as db:
            assert db.execute("SELECT count(*) FROM voice_profile").fetchone()[0] == 0
        again.verify()


def test_destroying_twice_is_no_error(life: Life) -> None:
    life.destroy_voice()
    life.destroy_voice()
    with pytest.raises(VoiceDestroyed):
        life.voice_blobs.put(b"voice")


@pytest.mark.parametrize("harm", ["deleted", "emptied", "from another life"])
def test_without_its_key_file_the_voice_is_lost_and_the_rest_opens(
    make_life: MakeLife, home: Path, passphrase: str, person: Person, harm: str
) -> None:
    life, other = make_life("grandpa")[0], make_life("other")[0]
    voice = keep_a_voice(life)
    life.close()
    file = life.folder / VOICE_FILE
    if harm == "deleted":
        file.unlink()
    elif harm == "emptied":
        file.write_bytes(b"")
    else:
        file.write_bytes((other.folder / VOICE_FILE).read_bytes())
    with Life.open(home, "grandpa", passphrase) as again:
        assert again.person() == person
        with pytest.raises(LifeDamaged):
            again.voice_blobs.get(voice)
        assert again.voice_blobs.ids() == [voice]  # nothing is deleted: a backup may heal it


def test_the_voice_has_a_key_of_its_own(life: Life) -> None:
    voice = life.voice_blobs.put(b"voice")
    sealed = (life.folder / "voice" / voice).read_bytes()
    (life.folder / "blobs" / voice).write_bytes(sealed)
    with pytest.raises(LifeDamaged):
        life.blobs.get(voice)
