import re

from hypothesis import given
from hypothesis import strategies as st

from ofrenda.vault import recovery

secrets_ = st.binary(min_size=16, max_size=16)


@given(secrets_)
def test_a_code_is_eight_groups_of_four_and_reads_back(secret: bytes) -> None:
    code = recovery.written(secret)
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){7}[0-9A-HJKMNP-TV-Z]{4}", code)
    assert recovery.read(code) == secret


@given(secrets_)
def test_a_code_is_read_however_it_was_copied(secret: bytes) -> None:
    code = recovery.written(secret)
    for copied in (
        code.lower(),
        code.replace("-", " "),
        code.replace("-", ""),
        f"  {code}\n",
        code.replace("0", "O").replace("1", "l"),
        code.replace("-", "\u2013"),
    ):
        assert recovery.read(copied) == secret


@given(secrets_, st.integers(0, 31), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_one_wrong_sign_is_noticed(secret: bytes, place: int, sign: str) -> None:
    signs = list(recovery.written(secret).replace("-", ""))
    right = signs[place]
    signs[place] = sign
    assert (recovery.read("".join(signs)) is None) == (sign != right)


@given(secrets_, st.integers(0, 30))
def test_two_swapped_signs_are_noticed(secret: bytes, place: int) -> None:
    signs = list(recovery.written(secret).replace("-", ""))
    signs[place], signs[place + 1] = signs[place + 1], signs[place]
    changed = signs[place] != signs[place + 1]
    assert (recovery.read("".join(signs)) is None) == changed


def test_a_mistyped_code_is_told_from_a_passphrase() -> None:
    code = recovery.written(bytes(range(16)))
    assert not recovery.seems_mistyped(code)
    assert recovery.seems_mistyped(code[:-1])
    assert recovery.seems_mistyped(code[:-1] + "U")
    assert recovery.seems_mistyped(code.replace("-", "")[:-1] + "Z")
    assert not recovery.seems_mistyped("copper lantern under seven pears")
    assert not recovery.seems_mistyped("this that with code many mood seem glad")
    assert not recovery.seems_mistyped("my 4 dogs ate 17 cakes in 1999!")
