from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ofrenda.archive import add, extent, identities
from ofrenda.errors import ArchiveError
from ofrenda.vault import Life

Write = Callable[..., Path]


def documents(life: Life) -> list[tuple[object, ...]]:
    with life.db.read() as db:
        return [
            tuple(row)
            for row in db.execute(
                "SELECT d.title, d.text, d.written_on, i.platform, i.key FROM document AS d"
                " JOIN identity AS i ON i.id = d.identity ORDER BY d.id"
            ).fetchall()
        ]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        (
            "essay.md",
            '---\ntitle: "On bread"\ndate: 2019-05-03\nauthor: Ada Fenwick\ntags: [a]\n---\n\n'
            "Flour *first*, then\nwater.\n\n"
            "> Bread is life, said Jo.\n\nThen [salt](http://x.y).\n",
            ("On bread", "Flour first, then\nwater.\n\nThen salt.", "2019-05-03", "Ada Fenwick"),
        ),
        (
            "2018-06-13-the-dog.md",
            "# The dog\n\nHe barked.\n\n## Later\n\n- once\n- twice\n",
            ("The dog", "He barked.\n\nLater\n\nonce\n\ntwice", "2018-06-13", "unsigned"),
        ),
        (
            "letter_to_mei.txt",
            "London, 3 May 2019\n\nDear Mei,\n\n*this* stays as it is.\n\nMum\n",
            (
                "letter to mei",
                "London, 3 May 2019\n\nDear Mei,\n\n*this* stays as it is.\n\nMum",
                "2019-05-03",
                "unsigned",
            ),
        ),
        (
            "信.txt",
            "亲爱的小梅：\n面包好了。\n2019年5月3日\n".encode("gb18030"),
            ("信", "亲爱的小梅：\n面包好了。\n2019年5月3日", "2019-05-03", "unsigned"),
        ),
        (
            "note.txt",
            b"\xef\xbb\xbf"
            + "Bread — and “salt”.\r\n".encode()
            + b"At 3:15 we met on 3 May 2019 by the river and talked.\r\n",
            (
                "note",
                "Bread — and “salt”.\nAt 3:15 we met on 3 May 2019 by the river and talked.",
                None,
                "unsigned",
            ),
        ),
        ("wide.txt", "Dear all".encode("utf-16"), ("wide", "Dear all", None, "unsigned")),
    ],
)
def test_a_text_is_one_document_with_what_it_says_of_itself(
    life: Life, write: Write, name: str, content: str | bytes, expected: tuple[object, ...]
) -> None:
    report = add(life, write(name, content))[0]
    assert (report.seen, report.accepted, report.skipped) == (1, 1, {})
    title, text, written_on, author = expected
    ((*rest, key),) = documents(life)
    assert rest == [title, text, written_on, "writing"]
    # Nobody signed: a sender of its own for each file.
    assert key.partition(":")[0] == author


def test_the_author_is_an_identity_that_nobody_has_decided(life: Life, write: Write) -> None:
    add(life, write("a.md", "# One\n\nwords\n"))
    (unsigned,) = identities(life)
    assert (unsigned.platform, unsigned.unsigned, unsigned.count) == ("writing", True, 1)
    assert unsigned.holder is None
    assert unsigned.samples == ("One",)


def test_the_same_text_under_another_name_is_kept_once(life: Life, write: Write) -> None:
    add(life, write("a.md", "# One\n\nwords\n"))
    assert add(life, write("b.md", "# One\n\nwords\n"))[0].accepted == 0
    assert add(life, write("c.txt", "words\n"))[0].already_there == 1
    assert extent(life).documents == 1


def test_a_date_that_can_be_read_both_ways_is_asked_about(life: Life, write: Write) -> None:
    path = write("letter.txt", "3/5/2019\n\nDear Mei\n")
    report = add(life, path)[0]
    assert report.questions
    assert report.skipped == {"awaiting_answer": 1}
    assert extent(life).documents == 0
    add(life, path, answers={"date_order": "dmy"})
    assert documents(life)[0][2] == "2019-05-03"


@pytest.mark.parametrize(
    "content",
    [
        "21:25\tMum\thello\n21:26\tSam\thi\n21:27\tMum\tbye\n",
        "2018年6月13日 下午9:25, Mum : hello\n2018年6月13日 下午9:26, Sam : hi\n"
        "2018年6月13日 下午9:27, Mum : bye\n",
        "Mum: hello\nSam: hi\nMum: come\nSam: when\nMum: now\nSam: yes\n",
        '{"messages": []}',
        "<html><body>hi</body></html>",
    ],
)
def test_chats_and_code_in_other_formats_do_not_pass_for_somebodys_writing(
    life: Life, write: Write, content: str
) -> None:
    with pytest.raises(ArchiveError, match="format"):
        add(life, write("something.txt", content))
    assert extent(life).documents == 0
