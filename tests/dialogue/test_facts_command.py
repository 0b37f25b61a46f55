"""``ofrenda facts``: started with open eyes, seen, put right and withdrawn from the terminal."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from memory.rows import PASSPHRASE, Rows, new_life
from typer.testing import CliRunner

from ofrenda.cli.app import app
from ofrenda.engines.protocols import Capabilities, EngineKind
from ofrenda.engines.scripted import ScriptedLanguageModel
from ofrenda.memory.index import index
from ofrenda.settings import Settings
from ofrenda.types import Member, MemberId, Role

SON = Member(MemberId("m-son"), "Leo", "son", Role.FAMILY, "Leo")
ANSWER = json.dumps(
    {
        "facts": [
            {"text": "I kept bees [bold]", "quotes": [{"line": 1, "words": "I kept bees [bold]"}]},
            {"text": "I kept geese", "quotes": [{"line": 1, "words": "I kept geese"}]},
        ]
    }
)


class Elsewhere(ScriptedLanguageModel):
    """A model that runs on somebody else's machine."""

    @property
    def capabilities(self) -> Capabilities:
        return replace(super().capabilities, scripted=False, offline=False)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings = {"HOME": str(tmp_path), "PASSPHRASE": PASSPHRASE, "LANGUAGE": "en"}
    for name, value in settings.items():
        monkeypatch.setenv(f"OFRENDA_{name}", value)
    with new_life(tmp_path) as life:
        life.add_member(SON)
        rows = Rows(life)
        him, leo = rows.identity("T", "person"), rows.identity("L", "member", "m-son")
        group = rows.conversation("all", is_group=True)
        rows.say(group, him, "I kept bees [bold] for years.", datetime(2018, 3, 1))
        rows.exchange(
            rows.conversation("leo"), leo, "Well?", him, "I sold them.", datetime(2018, 4, 1)
        )
        index(life)
    return tmp_path


def model(monkeypatch: pytest.MonkeyPatch, llm: ScriptedLanguageModel) -> ScriptedLanguageModel:
    def create(kind: EngineKind, settings: Settings) -> ScriptedLanguageModel:
        assert kind is EngineKind.LLM
        return llm

    monkeypatch.setattr("ofrenda.cli.facts.create", create)
    monkeypatch.setattr("ofrenda.dialogue.note_taking.REST_S", 0.0)
    monkeypatch.setattr("os.nice", lambda step: step)  # of this process and all its later tests
    return llm


def run(*arguments: str, fails: bool = False) -> str:
    result = CliRunner().invoke(app, ["facts", *arguments])
    assert (result.exception is not None) == fails, result.output
    return " ".join(result.output.split()) if not fails else repr(result.exception)


def shown(*options: str) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = json.loads(run("show", "test", "--json", *options))
    return found


def test_it_is_off_and_the_model_that_comes_along_cannot_be_started() -> None:
    assert "Start it with: ofrenda facts start test" in run("show", "test")
    assert "too small" in run("start", "test", fails=True)
    assert shown()["facts"] == []


def test_facts_are_noted_seen_put_right_and_withdrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    llm = model(monkeypatch, ScriptedLanguageModel((ANSWER,)))
    assert "Start it first" in run("now", "test", fails=True)
    assert "on this computer" in run("start", "test")
    assert "noted: 1 facts. Not kept: 3 misquoted." in run("now", "test")
    assert len(llm.prompts) == 2
    table = run("show", "test")
    assert "[bold]" in table, "words are no markup"
    (fact,) = shown()["facts"]
    assert (fact["said_by"], fact["visibility"], fact["valid_from"]) == (
        "person",
        "family",
        "2018-03-01",
    )
    assert fact["sources"] == [
        {
            "kind": "utterance",
            "id": 1,
            "said_at": "2018-03-01",
            "words": "I kept bees [bold]",
        }
    ]
    number = str(fact["id"])
    assert "replaced by fact" in run("correct", "test", number, "--text", "I kept bumblebees")
    assert "replaced by" in run("show", "test", "--all")
    (now,) = shown("--as", "Leo")["facts"]
    assert (now["text"], now["made_by"]) == ("I kept bumblebees", "keeper")
    assert "is withdrawn" in run("withdraw", "test", str(now["id"]))
    assert shown()["facts"] == []
    assert [one["withdrawn"] for one in shown("--all")["facts"]] == [True, True]
    assert "There is no fact of that number" in run("withdraw", "test", "99", fails=True)
    run("stop", "test")
    assert "It is stopped" in run("show", "test")


def test_nothing_goes_to_a_model_elsewhere_without_a_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFRENDA_LLM_URL", "https://models.example.org/v1")
    llm = model(monkeypatch, Elsewhere((ANSWER,)))
    assert "add --agree" in run("start", "test", fails=True)
    assert "Start it first" in run("now", "test", fails=True)
    told = run("start", "test", "--agree")
    assert "everything that Tomas Rell said and wrote will be sent there" in told
    assert shown()["reading"]["sent_to"] == "models.example.org"  # type: ignore[call-overload]
    monkeypatch.setenv("OFRENDA_LLM_URL", "https://elsewhere.example.org/v1")
    assert "Start it first" in run("now", "test", fails=True)
    assert llm.prompts == []
    run("stop", "test")
    monkeypatch.setenv("OFRENDA_LLM_URL", "https://models.example.org/v1")
    assert "Start it first" in run("now", "test", fails=True)
    run("start", "test", "--agree")
    run("now", "test")
    assert len(llm.prompts) == 2


def test_the_keepers_language_says_what_leaves_the_house(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFRENDA_LANGUAGE", "zh")
    monkeypatch.setenv("OFRENDA_LLM_URL", "https://models.example.org/v1")
    model(monkeypatch, Elsewhere())
    assert "不在这台电脑上" in run("start", "test", "--agree")
