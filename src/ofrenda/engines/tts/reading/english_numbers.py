"""English words for numbers: cardinals, ordinals, years, digits, decimals."""

from __future__ import annotations

import re

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
LARGEST = 10**15
"""From here on a number is read digit by digit: nobody says a quadrillion on the telephone."""


def cardinal(number: str | int) -> str:
    """``"1,204"`` -> ``"one thousand two hundred and four"``. Takes digits, commas and a sign."""
    from num2words import num2words

    written = str(number).replace(",", "")
    value = int(written)
    if abs(value) >= LARGEST:
        return digits(written)
    return str(num2words(value)).replace(",", "").replace("-", " ")


def ordinal(number: str | int) -> str:
    """``21`` -> ``"twenty first"``."""
    from num2words import num2words

    value = int(str(number).replace(",", ""))
    if value >= LARGEST:
        return digits(str(value))
    return str(num2words(value, to="ordinal")).replace(",", "").replace("-", " ")


def year(number: str | int) -> str:
    """``1998`` -> ``"nineteen ninety eight"``, ``2005`` -> ``"two thousand and five"``."""
    value = int(number)
    century, rest = divmod(value, 100)
    if value < 1000 or value % 1000 < 10:
        return cardinal(value)
    if rest == 0:
        return f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {f'oh {cardinal(rest)}' if rest < 10 else cardinal(rest)}"


def digits(written: str) -> str:
    """Each digit alone; other characters are left out."""
    return " ".join(_DIGITS[int(c)] for c in written if c in "0123456789")


def number(written: str) -> str:
    """Any plain number: sign, thousands commas, decimals, leading zeros, dotted versions."""
    sign = "minus " if written[:1] in {"-", "−"} else ""
    written = written.lstrip("-−+")
    if written.count(".") > 1:
        return sign + " point ".join(cardinal(part) for part in written.split(".") if part)
    whole, _, decimals = written.partition(".")
    whole = whole.replace(",", "")
    plain_digits = len(whole) > 1 and whole.startswith("0") and not decimals
    head = digits(whole) if plain_digits else cardinal(whole or "0")
    if not decimals:
        return sign + head
    head = f"{head} " if whole else ""
    return f"{sign}{head}point {digits(decimals)}"


def telephone(written: str) -> str:
    """Digit by digit, with a short rest between the groups it is written in."""
    plus = "plus " if written.lstrip().startswith("+") else ""
    groups = [digits(group) for group in re.split(r"[^0-9]+", written) if group]
    return plus + ", ".join(groups)


def plural(words: str) -> str:
    """The plural of the last word: ``"ninety"`` -> ``"nineties"``."""
    if words.endswith("y"):
        return f"{words[:-1]}ies"
    return f"{words}es" if words.endswith(("x", "s")) else f"{words}s"


def roman(numeral: str) -> int:
    """The value of a Roman numeral made of I, V, X, L and C."""
    values = [_ROMAN[c] for c in numeral]
    return sum(-v if v < max(values[i:]) else v for i, v in enumerate(values))
