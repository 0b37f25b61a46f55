"""Chinese words for numbers."""

from __future__ import annotations

_DIGITS = "零一二三四五六七八九"
_LARGEST = 10**16
"""From here on a number is read digit by digit."""


def cardinal(number: str | int, *, counting: bool = False) -> str:
    """``10500`` -> ``一万零五百``. ``counting``: a measure word follows, so 2 is 两."""
    written = str(number).replace(",", "")
    value = int(written)
    if value < 0:
        return f"负{cardinal(-value, counting=counting)}"
    if value >= _LARGEST:
        return digits(written)
    if value == 2 and counting:
        return "两"
    said = _sections(value)
    return said[1:] if said.startswith("一十") else said


def _sections(value: int) -> str:
    """Groups of four digits with 亿 and 万 between them."""
    for size, name in ((10**12, "万亿"), (10**8, "亿"), (10**4, "万")):
        if value >= size:
            head, rest = divmod(value, size)
            said = ("两" if head == 2 else _sections(head)) + name
            if not rest:
                return said
            gap = "零" if rest < size // 10 else ""
            return said + gap + _sections(rest)
    return _four(value)


def _four(value: int) -> str:
    if value == 0:
        return "零"
    said, pending = "", False
    for size, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // size % 10
        if digit == 0:
            pending = bool(said)
            continue
        if pending:
            said += "零"
            pending = False
        said += ("两" if digit == 2 and size >= 100 and not said else _DIGITS[digit]) + name
    return said


def digits(written: str, *, telephone: bool = False) -> str:
    """Each digit alone; on the telephone 1 is 幺."""
    said = "".join(_DIGITS[int(c)] for c in written if c in "0123456789")
    return said.replace("一", "幺") if telephone else said


def number(written: str, *, counting: bool = False) -> str:
    """Any plain number: sign, commas, decimals, leading zeros, dotted versions."""
    sign = "负" if written[:1] in {"-", "−"} else ""
    written = written.lstrip("-−+")
    if written.count(".") > 1:
        return sign + "点".join(cardinal(part) for part in written.split(".") if part)
    whole, _, decimals = written.replace(",", "").partition(".")
    if decimals:
        return f"{sign}{cardinal(whole or '0')}点{digits(decimals)}"
    if len(whole) > 1 and whole.startswith("0"):
        return sign + digits(whole)
    return sign + cardinal(whole or "0", counting=counting)
