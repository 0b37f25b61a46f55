"""How phones write the head of a WhatsApp message: one function per dialect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

M, N, NB = "\u200e", "\u202f", "\u00a0"


Date = Callable[[datetime], str]


@dataclass(frozen=True)
class Dialect:
    """A way to write the head of a message; ``seconds``: to the second."""

    name: str
    head: Callable[[datetime], str]
    seconds: bool = False


def _twelve(at: datetime, am: str, pm: str, *, seconds: bool) -> str:
    tail = f":{at.second:02}" if seconds else ""
    return f"{at.hour % 12 or 12}:{at.minute:02}{tail}{am if at.hour < 12 else pm}"


def _east_half(at: datetime, seconds: bool) -> str:
    names = [(5, "凌晨"), (8, "早上"), (12, "上午"), (13, "中午"), (18, "下午"), (24, "晚上")]
    half = next(name for end, name in names if at.hour < end)
    tail = f":{at.second:02}" if seconds else ""
    return f"{half}{at.hour % 12 or 12}:{at.minute:02}{tail}"


def _korean(at: datetime) -> str:
    return f"{'오전' if at.hour < 12 else '오후'} {at.hour % 12 or 12}:{at:%M}"


def _japanese(at: datetime) -> str:
    return f"{'午前' if at.hour < 12 else '午後'}{at.hour % 12 or 12}:{at:%M:%S}"


def _arabic(at: datetime) -> str:
    return _twelve(at, NB + "ص", NB + "م", seconds=True)


def _digits(text: str, zero: int) -> str:
    return "".join(chr(zero + int(c)) if c.isascii() and c.isdigit() else c for c in text)


def _d(order: str, separator: str, *, pad: bool = True, short: bool = False) -> Date:
    def date(at: datetime) -> str:
        parts = {
            "d": f"{at.day:02}" if pad else str(at.day),
            "m": f"{at.month:02}" if pad else str(at.month),
            "y": f"{at.year % 100:02}" if short else str(at.year),
        }
        return separator.join(parts[letter] for letter in order)

    return date


def _bracket(date: Date, gap: str = ", ", am: str = "", pm: str = "") -> Date:
    def head(at: datetime) -> str:
        clock = _twelve(at, am, pm, seconds=True) if am else f"{at:%H:%M:%S}"
        return f"[{date(at)}{gap}{clock}] "

    return head


def _dash(date: Date, gap: str = ", ", am: str = "", pm: str = "", colon: str = ":") -> Date:
    def head(at: datetime) -> str:
        clock = _twelve(at, am, pm, seconds=False) if am else f"{at:%H:%M}"
        return f"{date(at)}{gap}{clock.replace(':', colon)} - "

    return head


DIALECTS = [
    Dialect("ios dmy 24", _bracket(_d("dmy", "/")), True),
    Dialect("ios dmy 12 narrow", _bracket(_d("dmy", "/"), am=N + "AM", pm=N + "PM"), True),
    Dialect(
        "ios mdy 12", _bracket(_d("mdy", "/", pad=False, short=True), am=" AM", pm=" PM"), True
    ),
    Dialect("ios mdy dots short", _bracket(_d("mdy", ".", short=True), gap=" "), True),
    Dialect(
        "ios dmy p. m.",
        _bracket(
            _d("dmy", "/", pad=False, short=True), gap=" ", am=f"{N}a.{NB}m.", pm=f"{N}p.{NB}m."
        ),
        True,
    ),
    Dialect("ios ymd slash", _bracket(_d("ymd", "/"), gap=" "), True),
    Dialect("ios ymd dash", _bracket(_d("ymd", "-"), gap=", "), True),
    Dialect("ios dmy dots short", _bracket(_d("dmy", ".", short=True)), True),
    Dialect("ios mdy dashes", _bracket(_d("mdy", "-")), True),
    Dialect(
        "ios chinese", lambda at: f"[{at.year}/{at.month}/{at.day} {_east_half(at, True)}] ", True
    ),
    Dialect(
        "ios chinese units", lambda at: f"[{at.year}年{at.month}月{at.day}日 {at:%H:%M:%S}] ", True
    ),
    Dialect(
        "ios japanese",
        lambda at: f"[{at:%Y/%m/%d} {_japanese(at)}] ",
        True,
    ),
    Dialect("ios marked", lambda at: M + _bracket(_d("dmy", "/"))(at), True),
    Dialect(
        "ios arabic digits",
        lambda at: _digits(
            f"[{at.day}\u200f/{at.month}\u200f/{at.year}، {_arabic(at)}] ",
            0x660,
        ),
        True,
    ),
    Dialect(
        "ios thai era", lambda at: f"[{at.day}/{at.month}/{at.year + 543} {at:%H:%M:%S}] ", True
    ),
    Dialect("android dmy", _dash(_d("dmy", "/"))),
    Dialect("android dmy short dots", _dash(_d("dmy", ".", short=True))),
    Dialect("android dmy dashes", _dash(_d("dmy", "-", short=True), gap=" ")),
    Dialect(
        "android mdy 12",
        _dash(_d("mdy", "/", pad=False, short=True), am=N + "PM".replace("P", "A"), pm=N + "PM"),
    ),
    Dialect("android lower am", _dash(_d("dmy", "/"), am=" am", pm=" pm")),
    Dialect("android a.m.", _dash(_d("dmy", "/", pad=False, short=True), am=" a.m.", pm=" p.m.")),
    Dialect(
        "android p. m. plain", _dash(_d("dmy", "/", pad=False), gap=" ", am=" a. m.", pm=" p. m.")
    ),
    Dialect("android dashes 12 dot", _dash(_d("dmy", "-"), am=" AM", pm=" PM", colon=".")),
    Dialect("android klo", _dash(_d("dmy", ".", pad=False), gap=" klo ", colon=".")),
    Dialect("android às", _dash(_d("dmy", "/"), gap=" às ")),
    Dialect("android um", _dash(_d("dmy", ".", short=True), gap=" um ")),
    Dialect("android spaced dots", _dash(_d("dmy", ". ", pad=False), gap=". ")),
    Dialect("android ymd", _dash(_d("ymd", "/", pad=False), gap=" ")),
    Dialect("android ymd comma", _dash(_d("ymd", "-"))),
    Dialect(
        "android chinese", lambda at: f"{at.year}/{at.month}/{at.day} {_east_half(at, False)} - "
    ),
    Dialect(
        "android chinese units",
        lambda at: f"{at.year}年{at.month}月{at.day}日 {_east_half(at, False)} - ",
    ),
    Dialect(
        "android korean",
        lambda at: f"{at.year}. {at.month}. {at.day}. {_korean(at)} - ",
    ),
    Dialect(
        "android korean short",
        lambda at: f"{at:%y}. {at.month}. {at.day}. {_korean(at)} - ",
    ),
    Dialect(
        "android persian digits",
        lambda at: _digits(f"{at.year}/{at.month}/{at.day}، {at:%H:%M} - ", 0x6F0),
    ),
    Dialect("android devanagari", lambda at: _digits(f"{at:%d/%m/%Y}, {at:%H:%M} - ", 0x966)),
    Dialect("android french canada", lambda at: f"{at:%Y-%m-%d} {at:%H} h {at:%M} - "),
    Dialect("android greek", _dash(_d("dmy", "/", pad=False, short=True), am=" π.μ.", pm=" μ.μ.")),
    Dialect("android turkish", _dash(_d("dmy", "."), am=" ÖÖ", pm=" ÖS")),
    Dialect("android bulgarian", lambda at: f"{at:%d.%m.%y} г., {at:%H:%M} ч. - "),
    Dialect("android danish", _dash(_d("dmy", "."), gap=" kl. ", colon=".")),
    Dialect("old ios", lambda at: f"{at:%d.%m.%y} {at:%H:%M:%S}: ", True),
    Dialect("old ios dots", lambda at: f"{at:%d.%m.%y} {at:%H.%M.%S}: ", True),
]
