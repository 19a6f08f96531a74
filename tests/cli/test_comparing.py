"""Two models read the development set, the held-back corrections and what people typed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.coaching.assessment import Rubric
from bot.coaching.reading import Nature, Objection, Piece, Reading
from bot.commands import comparing
from bot.commands.comparing import compare_models, development_set
from bot.commands.errors import WrongInput
from bot.content.loader import load_content
from bot.storage.lesson_records import ACCEPTED, MARK, NATURE, OBJECTION, TECHNIQUE, LessonRecord, LoggedLine
from tests.storage.conftest import NOW, ROOT

RUBRIC: Rubric = load_content().rubric.rules


class Model:
    """Reads everything as one type and one method, with one step; some lines otherwise."""

    def __init__(self, types: str, technique: str, step: str, **otherwise: str) -> None:
        self.types, self.technique, self.step, self.otherwise = types, technique, step, otherwise

    def read(self, text: str, lang: str = "") -> Reading:
        label = self.otherwise.get(text, self.types)
        objections = () if label == "none" else (Objection(label, 0.9, text, Nature("genuine", 0.9)),)
        return Reading(text, lang, "", 1.0, objections=objections, ranking=((label, 0.9),))

    def read_reply(self, text: str, objection: str = "", lang: str = "") -> Reading:
        pieces = (Piece(text, 0, len(text), {self.step: 0.99}),)
        label = self.otherwise.get(text, self.technique)
        return Reading(text, lang, "", 1.0, technique_ranking=((label, 0.9),), pieces=pieces)


def lesson(family: str, value: dict[str, Any], text: str = "too dear") -> LessonRecord:
    return LessonRecord(
        id=1, source="trainer", source_id=1, session="s", turn_id=1, turn=1, text=text, context="why",
        lang="en", family=family, was={}, proposed=value, value=value, state=ACCEPTED, held_back=True,
        proposed_by=None, proposed_at=NOW,
    )  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "tests" / "heldout"
    folder.mkdir(parents=True)
    rows = {
        "objections": [
            {"text": "a", "lang": "en", "label": "price"}, {"text": "b", "lang": "zh", "label": "need"},
        ],
        "techniques": [{"text": "c", "lang": "en", "label": "inquiry", "objection": "x"}],
        "dialogues": [
            {"lang": "zh", "turns": [
                {"who": "customer", "text": "贵"},
                {"who": "sales", "text": "为什么这么说呢？", "lscpa": ["clarify"]},
            ]}
        ],
    }  # fmt: skip
    for name, lines in rows.items():
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return tmp_path


def compared(
    project: Path, monkeypatch: pytest.MonkeyPatch, old: Model, new: Model, **given: Any
) -> dict[str, Any]:
    models = {Path("old"): old, Path("new"): new}
    monkeypatch.setattr(comparing, "load", models.__getitem__)
    values: dict[str, Any] = {"held_back": (), "taught": (), "logged": (), **given}
    return compare_models(
        (Path("old"), Path("new")), root=project, rubric=RUBRIC, tick=lambda: None, **values
    )


def test_each_task_is_compared_by_language(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = Model("price", "inquiry", "clarify"), Model("need", "yes_if", "listen")
    figures = compared(project, monkeypatch, old, new)
    assert set(figures["development"]) == {OBJECTION, TECHNIQUE, MARK}
    by_lang = figures["development"][OBJECTION]["by_lang"]
    assert {lang: tally["accuracy"] for lang, tally in by_lang.items()} == {
        "both": {"old": 0.5, "new": 0.5},
        "en": {"old": 1.0, "new": 0.0},
        "zh": {"old": 0.0, "new": 1.0},
    }
    assert figures["development"][MARK]["by_lang"]["zh"]["accuracy"] == {"old": 1.0, "new": 0.6}
    assert not figures["not_worse"]
    assert {reason["task"] for reason in figures["worse"]} >= {TECHNIQUE, MARK}
    json.dumps(figures)


def test_held_back_corrections_are_asked_in_every_family(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_back = (
        lesson(OBJECTION, {"types": ["payment", "need"]}),
        lesson(OBJECTION, {"types": []}, "hello"),
        lesson(NATURE, {"nature": "genuine"}),
        lesson(TECHNIQUE, {"technique": "none"}),
        lesson(MARK, {"steps": ["listen"]}),
    )
    old = Model("price", "inquiry", "ask")
    new = Model("price", "inquiry", "listen", **{"too dear": "payment", "hello": "none"})
    figures = compared(project, monkeypatch, old, new, held_back=held_back)["held_back"]
    assert figures[OBJECTION]["by_lang"]["en"]["accuracy"] == {"old": 0.0, "new": 1.0}
    assert figures[NATURE]["by_lang"]["en"]["accuracy"] == {"old": 1.0, "new": 1.0}
    assert figures[TECHNIQUE]["by_lang"]["en"]["n"] == 1
    assert figures[MARK]["by_label"]["en"]["listen"]["f1"] == {"old": 0.0, "new": 1.0}


def test_lines_that_were_taught_are_left_out_of_the_development_set(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Model("price", "inquiry", "clarify")
    taught = (lesson(OBJECTION, {"types": ["need"]}, "A!"),)
    figures = compared(project, monkeypatch, model, model, taught=taught)
    assert figures["development"][OBJECTION]["by_lang"]["both"]["n"] == 1
    assert figures["taught"] == {"n": 1, "old": 0, "new": 0}
    assert figures["not_worse"]


def test_past_sessions_that_would_be_judged_differently_are_named(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Model("price", "inquiry", "clarify")
    new = Model("price", "inquiry", "clarify", **{"I can't pay": "payment", "let's see": "ignore"})
    said = LoggedLine("s1", 1, "I can't pay", "en", "", False)
    reply = LoggedLine("s1", 2, "let's see", "en", "too dear", True)
    logged = (said, reply, replace(said, session="s2", text="too dear"))
    sessions = compared(project, monkeypatch, old, new, logged=logged)["sessions"]
    assert sessions["changed"] == [
        {"session": "s1", "turn": 1, "family": OBJECTION, "old": ["price"], "new": ["payment"]},
        {"session": "s1", "turn": 2, "family": TECHNIQUE, "old": ["inquiry"], "new": ["ignore"]},
    ]
    assert {k: v for k, v in sessions.items() if k != "changed"} == {
        "lines": 3, "sessions": 2, "changed_lines": 2, "changed_sessions": 1,
    }  # fmt: skip


def test_the_projects_own_development_set_is_found() -> None:
    tasks = [item.task for item in development_set(ROOT)]
    assert (tasks.count(OBJECTION), tasks.count(TECHNIQUE), tasks.count(MARK)) == (784, 260, 180)


def test_without_the_development_set_nothing_is_judged(tmp_path: Path) -> None:
    with pytest.raises(WrongInput, match="development_set"):
        list(development_set(tmp_path))
