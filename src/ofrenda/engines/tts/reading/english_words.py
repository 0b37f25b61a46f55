"""Tables for reading English: titles, abbreviations, units, money, and words of chats."""

from __future__ import annotations

import re

_MONTHS = "January February March April May June July August September October November December"
MONTH_NAMES = _MONTHS.split()

MONTHS = {name.lower(): number for number, name in enumerate(MONTH_NAMES, 1)} | {
    name[:3].lower(): number for number, name in enumerate(MONTH_NAMES, 1)
}
MONTHS["sept"] = 9

_WEEKDAYS = {
    "Mon": "Monday",
    "Tue": "Tuesday",
    "Tues": "Tuesday",
    "Wed": "Wednesday",
    "Thu": "Thursday",
    "Thur": "Thursday",
    "Thurs": "Thursday",
    "Fri": "Friday",
    "Sat": "Saturday",
    "Sun": "Sunday",
}

Rule = tuple[re.Pattern[str], str]

_NAME = r"(?=\s+[A-Z])"
_DIGIT = r"(?=\s*\d)"

ABBREVIATIONS: tuple[Rule, ...] = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"\bDr\b\.?" + _NAME, "Doctor"),
        (r"(?<=[a-z] )Dr\b\.?", "Drive"),
        (r"(?<![A-Za-z])St\b\.?" + _NAME + r"(?!\s+(?:The|And|In|We|I|He|She|It)\b)", "Saint"),
        (r"(?<=[a-z] )St\b\.?", "Street"),
        (r"\bMr\b\.?", "Mister"),
        (r"\bMrs\b\.?", "Missus"),
        (r"\bMs\b\.?" + _NAME, "Miz"),
        (r"\bProf\b\.?" + _NAME, "Professor"),
        (r"\bRev\b\.?" + _NAME, "Reverend"),
        (r"\bCapt\b\.?" + _NAME, "Captain"),
        (r"\bSgt\b\.?" + _NAME, "Sergeant"),
        (r"\bLt\b\.?" + _NAME, "Lieutenant"),
        (r"\bGen\." + _NAME, "General"),
        (r"\bCol\." + _NAME, "Colonel"),
        (r"\bGov\." + _NAME, "Governor"),
        (r"\bMt\b\.?" + _NAME, "Mount"),
        (r"(?<=[A-Za-z]),? Jr\b\.?", " Junior"),
        (r"(?<=[A-Za-z]),? Sr\b\.?", " Senior"),
        (r"(?<=[a-z] )Ave\b\.?", "Avenue"),
        (r"(?<=[a-z] )Rd\b\.?", "Road"),
        (r"(?<=[a-z] )Blvd\b\.?", "Boulevard"),
        (r"(?<=[A-Za-z] )Ltd\b\.?", "Limited"),
        (r"(?<=[A-Za-z] )Inc\b\.?", "Incorporated"),
        (r"(?<=[A-Za-z] )Co\.", "Company"),
        (r"(?<=[A-Za-z] )Corp\b\.?", "Corporation"),
        (r"(?i)\be\.\s?g\.,?|\beg\.,?(?=\s)", "for example,"),
        (r"(?i)\bi\.\s?e\.,?|\bie\.,?(?=\s)", "that is,"),
        (r"(?i)\ba\.k\.a\.?|\baka\b", "also known as"),
        (r"\b[Ee]tc\.(?=\s+[A-Z]|\s*$)", "et cetera."),
        (r"(?i)\betc\b\.?", "et cetera"),
        (r"(?i)\bvs\b\.?", "versus"),
        (r"(?i)\bapprox\b\.?", "approximately"),
        (r"(?i)\bdept\b\.?", "department"),
        (r"(?i)\bappt\b\.?", "appointment"),
        (r"(?i)\best\." + _DIGIT, "established"),
        (r"\b[Nn]os?\." + _DIGIT, "number"),
        (r"(?i)\bvol\." + _DIGIT, "volume"),
        (r"(?i)\bch\." + _DIGIT, "chapter"),
        (r"(?i)\bfig\." + _DIGIT, "figure"),
        (r"\bpp\." + _DIGIT, "pages"),
        (r"\bp\." + _DIGIT, "page"),
        (r"(?i)\bext\." + _DIGIT, "extension"),
        (r"(?i)\btel\b[.:]?" + _DIGIT, "telephone"),
        (r"(?i)\bft\b\.", "ft"),
        (r"(?i)\bph\.?d\b\.?", "PHD"),
        (r"(?<=\d)\s?([AaPp])\.?\s?[Mm]\.(?=\s+[A-Z]|\s*$)", r" \1m."),
        (r"(?<=\d)\s?([AaPp])\.\s?[Mm]\.?", r" \1m"),
        (r"(?i)\bc/o\b", "care of"),
        (r"(?i)\bw/o\b", "without"),
        (r"(?i)\bw/(?=\s?[a-z])", "with "),
        (r"(?i)\band/or\b", "and or"),
        (r"\b(he|his|him|she|her|yes|him)/(she|hers?|no|him|he)\b", r"\1 or \2"),
        (r"(?i)\b24/7\b", "twenty four seven"),
        *(
            (rf"\b{short}\.(?!\w)(?!\s*$)|\b{short}\b(?=,?\s+\d)", day)
            for short, day in _WEEKDAYS.items()
            if short not in {"Sat", "Sun"}
        ),
        (r"\bSat\b\.?(?=,?\s+\d)", "Saturday"),
        (r"\bSun\b\.?(?=,?\s+\d)", "Sunday"),
    )
)
"""Read in this order; a stop that may end the sentence is kept where the pattern can tell."""

UNITS: dict[str, tuple[str, str]] = {
    "km/h": ("kilometre an hour", "kilometres an hour"),
    "kmh": ("kilometre an hour", "kilometres an hour"),
    "kph": ("kilometre an hour", "kilometres an hour"),
    "mph": ("mile an hour", "miles an hour"),
    "m/s": ("metre a second", "metres a second"),
    "km": ("kilometre", "kilometres"),
    "cm": ("centimetre", "centimetres"),
    "mm": ("millimetre", "millimetres"),
    "m": ("metre", "metres"),
    "mi": ("mile", "miles"),
    "ft": ("foot", "feet"),
    "kg": ("kilo", "kilos"),
    "kgs": ("kilo", "kilos"),
    "g": ("gram", "grams"),
    "mg": ("milligram", "milligrams"),
    "lb": ("pound", "pounds"),
    "lbs": ("pound", "pounds"),
    "oz": ("ounce", "ounces"),
    "l": ("litre", "litres"),
    "L": ("litre", "litres"),
    "ml": ("millilitre", "millilitres"),
    "mL": ("millilitre", "millilitres"),
    "kcal": ("calorie", "calories"),
    "cal": ("calorie", "calories"),
    "kW": ("kilowatt", "kilowatts"),
    "W": ("watt", "watts"),
    "V": ("volt", "volts"),
    "GB": ("gigabyte", "gigabytes"),
    "MB": ("megabyte", "megabytes"),
    "TB": ("terabyte", "terabytes"),
    "kB": ("kilobyte", "kilobytes"),
    "Hz": ("hertz", "hertz"),
    "sec": ("second", "seconds"),
    "secs": ("second", "seconds"),
    "min": ("minute", "minutes"),
    "mins": ("minute", "minutes"),
    "hr": ("hour", "hours"),
    "hrs": ("hour", "hours"),
    "yr": ("year", "years"),
    "yrs": ("year", "years"),
    "wk": ("week", "weeks"),
    "wks": ("week", "weeks"),
    "°C": ("degree Celsius", "degrees Celsius"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "°": ("degree", "degrees"),
    "%": ("percent", "percent"),
    "‰": ("per mille", "per mille"),
    "sq ft": ("square foot", "square feet"),
    "sqm": ("square metre", "square metres"),
    "km squared": ("square kilometre", "square kilometres"),
    "m squared": ("square metre", "square metres"),
    "m cubed": ("cubic metre", "cubic metres"),
}
"""Written unit -> singular, plural."""

MONEY: dict[str, tuple[str, str, str]] = {
    "US$": ("US dollar", "US dollars", "cent"),
    "S$": ("Singapore dollar", "Singapore dollars", "cent"),
    "HK$": ("Hong Kong dollar", "Hong Kong dollars", "cent"),
    "NT$": ("Taiwan dollar", "Taiwan dollars", "cent"),
    "A$": ("Australian dollar", "Australian dollars", "cent"),
    "$": ("dollar", "dollars", "cent"),
    "£": ("pound", "pounds", "penny"),
    "€": ("euro", "euros", "cent"),
    "¥": ("yuan", "yuan", "fen"),
    "元": ("yuan", "yuan", "fen"),
    "RMB": ("yuan", "yuan", "fen"),
    "CNY": ("yuan", "yuan", "fen"),
    "USD": ("US dollar", "US dollars", "cent"),
    "SGD": ("Singapore dollar", "Singapore dollars", "cent"),
    "₹": ("rupee", "rupees", "paisa"),
    "₩": ("won", "won", "jeon"),
}
"""Sign -> one, many, hundredth. ¥ is read as yuan: among the families we know it is, more often
than yen."""

CHAT = {
    "u": "you",
    "ur": "your",
    "r": "are",
    "btw": "by the way",
    "omg": "oh my god",
    "idk": "I don't know",
    "imo": "in my opinion",
    "imho": "in my opinion",
    "tbh": "to be honest",
    "nvm": "never mind",
    "brb": "be right back",
    "ttyl": "talk to you later",
    "ily": "I love you",
    "asap": "as soon as possible",
    "thx": "thanks",
    "tks": "thanks",
    "tnx": "thanks",
    "ty": "thank you",
    "pls": "please",
    "plz": "please",
    "ppl": "people",
    "abt": "about",
    "bcos": "because",
    "bcoz": "because",
    "cuz": "because",
    "tmr": "tomorrow",
    "tmrw": "tomorrow",
    "tmw": "tomorrow",
    "tonite": "tonight",
    "nite": "night",
    "gn": "good night",
    "msg": "message",
    "hv": "have",
    "b4": "before",
    "gr8": "great",
    "l8r": "later",
    "2day": "today",
    "2moro": "tomorrow",
    "2nite": "tonight",
    "bday": "birthday",
    "fyi": "FYI",
    "rn": "right now",
    "rly": "really",
    "sry": "sorry",
    "dunno": "don't know",
}
"""Short forms of chats, read out only where nothing else can be meant."""

LAUGHTER = re.compile(r"\b(?:lol+|lmao+|rofl|xx+|xo(?:xo)+)\b", re.IGNORECASE)
"""Written laughter and kisses: nobody says these letters, so they are left out."""

_LETTERS = (
    "US UK EU UN TV PC IT AI ID CD DVD ATM GP ER ICU MRI CT BBC CNN FBI CIA USA PM AM OK PHD MBA "
    "NHS HDB MRT KTV VIP DIY FAQ GPS USB SMS MMS PIN BP HR RSVP ASAP FYI RIP BBQ WC AC DC PR CV "
    "GMT UTC USSR GDP IQ DNA HIV"
)
ACRONYMS = frozenset(_LETTERS.split())
"""Capitals that stay letters even though a word is spelled the same, or nearly."""
