"""What is said of errors that are not of our own tree."""

from __future__ import annotations

from types import TracebackType

from pydantic import ValidationError

from ofrenda.cli.screen import err
from ofrenda.errors import BadInput

_WHAT = {
    "int_parsing": "has to be a number",
    "bool_parsing": "has to be 1 (yes) or 0 (no)",
    "greater_than_equal": "has to be {ge} or more",
    "less_than_equal": "has to be {le} or less",
    "literal_error": "has to be {expected}",
}


def wrong_setting(error: ValidationError) -> BadInput:
    """The first setting that cannot be used, by the name it is set with; never its value, which
    may be a key."""
    first = error.errors(include_url=False, include_input=False)[0]
    name = "OFRENDA_" + "_".join(str(part) for part in first["loc"]).upper()
    what = _WHAT.get(first["type"], "cannot be used").format(**first.get("ctx", {}))
    return BadInput(f"The setting {name} {what}. Correct it, or leave it out.")


def tell_unexpected(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """In place of a traceback, of an error that nobody foresaw: its kind and its place. Its words
    could be somebody's."""
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    place = f"{traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno}" if traceback else "?"
    err.print(
        "[bold red]✗[/] Something went wrong inside Ofrenda; what was saved before is safe. "
        f"Please report this line: {kind.__name__} at {place}",
        highlight=False,
        soft_wrap=True,
    )
