"""Made-up chats in every format: nobody's words in another's mouth, no wrong time, none lost.

``OFRENDA_CHATS`` sets how many chats of each format are tried (1000 is the full size),
``OFRENDA_SEED`` which.
"""

from __future__ import annotations

import os
from datetime import date

import pytest

from ofrenda.archive.importers import importers
from ofrenda.measure.attribution import Verdict, attributions
from ofrenda.measure.exports import FORMS

from .every_golden import every_golden

CHATS = int(os.environ.get("OFRENDA_CHATS", "40"))
SEED = int(os.environ.get("OFRENDA_SEED", date.today().toordinal()))
"""Other chats every day; a failure names its seed."""

FORMATS = sorted({form.format for form in FORMS})

LEFT_OUT = 0.12
"""Share of messages that may be skipped, with their reason, in forms where words can look like the
form itself (a pasted chat)."""


def test_every_importer_is_tried() -> None:
    """``ofrenda`` is tried by giving a life back and reading it in again (test_export.py), and
    ``table`` reads nothing before the keeper has said which column is who (test_mapped.py)."""
    by_hand = {golden.format for golden in every_golden()}
    tried = {*FORMATS, *by_hand, "originals", "ofrenda", "table"}
    assert {importer.name for importer in importers()} <= tried


@pytest.mark.parametrize("format", FORMATS)
def test_no_line_is_misattributed_and_no_time_is_wrong(format: str) -> None:
    verdicts = attributions(chats=CHATS, seed=SEED, formats=[format])
    for name, verdict in verdicts.items():
        bad = (verdict.misattributed, verdict.wrong_timestamps)
        assert bad == (0, 0), (SEED, name, verdict)
    total = Verdict()
    for verdict in verdicts.values():
        total.add(verdict)
    exact = all(form.exact for form in FORMS if form.format == format)
    if format == "discord-package":  # it began in 2015, and some of the chats before
        return
    assert total.unaccounted <= (0 if exact else 0.02) * total.messages, SEED
    assert total.to_nobody <= (0 if exact else 0.03) * total.messages, SEED
    assert total.left_out <= (0 if exact else LEFT_OUT) * total.messages
    assert total.judged + total.left_out >= 0.97 * (total.messages - total.waiting), SEED
    assert total.ambiguous <= total.chats / 2, SEED
