"""Clips and voices are kept under the voice key, with consent, once, and are found again."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ofrenda.clock import ManualClock
from ofrenda.engines.tts.stock import stock_profile
from ofrenda.errors import ClipRejected, ConsentMissing, LifeDamaged, VaultError
from ofrenda.settings import Settings
from ofrenda.types import Audio, Consent, Member, MemberId, Person, Role, VoiceProfile
from ofrenda.vault import KdfParameters, Life
from ofrenda.voice import StockChoice, add_clip, adopt, clips, voice_in_use
from ofrenda.voice.likeness import LikenessReport
from ofrenda.voice.store import pack_profile, unpack_profile

from .recordings import RATE, encode

PASSPHRASE = "copper lantern under seven pears"
NOW = datetime(2026, 5, 3, 9, 30, tzinfo=UTC)


def consent(*scope: str) -> Consent:
    return Consent(NOW, "Ines Quintanar", "wife", "relatives", scope, "We agree.")


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    made, _code = Life.create(
        tmp_path / "lives",
        "aurelio",
        PASSPHRASE,
        person=Person("Aurelio Quintanar", died=date(2024, 11, 2)),
        consent=consent("text"),
        keeper=Member(MemberId("m1"), "Ines Quintanar", "wife", Role.KEEPER),
        kdf=KdfParameters(memory_kib=64, passes=1, lanes=1),
    )
    with made:
        yield made


def choice(name: str = "am_onyx") -> StockChoice:
    profile = dataclasses.replace(stock_profile(name), id=f"stock-mix-{name}")
    report = LikenessReport(
        engine="kokoro",
        mix={name: 1.0},
        language="en",
        similarity=0.7,
        floor=0.6,
        nearest=0.68,
        nearest_name=name,
        ceiling=0.9,
        normalised=0.333,
        speech_seconds=80.0,
        held_out_seconds=26.0,
        pitch_hz=120.0,
        chosen_pitch_hz=115.0,
        judge="none",
    )
    return StockChoice(profile, report)


def files_of(life: Life) -> set[Path]:
    return {
        path for path in life.folder.rglob("*") if path.is_file() and "life.db" not in path.name
    }


def test_without_consent_to_the_voice_a_clip_is_not_even_opened(life: Life) -> None:
    with pytest.raises(ConsentMissing):
        add_clip(life, Path("/nowhere/at/all.m4a"))
    with pytest.raises(ConsentMissing):
        adopt(life, choice())
    assert voice_in_use(life) is None


@pytest.mark.parametrize(
    ("content", "reason"), [(b"", "corrupt"), (b"a letter, no sound", "corrupt")]
)
def test_a_refused_clip_leaves_nothing_behind(
    life: Life, tmp_path: Path, settings: Settings, content: bytes, reason: str
) -> None:
    life.add_consent(consent("text", "voice"))
    path = tmp_path / "clip.ogg"
    path.write_bytes(content)
    before = files_of(life)
    with pytest.raises(ClipRejected) as caught:
        add_clip(life, path, settings=settings)
    assert caught.value.reason == reason
    assert clips(life) == []
    assert files_of(life) == before


def test_a_file_that_is_not_there_is_told_in_plain_words(life: Life, tmp_path: Path) -> None:
    life.add_consent(consent("voice"))
    with pytest.raises(ClipRejected, match="cannot be opened"):
        add_clip(life, tmp_path / "gone.ogg")


@pytest.mark.models
@pytest.mark.speech
def test_a_clip_is_kept_as_it_came_once_and_in_cipher(
    life: Life, tmp_path: Path, allison: Audio, settings: Settings
) -> None:
    life.add_consent(consent("text", "voice"))
    note = encode(Audio(allison.samples[: 30 * RATE], RATE), "libopus", "ogg", bit_rate=16_000)
    path = tmp_path / "PTT-20190503.opus"
    path.write_bytes(note)
    report = add_clip(life, path, settings=settings, clock=ManualClock(NOW))
    path.rename(tmp_path / "copy.opus")
    assert add_clip(life, tmp_path / "copy.opus", settings=settings) == report
    (kept,) = clips(life)
    assert kept.name == "PTT-20190503.opus"
    assert kept.report == report
    assert life.voice_blobs.get(kept.blob) == note
    assert life.voice_blobs.ids() == [kept.blob]
    with life.db.read() as db:
        assert db.execute("SELECT added_utc FROM voice_clip").fetchone()[0] == (
            "2026-05-03T09:30:00Z"
        )
    for file in files_of(life):
        assert note[1000:1064] not in file.read_bytes()


def test_an_adopted_voice_is_what_the_life_speaks_with_after_it_slept(
    life: Life, tmp_path: Path
) -> None:
    row = life.add_consent(consent("voice"))
    assert voice_in_use(life) is None
    adopted = adopt(life, choice())
    assert adopted.consent_id == str(row)
    assert voice_in_use(life) == adopted
    life.close()
    with Life.open(tmp_path / "lives", "aurelio", PASSPHRASE) as awake:
        assert voice_in_use(awake) == adopted


def test_the_last_adopted_voice_is_in_use_and_the_same_again_leaves_no_rest(life: Life) -> None:
    life.add_consent(consent("voice"))
    adopt(life, choice("am_onyx"))
    second = adopt(life, choice("am_michael"))
    assert voice_in_use(life) == second
    first = adopt(life, choice("am_onyx"))
    assert voice_in_use(life) == first
    assert len(life.voice_blobs.ids()) == 2
    with life.db.read() as db:
        assert db.execute("SELECT count(*) FROM voice_profile").fetchone()[0] == 2
        assert db.execute("SELECT sum(in_use) FROM voice_profile").fetchone()[0] == 1


def test_when_the_voice_is_destroyed_there_is_none(life: Life) -> None:
    life.add_consent(consent("voice"))
    adopt(life, choice())
    life.destroy_voice()
    assert voice_in_use(life) is None
    with pytest.raises(VaultError):
        adopt(life, choice())


def test_a_profile_with_an_artefact_survives_packing() -> None:
    profile = VoiceProfile(
        id="fit-1",
        engine="kokoro",
        base_model_sha256="ab" * 32,
        languages=("en", "zh"),
        parameters={"mix": {"am_onyx": 0.7, "am_michael": 0.3}, "tier": "bias"},
        artefact=bytes(range(256)),
        consent_id="3",
        format_version=1,
    )
    assert unpack_profile(pack_profile(profile)) == profile


@pytest.mark.parametrize("data", [b"", b"\x00", b"\xc1", pack_profile(choice().profile)[:-5]])
def test_a_damaged_profile_says_what_to_do(data: bytes) -> None:
    with pytest.raises(LifeDamaged, match="ofrenda voice"):
        unpack_profile(data)
