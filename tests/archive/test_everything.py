"""A folder that holds one of each: mail, messages and writing, through the one door, twice."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

from ofrenda.archive import add, extent
from ofrenda.vault import Life

from . import (
    test_google_chat,
    test_imessage,
    test_imessage_txt,
    test_mail,
    test_signal,
    test_sms_backup,
    test_written_formats,
)


def fill(top: Path) -> set[str]:
    files: dict[str, bytes] = {
        "sms-1.xml": test_sms_backup.MESSAGES.encode(),
        "mail/all.mbox": test_mail.many(),
        "mail/one.eml": test_mail.letter("A letter of its own.\n", number=99),
        "signal/main.jsonl": test_signal.GOLDEN.encode(),
        "mac/chat.db": test_imessage.golden().bytes(),
        "imessage/Mum.txt": test_imessage_txt.GOLDEN.encode(),
        "Takeout/Google Chat/Groups/DM a/messages.json": json.dumps(
            {"messages": test_google_chat.GOLDEN}
        ).encode(),
        "blog.xml": test_written_formats.WXR.encode(),
    }
    expected = {
        "sms-backup", "mail", "signal", "imessage", "imessage-txt", "google-chat", "wordpress",
    }  # fmt: skip
    for golden in test_written_formats.GOLDENS:
        files[f"writing/{golden[2]}"] = test_written_formats.content(golden)
        expected.add(golden[1])
    for name, data in files.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return expected


def test_a_folder_of_everything_is_taken_in_and_adding_it_again_adds_nothing(
    life: Life, tmp_path: Path
) -> None:
    top = tmp_path / "everything"
    expected = fill(top)
    answers = {"drafts": "leave"}
    reports = add(life, top, answers=answers)
    assert {report.format for report in reports} == expected
    for report in reports:
        assert report.seen == (
            report.accepted + report.already_there + sum(report.skipped.values())
        ), report.format
        assert report.accepted + report.already_there > 0, report.source
    before = extent(life)
    again = add(life, top, answers=answers)
    assert sum(report.accepted for report in again) == 0
    assert extent(life) == before


def test_documents_inside_a_zip_are_read_there(life: Life, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("his/dog.docx", test_written_formats.word_file())
        archive.writestr(
            "his/bread.epub",
            test_written_formats.packed(
                test_written_formats.epub_parts(), test_written_formats.EPUB_MIME
            ),
        )
    path = tmp_path / "his.zip"
    path.write_bytes(buffer.getvalue())
    assert {report.format for report in add(life, path)} == {"docx", "epub"}
    assert extent(life).documents == 2
