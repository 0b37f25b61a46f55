from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from ofrenda.errors import BadInput, ConsentMissing, NotInvited
from ofrenda.types import BlobId, Consent, Member, MemberId, Person, Role
from ofrenda.vault import Life


def test_whom_the_life_remembers_can_be_corrected(life: Life, person: Person) -> None:
    corrected = replace(person, name="Aurelio Q.", born=None, photo=BlobId("0" * 32))
    life.set_person(corrected)
    assert life.person() == corrected


def test_nothing_may_be_built_without_consent_for_it(life: Life, consent: Consent) -> None:
    text = life.require_consent("text")
    with pytest.raises(ConsentMissing):
        life.require_consent("voice")
    voice = life.add_consent(replace(consent, scope=("text", "voice")))
    assert life.require_consent("voice") == voice
    assert life.require_consent("text") == voice != text
    assert [number for number, _ in life.consents()] == [text, voice]


def test_a_consent_is_kept_as_it_was_given_whatever_its_zone(life: Life, consent: Consent) -> None:
    local = replace(consent, at=datetime(2026, 11, 3, 1, tzinfo=timezone(timedelta(hours=8))))
    life.add_consent(local)
    kept = life.consents()[-1][1]
    assert kept == local
    assert kept.at.tzinfo == UTC


def test_a_member_is_found_by_name_pet_name_or_relation(life: Life, keeper: Member) -> None:
    daughter = Member(MemberId("m2"), "Paz", "daughter", Role.FAMILY)
    life.add_member(daughter)
    assert life.members() == [keeper, daughter]
    assert life.member(MemberId("m2")) == daughter
    for words in ("ines quintanar", " NESITA ", "wife"):
        assert life.find_member(words) == keeper
    assert life.find_member("Daughter") == daughter


@pytest.mark.parametrize("words", ["", "stranger", "None"])
def test_who_is_not_on_the_list_is_not_invited(life: Life, words: str) -> None:
    with pytest.raises(NotInvited):
        life.find_member(words)
    with pytest.raises(NotInvited):
        life.member(MemberId(words))


def test_a_relation_that_fits_two_asks_for_the_name(life: Life) -> None:
    life.add_member(Member(MemberId("m2"), "Paz", "daughter", Role.FAMILY))
    life.add_member(Member(MemberId("m3"), "Luz", "daughter", Role.FAMILY))
    with pytest.raises(NotInvited, match="full name"):
        life.find_member("daughter")
    assert life.find_member("luz").id == "m3"


def test_nobody_is_put_on_the_list_twice(life: Life, keeper: Member) -> None:
    with pytest.raises(BadInput):
        life.add_member(replace(keeper, name="Somebody Else"))
    assert life.members() == [keeper]
