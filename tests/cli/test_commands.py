"""Commands that run other programs: what they hand over, and what they make of the end."""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

import pytest

from bot import cli
from bot.commands import content, logs
from bot.commands import test as test_command
from bot.commands.console import Console, Progress
from bot.commands.family import Family, Signals
from bot.commands.texts import Texts
from bot.content.faults import Fault


def console() -> Console:
    return Console(Texts("en"), io.StringIO(), io.StringIO())


def test_stages_go_on_after_a_failure_and_the_failed_ones_are_named() -> None:
    said = console()
    with Signals() as signals, Family() as family:
        checks = test_command._Checks(said, family, signals)
        assert not checks.run(("lint", [sys.executable, "-c", "raise SystemExit(3)"]))
        assert checks.run(("types", [sys.executable, "-c", ""]))
        assert checks.tell() == 1
    assert isinstance(said.out, io.StringIO)
    lines = said.out.getvalue().splitlines()
    assert lines[:2] == ["== Lint", "== Types"]
    assert lines[-1] == "Failed: Lint"


def test_of_rows_of_stages_each_is_told_after_the_one_before(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    wait = "import pathlib, time\nwhile not pathlib.Path({!r}).exists(): time.sleep(0.01)\n"
    meet = "import pathlib; pathlib.Path({!r}).touch(); print('met 好')"
    first = [sys.executable, "-c", wait.format(str(there))]
    second = [sys.executable, "-c", meet.format(str(there))]
    last = [sys.executable, "-c", wait.format(str(here)) + "raise SystemExit(1)"]
    said = console()
    with Signals() as signals, Family() as family:
        checks = test_command._Checks(said, family, signals)
        touch = [sys.executable, "-c", f"import pathlib; pathlib.Path({str(here)!r}).touch()"]
        pages = [sys.executable, "-c", "print('pages')"]
        rasa = [("model", second), ("pytest_rasa", last)]
        checks.run_rows([("lint", first), ("types", touch)], [("pytest_pages", pages)], rasa)
        assert checks.tell() == 1
    assert isinstance(said.out, io.StringIO)
    lines = said.out.getvalue().splitlines()
    assert lines[:4] == ["== Lint", "== Types", "== Tests of the pages", "pages"]
    assert lines[4:7] == ["== A fitting model", "met 好", "== Tests that start Rasa"]
    assert lines[-1] == "Failed: Tests that start Rasa"


def test_a_faulty_content_ends_with_two_and_a_line_for_each_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    fault = Fault("products/car.yml", "price.list.en", "empty")
    monkeypatch.setattr(content, "validate", lambda: [fault, Fault("rubric.yml", "", "file_missing")])
    said = console()
    assert content.run(said, argparse.Namespace(json=False)) == 2
    assert isinstance(said.out, io.StringIO)
    assert said.out.getvalue().splitlines() == [
        "bot/content/products/car.yml: price.list.en: is empty",
        "bot/content/rubric.yml: this file is missing",
    ]


@pytest.mark.parametrize("name", cli.PASSED_ON)
def test_arguments_of_other_programs_are_handed_over_untouched(name: str) -> None:
    given = [name, "-k", "word", "--json"]
    options = cli.parse(given, Texts("en"))
    assert (options.command, options.arguments) == (name, given[1:])


def test_rasas_own_help_is_rasas() -> None:
    assert cli.parse(["rasa", "--help"], Texts("en")).arguments == ["--help"]


def test_the_logs_of_the_last_runs_are_kept(tmp_path: Path) -> None:
    for number in range(6):
        logs.open_log(tmp_path, "rasa").write_text(f"run {number}\n\n")
    names = sorted(path.name for path in (tmp_path / "log").iterdir())
    assert names == ["rasa.log", "rasa.log.1", "rasa.log.2", "rasa.log.3"]
    assert logs.last_lines(tmp_path / "log" / "rasa.log.3", 5) == ["run 2"]
    assert logs.last_lines(tmp_path / "log" / "none.log", 5) == []


def test_colours_are_left_out_of_shown_log_lines(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text("\x1b[93mcareful\x1b[0m\n\x1b[0m\n")
    assert logs.last_lines(log, 3) == ["careful"]


def test_progress_in_a_pipe_is_a_line_each() -> None:
    said = console()
    progress = Progress(said)
    progress.begin("up.database")
    progress.tick()
    progress.begin("up.starting")
    progress.done()
    assert isinstance(said.err, io.StringIO)
    assert said.err.getvalue() == "Preparing the database\nStarting the coach\n"
