"""A file that came along is found in whatever language; one that did not is no file."""

from __future__ import annotations

import pytest

from ofrenda.archive.importers.whatsapp.bodies import read_body
from ofrenda.types import Kind

M, R = "\u200e", "\u200f"
PTT = "PTT-20180613-WA0001.opus"
IOS = "00000012-AUDIO-2018-06-13-21-27-00.opus"

ANDROID = [
    "(file attached)", "(Datei angehängt)", "(archivo adjunto)", "(fichier joint)",
    "(file allegato)", "(arquivo anexado)", "(ficheiro anexado)", "(bestand bijgevoegd)",
    "(файл добавлен)", "(文件附件)", "(檔案附件)", "（檔案附件）", "(添付ファイル)",
    "(dosya ekli)", "(파일 첨부됨)", "(الملف مرفق)", "(הקובץ מצורף)", "(plik załączony)",
    "(soubor přiložen)", "(συνημμένο αρχείο)", "(fil vedhæftet)", "(फ़ाइल संलग्न)",
    "(ไฟล์แนบ)", "(tệp đính kèm)", "(dilampirkan)", "(fișier atașat)", "<attached>",
]  # fmt: skip
APPLE = [
    "attached", "adjunto", "Anhang", "pièce jointe", "allegato", "anexado", "bijgevoegd",
    "прикреплено", "已附加", "附件", "添付", "첨부됨", "ekli", "مرفق", "צורף", "załączono",
    "vedhæftet", "bifogad", "liitetty", "संलग्न", "đính kèm",
]  # fmt: skip


def has(*names: str):
    return lambda name: name in names


@pytest.mark.parametrize("words", ANDROID)
@pytest.mark.parametrize("mark", ["", M, R])
def test_androids_words_after_the_name(words: str, mark: str) -> None:
    body = read_body(f"{mark}{PTT} {words}\nlisten!", bracket=False, has_file=has(PTT))
    assert (body.kind, body.file, body.text) == (Kind.VOICE, PTT, "listen!")


@pytest.mark.parametrize("words", APPLE)
def test_apples_words_before_the_name(words: str) -> None:
    body = read_body(f"{M}<{words}: {IOS}>", bracket=True, has_file=has(IOS))
    assert (body.kind, body.file, body.text) == (Kind.VOICE, IOS, None)


@pytest.mark.parametrize("words", ANDROID)
def test_a_name_of_whatsapps_own_is_a_file_that_is_missing(words: str) -> None:
    body = read_body(f"{PTT} {words}", bracket=False, has_file=has())
    assert (body.kind, body.file, body.text) == (Kind.VOICE, PTT, None)


@pytest.mark.parametrize(
    "text",
    [
        "I read notes.txt (twice)",
        "see poem.doc (the long one)",
        "song.mp3 （我最喜欢）",
        "../../secret.opus (file attached)",
        "a/b.opus (file attached)",
        "<3: you.opus",
    ],
)
def test_words_about_a_file_are_words(text: str) -> None:
    body = read_body(text, bracket=False, has_file=has("notes.md", "secret.opus"))
    assert (body.kind, body.file, body.text) == (Kind.TEXT, None, text)
