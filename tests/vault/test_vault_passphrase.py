import pytest

from ofrenda.errors import BadInput
from ofrenda.vault.keys import KdfParameters, normal
from ofrenda.vault.passphrase import require_strong


@pytest.mark.parametrize(
    "weak",
    [
        "",
        "eleven sig",
        "x7!Kq2$mZ9@",
        "passwordpassword",
        "aaaaaaaaaaaaaaaaaaaa",
        "qwertyuiopasdf",
        "123456789012345",
    ],
)
def test_a_weak_passphrase_is_refused_with_one_line_of_advice(weak: str) -> None:
    with pytest.raises(BadInput) as refused:
        require_strong(weak)
    assert "\n" not in refused.value.message
    assert not weak or weak not in refused.value.message


@pytest.mark.parametrize(
    "guess", ["Quintanar Aurelio", "aurelioquintanar1941", "Aurelio & Ines & Nesita"]
)
def test_the_names_of_the_family_count_for_nothing(guess: str) -> None:
    require_strong(guess)
    with pytest.raises(BadInput):
        require_strong(guess, names=["Aurelio Quintanar", "Ines Quintanar", "Nesita", ""])


def test_a_name_does_no_harm_to_a_strong_passphrase() -> None:
    require_strong("Aurelio and copper lanterns under pears", names=["Aurelio Quintanar"])


@pytest.mark.parametrize(
    "strong",
    ["copper lantern under seven pears", "春眠不觉晓处处闻啼鸟夜来风雨", "k8#Vw-2mQz!r7" * 20],
)
def test_a_strong_passphrase_of_any_script_and_length_passes(strong: str) -> None:
    require_strong(strong)


def test_the_same_passphrase_typed_on_another_keyboard_is_the_same() -> None:
    assert normal("caf\u00e9\u00a0azul") == normal("cafe\u0301 azul")


@pytest.mark.parametrize(
    "parameters",
    [(0, 1, 1), (64, 0, 1), (64, 1, 0), (8 * 1024 * 1024, 1, 1), (64, 1000, 1), (8, 1, 2)],
)
def test_a_forged_header_cannot_ask_for_absurd_work(parameters: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="out of range"):
        KdfParameters(*parameters)


def test_the_default_cost_is_what_rfc_9106_recommends() -> None:
    assert KdfParameters() == KdfParameters(memory_kib=65536, passes=3, lanes=4)
