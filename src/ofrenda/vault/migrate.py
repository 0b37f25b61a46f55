"""Bringing an older layout of the database to the newest, one numbered file at a time."""

from __future__ import annotations

from importlib import resources

from ofrenda.vault.connection import Connection, damaged
from ofrenda.vault.header import newer


def layouts() -> list[str]:
    """The SQL of ``migrations/NNNN_name.sql`` in order; the first makes layout 1."""
    folder = resources.files("ofrenda.vault") / "migrations"
    files = sorted(
        (file for file in folder.iterdir() if file.name.endswith(".sql")),
        key=lambda file: file.name,
    )
    for number, file in enumerate(files, start=1):
        if not file.name.startswith(f"{number:04d}_"):
            raise RuntimeError(f"migration {number} is missing or named twice")
    return [file.read_text(encoding="utf-8") for file in files]


def migrate(connection: Connection, *, fresh: bool = False) -> int:
    """Run every migration that the database has not seen; returns its layout number.

    Each runs in one transaction together with its number (``user_version``), so that a crash
    leaves one layout or the next. A layout newer than ours raises ``VaultError``; none at all in
    a life that is not ``fresh`` raises ``LifeDamaged``.
    """
    steps = layouts()
    present = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if present > len(steps):
        raise newer()
    if present == 0 and not fresh:
        raise damaged()
    for number, sql in enumerate(steps[present:], start=present + 1):
        try:
            connection.executescript(
                f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version = {number};\nCOMMIT;"
            )
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
    return len(steps)
