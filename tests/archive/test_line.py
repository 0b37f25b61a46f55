"""LINE puts a message of several lines between quotation marks; people type such marks, too."""

from __future__ import annotations

from ofrenda.archive.importer import Skipped
from ofrenda.measure.attribution import importer_of, read
from ofrenda.types import Utterance

HEAD = "[LINE] Chat history with Mum\nSaved on: 2024/01/15 10:30\n\n2024/01/14(Sun)\n"

Told = tuple[str, str | None, str | None, str | None]


def heard(lines: str) -> tuple[list[Told | str], list[str]]:
    """Who said what at which time, or why it was left out; and the advice."""
    reading, records = read(importer_of("line"), "x.txt", (HEAD + lines).encode(), {}, {})
    out: list[Told | str] = []
    for record in records:
        if isinstance(record, Skipped):
            out.append(record.reason)
        elif isinstance(record, Utterance):
            at = (record.ts_local or "")[11:16]
            out.append((at, record.sender_key, record.text, record.quoted_text))
    return out, list(reading.advice)


def test_one_line_that_begins_with_a_mark_is_kept_as_it_was_typed() -> None:
    found, advice = heard(
        '22:31\tMum\t"Lovely" she said\n22:32\tSam\t"no\n22:33\tMum\the said "x" to me\n'
        '22:34\tSam\t"\n22:35\tMum\t"ok"\n'
    )
    assert found == [
        ("22:31", "Mum", '"Lovely" she said', None),
        ("22:32", "Sam", '"no', None),
        ("22:33", "Mum", 'he said "x" to me', None),
        ("22:34", "Sam", '"', None),
        ("22:35", "Mum", '"ok"', None),
    ]
    assert advice == []


def test_lines_that_can_be_no_messages_belong_to_the_one_above() -> None:
    found, _ = heard(
        '22:31\tMum\t"one\n\n2024/01/15(Mon)\nsay ""hi""\n22:00\tSam\tpasted"\n22:32\tSam\tno\n'
    )
    assert found == [
        ("22:31", "Mum", 'one\n\n2024/01/15(Mon)\nsay "hi"', "22:00\tSam\tpasted"),
        ("22:32", "Sam", "no", None),
    ]


def test_lines_that_may_be_pasted_or_said_are_given_to_nobody_and_told_of() -> None:
    found, advice = heard(
        '22:31\tMum\t"so\n22:32\tSam\twhat\n22:33\tMum\tit is"\n22:34\tSam\tyes\n'
    )
    assert found == [
        ("22:31", "Mum", "so", None),
        "doubtful",
        "doubtful",
        ("22:34", "Sam", "yes", None),
    ]
    assert advice[0].startswith("2 lines stand between quotation marks")


def test_after_a_day_that_may_be_pasted_no_day_is_known() -> None:
    found, _ = heard(
        '22:31\tMum\t"so\n2024/01/20(Sat)\n08:00\tSam\tno"\n08:01\tSam\tyes\n'
        "2024/01/21(Sun)\n09:00\tSam\tgood\n"
    )
    assert found == [
        ("22:31", "Mum", "so", None),
        "doubtful",
        "unclear_date",
        ("09:00", "Sam", "good", None),
    ]


def test_a_mark_near_the_end_of_the_file_takes_nothing_from_its_sender() -> None:
    found, _ = heard('22:31\tMum\tbread\n22:32\tMum\t"so\n')
    assert found == [("22:31", "Mum", "bread", None), ("22:32", "Mum", '"so', None)]
