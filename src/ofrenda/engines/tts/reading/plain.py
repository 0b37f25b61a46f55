"""From text as people type it to plain text: no markdown, emoji, links or heaps of punctuation.

What is left holds letters, digits, signs that mean a word (``%``, ``&``, ``$`` ...) and single
marks of punctuation, in one Unicode form (NFKC).
"""

from __future__ import annotations

import re
import unicodedata

_FRACTIONS = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅛": "1/8"}
_SUPERSCRIPTS = {"²": " squared", "³": " cubed"}

_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_IMAGE = re.compile(r"!\[([^\]\n]*)\]\([^)\n]*\)")
_LINK = re.compile(r"\[([^\]\n]+)\]\([^)\n]*\)")
_TAG = re.compile(r"<(?![\d\s])[^<>\n]{1,80}>")
_LINE_HEAD = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]+|>+[ \t]*|[-*+•][ \t]+|(?:\d{1,2}[.)])[ \t]+(?=\S))"
)
_RULE = re.compile(r"^[ \t]*(?:[-*_=][ \t]*){3,}$")
_EMPHASIS = re.compile(r"(\*{1,3}|~~|__?|`)(?=\S)([^\n]*?\S)\1(?![\w*])")
_EMAIL = re.compile(r"[\w.+-]+@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)", re.ASCII)
_WEB = re.compile(r"(?i:https?://|www\.)([a-z0-9.:-]+)(?:[/?#][!-;=?-~]*)?", re.IGNORECASE)
_MENTION = re.compile(r"(?<!\w)[@#](?=[^\W\d])")
_SMILEY = re.compile(
    r"(?<![\w])(?:[:;=8xX]['’]?-?[)(DPpOo3|*\\/]+|<3+|\^_*\^|[TtQ][_.][TtQ]|-_+-|>_<|[oO]_[oO]|orz|OTZ)"
    r"(?![\w/])"
)
_STOPS = {"。": ". ", "．": ". ", "｡": ". ", "、": ", ", "⋯": "…"}
_QUOTES = re.compile(
    r"[\"“”„‟«»《》〈〉「」『』【】〔〕]|(?<!\w)['‘](?=\w)(?!\d0s)|(?<=[\w.,!?])[’'](?!\w)"
)
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])[’‘ʼ`´](?=[^\W\d_])")
_HAN = r"㐀-䶿一-鿿豈-﫿〇"


def plain(text: str) -> str:
    """``text`` without what cannot be said; signs and digits are still signs and digits."""
    for sign, words in {**_FRACTIONS, **_SUPERSCRIPTS}.items():
        before = r"(?<=\d)" if sign in _FRACTIONS else ""
        text = re.sub(before + sign, f" {words}" if before else words, text)
        text = text.replace(sign, words)
    text = unicodedata.normalize("NFKC", text.replace("…", "⋯").replace("，", ", ")).replace(
        "\r\n", "\n"
    )
    text = _FENCE.sub(" ", text)
    text = _LINK.sub(r"\1", _IMAGE.sub(r"\1", text))
    text = _links(text)
    text = "\n".join(_line(line) for line in re.split(r"[\n\r\v\f\x85\u2028\u2029]+", text))
    text = _MENTION.sub("", _SMILEY.sub(" ", _TAG.sub(" ", text)))
    text = _marks("".join(_character(c) for c in text))
    return re.sub(r"[ \t]+", " ", text).strip()


def is_han(character: str) -> bool:
    """Whether a character is a Chinese one."""
    return bool(re.match(f"[{_HAN}]", character))


def _line(line: str) -> str:
    """One line without markdown; it ends in a stop, since a new line begins a new thought."""
    line = "" if _RULE.match(line) else _LINE_HEAD.sub("", line)
    for _ in range(3):
        line = _EMPHASIS.sub(r"\2", line)
    line = re.sub(r"[ \t]*\|[ \t]*", ", ", line.strip().strip("|"))
    ends_in_word = bool(line) and (line[-1].isalnum() or line[-1] in "%)]）】\"”'’」』")
    return f"{line}." if ends_in_word else line


def _links(text: str) -> str:
    """Addresses of the web and of mail said by their host alone."""

    def host(match: re.Match[str]) -> str:
        name = re.sub(r"^www\.|:\d+$", "", match[1].rstrip(".,;:!?"))
        around = text[max(0, match.start() - 6) : match.start()] + text[match.end() :][:6]
        if any(is_han(c) for c in around):
            return "一个链接"
        return f" a link to {name.replace('.', ' dot ').replace('-', ' ')} "

    text = _WEB.sub(host, text)
    return _EMAIL.sub(lambda m: m[0].replace("@", " at ").replace(".", " dot "), text)


def _character(c: str) -> str:
    """The character, a space for what is a picture or a control, nothing for what is invisible."""
    if c in _STOPS:
        return _STOPS[c]
    if c in "\n°$£€¥₹₩%‰&+=@#/~<>×÷^√∞→":
        return c
    kind = unicodedata.category(c)
    if kind in {"Mn", "Cf", "Me"}:
        return "" if c in "\u200d\ufe0f\ufe0e\u200b" or kind != "Mn" else c
    return " " if kind in {"So", "Sk", "Cc", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"} else c


def _marks(text: str) -> str:
    """Single marks of punctuation, without quotation marks and brackets."""
    text = _APOSTROPHE.sub("'", text.replace("\n", " "))
    text = re.sub(r"(\d)['’′](\d{1,2})(?:[\"”″]|''|(?!\w))", r"\1 foot \2", text)
    text = _QUOTES.sub(" ", text)
    text = re.sub(r"\s*[(\[{]\s*", ", ", text)
    text = re.sub(r"\s*[)\]}]\s*(?=[.,!?;:]|$)", "", text)
    text = re.sub(r"\s*[)\]}]\s*", ", ", text)
    text = re.sub(r"\.{2,}|…+|⋯+|(?:\. ){2,}\.", "…", text)
    text = re.sub(r"[—–―─-]{2,}|(?<=\s)[—–―─-](?=\s)|[—―─]", " — ", text)
    text = re.sub(f"~+(?![0-9])|(?<=[{_HAN}])~+", " ", text)
    text = re.sub(r"[!?]*\?[!?]*", "?", re.sub(r"!+", "!", text))
    text = re.sub(r"([,;:])(?:\s*[,;:])+", r"\1", text)
    text = re.sub(r"\s+([,.!?;:…])", r"\1", text)
    text = re.sub(r"([,;:])(?=[.!?…])", "", text)
    text = re.sub(r"([!?…])\s*[.,;:]+", r"\1", text)
    text = re.sub(r"^[\s,.;:—]+(?=\D)", "", text)
    return re.sub(r"[\s,;:—]+$", "", text)
