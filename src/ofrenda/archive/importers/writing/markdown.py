"""Markdown as the words that were written: markup off, other people's quotations out."""

from __future__ import annotations

import re

_FRONT = re.compile(r"---[ \t]*\n(?P<head>.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL)
_PAIR = re.compile(r"(?P<key>[A-Za-z]+)[ \t]*:[ \t]*(?P<value>.+)")


def front_matter(text: str) -> tuple[dict[str, str], str]:
    """``title``, ``date`` and ``author`` as a leading YAML block states them, and the text below.

    Only plain ``key: value`` lines count; everything else in the block is left alone.
    """
    found = _FRONT.match(text)
    if found is None:
        return {}, text
    stated: dict[str, str] = {}
    for line in found["head"].split("\n"):
        if pair := _PAIR.fullmatch(line.rstrip()):
            value = pair["value"].strip()
            if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
                value = value[1:-1]
            if value and value[0] not in "[{|>&*":
                stated.setdefault(pair["key"].casefold(), value)
    if not stated:
        return {}, text
    return stated, text[found.end() :]


def plain_text(text: str) -> tuple[str, str | None, int]:
    """The text without markup, its title (a heading before everything else), and how many quoted
    blocks were left out. Paragraphs stay apart by a blank line."""
    from markdown_it import MarkdownIt

    blocks: list[str] = []
    title: str | None = None
    quotes = depth = 0
    heading = False
    for token in MarkdownIt("commonmark").parse(text):
        if token.type == "blockquote_open":
            quotes += depth == 0
            depth += 1
        elif token.type == "blockquote_close":
            depth -= 1
        elif token.type == "heading_open":
            heading = True
        elif token.type == "heading_close":
            heading = False
        elif depth == 0 and token.type == "inline":
            words = "".join(
                "\n"
                if child.type in ("softbreak", "hardbreak")
                else child.content
                if child.type in ("text", "code_inline")
                else ""
                for child in token.children or ()
            ).strip()
            if heading and title is None and not blocks:
                title = words or None
            elif words:
                blocks.append(words)
        elif depth == 0 and token.type in ("fence", "code_block"):
            blocks.append(token.content.strip("\n"))
    return "\n\n".join(blocks), title, quotes
