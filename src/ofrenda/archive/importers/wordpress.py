"""A WordPress site as it exports itself (WXR): posts and pages, and what was said below them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

from ofrenda.archive.authored import day_of, document, note_quotes
from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import drain, peek
from ofrenda.archive.importer import Circumstances, Gives, Reading, Record, Skipped
from ofrenda.archive.instants import Instant, aware, naive, past
from ofrenda.archive.markup import read_html
from ofrenda.archive.report import Question
from ofrenda.archive.telling import Chat, Said, Sender, tell
from ofrenda.archive.xmltree import BadXml, Node, stream, swallowed
from ofrenda.types import Kind

_PUBLISHED = ("publish", "private")
_DRAFTS = ("draft", "pending", "auto-draft", "future")
_WRITTEN = ("post", "page")
_SHORTCODE = re.compile(
    r"\[/?(?:caption|gallery|embed|audio|video|playlist|googlemaps|youtube)\b[^\]]{0,1000}\]"
)
_PARAGRAPH = re.compile(r"<(?:p|div|ul|ol|h[1-6]|table)[\s>]", re.IGNORECASE)
_NEVER = "0000-00-00 00:00:00"


class WordPress:
    """The importer."""

    name = "wordpress"
    gives = Gives.WRITING

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By the namespace of its export."""
        text = peek(head)
        if text is None or "<rss" not in text[:8192]:
            return 0.0
        return 0.95 if "wordpress.org/export/" in text[:16_384] else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """A document for each post and page; comments as messages."""
        reading = Reading(records=())
        answer = circumstances.answers.get("drafts")
        if answer not in ("keep", "leave"):
            seen: Counter[bool] = Counter()
            try:
                for node in _nodes(entry):
                    draft = node.text_of("status") in _DRAFTS
                    seen[draft and node.text_of("post_type") in _WRITTEN] += 1
            except BadXml:
                seen[False] += 1
            if seen[True]:
                reading.questions.append(
                    Question(
                        key="drafts",
                        text=f"The blog holds {seen[True]} drafts that were never published. "
                        "Are they to be taken in?",
                        choices={"keep": "take them in", "leave": "leave them out"},
                        waiting=seen.total(),
                    )
                )
                reading.waiting = seen.total()
                return reading
        reading.records = _Blog(entry, circumstances, reading, answer == "keep").records()
        return reading


IMPORTER = WordPress()


def _nodes(entry: Entry) -> Iterator[Node]:
    with entry.open() as file:
        yield from stream(drain(file), lambda name, depth: name == "item" and depth == 2)


class _Blog:
    def __init__(
        self, entry: Entry, circumstances: Circumstances, reading: Reading, drafts: bool
    ) -> None:
        self._entry = entry
        self._today = circumstances.today
        self._reading = reading
        self._drafts = drafts
        self._quotes = 0

    def records(self) -> Iterator[Record]:
        """Every item, then the comments below it, in the file's order."""
        number = 0
        try:
            for node in _nodes(self._entry):
                number += 1
                yield self._post(node, str(number))
                for count, comment in enumerate(node.children("comment"), start=1):
                    yield self._comment(node, comment, f"{number}#{count}")
        except BadXml:
            yield Skipped("damaged", str(number + 1))
        note_quotes(self._reading, self._quotes)

    def _post(self, node: Node, number: str) -> Record:
        kind, status = node.text_of("post_type"), node.text_of("status")
        if kind not in _WRITTEN:
            return Skipped("empty", number)
        wanted = (*_PUBLISHED, *_DRAFTS) if self._drafts else _PUBLISHED
        if status not in wanted:
            return Skipped("unsent", number)
        html = node.text_of("encoded", "content")
        page = read_html(_paragraphs(html))
        if page.broken or swallowed(html):
            return Skipped("damaged", number)
        self._quotes += len(page.quoted)
        stated = node.text_of("post_date")
        if stated.startswith(_NEVER[:10]):
            stated = ""
        return document(
            node.text_of("guid") or node.text_of("post_id") or number,
            node.text_of("title"),
            page.text,
            day_of(stated, self._today),
            node.text_of("creator"),
        )

    def _comment(self, node: Node, comment: Node, locator: str) -> Record:
        if comment.text_of("comment_approved") != "1":
            return Skipped("bulk", locator)
        if comment.text_of("comment_type") not in ("", "comment"):
            return Skipped("bulk", locator)
        mail, name = comment.text_of("comment_author_email"), comment.text_of("comment_author")
        sender = Sender(mail.casefold() or name, name or mail) if mail or name else None
        page = read_html(_paragraphs(comment.text_of("comment_content")))
        if page.broken:
            return Skipped("damaged", locator)
        if not page.text and not page.quoted:
            return Skipped("empty", locator)
        place = node.text_of("guid") or node.text_of("link") or node.text_of("post_id")
        chat = Chat("wordpress", place, node.text_of("title") or place, True)
        quoted = "\n\n".join(page.quoted)
        said = Said(
            Kind.TEXT,
            page.text,
            quoted or None,
            reply_to=comment.text_of("comment_parent").strip("0") or None,
        )
        return tell(locator, chat, sender, past(_moment(comment), self._today), said)


def _moment(comment: Node) -> Instant | None:
    """Both clocks of a comment: the site's own, and UTC."""
    local = _stamp(comment.text_of("comment_date"))
    utc = _stamp(comment.text_of("comment_date_gmt"))
    if local is None or utc is None:
        return naive(local) if local else aware(utc.replace(tzinfo=UTC)) if utc else None
    known = aware(utc.replace(tzinfo=UTC))
    shown = naive(local)
    if known is None or shown is None or abs((local - utc).total_seconds()) > 15 * 3600:
        return None
    return Instant(shown.local, known.utc)


def _stamp(written: str) -> datetime | None:
    try:
        return datetime.strptime(written, "%Y-%m-%d %H:%M:%S")
    except ValueError:
        return None


def _paragraphs(html: str) -> str:
    """Older posts have no paragraphs of their own: there blank lines make them."""
    html = _SHORTCODE.sub("", html.replace("\r\n", "\n"))
    if _PARAGRAPH.search(html):
        return html
    parts = re.split(r"\n{2,}", html)
    return "".join(f"<p>{part.replace(chr(10), '<br>')}</p>" for part in parts)
