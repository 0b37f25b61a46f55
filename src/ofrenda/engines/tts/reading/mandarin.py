"""How written Chinese is read aloud: every number, sign and unit as Chinese characters.

The result holds Chinese characters and the marks ``,.!?;:—…`` only (the marks of Chinese text
come here already as their Western twins).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ofrenda.engines.tts.reading import mandarin_numbers as say
from ofrenda.engines.tts.reading.plain import is_han

UNITS = {
    "km/h": "公里每小时",
    "m/s": "米每秒",
    "km": "公里",
    "cm": "厘米",
    "mm": "毫米",
    "m": "米",
    "kg": "公斤",
    "mg": "毫克",
    "g": "克",
    "ml": "毫升",
    "mL": "毫升",
    "L": "升",
    "l": "升",
    "m squared": "平方米",
    "km squared": "平方公里",
    "m cubed": "立方米",
    "kcal": "千卡",
    "kW": "千瓦",
    "W": "瓦",
    "V": "伏",
    "h": "小时",
    "min": "分钟",
    "s": "秒",
    "°C": "度",
    "°F": "华氏度",
    "°": "度",
}
"""Written unit -> what is said. Degrees are Celsius unless they say otherwise."""

MONEY = {
    "US$": "美元",
    "S$": "新币",
    "HK$": "港币",
    "NT$": "新台币",
    "$": "美元",
    "£": "英镑",
    "€": "欧元",
    "¥": "元",
    "RMB": "元",
    "₩": "韩元",
    "₹": "卢比",
}

_MEASURES = (
    "个 次 天 年 周 位 人 口 只 条 张 本 件 块 杯 碗 瓶 斤 公斤 里 公里 米 家 岁 点 分钟 小时 秒 "
    "种 回 趟 双 把 层 间 套 元 毛 台 辆 首 句 封 场 顿 盘 片 段 名 份 支 棵 头 匹 颗 遍 下 倍 半 "
    "度 星期 礼拜 代 万 亿 千 车 袋 包 盒 箱 根 朵 声 手 幅 座 所"
)
_COUNT = "|".join(sorted(_MEASURES.split(), key=len, reverse=True))
_N = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
_UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
_SIGN = "|".join(re.escape(sign) for sign in sorted(MONEY, key=len, reverse=True))
_TO = r"\s?(?:-|–|—|~|至|到)\s?"

Replace = Callable[[re.Match[str]], str]


def read_mandarin(text: str) -> str:
    """Plain Chinese text with each number and sign as characters."""
    for rule, replace in _RULES:
        text = rule.sub(replace, text)
    text = "".join(c if is_han(c) or c in ",.!?;:—…" else _sign(c) for c in text)
    text = re.sub(r"\s*([,.!?;:—…])\s*", r"\1", re.sub(r"\s+", "", text))
    text = re.sub(r"([,;:])[,;:—]+", r"\1", text)
    return re.sub(r"([.!?…])[.,;:]+", r"\1", re.sub(r"[,;:](?=[.!?…])", "", text))


def _sign(character: str) -> str:
    """One sign that no rule has used up."""
    return {"&": "和", "+": "加", "=": "等于", "×": "乘", "÷": "除以", "%": "百分号", "/": ","}.get(
        character, " "
    )


def _date(whole: str, year: str | None, month: str, day: str) -> str:
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return whole
    head = f"{say.digits(year)}年" if year else ""
    return f"{head}{say.cardinal(month)}月{say.cardinal(day)}日"


def _month_first(m: re.Match[str]) -> str:
    """3/5/2019 as a Chinese reader takes it: month, day; unless only the other order can be."""
    month, day = (m[2], m[1]) if int(m[1]) > 12 else (m[1], m[2])
    return _date(m[0], m[3], month, day)


def _clock(m: re.Match[str]) -> str:
    minute = int(m[2])
    said = f"{say.cardinal(m[1], counting=True)}点"
    if minute:
        half = minute == 30 and int(m[1]) <= 12
        zero = "零" if minute < 10 else ""
        said += "半" if half else f"{zero}{say.cardinal(minute)}分"
    return said + (f"{'零' if int(m[3]) < 10 else ''}{say.cardinal(m[3])}秒" if m[3] else "")


def _money(m: re.Match[str]) -> str:
    scale = m["scale"] or ""
    amount = m["n"].removesuffix(".00")
    return f"{say.number(amount, counting=True)}{scale}{MONEY[m['sign']]}"


def _unit(m: re.Match[str]) -> str:
    first = f"{say.number(m['first'])}到" if m["first"] else ""
    cold = "零下" if m["minus"] and "°" in m["unit"] else "负" if m["minus"] else ""
    return f"{first}{cold}{say.number(m['n'], counting=True)}{UNITS[m['unit']]}"


def _phone(m: re.Match[str]) -> str:
    groups = re.findall(r"\d+", m[0])
    return ",".join(say.digits(group, telephone=True) for group in groups)


def _percent(m: re.Match[str]) -> str:
    minus = "负" if m[1] else ""
    first = f"百分之{say.number(m[2])}到" if m[2] else ""
    return f"{first}{minus}百分之{say.number(m[3])}" if m[4] == "%" else f"千分之{say.number(m[3])}"


_TIME = r"([01]?\d|2[0-4])[:点]([0-5]\d)分?(?::([0-5]\d))?"
_RULES: tuple[tuple[re.Pattern[str], Replace], ...] = (
    (re.compile(r"哈{3,}"), lambda m: "哈哈"),
    (re.compile(r"嘿{3,}"), lambda m: "嘿嘿"),
    (re.compile(r"呵{3,}"), lambda m: "呵呵"),
    (re.compile(r"呜{3,}"), lambda m: "呜呜"),
    (re.compile(r"([啊呀哦噢嗯唉哎诶嗨哇吧呢啦嘛了好对])\1{2,}"), lambda m: m[1]),
    (re.compile(r"(?<!\d)23{2,}(?!\d)"), lambda m: "哈哈"),
    (re.compile(r"^\s*(?:88|886)\s*[.!]?\s*$"), lambda m: "拜拜."),
    (
        re.compile(r"(?<!\d)(?:6{3,}|520|521|1314|5201314)(?![\d.,]*\d|[元块米人个年分])"),
        lambda m: say.digits(m[0]),
    ),
    (
        re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)[日号]?"),
        lambda m: _date(m[0], m[1], m[2], m[3]),
    ),
    (re.compile(r"(?<![\d/.])(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?!\d)"), _month_first),
    (
        re.compile(r"(?<!\d)(\d{4})\s?[-–—~至到]\s?(\d{4})(?=年)"),
        lambda m: f"{say.digits(m[1])}到{say.digits(m[2])}",
    ),
    (re.compile(r"(?<![\d.])((?:1[0-9]|20|21)\d\d)(?=\s?[年届级])"), lambda m: say.digits(m[1])),
    (
        re.compile(r"(?<![\d.])(\d\d)(?=年(?:代|[生出的初底春夏秋冬]|\d{1,2}月))"),
        lambda m: say.cardinal(m[1]) if m[1][1] == "0" and m[1] != "00" else say.digits(m[1]),
    ),
    (
        re.compile(r"(\d{1,2})月(\d{1,2})([日号])?(?!\d)"),
        lambda m: f"{say.cardinal(m[1])}月{say.cardinal(m[2])}{m[3] or '日'}",
    ),
    (re.compile(r"(\d{1,2})(?=月(?!饼))"), lambda m: say.cardinal(m[1])),
    (re.compile(r"(?<![\d+])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)"), _phone),
    (
        re.compile(
            r"(?<![\d.])(?:\+\d{1,3}[- ]?)?0\d{2,3}[- ]\d{7,8}(?!\d)|\+\d{1,3}(?:[- ]?\d{2,4}){2,4}"
        ),
        _phone,
    ),
    (
        re.compile(
            r"(?:(?<=打)|(?<=拨)|(?<=拨打)|(?<=叫)|(?<=电话)|(?<=电话是)|(?<=号码)|(?<=号码是)|(?<=热线))"
            r"\s?\d{3,8}(?![\d个次分元块])"
        ),
        _phone,
    ),
    (
        re.compile(rf"(?<![\d:.]){_TIME}{_TO}{_TIME}(?![\d:])"),
        lambda m: "到".join(_clock(t) for t in re.finditer(_TIME, m[0])),
    ),
    (re.compile(rf"(?<![\d:.]){_TIME}(?![\d:])"), _clock),
    (re.compile(rf"([-−])?(?:({_N})%?{_TO})?({_N})\s?([%‰])"), _percent),
    (re.compile(rf"(?P<sign>{_SIGN})\s?(?P<n>{_N})\s?(?P<scale>[万亿千])?(?:元|块)?"), _money),
    (re.compile(rf"(?P<n>{_N})\s?(?P<scale>[万亿千])?\s?(?P<sign>RMB|€|£|\$)"), _money),
    (
        re.compile(
            rf"(?:(?P<first>{_N})\s?(?:{_UNIT})?{_TO})?(?:(?<![\d\w])(?P<minus>[-−]))?"
            rf"(?P<n>(?<![\d.]){_N})\s?(?P<unit>{_UNIT})(?![A-Za-z])"
        ),
        _unit,
    ),
    (
        re.compile(r"(?<![\d/])(\d{1,3})/(\d{1,3})(?![\d/])"),
        lambda m: f"{say.cardinal(m[2])}分之{say.cardinal(m[1])}",
    ),
    (
        re.compile(r"(?<![\d:])(\d{1,3}):(\d{1,3})(?![\d:])"),
        lambda m: f"{say.cardinal(m[1])}比{say.cardinal(m[2])}",
    ),
    (
        re.compile(r"(?<!\d)(\d{3,4})(?=室|房|号房|号病房|病房|教室)"),
        lambda m: say.digits(m[1], telephone=True),
    ),
    (
        re.compile(rf"(?<![\d.])({_N}){_TO}({_N})\s?(?={_COUNT})"),
        lambda m: f"{say.number(m[1], counting=True)}到{say.number(m[2], counting=True)}",
    ),
    (
        re.compile(rf"(?<![\d.])({_N}){_TO}({_N})(?![\d-])"),
        lambda m: f"{say.number(m[1])}到{say.number(m[2])}",
    ),
    (re.compile(rf"(?<![\d.\w])({_N})\s?[xX×]\s?(?={_N})"), lambda m: f"{say.number(m[1])}乘"),
    (
        re.compile(rf"(?<![\d.\w])({_N})\s?[xX×](?![A-Za-z])"),
        lambda m: f"{say.number(m[1], counting=True)}倍",
    ),
    (re.compile(r"第\s?(\d+)"), lambda m: f"第{say.cardinal(m[1])}"),
    (re.compile(r"#\s?(\d+)"), lambda m: f"{say.cardinal(m[1])}号"),
    (re.compile(r"\d+(?:\.\d+){2,}"), lambda m: say.number(m[0])),
    (re.compile(rf"(?<![\d\w])[-−](?={_N})"), lambda m: "负"),
    (re.compile(r"(?<![\d.])\d{9,}(?![.\d])"), lambda m: say.digits(m[0])),
    (
        re.compile(rf"({_N})\s?(?=(?:{_COUNT}))(?!点[一二三四五六七八九零])"),
        lambda m: say.number(m[1], counting=True),
    ),
    (re.compile(_N), lambda m: say.number(m[0])),
    (re.compile(r"\d"), lambda m: say.digits(m[0])),
)
"""In this order: dates and times first, then what has a sign or a unit, bare numbers last."""
