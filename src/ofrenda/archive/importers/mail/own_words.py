"""What of a letter its sender wrote: quoted tails, forwarded letters and signatures split off.

In doubt a line counts as quoted: words that are missing can be found in the original, words in
the wrong mouth cannot be taken back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile

_QUOTED = re.compile(r"[ \t]?>")
_NEARLY_QUOTED = re.compile("[?<:6.~|\x1e\ufffd\u00be] ")
"""``>`` with one bit damaged; counts beside a quoted line."""

_ESCAPED_FROM = re.compile(r">+From ")

_WROTE = re.compile(
    r"""(?ix)
    \b(?: wrote | schrieb(?:\s\w+){0,6} | a\ [ée]crit | escribi[óo] | ha\ scritto | escreveu
        | schreef(?:\s\w+){0,6} | skrev(?:\s\w+){0,6} | napisa[łl][a]?(?:\(a\))? | пишет
        | написал(?:а|\(а\))? | yazd[ıi] | kirjoitti | [íi]rta | έγραψε | כתב(?:ה)?
        ) \s*(?:<[^>\n]*>)? \s*[:：] \s*$
    | (?:写道|寫道|のメール|書きました|작성|쓴\ 글) \s*[:：] \s*$
    """
)
_DATE_DIGITS = 4
"""An address or a date and a colon at the end introduce a quotation in any language."""

_BEGUN = re.compile(r"(?i)\s*(?:on|am|le|el|il|em|op|den|w dniu|在|于)\b.{6,}")

_FORWARD_WORDS = (
    "forward|fwd|weitergeleitet|transf[ée]r|reenviad|encaminhad|inoltrat|doorgestuurd|"
    "vidarebefordra|videresend|przekazan|пересыл|пересл|转发|轉寄|轉發|転送|전달"
)
_ORIGINAL_WORDS = (
    "original|urspr[üu]ng|origine|originele|oprindelig|opprinnelig|ursprung|исходн|"
    "oryginaln|orijinal|原始|原始邮件|元のメッセージ|원본"
)
_RULED = re.compile(
    rf"(?i)\s*[-—–_=*~]{{2,}}\s*(?:(?P<forward>[^\n]{{0,40}}(?:{_FORWARD_WORDS})[^\n]{{0,40}}?)"
    rf"|[^\n]{{0,40}}(?:{_ORIGINAL_WORDS})[^\n]{{0,40}}?)\s*[-—–_=*~]{{2,}}\s*"
)
_BEGIN_FORWARDED = re.compile(
    r"(?i)\s*(?:begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-mail)"
    r"|début du message (?:réexpédié|transféré)|inicio del mensaje reenviado"
    r"|inizio messaggio inoltrato|下面是被转发的邮件|以下は転送されたメッセージ)\s*[:：]\s*"
)
_FROM_WORDS = (
    "from|von|de|da|van|od|från|fra|от|发件人|寄件者|寄件人|差出人|보낸 ?사람|gönderen|lähettäjä"
)
_OTHER_WORDS = (
    "sent|date|to|cc|subject|reply-to|gesendet|datum|an|betreff|envoyé|à|objet|enviado|fecha|para|"
    "asunto|assunto|data|inviato|a|oggetto|verzonden|aan|onderwerp|skickat|till|ämne|sendt|til|emne|"
    "wysłano|do|temat|отправлено|дата|кому|тема|发送时间|收件人|主题|抄送|日期|时间|寄件日期|主旨|"
    "送信日時|日時|宛先|件名|보낸 날짜|날짜|받는 사람|제목|message-id|received|mime-version"
)
_FROM_LINE = re.compile(rf"(?i)[\s*_>]*(?:{_FROM_WORDS})[*_]*\s*[:：][*_]*\s*\S")
_OTHER_LINE = re.compile(rf"(?i)[\s*_>]*(?:{_OTHER_WORDS})[*_]*\s*[:：]")
_HEADER = re.compile(r"[A-Za-z][A-Za-z-]{1,40}:(?: |$)")
_KNOWN_HEADER = re.compile(
    r"(?i)(?:from|to|date|subject|message-id|received|return-path|mime-version):"
)
_SEPARATOR = re.compile(
    r".{0,8}\S* +(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) "
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d{1,2} \d\d:\d\d:\d\d"
)
_SIGNATURE = re.compile(r"-- ?")
_MOBILE = re.compile(
    r"(?i)\s*(?:sent from (?:my|yahoo|mail|outlook|samsung|windows)\b.{0,60}"
    r"|get outlook for .{0,40}"
    r"|von meinem .{1,40} gesendet.?|gesendet (?:von|mit) .{1,50}|envoyé (?:de|depuis) mon .{1,40}"
    r"|enviado desde mi .{1,40}|enviado do meu .{1,40}|inviato da(?:l mio)? .{1,40}"
    r"|发自我的.{1,30}|從我的.{1,30}傳送|iPhoneから送信|나의 .{1,20}에서 보냄"
    r"|отправлено с (?:моего )?.{1,30})\s*"
)
_LONGEST_MARK = 1_000
"""Characters of a line that a mail program writes; a longer one is somebody's paragraph."""

_LONGEST_SIGNATURE = 15
"""Lines; a signature has four. More below a bare "--" is text below a rule."""

_HTML = re.compile(r"(?i)</(?:div|p|blockquote|body|html|td|span)>|<blockquote|gmail_quote")
_RAW_PART = re.compile(r"(?m)^Content-(?:Type|Transfer-Encoding|Disposition): ?\S")
_FORWARD_SUBJECT = re.compile(
    r"(?i)\s*(?:fwd?|wg|tr|rv|enc|i|vs|vb|pd|转发|轉寄|转寄|転送|전달)\s*[:：]"
)
_REPLY_SUBJECT = re.compile(
    r"(?i)\s*(?:re|aw|sv|antw|rif|res|odp|ynt|回复|回覆|答复|返信|답장)\s*[:：]"
)


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter taken apart. ``forwarded``: it holds another letter that is passed on."""

    own: str
    quoted: str
    forwarded: bool


def is_forward(subject: str) -> bool:
    """Whether a subject says that the letter passes another one on."""
    return _FORWARD_SUBJECT.match(subject) is not None


def is_reply(subject: str) -> bool:
    """Whether a subject was taken over from the letter that is answered."""
    return _REPLY_SUBJECT.match(subject) is not None


def is_raw(text: str) -> bool:
    """Whether the seams of a damaged letter show in its text: parts can no longer be told apart."""
    return _RAW_PART.search(text) is not None


def is_html(text: str) -> bool:
    """Whether text that calls itself plain is the source of a page."""
    return _HTML.search(text) is not None


def unflowed(text: str, *, delsp: bool) -> str:
    """Joins the lines that a sending program broke (format=flowed); quotes stay lines."""
    out: list[str] = []
    joining = False
    for raw in text.split("\n"):
        line = raw[1:] if raw.startswith(" ") else raw
        quoted = line.startswith(">")
        if joining and not quoted and line != "-- ":
            out[-1] += line
        else:
            out.append(line)
        joining = line.endswith(" ") and line != "-- " and not quoted
        if joining and delsp:
            out[-1] = out[-1][:-1]
    return "\n".join(out)


def take_apart(text: str, *, subject: str = "", escaped: bool = False) -> Letter:
    """The sender's own words and what is not. ``escaped``: lines that begin with "From " were
    written with ``>`` before them, as mailboxes do."""
    lines = text.split("\n")
    quoted_at = _quoted_lines(lines, escaped=escaped)
    own: list[str] = []
    quoted: list[str] = []
    forwarded = False
    place = 0
    while place < len(lines):
        line = lines[place]
        if quoted_at[place]:
            quoted.append(_unquoted(line))
            place += 1
            continue
        cut = _tail(lines, place)
        if cut is not None:
            forwarded = forwarded or cut == "forward"
            quoted += [_unquoted(rest) for rest in lines[place:]]
            break
        if (length := _introduces(lines, quoted_at, place)) > 0:
            after = _next_filled(lines, place + length)
            if after is None or quoted_at[after]:
                place += length
                continue
            quoted += [_unquoted(rest) for rest in lines[place + length :]]
            break
        if _is_signature(lines, quoted_at, place):
            rest = [_unquoted(lines[n]) for n in range(place, len(lines)) if quoted_at[n]]
            quoted += rest
            tail = next((n for n in range(place, len(lines)) if _tail(lines, n)), None)
            if tail is not None:
                forwarded = forwarded or _tail(lines, tail) == "forward"
                quoted += [_unquoted(one) for n, one in enumerate(lines) if n > tail]
            break
        if escaped and _ESCAPED_FROM.match(line):
            line = line[1:]
        if not _MOBILE.fullmatch(line):
            own.append(line)
        place += 1
    words, others = _tidy(own), _tidy(quoted)
    if is_forward(subject) and not others:
        # Passed on without any mark: nobody can tell where the other letter begins.
        return Letter("", words, True)
    return Letter(words, others, forwarded or is_forward(subject))


def _quoted_lines(lines: list[str], *, escaped: bool) -> list[bool]:
    found = [_QUOTED.match(line) is not None for line in lines]
    sure = list(found)
    for place, line in enumerate(lines):
        before = place > 0 and sure[place - 1]
        after = place + 1 < len(lines) and sure[place + 1]
        if not found[place]:
            # One damaged letter may have taken the mark, or the line's beginning.
            inside = "> " in line and not line.rstrip().endswith((":", "："))
            near = inside or _NEARLY_QUOTED.match(line) is not None
            found[place] = (before or after) and near
        elif escaped and _ESCAPED_FROM.match(line) and not (before or after):
            found[place] = False
    return found


def _unquoted(line: str) -> str:
    match = _QUOTED.match(line)
    return line if match is None else line[match.end() :].removeprefix(" ")


def _tail(lines: list[str], place: int) -> str | None:
    """Whether all that follows is another letter: ``forward``, ``reply`` or None."""
    line = lines[place]
    if not line.strip() or len(line) > _LONGEST_MARK:
        return None
    if _BEGIN_FORWARDED.fullmatch(line):
        return "forward"
    if (ruled := _RULED.fullmatch(line)) is not None:
        return "forward" if ruled["forward"] else "reply"
    if _SEPARATOR.match(line):
        return "reply"
    near = lines[place : place + 9]
    if _FROM_LINE.match(line):
        others = sum(_OTHER_LINE.match(other) is not None for other in near[1:])
        if others >= 2 or (others and _OTHER_LINE.match(near[1])):
            return "reply"
    return "reply" if _is_header_block(near) else None


def _is_header_block(lines: list[str]) -> bool:
    block = list(takewhile(_HEADER.match, lines))
    return len(block) >= 3 and sum(bool(_KNOWN_HEADER.match(one)) for one in block) >= 2


def is_two(text: str) -> bool:
    """Whether a second letter with its headers stands in the source of a page."""
    lines = text.split("\n")
    return any(
        _SEPARATOR.match(line) is not None or _is_header_block(lines[place : place + 9])
        for place, line in enumerate(lines)
    )


def _introduces(lines: list[str], quoted_at: list[bool], place: int) -> int:
    """How many lines from here introduce a quotation ("On ... Mum wrote:"); 0 where none do."""
    joined = ""
    for length in range(1, 4):
        at = place + length - 1
        if at >= len(lines) or quoted_at[at] or not lines[at].strip():
            return 0
        joined = f"{joined} {lines[at].strip()}".strip()
        if len(joined) > 400:
            return 0
        if not joined.endswith((":", "：")):
            continue
        after = _next_filled(lines, at + 1)
        if _WROTE.search(joined) and (length == 1 or _BEGUN.match(joined)):
            # "Then she wrote:" above a poem of one's own has no date and no quotation below.
            if any(c.isdigit() or c == "@" for c in joined):
                return length
            if after is not None and quoted_at[after]:
                return length
        dated = "@" in joined or sum(map(str.isdigit, joined)) >= _DATE_DIGITS
        if dated and after is not None and quoted_at[after]:
            return length
    return 0


def _next_filled(lines: list[str], place: int) -> int | None:
    for at in range(place, min(len(lines), place + 6)):
        if lines[at].strip():
            return at
    return None


def _is_signature(lines: list[str], quoted_at: list[bool], place: int) -> bool:
    line = lines[place]
    if _SIGNATURE.fullmatch(line) is None:
        return False
    below = [n for n in range(place + 1, len(lines)) if lines[n].strip() and not quoted_at[n]]
    return line == "-- " or len(below) <= _LONGEST_SIGNATURE


def _tidy(lines: list[str]) -> str:
    text = "\n".join(line.rstrip(" \t") for line in lines)
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")
