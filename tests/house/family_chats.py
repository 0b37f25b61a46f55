"""A man's chats with his family, for the portrait: enough with Mei, too little with Kim."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from conftest import IDA, KIM, MEI

from ofrenda.archive import add, decide, identities
from ofrenda.types import Member
from ofrenda.vault import Life

TO_MEI = ("Mimi, the kettle is on|two cups", "Good night, Mimi 🌙", "slowly does it, 慢慢来")
TO_IDA = ("Morning Sparrow, your mother must not hear of the boat",)
TO_KIM = ("hello Kim", "sleep well")


def write_chats(life: Life, folder: Path) -> None:
    """80 messages to Mei, in the evening; 60 to Ida; 2 to Kim; as a phone exports them."""
    folder.mkdir()
    _write(folder, MEI, TO_MEI, 60, 21)
    _write(folder, IDA, TO_IDA, 60, 7)
    _write(folder, KIM, TO_KIM, 2, 16)
    add(life, folder)
    members = {one.name: one.id for one in life.members()}
    for sender in identities(life):
        member = members.get(sender.name)
        decide(life, sender.id, "person" if member is None else "member", member)


def _write(folder: Path, member: Member, lines: tuple[str, ...], turns: int, hour: int) -> None:
    said = []
    for number in range(turns):
        at = datetime(2015, 1, 13, hour) + timedelta(days=number)
        said.append(f"{at:%d/%m/%Y, %H:%M} - {member.name}: and you?")
        for text in lines[number % len(lines)].split("|"):
            at += timedelta(minutes=1)
            said.append(f"{at:%d/%m/%Y, %H:%M} - Henrik Lindqvist: {text}")
    name = f"WhatsApp Chat with {member.name}.txt"
    (folder / name).write_text("\n".join(said) + "\n", encoding="utf-8")
