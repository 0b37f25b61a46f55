"""Where in an archive somebody planted orders to a machine, for the keeper to see."""

from __future__ import annotations

from dataclasses import dataclass

from ofrenda.care import planted
from ofrenda.vault import Life


@dataclass(frozen=True, slots=True)
class Planted:
    """``where``: ``message``, ``document`` or ``file``; ``locator`` leads to it in its file. Never
    holds the text: it is shown on a screen as well."""

    where: str
    locator: str


def planted_in(life: Life) -> list[Planted]:
    """Every message, document and file name of ``life`` that gives orders to a machine."""
    with life.db.read() as db:
        found = [
            Planted("message", f"{row['name']} {row['locator']}")
            for row in db.execute(
                "SELECT u.text, u.locator, s.name FROM utterance AS u"
                " JOIN source AS s ON s.id = u.source WHERE u.text IS NOT NULL"
            )
            if planted(str(row["text"]))
        ]
        found += [
            Planted("document", f"{row['name']} {row['locator']}")
            for row in db.execute(
                "SELECT d.title, d.text, d.locator, s.name FROM document AS d"
                " JOIN source AS s ON s.id = d.source"
            )
            if planted(f"{row['title']}\n{row['text']}")
        ]
        found += [
            Planted("file", f"no. {row['id']}")
            for row in db.execute("SELECT id, name FROM source")
            if planted(str(row["name"]))
        ]
    return found
