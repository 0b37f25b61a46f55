"""How written English is read aloud: every number, sign and abbreviation as words.

The result holds letters, apostrophes, hyphens and the marks ``, . ! ? ; : — …`` only. Letters
that are said by name are written together in capitals: ``p.m.`` -> ``PM``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from ofrenda.engines.tts.reading import english_numbers as say
from ofrenda.engines.tts.reading.english_dates import read_dates, read_times
from ofrenda.engines.tts.reading.english_words import (
    ABBREVIATIONS,
    ACRONYMS,
    CHAT,
    LAUGHTER,
    MONEY,
    UNITS,
)

_N = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
_UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
_SIGN = "|".join(re.escape(sign) for sign in sorted(MONEY, key=len, reverse=True))
_SCALES = {"k": "thousand", "m": "million", "mn": "million", "bn": "billion", "b": "billion"}
_SCALE = r"(?P<scale>thousand|million|billion|trillion|mn|bn|[kKmMbB])"
_PARTS = {2: "half", 3: "third", 4: "quarter", 5: "fifth", 6: "sixth", 8: "eighth", 10: "tenth"}
_TO = r"\s?(?:-|–|~|to)\s?"
_KINGS = "Henry George Elizabeth Edward Charles William James Louis Paul Richard Philip John"

Replace = Callable[[re.Match[str]], str]


def read_english(text: str, *, day_first: bool = False) -> str:
    """Plain English text as words. ``day_first``: 3/5/2019 is the third of May (British)."""
    text = re.sub(r"([A-Za-z])\1{3,}", r"\1\1\1", text)
    for pattern, words in ABBREVIATIONS:
        text = pattern.sub(words, text)
    text = _initials(_roman(_digit_words(text)))
    text = re.sub(r"\s*[→=]+>?\s*", " equals ", text) if "=" in text else text.replace("→", " to ")
    text = read_times(read_dates(text, day_first=day_first))
    for rule, replace in _NUMBERS:
        text = rule.sub(replace, text)
    text = _case(_chat(text))
    return _tidy(text)


def _initials(text: str) -> str:
    """``U.S.`` -> ``US``, ``J. K. Rowling`` -> ``J K Rowling``; a last stop may end a sentence."""
    text = re.sub(
        r"\b(?:[A-Za-z]\.){2,}(?=\s*$)", lambda m: m[0].replace(".", "").upper() + ".", text
    )
    text = re.sub(r"\b(?:[A-Za-z]\.){2,}", lambda m: m[0].replace(".", "").upper(), text)
    return re.sub(r"(?<![A-Za-z'])([A-HJ-Z])\.(?=\s*[A-Z])", r"\1", text)


def _roman(text: str) -> str:
    """Roman numerals, only after words that call for one."""
    text = re.sub(
        r"\b(Chapter|Part|Book|Volume|Act|World War|Phase|Type|Level|Grade) ([IVXL]{1,6})\b",
        lambda m: f"{m[1]} {say.cardinal(say.roman(m[2]))}",
        text,
    )
    return re.sub(
        rf"\b({'|'.join(_KINGS.split())}) ([IVX]{{2,5}}|V|X)\b",
        lambda m: f"{m[1]} the {say.ordinal(say.roman(m[2]))}",
        text,
    )


def _telephone(m: re.Match[str]) -> str:
    count = sum(c.isdigit() for c in m[0])
    grouped = len(re.findall(r"\d+", m[0])) > 1
    marked = m[0][0] in "+0" or bool(m["call"])
    if not 7 <= count <= 15 or not (grouped or marked or count >= 10):
        return m[0]
    return (m["call"] or "") + say.telephone(m["number"])


def _money(m: re.Match[str]) -> str:
    one, many, hundredth = MONEY[m["sign"]]
    scale = m["scale"]
    if scale:
        return f"{say.number(m['n'])} {_SCALES.get(scale.lower(), scale)} {many}"
    whole, _, cents = m["n"].partition(".")
    if len(cents) not in {0, 2}:
        return f"{say.number(m['n'])} {many}"
    amount = int(whole.replace(",", "") or 0)
    said = f"{say.cardinal(amount)} {one if amount == 1 else many}"
    small = int(cents or 0)
    if not small:
        return said
    plural = {"penny": "pence", "fen": "fen", "jeon": "jeon"}.get(hundredth, f"{hundredth}s")
    change = f"{say.cardinal(small)} {hundredth if small == 1 else plural}"
    return change if amount == 0 else f"{said} and {change}"


def _unit(m: re.Match[str]) -> str:
    one, many = UNITS[m["unit"]]
    single = m["n"] == "1" and not m["first"]
    first = f"{say.number(m['first'])} to " if m["first"] else ""
    minus = "minus " if m["minus"] else ""
    return f"{minus}{first}{say.number(m['n'])} {one if single else many}"


def _fraction(m: re.Match[str]) -> str:
    top, bottom = int(m["top"]), int(m["bottom"])
    whole = f"{say.cardinal(m['whole'])} and " if m["whole"] else ""
    if bottom in _PARTS and 0 < top < bottom:
        part = _PARTS[bottom]
        many = "halves" if part == "half" else f"{part}s"
        count = "a" if m["whole"] and top == 1 else say.cardinal(top)
        return f"{whole}{count} {part if top == 1 else many}"
    said = f"{_short(m['top'])} over {_short(m['bottom'])}"
    return f"{say.cardinal(m['whole'])} {said}" if m["whole"] else said


def _short(written: str) -> str:
    """Three digits the short way: ``120`` -> ``one twenty`` (blood pressure, rooms)."""
    if len(written) == 3 and written[1] != "0" and written[0] != "0":
        return f"{say.cardinal(written[0])} {say.cardinal(written[1:])}"
    return say.number(written)


def _years(m: re.Match[str]) -> str:
    first, second = m[1], m[2]
    end = say.year(second)
    if len(second) == 2:
        end = f"oh {say.cardinal(second)}" if second[0] == "0" else say.cardinal(second)
    return f"{say.year(first)} to {end}"


def _decade(m: re.Match[str]) -> str:
    return say.plural(say.year(m[1]) if len(m[1]) == 4 else say.cardinal(m[1]))


_YEAR = r"(?:1[1-9]|20)\d\d"
_NUMBERS: tuple[tuple[re.Pattern[str], Replace], ...] = (
    (
        re.compile(
            r"(?P<call>(?i:\b(?:call|phone|mobile|number|telephone|whatsapp)\b[\w ]{0,8}:? ?))?"
            r"(?<![\w.,])(?P<number>\+?\d[\d ().-]{5,}\d)(?![\d,]*\w)"
        ),
        lambda m: (
            m[0] if re.fullmatch(rf"{_YEAR}\s?[-–]\s?{_YEAR}", m["number"]) else _telephone(m)
        ),
    ),
    (re.compile(rf"(?P<sign>{_SIGN})\s?(?P<n>{_N})(?:\s?{_SCALE}\b)?(?!\d)"), _money),
    (
        re.compile(rf"(?P<n>{_N})(?:\s?{_SCALE}\b)?\s?(?P<sign>元|RMB|CNY|USD|SGD|€|£)(?!\w)"),
        _money,
    ),
    (
        re.compile(
            rf"(?:(?P<first>{_N})\s?(?:{_UNIT})?{_TO})?(?:(?<![\w])(?P<minus>[-−]))?"
            rf"(?P<n>(?<![\d.]){_N})\s?(?P<unit>{_UNIT})(?![\w°])"
        ),
        _unit,
    ),
    (re.compile(rf"\b({_YEAR})\s?[-–]\s?({_YEAR}|\d\d)\b"), _years),
    (re.compile(r"(?<![\w.])['’]?(\d{2}|1[1-9]\d0|20\d0)['’]?s\b"), _decade),
    (re.compile(r"(?i)\b(\d[\d,]*)(?:st|nd|rd|th)\b"), lambda m: say.ordinal(m[1])),
    (
        re.compile(r"(?<![\d/.])(?:(?P<whole>\d+) )?(?P<top>\d{1,3})/(?P<bottom>\d{1,3})(?![\d/])"),
        _fraction,
    ),
    (re.compile(rf"(?<![\w.])({_N})\s?[xX×]\s?(?={_N})"), lambda m: f"{say.number(m[1])} times "),
    (
        re.compile(rf"(?<![\w.])({_N})\s?[xX×](?!\w)"),
        lambda m: f"{say.number(m[1])} {'time' if m[1] == '1' else 'times'}",
    ),
    (re.compile(rf"(?<!\w)[xX×]\s?({_N})"), lambda m: f"times {say.number(m[1])}"),
    (
        re.compile(rf"(?<![\w.])({_N})\s?[-–~]\s?({_N})(?![\d-])"),
        lambda m: f"{say.number(m[1])} to {say.number(m[2])}",
    ),
    (re.compile(r"#\s?(\d+)"), lambda m: f"number {say.number(m[1])}"),
    (re.compile(rf"\b({_YEAR})\b(?![.,]\d)"), lambda m: say.year(m[1])),
    (re.compile(rf"(?<![\w)])[-−](?={_N})"), lambda m: "minus "),
    (re.compile(r"\d+(?:\.\d+){2,}"), lambda m: say.number(m[0])),
    (re.compile(rf"(?<=[A-Za-z])-?({_N})"), lambda m: f" {say.number(m[1])}"),
    (re.compile(rf"({_N})(?=[A-Za-z])"), lambda m: f"{say.number(m[1])} "),
    (re.compile(_N), lambda m: say.number(m[0])),
)
"""In this order: what has a sign or a unit first, bare numbers last."""


def _digit_words(text: str) -> str:
    """Short forms with a digit in them, before the digit is read: ``gr8`` -> ``great``."""
    return re.sub(
        r"(?<![\w'])(?=\w*\d)[a-z0-9]*[a-z][a-z0-9]*(?![\w'])", lambda m: CHAT.get(m[0], m[0]), text
    )


def _chat(text: str) -> str:
    """Short forms of chats in full; written laughter is left out, unless it is all there is."""
    text = re.sub(r"(?i)\b(?:b?w?a?ha|ah)(?:ha|ah)+h?a?\b", "haha", text)
    text = re.sub(r"(?i)\b(?:he){3,}\b", "hehe", text)
    text = re.sub(
        r"(?<![\w'.-])([a-z]\w*|FYI|BTW|OMG|IDK|ASAP|THX|PLS)(?![\w'-])",
        lambda m: CHAT.get(m[0].lower(), m[0]),
        text,
    )
    without = LAUGHTER.sub(" ", text)
    return without if re.search(r"\w", without) or not re.search(r"\w", text) else "haha"


def _case(text: str) -> str:
    """Shouted words as words: capitals stay only where they are letters."""
    words = re.findall(r"[A-Za-z]{2,}", text)
    shouted = sum(w.isupper() and w not in ACRONYMS for w in words)
    all_shouted = shouted >= 2 and shouted > len(words) / 2

    def lower(m: re.Match[str]) -> str:
        if m[0] in {"AM", "US", "IT"} and all_shouted:
            return str(m[0]).lower()
        if m[0] in ACRONYMS or not (all_shouted or _word_like(m[0])):
            return m[0]
        return str(m[0]).lower()

    return re.sub(r"(?<![A-Za-z])[A-Z]{2,}(?:'[A-Z]+)?(?![A-Za-z])", lower, text)


def _word_like(capitals: str) -> bool:
    """Whether capitals in running text are a stressed word, not an acronym: four letters or more
    with vowels in a common place, or one of the small words that people shout."""
    small = "NO YES SO VERY NOT ALL HE SHE WE YOU ME MY AND THE BUT WHY HOW NOW TOO OH AH GO DO SEE"
    if capitals.lower().upper() in small.split() or "'" in capitals:
        return True
    return len(capitals) >= 5 and bool(re.search(r"[AEIOUY]", capitals[1:]))


def _tidy(text: str) -> str:
    """Signs as words, accents as plain letters, nothing left that no rule knows."""
    text = re.sub(r"\s*&\s*", " and ", text)
    text = re.sub(r"(?<=\w)\s*@\s*(?=\w)", " at ", text)
    text = re.sub(r"\s*\+\s*", " plus ", text)
    text = re.sub(r"\s*×\s*", " times ", text).replace("÷", " divided by ")
    text = text.replace("%", " percent ").replace("°", " degrees ").replace("√", " root ")
    text = re.sub(r"(?<=\w)\s*/\s*(?=\w)", ", ", text)
    text = text.replace("–", " — ").replace("_", " ").replace("ß", "ss").replace("æ", "ae")
    text = text.replace("ø", "o").replace("œ", "oe").replace("ł", "l").replace("đ", "d")
    folded = "".join(c if c == "…" else unicodedata.normalize("NFKD", c) for c in text)
    text = "".join(c for c in folded if c in " ,.!?;:—…'-" or (c.isascii() and c.isalpha()))
    text = re.sub(r"(?<![A-Za-z])['-]+|['-]+(?![A-Za-z])", " ", text)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"\s+([,.!?;:…])", r"\1", text)
    text = re.sub(r"([,;:])(?:\s*[,;:—])+", r"\1", text)
    text = re.sub(r"([.!?…])(?:\s*[.,;:])+", r"\1", text)
    return re.sub(r"[,;:](?=[.!?…])", "", text).strip(" —")
