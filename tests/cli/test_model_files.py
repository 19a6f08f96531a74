"""A model fits when it was trained from what lies in the project now."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.commands import model_files


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in (
        "config.yml",
        "domain.yml",
        "data/nlu/a.yml",
        "bot/nlu/heads.py",
        "bot/nlu/parser.py",
        "bot/nlu/weights/adapters.npz",
        "bot/content/taxonomy.yml",
        "bot/content/i18n/cli.en.yml",
        "bot/coaching/taxonomy.py",
        "models/.gitkeep",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


def trained(project: Path, name: str, trained_from: str, age: int = 0) -> Path:
    draft = project / f"{name}.tar.gz"
    draft.write_text("model")
    model = model_files.adopt(draft, project, trained_from)
    os.utime(model, (1_000_000 - age, 1_000_000 - age))
    return model


@pytest.mark.parametrize(
    "changed",
    [
        "config.yml",
        "domain.yml",
        "data/nlu/a.yml",
        "data/rules/new.yml",
        "bot/nlu/heads.py",
        "bot/nlu/weights/adapters.npz",
        "bot/content/taxonomy.yml",
        "bot/coaching/taxonomy.py",
    ],
)
def test_a_change_makes_the_model_unfit(project: Path, changed: str) -> None:
    model = trained(project, "a", model_files.fingerprint(project))
    assert model_files.fitting(project) == model
    (project / changed).parent.mkdir(exist_ok=True)
    (project / changed).write_text("changed")
    assert model_files.fitting(project) is None
    assert model_files.newest(project) == model


@pytest.mark.parametrize(
    "changed", ["bot/content/i18n/cli.en.yml", "bot/nlu/parser.py", "bot/nlu/__pycache__/x.pyc", "data/.swp"]
)
def test_what_no_model_depends_on_changes_nothing(project: Path, changed: str) -> None:
    before = model_files.fingerprint(project)
    (project / changed).parent.mkdir(exist_ok=True)
    (project / changed).write_text("changed")
    assert model_files.fingerprint(project) == before


def test_a_moved_line_between_files_changes_the_fingerprint(project: Path) -> None:
    (project / "data" / "nlu" / "b.yml").write_text("")
    before = model_files.fingerprint(project)
    (project / "data" / "nlu" / "a.yml").rename(project / "data" / "nlu" / "c.yml")
    assert model_files.fingerprint(project) != before


def test_an_older_model_that_fits_is_taken_before_a_newer_one_that_does_not(project: Path) -> None:
    old = trained(project, "old", model_files.fingerprint(project), age=100)
    new = trained(project, "new", "something else")
    assert model_files.fitting(project) == old
    assert model_files.newest(project) == new


def test_the_oldest_of_our_models_are_dropped_and_others_are_left_alone(project: Path) -> None:
    foreign = project / "models" / "foreign.tar.gz"
    foreign.write_text("trained by rasa train")
    os.utime(foreign, (1, 1))
    for number in range(5):
        trained(project, f"m{number}", str(number), age=100 - number)
    names = sorted(path.name for path in (project / "models").iterdir() if not path.name.startswith("."))
    assert names == [
        "foreign.tar.gz",
        "m2.fingerprint",
        "m2.tar.gz",
        "m3.fingerprint",
        "m3.tar.gz",
        "m4.fingerprint",
        "m4.tar.gz",
    ]
    assert model_files.noted(foreign) == ""
