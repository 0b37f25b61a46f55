"""Whatever the house says to a keeper is known in Chinese, too."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import ofrenda.archive
import ofrenda.house.keep
import ofrenda.persona
from ofrenda.archive.importers import importers
from ofrenda.archive.report import REASONS
from ofrenda.house.page import WEB

LINES = (WEB / "i18n" / "lines_zh.js").read_text("utf-8")
KNOWN = set(re.findall(r'^  "(.*)": ".*",$', LINES, flags=re.MULTILINE))
PATTERNS = [re.compile(one) for one in re.findall(r"^  \[/(\^.*\$)/, ", LINES, flags=re.MULTILINE)]
TELLING = {"ArchiveError", "BadInput", "DiskFull", "Question", "append", "_refused", "not_read"}
"""What is called with a sentence for the keeper."""

ELSEWHERE = (
    "There is no sender with that number",  # only the terminal asks for numbers
    "There is no file with that number",
    "There is no such list",
    "No folder can be made at that place",  # giving back is done in the terminal
    "That place is among the lives",
    "There is something at that place",
    "#. What both hold is kept once",  # the end of a sentence that is known as a whole
    "# (#: #)",  # a question on one line, for the terminal
    "# Look at the table",  # what is put before it is looked up with it
)


def sentences() -> Iterator[str]:
    """Every sentence that the archive, the persona and the keeper's doors say to a keeper, with #
    for what is put in."""
    rooms = (ofrenda.archive, ofrenda.persona, ofrenda.house.keep)
    roots = [Path(str(room.__file__)).parent for room in rooms]
    for file in [file for root in roots for file in sorted(root.rglob("*.py"))]:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            told: list[ast.expr] = []
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in TELLING:
                    told = [*node.args, *(word.value for word in node.keywords)]
            elif isinstance(node, ast.Yield | ast.Return) and node.value is not None:
                told = [node.value]
            for one in told:
                text = plain(one)
                if text is not None and re.match(r"[A-Z#].{24,}[.?]$", text):
                    yield text


def plain(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.sub(r"\d[\d,]*", "#", node.value)
    if isinstance(node, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else "#" for part in node.values]
        return re.sub(r"\d[\d,]*", "#", "".join(map(str, parts)))
    return None


def known(text: str) -> bool:
    filled = text.replace("#", "8")
    return (
        text in KNOWN
        or any(pattern.match(filled) for pattern in PATTERNS)
        or text.startswith(ELSEWHERE)
        # A column's trouble, to which the way out is added.
        or f"{text} Look at the table and say again what its columns are." in KNOWN
    )


def test_every_sentence_of_the_archive_is_known_in_chinese() -> None:
    said = set(sentences())
    assert len(said) > 60
    assert sorted(text for text in said if not known(text)) == []


def test_numbers_keep_their_order() -> None:
    for english in KNOWN:
        chinese = re.search(rf'^  "{re.escape(english)}": "(.*)",$', LINES, flags=re.MULTILINE)
        assert chinese is not None, english
        assert chinese[1].count("#") == english.count("#"), english


def test_every_format_and_reason_has_a_name() -> None:
    words = (WEB / "i18n" / "keep_en.js").read_text("utf-8")
    named = set(re.findall(r"^  (\w+):", words, flags=re.MULTILINE))
    formats = {importer.name for importer in importers()} | {"unknown", "refused"}
    wanted = {f"format_{name.replace('-', '_')}" for name in formats}
    assert wanted - named == set()
    assert {f"reason_{reason}" for reason in REASONS} - named == set()
