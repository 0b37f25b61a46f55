"""``ofrenda export``: everything that was put in, given back in the clear."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ofrenda.archive import export as write_export
from ofrenda.cli.screen import AsJson, LifeName, awake, err, out, print_json
from ofrenda.settings import Settings


def attach(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export")(export)


def export(
    life: LifeName,
    folder: Annotated[Path, typer.Argument(help="A new folder, made by this command.")],
    as_json: AsJson = False,
) -> None:
    """Write chats, writings, photos and recordings into a folder, readable by anybody.

    Chats become ChatLab JSONL, writings Markdown. `ofrenda add` reads the folder again.
    """
    err.print(
        "[yellow]![/] What is written is [bold]not encrypted[/]: whoever can open the folder can "
        "read all of it. Keep it where only the family can reach it.",
        highlight=False,
    )
    with awake(life, Settings()) as opened, err.status("Writing"):
        given = write_export(opened, folder)
    if as_json:
        print_json(
            {
                "folder": str(folder),
                "conversations": given.conversations,
                "messages": given.utterances,
                "documents": given.documents,
                "files": given.files,
            }
        )
        return
    out.print(
        f"{given.utterances:,} messages of {given.conversations} conversations, "
        f"{given.documents} writings and {given.files} files are in {folder}. "
        "Who is who, who may hear what and what was heard in recordings lie beside them, for "
        "[bold]ofrenda add --decisions[/]. The voice, calls, rules and noted facts stay in the "
        "life.",
        highlight=False,
        soft_wrap=True,
    )
