"""The portrait: how the person wrote to each member, with numbers, examples and their sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ofrenda.errors import NotInvited
from ofrenda.persona.manner import addresses
from ofrenda.persona.sources import Place
from ofrenda.persona.style import Counted, Said, Style, measure_style
from ofrenda.types import Kind, Member, Role, SourceRef
from ofrenda.vault import Life

LATEST: Final = 20_000
"""Messages to one member that are measured, the newest."""


@dataclass(frozen=True, slots=True)
class Relation:
    """How the person wrote to one member (None: to everybody). ``names``: what they called
    them."""

    member: Member | None
    style: Style
    names: tuple[Counted, ...]

    def examples(self) -> list[SourceRef]:
        """The messages that stand as examples in it."""
        style = self.style
        lists = (style.particles, style.emoji, style.catchphrases, style.greetings, style.partings)
        counted = [*self.names, *(one for some in lists for one in some)]
        return [one.example for one in counted if one.example is not None]


def portrait(life: Life, viewer: Member | None = None) -> list[Relation]:
    """The relations that ``viewer`` may see: their own private chats and the groups; all of them
    for None, who holds the key of the life. Everybody together comes first; a relation without a
    message is left out."""
    found = []
    members = life.members()
    shown = members if viewer is None else [one for one in members if one.id == viewer.id]
    everything = _said(life, None, viewer)
    if everything:
        found.append(Relation(None, measure_style(everything), ()))
    for member in shown:
        said = _said(life, member, viewer)
        if said:
            found.append(Relation(member, measure_style(said), _names(said, member)))
    return found


def kept_relation(life: Life, keeper: Member, to: Member | None) -> Relation:
    """How the person wrote to ``to`` (None: to everybody), for ``keeper``, who looks after the
    whole archive. What is labelled for other members alone, or never to be spoken, is neither
    counted nor quoted. Without a message the measures are zero. Raises NotInvited for who is
    no keeper."""
    if keeper.role is not Role.KEEPER:
        raise NotInvited("Only a keeper may look at the whole portrait.")
    said = _said(life, to, keeper, whole=True)
    return Relation(to, measure_style(said), () if to is None else _names(said, to))


def _said(
    life: Life, to: Member | None, viewer: Member | None, *, whole: bool = False
) -> list[Said]:
    """The person's messages in private chats with ``to``; for None in all conversations, of which
    the private ones of others count only where nobody in particular looks, or for the ``whole``.
    The labels of single messages hold for every ``viewer``."""
    keeps = viewer is None or viewer.role is Role.KEEPER
    with life.db.read() as db:
        rows = db.execute(
            "SELECT u.id, u.conversation, u.ts_local, u.ts_precision, u.text, i.holder"
            " FROM utterance AS u JOIN conversation AS c ON c.id = u.conversation"
            " LEFT JOIN identity AS i ON i.id = u.identity"
            " WHERE u.kind = :text AND u.text IS NOT NULL AND NOT u.forwarded AND NOT u.after_death"
            " AND u.visibility IN ('family', 'member', CASE WHEN :keeps THEN 'keeper_only' END)"
            " AND (:viewer IS NULL OR ("
            "   (u.visible_to IS NOT NULL OR u.visibility <> 'member') AND"
            "   (u.visible_to IS NULL OR EXISTS (SELECT 1 FROM json_each(u.visible_to) AS j"
            "    WHERE j.value = :viewer))))"
            " AND (CASE WHEN :to IS NULL THEN (:whole OR c.is_group OR EXISTS (SELECT 1 FROM"
            "   utterance AS o JOIN identity AS k ON k.id = o.identity"
            "   WHERE o.conversation = c.id AND k.member = :viewer))"
            "  ELSE NOT c.is_group AND EXISTS (SELECT 1 FROM utterance AS o JOIN identity AS k"
            "   ON k.id = o.identity WHERE o.conversation = c.id AND k.member = :to) END)"
            " ORDER BY u.conversation, u.ts_local, u.ordinal, u.id",
            {
                "text": Kind.TEXT.value,
                "keeps": keeps,
                "whole": whole or viewer is None,
                "viewer": None if viewer is None else str(viewer.id),
                "to": None if to is None else str(to.id),
            },
        ).fetchall()
    said: list[Said] = []
    turn, before = 0, ""
    for row in rows:
        speaker = f"{row['conversation']}-{row['holder']}"
        if speaker != before:
            turn += 1
        before = speaker
        if row["holder"] == "person":
            said.append(_message(row, turn))
    return said[-LATEST:]


def _message(row: Any, turn: int) -> Said:
    stamp = row["ts_local"]
    at = datetime.fromisoformat(stamp) if stamp else None
    text = str(row["text"])
    source = SourceRef("utterance", int(row["id"]), at.date() if at else None, text[:300])
    return Said(text, None if row["ts_precision"] == "day" else at, turn, source)


def _names(said: Sequence[Said], member: Member) -> tuple[Counted, ...]:
    """What the person called ``member``, by how one addresses somebody, and the known names."""
    counted: Counter[str] = Counter()
    example: dict[str, SourceRef | None] = {}
    known = {name for name in (member.called, member.name) if name}
    for one in said:
        text = one.text.casefold()
        for name in {*addresses(one.text), *(name for name in known if name.casefold() in text)}:
            counted[name] += 1
            example.setdefault(name, one.source)
    return tuple(
        Counted(name, number, example[name])
        for name, number in counted.most_common(6)
        if number >= 2
    )


def portrait_data(
    relations: Sequence[Relation], places: Mapping[int, Place]
) -> list[dict[str, Any]]:
    """The portrait as plain data for a page or ``--json``: numbers, and examples with their
    sources, of which ``places`` says where they stand."""

    def source(example: SourceRef) -> dict[str, Any]:
        place = places[example.id]
        return {
            "kind": example.kind,
            "id": example.id,
            "said_at": None if example.said_at is None else example.said_at.isoformat(),
            "excerpt": example.excerpt,
            "chat": place.chat,
            "group": place.group,
            "platform": place.platform,
            "file": place.file,
        }

    def listed(some: Sequence[Any]) -> list[dict[str, Any]]:
        return [
            {
                "what": one.what,
                "messages": one.messages,
                "source": None if one.example is None else source(one.example),
            }
            for one in some
        ]

    data = []
    for relation in relations:
        style, member = relation.style, relation.member
        data.append(
            {
                "member": None if member is None else str(member.id),
                "name": None if member is None else member.name,
                "relation": None if member is None else member.relation,
                "names": listed(relation.names),
                "messages": style.messages,
                "turns": style.turns,
                "enough": style.enough,
                "median_length": style.median_length,
                "lengths": dict(style.lengths),
                "messages_per_turn": style.messages_per_turn,
                "split_share": style.split_share,
                "languages": dict(style.languages),
                "mixed_share": style.mixed_share,
                "emoji_share": style.emoji_share,
                "endings": dict(style.endings),
                "timed": style.timed,
                "hours": list(style.hours),
                "particles": listed(style.particles),
                "emoji": listed(style.emoji),
                "catchphrases": listed(style.catchphrases),
                "greetings": listed(style.greetings),
                "partings": listed(style.partings),
            }
        )
    return data
