"""Ten thousand questions of anybody about anything: what was between others must never come.

An invented family in which the person shared secrets with each member alone, with groups, in
letters and under the keeper's rules. Each secret holds a word that stands nowhere else, so that a
leak is certain to be seen, wherever in a result it is.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from ofrenda.clock import SystemClock
from ofrenda.engines.protocols import Embedder
from ofrenda.engines.scripted import scripted_engines
from ofrenda.measure.archives import Said, bench_life, import_chat
from ofrenda.measure.words import Figures, Task
from ofrenda.memory import Recall, Since, SpokenRecord, own_passages, rebuild
from ofrenda.memory.visibility import Rule, add_rule, remove_rule, rules
from ofrenda.types import Member, MemberId, Person, Provenance, Role, Sentence, Visibility
from ofrenda.vault import Life

PAIRS: Final = 10_000
SMALL_PAIRS: Final = 300
RULE_EVERY: Final = 500
"""Questions between two changes of the rules."""
_SUBJECTS: Final = (
    "debt",
    "letter",
    "illness",
    "garden",
    "wedding",
    "quarrel",
    "ring",
    "欠债",
    "婚礼",
)
_MARK: Final = re.compile(r"zq\d{4}[a-z]x")
_PER_CHAT: Final = 16
_ROLES: Final = (Role.KEEPER, Role.FAMILY, Role.CHILD, Role.LISTENER, Role.FAMILY)
PERSON: Final = Person("Tomas Rell", ("en", "zh"))


@dataclass(slots=True)
class Family:
    """The life, its members, and each secret word with the members who may hear it. ``since``:
    what was said in calls, which nobody may be told as the person's past."""

    life: Life
    members: list[Member]
    secrets: dict[str, frozenset[str]] = field(default_factory=dict)
    ruled: dict[int, tuple[tuple[str, ...], frozenset[str]]] = field(default_factory=dict)
    subjects: dict[str, str] = field(default_factory=dict)

    def may_hear(self, secret: str) -> frozenset[str]:
        """Who may hear it under the rules in force."""
        allowed = self.secrets[secret]
        for words, members in self.ruled.values():
            if secret in words:
                allowed &= members
        return allowed

    def leaks(self, text: str, listener: Member) -> int:
        """How many secrets of others ``text`` holds."""
        return sum(
            str(listener.id) not in self.may_hear(secret) for secret in set(_MARK.findall(text))
        )


async def build(task: Task, embed: Embedder, chance: random.Random) -> Family:
    """The family with its chats, groups, letters and calls."""
    members = [
        Member(MemberId(f"m{n}"), f"Name{n}", "child", role, f"Nick{n}")
        for n, role in enumerate(_ROLES)
    ]
    family = Family(bench_life(task.folder, "leaks", PERSON, members), members)
    at = datetime(2015, 1, 1, 9)
    everyone = frozenset(str(one.id) for one in members)
    for member in members:
        said = []
        for _ in range(_PER_CHAT):
            at += timedelta(hours=9)
            subject = chance.choice(_SUBJECTS)
            for who in (member.name, PERSON.name):
                at += timedelta(minutes=1)
                secret = _secret(family, chance, frozenset({str(member.id)}), subject)
                said.append(Said(who, at, f"About the {subject}: {secret}, between us. {secret}呢"))
        holders = {PERSON.name: None, member.name: member.id}
        import_chat(family.life, task.folder, f"with {member.name}", said, holders)
    said = []
    for n in range(3 * _PER_CHAT):
        at += timedelta(hours=5)
        member, subject = members[n % len(members)], chance.choice(_SUBJECTS)
        # What a member says in a group is told again to nobody else; the person's words to all.
        secret = _secret(family, chance, frozenset({str(member.id)}), subject)
        said.append(Said(member.name, at, f"The {subject} of all of us, {secret}"))
        secret = _secret(family, chance, everyone, subject)
        said.append(Said(PERSON.name, at + timedelta(minutes=1), f"The {subject}? {secret}"))
    holders = {PERSON.name: None, **{one.name: one.id for one in members}}
    import_chat(family.life, task.folder, "all", said, holders, group=True)
    _letters(family, chance)
    await rebuild(family.life, embed)
    _calls(family, chance)
    return family


def _secret(family: Family, chance: random.Random, members: frozenset[str], subject: str) -> str:
    secret = f"zq{len(family.secrets):04}{chance.choice('bdfgk')}x"
    family.secrets[secret] = members
    family.subjects[secret] = subject
    return secret


def _letters(family: Family, chance: random.Random) -> None:
    """Documents of the person's, for each member alone and for keepers."""
    keepers = frozenset(str(one.id) for one in family.members if one.role is Role.KEEPER)
    with family.life.db.write() as db:
        source = db.execute("SELECT min(id) FROM source").fetchone()[0]
        identity = db.execute("SELECT id FROM identity WHERE holder = 'person'").fetchone()[0]
        for n, member in enumerate((*family.members, None)):
            audience = keepers if member is None else frozenset({str(member.id)})
            subject = chance.choice(_SUBJECTS)
            secret = _secret(family, chance, audience, subject)
            word = "keeper_only" if member is None else "member"
            listed = None if member is None else f'["{member.id}"]'
            db.execute(
                "INSERT INTO document (dedup, source, locator, title, text, written_on, identity,"
                " visibility, visible_to) VALUES (?, ?, ?, ?, ?, '2016-05-01', ?, ?, ?)",
                (f"letter {n}".encode(), source, str(n), f"Letter {n}",
                 f"A letter about the {subject}. {secret} is what I never said.", identity,
                 word, listed),
            )  # fmt: skip


def _calls(family: Family, chance: random.Random) -> None:
    """What callers said after his death: nobody's memory, and no part of what recall finds."""
    since = Since(family.life, SystemClock())
    for member in family.members:
        subject = chance.choice(_SUBJECTS)
        secret = _secret(family, chance, frozenset(), subject)
        call = since.begin_call(member, "browser")
        spoken = Sentence(secret, secret, "en", Provenance.IN_CHARACTER)
        since.record_turn(call, f"The {subject} and {secret}", [SpokenRecord(spoken, secret)])
        since.end_call(call, "caller")


def change_rules(family: Family, chance: random.Random) -> None:
    """Add a rule on a few secrets, or take one back."""
    present = [rule for rule in rules(family.life) if rule.id in family.ruled]
    if present and chance.random() < 0.4:
        rule = chance.choice(present)
        if rule.id is not None:
            remove_rule(family.life, rule.id)
            del family.ruled[rule.id]
        return
    secret = chance.choice(list(family.secrets))
    kind = chance.choice([Visibility.NEVER_SPEAK, Visibility.KEEPER_ONLY, Visibility.MEMBER])
    some = frozenset(one.id for one in chance.sample(family.members, 2))
    rule = Rule(kind, members=some if kind is Visibility.MEMBER else frozenset(), holding=secret)
    allowed = {
        Visibility.NEVER_SPEAK: frozenset(),
        Visibility.KEEPER_ONLY: frozenset(
            str(one.id) for one in family.members if one.role is Role.KEEPER
        ),
        Visibility.MEMBER: frozenset(map(str, some)),
    }[kind]
    family.ruled[add_rule(family.life, rule)] = ((secret,), allowed)


async def count_leaks(
    family: Family, recall: Recall, pairs: int, chance: random.Random
) -> dict[str, int]:
    """Ask ``pairs`` random questions; counts ``leaks``, passages ``found`` and ``own``, those that
    hold a secret of the very listener (a filter that finds nothing proves nothing)."""
    counted = {"leaks": 0, "found": 0, "own": 0, "rules": 0}
    for n in range(pairs):
        if n % RULE_EVERY == RULE_EVERY - 1:
            change_rules(family, chance)
            counted["rules"] += 1
        listener = chance.choice(family.members)
        question = _question(family, chance)
        for hit in await recall.search(question, listener, limit=24, own=chance.random() < 0.5):
            told = f"{hit.passage.text} {hit.passage.cue} " + " ".join(
                f"{part.text} {part.source.excerpt}" for part in hit.passage.parts
            )
            counted["found"] += 1
            counted["leaks"] += family.leaks(told, listener)
            counted["own"] += "zq" in told
        if n % 50 == 0:
            for passage in own_passages(family.life, listener, limit=200):
                counted["leaks"] += family.leaks(f"{passage.text} {passage.cue}", listener)
    return counted


def _question(family: Family, chance: random.Random) -> str:
    secret = chance.choice(list(family.secrets))
    other = chance.choice(family.members)
    subject = family.subjects[secret]
    return chance.choice(
        [
            f"What about the {subject}?",
            f"What did you tell {other.name} about the {subject}?",
            f"你跟{other.called}说过{subject}什么？",
            f"Tell me what {secret} means",
            f"{secret}",
            "What did you say in 2015 between us?",
            f"What did {other.called} say about the {subject} last year?",
        ]
    )


async def measure(task: Task) -> Figures:
    """The part ``leaks``: :data:`PAIRS` questions (small: :data:`SMALL_PAIRS`). The embedder is
    the scripted one: what may be heard does not depend on it."""
    chance = random.Random(20260503)  # noqa: S311 - a draw that can be repeated
    embed = scripted_engines().embed
    family = await build(task, embed, chance)
    pairs = SMALL_PAIRS if task.small else PAIRS
    totals: dict[str, int] = {}
    with family.life:
        recall = await Recall.load(family.life, embed)
        steps: Sequence[int] = [pairs // 10] * 10
        for done, some in enumerate(steps):
            for name, number in (await count_leaks(family, recall, some, chance)).items():
                totals[name] = totals.get(name, 0) + number
            task.progress((done + 1) / len(steps))
    row: dict[str, Any] = {"pairs": pairs, "secrets": len(family.secrets), **totals}
    return Figures(metrics={"leaks": totals["leaks"], "leak_pairs": pairs}, rows=[row])
