"""What the services write in a sender's name though nobody wrote it."""

from __future__ import annotations

import re

_ALONE = re.compile(
    r"liked a message|reacted .{1,40} to (?:your|a|their|his|her) message|"
    r"(?:you are|you're) now connected on messenger\.?|say hi to your new facebook friend.{0,80}|"
    r"the (?:video chat|call) (?:has )?ended\.?|this poll is no longer available\.?|"
    r"hat (?:mit .{1,20} auf )?deine nachricht reagiert|"
    r"a (?:aimé|réagi .{0,20}) (?:un|à votre) message|"
    r"(?:le|ha) (?:gustó|reaccionado con .{1,20} a) (?:un|tu) mensaje|"
    r"has? reagito con .{1,20} al tuo messaggio|"
    r"curtiu uma mensagem|reagiu com .{1,20} à sua mensagem",
    re.IGNORECASE,
)
_DEEDS = re.compile(
    r"(?:sent an attachment|sent (?:a|an) (?:photo|sticker|video|voice message|gif|link|location|"
    r"live location|reel|post|story)|unsent a message|named the group\b.*|"
    r"changed the (?:group (?:photo|name)|(?:chat )?theme\b.*|chat colou?rs|quick reaction\b.*)|"
    r"set (?:the nickname for .* to\b.*|your nickname to\b.*|.{1,60} own nickname to\b.*|"
    r"the (?:emoji|quick reaction) to\b.*)|cleared (?:the|your) nickname\b.*|created the group|"
    r"added .{1,200} to the (?:group|chat)|removed .{1,200} from the (?:group|chat)|"
    r"left the (?:group|chat)|joined (?:the (?:group|chat|call|video (?:call|chat)))|"
    r"started a (?:call|video (?:call|chat)|group call|poll\b.*)|created a poll\b.*|"
    r"(?:pinned|unpinned) a message|turned (?:on|off) .*|missed (?:a|your) (?:video )?(?:call|chat)"
    r"\b.*|called you|waved at .{1,80}|shared a (?:link|post|reel|story|location)|"
    r"reacted .{1,20} to (?:your|a) message|liked a message|voted for\b.*|"
    r"hat einen anhang gesendet|hat die gruppe\b.*|hat den spitznamen\b.*|"
    r"a envoyé une pièce jointe|a nommé le groupe\b.*|avez envoyé une pièce jointe|"
    r"envió un archivo adjunto|enviaste un archivo adjunto|nombró al grupo\b.*|"
    r"ha inviato un allegato|hai inviato un allegato|ha chiamato il gruppo\b.*|"
    r"enviou um anexo|enviaste um anexo|deu ao grupo o nome\b.*|"
    r"发送了一个附件|傳送了附件)[.。]?",
    re.IGNORECASE | re.DOTALL,
)
_YOU = ("You", "Du", "Vous", "Tu", "Hai", "Você", "你", "您")


def is_notice(content: str, sender: str) -> bool:
    """Whether a message consists of the service's own words: what the sender did, told of them
    by their name or as "You"."""
    if len(content) > 600:
        return False
    plain = content.strip()
    if _ALONE.fullmatch(plain):
        return True
    names = (sender, *_YOU) if sender else _YOU
    for name in names:
        if plain.startswith(name) and _DEEDS.fullmatch(plain[len(name) :].lstrip()):
            return True
    return False
