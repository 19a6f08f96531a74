"""How far the bot's judgment may be relied on, in what `dojo assess` and `dojo classify` write."""

from __future__ import annotations

import io
import json
from argparse import Namespace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from bot.bootstrap import open_storage
from bot.coaching.reading import Nature, Objection, Piece, Reading
from bot.commands import assess, classify
from bot.commands.console import Console
from bot.commands.texts import Texts
from bot.storage.rating_records import BOT, AgreementRecord

NOW = datetime(2026, 11, 23, tzinfo=timezone.utc)
REPLY = "I see."


class Reader:
    """A parser that reads everything alike."""

    def read_reply(self, text: str, customer: str, lang: str) -> Reading:
        return Reading(text, lang, "seller", 0.9, pieces=(Piece(text, 0, len(text), {"listen": 0.9}),))

    def read(self, text: str) -> Reading:
        found = Objection("price", 0.93, text, Nature("genuine", 0.9))
        return Reading(text, "en", "customer", 0.9, objections=(found,))


@pytest.fixture
def console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Console:
    monkeypatch.setenv("DOJO_HOME", str(tmp_path / "home"))
    for command in (assess, classify):
        monkeypatch.setattr(command, "open_parser", lambda _: Reader())
    return Console(Texts("en"), out=io.StringIO(), err=io.StringIO())


def measured(console: Console) -> None:
    settings = console.settings()
    settings.home.mkdir()
    storage = open_storage(settings)
    with storage.units() as uow:
        found = [
            AgreementRecord(BOT, family, "en", 120, 0.8, kappa, kappa - 0.1, kappa + 0.1)
            for family, kappa in (("score", 0.71), ("listen", 0.3), ("objection", 0.66), ("nature", 0.2))
        ]
        uow.ratings.keep_agreements(found, mark="1:1", now=NOW)
        uow.commit()
    storage.close()


def written(console: Console, command: Any, **options: Any) -> str:
    assert command.run(console, Namespace(**options)) == 0
    assert isinstance(console.out, io.StringIO)
    return console.out.getvalue()


def dialogue(folder: Path) -> Path:
    turns = [{"who": "customer", "text": "Too dear."}, {"who": "sales", "text": REPLY}]
    file = folder / "d.jsonl"
    file.write_text(json.dumps({"lang": "en", "turns": turns}) + "\n")
    return file


def test_assessments_carry_the_agreement(console: Console, tmp_path: Path) -> None:
    measured(console)
    text = written(console, assess, file=dialogue(tmp_path), json=False)
    assert "points (κ 0.71)" in text
    assert "steps: listen (practice only)" in text
    assert "  listen (practice only)  “I see.”" in text


def test_programs_get_every_judgment_of_a_reply(console: Console, tmp_path: Path) -> None:
    measured(console)
    told = json.loads(written(console, assess, file=dialogue(tmp_path), json=True))["agreement"]
    assert told["score"] == {
        "verdict": "trusted", "kappa": 0.71, "low": 0.61, "high": 0.81, "ratings": 120, "floor": 0.6
    }  # fmt: skip
    assert told["listen"]["verdict"] == "practice_only"
    assert told["pressure"] == {
        "verdict": "unmeasured", "kappa": None, "low": None, "high": None, "ratings": 0, "floor": 0.6
    }  # fmt: skip


def test_labels_carry_the_agreement(console: Console) -> None:
    measured(console)
    text = written(console, classify, text=["Too dear."], json=False)
    assert "price 0.93 (κ 0.66), genuine (practice only): Too dear." in text


def test_without_a_database_nothing_is_known_and_none_is_made(console: Console, tmp_path: Path) -> None:
    text = written(console, assess, file=dialogue(tmp_path), json=False)
    assert "points (κ ?)" in text and "practice only" not in text
    assert not (tmp_path / "home").exists()
