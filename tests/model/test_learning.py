"""Corrections make a better model: really trained, really compared, really put in use. A small project."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from datetime import datetime, timezone
from itertools import count
from pathlib import Path

import pytest
import yaml

from benchmarks.lines import balanced, read_training_lines, write_training_file
from bot.bootstrap import Storage, open_storage
from bot.cli import parse
from bot.commands import model_files, models, train
from bot.commands.comparing import DEVELOPMENT
from bot.commands.console import Console
from bot.commands.texts import Texts
from bot.nlu.parser import Parser
from bot.services import promoting
from bot.services.access import ADMIN, Person
from bot.services.opening import open_session
from bot.services.receiving import receive
from bot.services.teaching import ACCEPT, decide
from bot.storage.lesson_records import NATURE, OBJECTION, PROMOTED, ROLLED_BACK, TRAINER_SAID, Proposal
from bot.storage.lessons import is_held_back

from .conftest import ROOT

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=timezone.utc)
LINE = "The wheel of the {} squeaks when it rains, and my aunt laughs at the bell each time"
TAUGHT = next(LINE.format(n) for n in count() if not is_held_back(LINE.format(n)))
ASKED = next(LINE.format(n) for n in count() if is_held_back(LINE.format(n)))
ADMINISTRATOR = Person("admin's key", ADMIN)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with few lines to train on and few to be judged by."""
    root = tmp_path_factory.mktemp("project")
    for name in ("config.yml", "domain.yml", "bot", "actions"):
        (root / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "data" / "rules", root / "data" / "rules")
    (root / "data" / "nlu").mkdir()
    few = balanced(read_training_lines(ROOT / "data" / "nlu"), 400, seed=5)
    write_training_file(few, root / "data" / "nlu" / "few.yml")
    (root / "models").mkdir()
    (root / DEVELOPMENT).mkdir(parents=True)
    for path in (ROOT / DEVELOPMENT).glob("*.jsonl"):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        (root / DEVELOPMENT / path.name).write_text("".join(lines[:: len(lines) // 8]), encoding="utf-8")
    return root


class Dojo:
    """The command line in that project."""

    def __init__(self, root: Path, storage: Storage) -> None:
        self.root, self.storage = root, storage
        self.console = Console(Texts("en"), io.StringIO(), io.StringIO(), root)

    def run(self, *arguments: str) -> str:
        """Run a command; returns what it wrote."""
        self.console.out = io.StringIO()
        options = parse(arguments, self.console.texts)
        code = {"train": train, "models": models}[arguments[0]].run(self.console, options)
        assert code == 0, self.console.err.getvalue()[-2000:]  # type: ignore[attr-defined]
        return self.console.out.getvalue()

    def correct(self, text: str, family: str, value: dict[str, object], number: int) -> None:
        """Have a trainer correct a message, and that accepted."""
        units = self.storage.units
        session = open_session(
            units, trainee_key=None, name="Ann", channel="web", lang="en", product="car", now=NOW
        )
        receive(units, session=session.public_id, message_id="m", kind="text", text=text, now=NOW)
        with units() as uow:
            found = uow.sessions.lock(session.public_id)
            assert found is not None
            turn = uow.turns.by_number(found, 1)
            assert turn is not None
            uow.turns.save_answer(
                turn, lang="en", product="car", command=None, replies_shown=[], slots={}, now=NOW,
                reading={"text": text, "lang": "en", "intent": "obj_none", "confidence": 0.5},
            )  # fmt: skip
            said = uow.lessons.add(turn, Proposal(TRAINER_SAID, number, family, {}, value), by=None, now=NOW)
            uow.commit()
        decide(units, person=ADMINISTRATOR, lesson=said.id, verdict=ACCEPT, now=NOW)

    @property
    def in_use(self) -> Path:
        model = model_files.fitting(self.root, model_files.lessons_in_use(self.root / "home"))
        assert model is not None
        return model


@pytest.fixture
def dojo(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dojo]:
    monkeypatch.setenv("DOJO_HOME", str(project / "home"))
    monkeypatch.delenv("DOJO_DATABASE_URL", raising=False)
    storage = open_storage(Console(Texts("en"), root=project).settings())
    yield Dojo(project, storage)
    storage.close()


def read(model: Path, text: str) -> tuple[str, str]:
    """Return type and nature of what a model reads first in a line."""
    (first, *_) = Parser(model).read(text, "en").objections or (None,)
    return (first.type, first.nature.id) if first is not None else ("none", "")


def test_a_candidate_is_trained_compared_promoted_and_rolled_back(dojo: Dojo) -> None:
    dojo.run("train")
    base = dojo.in_use
    for number, text in enumerate((TAUGHT, ASKED)):
        dojo.correct(text, OBJECTION, {"types": ["salesperson"]}, 2 * number + 1)
        dojo.correct(text, NATURE, {"nature": "hidden"}, 2 * number + 2)
    before = read(base, TAUGHT)
    told = json.loads(dojo.run("train", "--with-corrections", "--promote", "never", "--json"))
    figures = told["figures"]
    (training,) = promoting.history(dojo.storage.units)
    assert (training.base, figures["development"]["objection"]["by_lang"]["both"]["n"]) == (base.name, 8)
    assert figures["held_back"]["objection"]["by_lang"]["both"]["n"] == 1
    assert figures["taught"]["new"] == figures["taught"]["n"] == 2
    assert {item["session"] for item in figures["sessions"]["changed"]}
    assert dojo.in_use == base

    dojo.run("models", "promote", "--reason", "to see it")
    candidate = dojo.in_use
    assert candidate.name == training.model
    assert before != read(candidate, TAUGHT) == ("salesperson", "hidden")
    (block,) = yaml.safe_load(model_files.lessons_in_use(dojo.root / "home").read_text())["nlu"]
    assert block["examples"][0]["text"] == TAUGHT
    assert [lesson["source"] for lesson in block["examples"][0]["metadata"]["lessons"]] == [TRAINER_SAID] * 2
    assert promoting.history(dojo.storage.units)[0].state == PROMOTED

    dojo.run("models", "rollback")
    assert dojo.in_use == base
    assert read(base, TAUGHT) == before
    assert promoting.history(dojo.storage.units)[0].state == ROLLED_BACK
