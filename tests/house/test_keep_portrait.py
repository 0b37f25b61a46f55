"""The keeper's routes of the portrait: how the person wrote, and what is set right in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import IDA, KIM, LEO, MEI, NOW
from family_chats import write_chats

from ofrenda.persona.corrections import correct, corrections
from ofrenda.types import Member
from ofrenda.vault import Life


@pytest.fixture(autouse=True)
def chats(life: Life, tmp_path: Path) -> None:
    write_chats(life, tmp_path / "exports")


async def portrait(client: httpx.AsyncClient, to: Member | None = None) -> dict[str, Any]:
    answer = await client.get("/api/keep/portrait", params={} if to is None else {"to": to.id})
    assert answer.status_code == 200, answer.text
    assert answer.json()["enough_messages"] == 50
    return dict(answer.json()["relation"])


async def test_each_relation_is_told_with_examples_and_where_they_stand(
    mei: httpx.AsyncClient,
) -> None:
    everybody = await portrait(mei)
    assert (everybody["member"], everybody["messages"]) == (None, 142)
    mine = await portrait(mei, MEI)
    assert (mine["messages"], mine["enough"], mine["split_share"]) == (80, True, round(1 / 3, 4))
    assert mine["hours"][21] == 1.0
    (name,) = [one for one in mine["names"] if one["what"] == "Mimi"]
    assert name["messages"] == 40
    assert name["source"]["excerpt"] == "Mimi, the kettle is on"
    assert (name["source"]["said_at"], name["source"]["chat"]) == ("2015-01-13", MEI.name)
    few, none = await portrait(mei, KIM), await portrait(mei, LEO)
    assert (few["messages"], few["enough"]) == (2, False)
    assert (none["messages"], none["names"], none["enough"]) == (0, [], False)


async def test_what_is_labelled_for_somebody_else_is_neither_counted_nor_quoted(
    mei: httpx.AsyncClient, life: Life
) -> None:
    assert "boat" in (await mei.get(f"/api/keep/portrait?to={IDA.id}")).text
    with life.db.write() as db:
        db.execute(
            "UPDATE utterance SET visibility = 'member', visible_to = ? WHERE text LIKE '%boat%'",
            (f'["{IDA.id}"]',),
        )
    assert (await portrait(mei, IDA))["messages"] == 0
    for address in ("/api/keep/portrait", f"/api/keep/portrait?to={IDA.id}"):
        assert "boat" not in (await mei.get(address)).text


async def test_nobody_unknown_has_a_portrait(mei: httpx.AsyncClient) -> None:
    answer = await mei.get("/api/keep/portrait?to=m-nobody")
    assert (answer.status_code, answer.json()["error"]) == (400, "bad_input")


async def test_a_correction_is_made_holds_and_is_taken_back(
    mei: httpx.AsyncClient, life: Life
) -> None:
    made = await mei.post("/api/keep/amend", json={"said": " No worries! ", "instead": "Slowly."})
    assert made.status_code == 200
    number = made.json()["id"]
    (held,) = corrections(life, IDA)
    assert (held.said, held.instead) == ("No worries!", "Slowly.")
    listed = (await mei.get("/api/keep/corrections")).json()
    assert listed == {
        "corrections": [
            {
                "id": number,
                "at": NOW.date().isoformat(),
                "by": MEI.name,
                "said": "No worries!",
                "instead": "Slowly.",
                "undone": False,
            }
        ],
        "others": 0,
    }
    back = await mei.post("/api/keep/take-back", json={"id": number})
    assert back.status_code == 204
    assert corrections(life, IDA) == []
    assert (await mei.get("/api/keep/corrections")).json()["corrections"][0]["undone"]
    again = await mei.post("/api/keep/take-back", json={"id": number})
    assert (again.status_code, again.json()["error"]) == (400, "bad_input")


async def test_what_a_member_set_right_for_their_own_calls_is_only_counted(
    mei: httpx.AsyncClient, life: Life
) -> None:
    correct(life, IDA, "I never liked the boat.", None, NOW)
    answer = await mei.get("/api/keep/corrections")
    assert answer.json() == {"corrections": [], "others": 1}
    assert "boat" not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        {"said": "  "},
        {"said": "x" * 601},
        {"said": "x", "instead": 3},
        {"said": "x", "for": "all"},
        {},
    ],
)
async def test_what_is_no_correction_is_refused(
    mei: httpx.AsyncClient, life: Life, body: dict[str, Any]
) -> None:
    assert (await mei.post("/api/keep/amend", json=body)).status_code == 400
    assert corrections(life) == []
