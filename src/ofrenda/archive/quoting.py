"""Words that a message quotes, apart from those that its sender wrote."""

from __future__ import annotations

_REST = ">>>"


def without_quotes(text: str, mark: str = "> ") -> tuple[str | None, str | None]:
    """``(own, quoted)`` of a message in which ``mark`` begins a quoted line and ``>>>`` the
    rest."""
    if ">" not in text:
        return text.strip("\n") or None, None
    own: list[str] = []
    quoted: list[str] = []
    lines = text.split("\n")
    for place, line in enumerate(lines):
        if line.startswith(_REST):
            quoted += [line[len(_REST) :].lstrip(" "), *lines[place + 1 :]]
            break
        if line.startswith(mark) or line == ">":
            quoted.append(line[len(mark) :].removeprefix(" "))
        else:
            own.append(line)
    if not quoted:
        return text.strip("\n") or None, None
    return "\n".join(own).strip("\n") or None, "\n".join(quoted).strip("\n") or None
