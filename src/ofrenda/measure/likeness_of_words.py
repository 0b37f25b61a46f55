"""``ofrenda measure words``: does the end of the archive read like the rest, and like nobody else?

The last tenth of the person's messages, by time, is kept back. Beside each figure stand a floor
(the messages of others in the same archive) and a ceiling (the tenth before the last: the person
against themselves a little earlier).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from datetime import datetime
from statistics import fmean
from typing import Any, Final

from ofrenda.engines.protocols import Embedder
from ofrenda.measure.replying import AMONG, interval, rank_held_out, writer_of
from ofrenda.measure.style import Verifier, auc, distances
from ofrenda.memory.script import language_of
from ofrenda.persona.style import Said, measure_style
from ofrenda.types import Kind
from ofrenda.vault import Life, Row

KEPT_BACK: Final = 0.1
FEWEST: Final = 100
"""Messages of a relation under which its last tenth is too short to say anything."""
TOGETHER: Final = 10
"""Messages judged together."""
MOST: Final = 1_000
"""Of a longer relation the last so many replies are ranked: each is embedded three times, about
50 texts a second on one core."""
_BEFORE: Final = 8
"""Lines before a reply that it is ranked by."""
_PERSON: Final = "person"


def measure_life(life: Life) -> tuple[dict[str, float | int | None], list[dict[str, Any]]]:
    """Metrics of all relations together, and a row for each relation.

    ``author_auc``: the chance that ten kept-back messages of the person score above ten of another
    sender's as the person's own (0.5 is chance); None where there is too little text. ``js_*``:
    Jensen-Shannon distances, 0 the same .. 1 nothing in common; ``js_*_floor`` of others' messages,
    ``js_*_ceiling`` of the tenth before."""
    own, others = _messages(life)
    rows = []
    everything = [one for some in own.values() for one in some]
    everything.sort(key=lambda one: (one.at is None, one.at))
    stranger = [one for some in others.values() for one in some]
    for name, said in (("all", everything), *sorted(own.items())):
        rows.append({"relation": name, **_row(said, stranger, others)})
    first = rows[0]
    metrics: dict[str, float | int | None] = {
        key: value
        for key, value in first.items()
        if key not in ("relation",) and isinstance(value, (int, float))
    }
    metrics.setdefault("author_auc", None)
    return metrics, rows


def _row(
    said: Sequence[Said], stranger: Sequence[Said], others: dict[str, list[Said]]
) -> dict[str, Any]:
    row: dict[str, Any] = {"messages": len(said), "too_little": len(said) < FEWEST}
    if row["too_little"]:
        return row
    size = round(len(said) * KEPT_BACK)
    archive, before, last = said[: -2 * size], said[-2 * size : -size], said[-size:]
    style = measure_style(archive)
    found = distances(style, measure_style(last))
    ceiling = distances(style, measure_style(before))
    floor = distances(style, measure_style(stranger)) if stranger else {}
    for name, value in found.items():
        row[f"js_{name}"] = value
        row[f"js_{name}_ceiling"] = ceiling[name]
        row[f"js_{name}_floor"] = floor.get(name)
    row["author_auc"] = _author(said[:-size], last, others)
    row["author_auc_ceiling"] = _author(archive, before, others)
    return row


def _author(
    known: Sequence[Said], kept_back: Sequence[Said], others: dict[str, list[Said]]
) -> float | None:
    """Told from the other senders by ten messages at a time, in the language mostly written."""
    text = " ".join(one.text for one in known)
    language = language_of(text)
    people = {"person": [one.text for one in known]}
    held = {"person": [one.text for one in kept_back]}
    for name, some in others.items():
        cut = round(len(some) * (1 - KEPT_BACK))
        people[name] = [one.text for one in some[:cut]]
        held[name] = [one.text for one in some[cut:]]
    verifier = Verifier(people, language)
    own: list[float] = []
    strange: list[float] = []
    for name, texts in held.items():
        for start in range(0, len(texts) - TOGETHER + 1, TOGETHER):
            verdict = verifier.judge("person", texts[start : start + TOGETHER])
            if verdict.score is not None:
                (own if name == "person" else strange).append(verdict.score)
    value = auc(own, strange)
    return None if value is None else round(value, 4)


def _rows(life: Life) -> list[Row]:
    """Every message with words that its sender wrote, in order of time."""
    with life.db.read() as db:
        return db.execute(
            "SELECT u.text, u.ts_local, u.conversation, u.identity, i.holder,"
            " (SELECT m.relation FROM utterance AS o JOIN identity AS k ON k.id = o.identity"
            "  JOIN member AS m ON m.id = k.member WHERE o.conversation = c.id AND NOT c.is_group"
            "  LIMIT 1) AS relation"
            " FROM utterance AS u JOIN conversation AS c ON c.id = u.conversation"
            " JOIN identity AS i ON i.id = u.identity"
            " WHERE u.kind = ? AND u.text IS NOT NULL AND NOT u.forwarded AND NOT u.after_death"
            " ORDER BY u.ts_local, u.ordinal, u.id",
            (Kind.TEXT.value,),
        ).fetchall()


def _messages(life: Life) -> tuple[dict[str, list[Said]], dict[str, list[Said]]]:
    """The person's messages by the relation of the private chat they are in, and other senders'
    by identity; in order of time."""
    own: dict[str, list[Said]] = {}
    others: dict[str, list[Said]] = {}
    rows = _rows(life)
    turns: dict[int, tuple[int, int]] = {}
    for row in rows:
        chat, sender = int(row["conversation"]), int(row["identity"])
        speaker, turn = turns.get(chat, (0, 0))
        if speaker != sender:
            turn += 1
        turns[chat] = sender, turn
        at = datetime.fromisoformat(row["ts_local"]) if row["ts_local"] else None
        said = Said(str(row["text"]), at, chat * 1_000_000 + turn)
        if row["holder"] == "person":
            own.setdefault(str(row["relation"] or "group"), []).append(said)
        else:
            others.setdefault(f"sender {sender}", []).append(said)
    return own, others


async def measure_replies(
    life: Life, embed: Embedder, progress: Callable[[float], None]
) -> list[dict[str, Any]]:
    """A row for each relation: how often the reply that the person really gave comes first among
    100 of their own lines (``r1``, with its 95 % interval ``low`` and ``high``), and its mean
    reciprocal rank (``mrr``). ``r1_bm25`` ranks by common words, ``r1_chance`` by nothing. The
    last tenth of each relation is ranked, by what the rest teaches."""
    rows: list[dict[str, Any]] = []
    relations = sorted(_replies(life).items())
    for done, (relation, lines) in enumerate(relations):
        row: dict[str, Any] = {"relation": relation, "replies": len(lines)}
        row["too_little"] = len(lines) < FEWEST
        if not row["too_little"]:
            writer = await writer_of(_PERSON, lines[-MOST:], embed, held_out=KEPT_BACK)
            ranked = await asyncio.to_thread(rank_held_out, writer)
            learnt = ranked.first["learnt"]
            row["r1"] = round(fmean(learnt), 3)
            row["low"], row["high"] = interval(learnt)
            row["mrr"] = round(fmean(ranked.reciprocal["learnt"]), 3)
            row["r1_bm25"] = round(
                max(fmean(v) for way, v in ranked.first.items() if way.startswith("bm25")), 3
            )
            row["r1_chance"] = round(1 / min(AMONG, len(writer.exchanges)), 3)
        rows.append(row)
        progress((done + 1) / len(relations))
    return rows


def _replies(life: Life) -> dict[str, list[dict[str, Any]]]:
    """The person's lines by relation, each with the lines just before it, in order of time."""
    found: dict[str, list[dict[str, Any]]] = {}
    before: dict[int, deque[dict[str, str]]] = defaultdict(lambda: deque(maxlen=_BEFORE))
    for row in _rows(life):
        own = row["holder"] == "person"
        said = {"from": _PERSON if own else str(row["identity"]), "text": str(row["text"])}
        earlier = before[row["conversation"]]
        if own and earlier:
            line = {"text": said["text"], "before": list(earlier)}
            found.setdefault(str(row["relation"] or "group"), []).append(line)
        earlier.append(said)
    return found
