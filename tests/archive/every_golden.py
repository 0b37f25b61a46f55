"""Every golden file of every format, in one form: to be damaged, and counted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from ofrenda.measure import mutants

from . import (
    eastern,
    goldens,
    page_goldens,
    social_goldens,
    test_google_chat,
    test_imessage,
    test_imessage_txt,
    test_mail,
    test_signal,
    test_sms_backup,
    test_written_formats,
)

_WORD = re.compile(r"[^\W\d_]{4,}")


def words(text: str | None) -> list[str]:
    """Words long enough to be somebody's own."""
    return _WORD.findall(text or "")


def every_golden() -> Iterator[mutants.Golden]:
    """All but the oldest table of WeChat, with what came beside them and the answers they need."""
    for name, golden in goldens.GOLDENS.items():
        beside = dict.fromkeys(golden.beside, b"x")
        data = golden.content.encode()
        yield _known(f"whatsapp: {name}", "whatsapp", golden.name, data, beside, golden.answers)
    for name, eastern_golden in eastern.GOLDENS.items():
        if eastern_golden.one_bit:
            continue  # one digit says who wrote, and nothing can show that it was turned
        yield _known(
            name,
            eastern_golden.format,
            eastern_golden.name,
            eastern_golden.data,
            eastern_golden.beside,
            eastern_golden.answers,
        )
    for name, social in social_goldens.GOLDENS.items():
        yield _known(name, social.format, social.name, social.content, social.beside)
    for importer, format, name, _, _ in (written := test_written_formats.GOLDENS):
        del importer
        (golden,) = [one for one in written if one[2] == name]
        yield _known(f"{format}: {name}", format, name, test_written_formats.content(golden))
    wxr = test_written_formats.WXR.encode()
    yield _known("wordpress: blog", "wordpress", "blog.xml", wxr, answers={"drafts": "keep"})
    chat = json.dumps({"messages": test_google_chat.GOLDEN}).encode()
    yield _known("google-chat: golden", "google-chat", "messages.json", chat)
    for name, text in (
        ("golden", test_imessage_txt.GOLDEN.encode()),
        ("many", test_imessage_txt.many()),
    ):
        yield _known(f"imessage-txt: {name}", "imessage-txt", "+15551234567.txt", text)
    phone = test_imessage.golden().bytes()
    yield _known("imessage: golden", "imessage", "chat.db", phone)
    for name, frames in (
        ("golden", test_signal.GOLDEN.encode()),
        ("many", test_signal.many()),
    ):
        yield _known(f"signal: {name}", "signal", "main.jsonl", frames)
    yield _known("sms: golden", "sms-backup", "sms.xml", test_sms_backup.MESSAGES.encode())
    yield _known("mail: many", "mail", "letters.mbox", test_mail.many())
    for place, page in enumerate(page_goldens.GOLDENS):
        title = f"{page.format}: page {place}"
        yield _known(title, page.format, page.name, page.content.encode(), page.beside)


def _known(
    title: str,
    format: str,
    file: str,
    data: bytes,
    beside: Mapping[str, bytes] | None = None,
    answers: Mapping[str, str] | None = None,
) -> mutants.Golden:
    return mutants.known_by(title, format, file, data, words, beside or {}, answers or {})
