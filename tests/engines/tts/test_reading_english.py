"""What is said for what is written, in English."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ofrenda.engines.tts.reading import read
from ofrenda.engines.tts.reading.english import read_english
from ofrenda.engines.tts.reading.english_numbers import cardinal, roman, telephone, year
from ofrenda.engines.tts.reading.plain import plain

TABLE = [
    # numbers
    ("I have 2 cats.", "I have two cats."),
    ("It took 100 days.", "It took one hundred days."),
    ("about 1,234 letters", "about one thousand two hundred and thirty four letters."),
    ("3.14 is close", "three point one four is close."),
    ("only 0.5 of it", "only zero point five of it."),
    ("It was -3 outside.", "It was minus three outside."),
    ("agent 007", "agent zero zero seven."),
    ("version 1.2.3", "version one point two point three."),
    # ordinals
    ("the 1st time", "the first time."),
    ("on the 21st floor", "on the twenty first floor."),
    ("my 60th birthday", "my sixtieth birthday."),
    # years and decades
    ("We met in 1998.", "We met in nineteen ninety eight."),
    ("born in 1905", "born in nineteen oh five."),
    ("since 2005", "since two thousand and five."),
    ("in 2019 we moved", "in twenty nineteen we moved."),
    ("in 1900", "in nineteen hundred."),
    ("music of the 1980s", "music of the nineteen eighties."),
    ("back in the '90s", "back in the nineties."),
    ("the 60s", "the sixties."),
    ("1998-2004", "nineteen ninety eight to two thousand and four."),
    # dates
    ("on 2019-05-03", "on May third, twenty nineteen."),
    ("3/5/2019", "March fifth, twenty nineteen."),
    ("25/12/2019", "December twenty fifth, twenty nineteen."),
    ("May 3, 2019", "May third, twenty nineteen."),
    ("3 May 2019", "the third of May, twenty nineteen."),
    ("the 3rd of May", "the third of May."),
    ("until Dec. 24", "until December twenty fourth."),
    ("in Sept 2001", "in September two thousand and one."),
    ("on 3/5 at noon", "on March fifth at noon."),
    ("Tue. 5 May", "Tuesday the fifth of May."),
    ("I may 2 times", "I may two times."),
    # times
    ("at 3:30", "at three thirty."),
    ("at 15:30", "at fifteen thirty."),
    ("at 9:05", "at nine oh five."),
    ("at 9:00", "at nine o'clock."),
    ("at 3pm", "at three PM."),
    ("at 3:30 p.m. sharp", "at three thirty PM sharp."),
    ("7.30pm", "seven thirty PM."),
    ("9 a.m. to 5 p.m.", "nine AM to five PM."),
    # money
    ("it cost $5", "it cost five dollars."),
    ("it cost $1", "it cost one dollar."),
    ("$3.50 each", "three dollars and fifty cents each."),
    ("£20", "twenty pounds."),
    ("£1.01", "one pound and one penny."),
    ("€3.20", "three euros and twenty cents."),
    ("¥500", "five hundred yuan."),
    ("S$1,200", "one thousand two hundred Singapore dollars."),
    ("$2.5 million", "two point five million dollars."),
    ("$0.99", "ninety nine cents."),
    ("500 RMB", "five hundred yuan."),
    # percent, fractions, ranges, times
    ("5% off", "five percent off."),
    ("3.5%", "three point five percent."),
    ("1/2 a cup", "one half a cup."),
    ("2 1/2 cups", "two and a half cups."),
    ("3/4 done", "three quarters done."),
    ("3-5 days", "three to five days."),
    ("10–12 people", "ten to twelve people."),
    ("2x faster", "two times faster."),
    ("3x4", "three times four."),
    ("120/80", "one twenty over eighty."),
    ("24/7", "twenty four seven."),
    # telephone
    ("call +65 9123 4567", "call plus six five, nine one two three, four five six seven."),
    ("020 7946 0958", "zero two zero, seven nine four six, zero nine five eight."),
    ("555-123-4567", "five five five, one two three, four five six seven."),
    # units
    ("5km away", "five kilometres away."),
    ("1 km away", "one kilometre away."),
    ("70 kg", "seventy kilos."),
    ("-5°C", "minus five degrees Celsius."),
    ("98.6°F", "ninety eight point six degrees Fahrenheit."),
    ("100 km/h", "one hundred kilometres an hour."),
    ("10 mins", "ten minutes."),
    ("5'10\" tall", "five foot ten tall."),
    ("10-15 kg", "ten to fifteen kilos."),
    # abbreviations
    ("Dr. Lee is in.", "Doctor Lee is in."),
    ("12 Elm Dr.", "twelve Elm Drive."),
    ("St. Mary's on Main St. again", "Saint Mary's on Main Street again."),
    ("Mr. and Mrs. Tan", "Mister and Missus Tan."),
    ("fruit, e.g. apples", "fruit, for example, apples."),
    ("fish, rice, etc.", "fish, rice, et cetera."),
    ("approx. 5", "approximately five."),
    ("No. 5 is mine. No. I mean it.", "number five is mine. No. I mean it."),
    ("the U.S. Army", "the US Army."),
    ("J. K. Rowling", "J K Rowling."),
    ("cats vs. dogs", "cats versus dogs."),
    # letters and numbers
    ("vitamin B12", "vitamin B twelve."),
    ("an MP3", "an MP three."),
    ("COVID-19", "covid nineteen."),
    # Roman numerals, sparingly
    ("World War II", "World War two."),
    ("Henry VIII", "Henry the eighth."),
    ("Chapter IV", "Chapter four."),
    ("I am here. V", "I am here. V."),
    # signs
    ("salt & pepper", "salt and pepper."),
    ("he/she said and/or wrote", "he or she said and or wrote."),
    ("#1 fan", "number one fan."),
    ("5 + 3 = 8", "five plus three equals eight."),
    # what cannot be said
    ("I love you 😂😂 👍🏽", "I love you."),
    ("**Bold** and _soft_ `code`", "Bold and soft code."),
    ("# Title\n- one\n- two", "Title. one. two."),
    ("[a letter](https://x.org/y) came", "a letter came."),
    ("see https://www.bbc.co.uk/news?id=1", "see a link to bbc dot co dot uk."),
    ("hi :) <3", "hi."),
    ("Wait... what?!?!", "Wait… what?"),
    ("No!!!!", "No!"),
    ('She said "go" (loudly).', "She said go, loudly."),
    # shouting and chats
    ("I AM SO HAPPY", "I am so happy."),
    ("That is VERY good", "That is very good."),
    ("the USA and the BBC", "the USA and the BBC."),
    ("hahahahaha", "haha."),
    ("u r gr8 btw", "you are great by the way."),
    ("thx, c'est la vie", "thanks, c'est la vie."),
    ("lol that is funny", "that is funny."),
    ("lol", "haha."),
    ("ok", "ok."),
    ("U turn", "U turn."),
    ("café, naïve, Zoë", "cafe, naive, Zoe."),
]


@pytest.mark.parametrize(("written", "said"), TABLE, ids=[row[0] for row in TABLE])
def test_written_english_is_read_as_people_say_it(written: str, said: str) -> None:
    assert read_english(plain(written)).rstrip(".") == said.rstrip(".")


def test_a_british_voice_reads_the_day_before_the_month() -> None:
    assert read_english("3/5/2019", day_first=True) == "the third of May, twenty nineteen"
    assert read_english("2019-05-03", day_first=True) == "the third of May, twenty nineteen"


def test_the_speaker_has_only_words_and_marks_to_say() -> None:
    (run,) = read("At 15:30, 3 people paid $4.50 & left @ once: 2x!")
    assert all(c.isalpha() or c in " ,.!?;:—…'-" for c in run.text)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "zero"),
        (21, "twenty one"),
        (1_000_000, "one million"),
        (-4, "minus four"),
    ],
)
def test_cardinals(value: int, said: str) -> None:
    assert cardinal(value) == said


def test_a_number_too_long_to_say_is_read_digit_by_digit() -> None:
    assert cardinal("1" + "0" * 18) == "one" + " zero" * 18


def test_years_roman_numerals_and_telephone_numbers() -> None:
    assert year(2000) == "two thousand"
    assert [roman(n) for n in ("IV", "IX", "XIV", "XC")] == [4, 9, 14, 90]
    assert telephone("+1 23") == "plus one, two three"


@given(st.text(max_size=80))
def test_no_text_of_any_kind_makes_reading_fail(text: str) -> None:
    for run in read(text):
        assert run.language in {"en", "zh"}
        assert run.text
        assert not any(c.isdigit() and c.isascii() for c in run.text)


@given(st.text(alphabet="0123456789.,:/-+$£¥%°xX年月日点个 akmgPp#", max_size=40))
def test_no_heap_of_digits_and_signs_makes_reading_fail(text: str) -> None:
    for language in ("en", "zh"):
        for run in read(text, language):
            assert not any(c in "0123456789" for c in run.text)
