"""`dojo test`: every check and every test, from a clean clone, with what they need."""

from __future__ import annotations

import argparse
import codecs
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import IO, Final

from bot.commands.console import Console
from bot.commands.errors import Stop
from bot.commands.family import Family, Signals

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
_REDIS: Final = "redis-server"
_PACKAGES: Final = ("chromium", "fonts-noto-cjk", _REDIS)
_LINT_IMPORTS: Final = "from importlinter.cli import lint_imports_command; lint_imports_command()"
_WITH_RASA: Final = ("channels", "nlu")
"""The folders of the tests that load Rasa and its libraries, without the trained model."""
_WITH_MODEL: Final = ("cli", "dialogue", "model", "slack")
"""The folders of the tests that use the trained model; they run beside the others, after the training."""
_OF_PAGES: Final = ("web", "browser")
"""The folders of the tests that ask for pages; they run beside the others too."""
_ROOMS: Final = ("bot", "actions", "benchmarks", "tests", "rasa_sdk_plugins.py")

Stage = tuple[str, Sequence[str]]
"""The name of a stage and its command."""


def run(console: Console, options: argparse.Namespace) -> int:
    """Run all stages, three at a time, those after a failure too, and tell which failed."""
    with Signals() as signals, Family() as family:
        checks = _Checks(console, family, signals)
        if not checks.run(("environment", [_uv(), "sync", "--frozen", "--group", "dev", "--quiet"])):
            return 1
        _find_servants(console, checks)
        python = [sys.executable, "-m"]
        rooms = [room for room in _ROOMS if (console.root / room).exists()]
        here: list[Stage] = [
            ("lint", [*python, "ruff", "check", "--quiet", *rooms]),
            ("format", [*python, "ruff", "format", "--check", "--quiet", *rooms]),
            ("types", [*python, "mypy"]),
            ("rooms", [sys.executable, "-c", _LINT_IMPORTS]),
            ("content", [*python, "bot.cli", "content", "check"]),
        ]
        model: Stage = ("model", [*python, "bot.cli", "train"])
        if options.arguments:
            checks.run_rows([*here, model, ("pytest", [*python, "pytest", *options.arguments])])
            return checks.tell()
        folders = (_WITH_RASA, _OF_PAGES, _WITH_MODEL)
        rasa, pages, with_model = ([f"tests/{folder}" for folder in named] for named in folders)
        alone = [*python, "pytest", "-p", "no:cacheprovider"]
        others = [*python, "pytest", *(f"--ignore={folder}" for folder in (*rasa, *pages, *with_model))]
        checks.run_rows(
            [*here, ("pytest", others), ("pytest_rasa", [*alone, *rasa])],
            [("pytest_pages", [*alone, *pages])],
            [model, ("pytest_model", [*alone, *with_model])],
        )
        return checks.tell()


class _Checks:
    """Runs the stages and remembers what failed."""

    def __init__(self, console: Console, family: Family, signals: Signals) -> None:
        self._console = console
        self._family = family
        self._signals = signals
        self._lines: list[str] = []
        self._failed: list[str] = []

    def run(self, stage: Stage) -> bool:
        """Run a stage in this terminal; tell whether it passed."""
        failed = len(self._failed)
        self.run_rows([stage])
        return len(self._failed) == failed

    def run_rows(self, here: Sequence[Stage], *beside: Sequence[Stage]) -> None:
        """Run rows of stages at once: one in this terminal; what the others say comes after it."""
        with ExitStack() as stack:
            rows, told = [_Row(here, None)], []
            for stages in beside:
                kept = stack.enter_context(tempfile.TemporaryFile(buffering=0))
                rows.append(_Row(stages, kept))
                told.append(_Told(self._console, kept))
            while any(rows):
                self._signals.check()
                for row in rows:
                    self._go_on(row)
                # A row beside is told once all rows before it have ended.
                for row, file in zip(rows, told, strict=False):
                    if row:
                        break
                    file.go_on()
                time.sleep(0.05)
            for file in told:
                file.go_on()

    def _go_on(self, row: _Row) -> None:
        """See whether a row's stage has ended, and begin its next one."""
        if row.child is not None and row.child.poll() is not None:
            self._ended(row.name, row.child.returncode == 0, round(time.monotonic() - row.began))
            row.child = None
        if row.child is None and row.left:
            stage, command = row.left.pop(0)
            row.name, row.began = self._console.texts(f"test.name.{stage}"), time.monotonic()
            title = self._console.texts("test.stage", name=row.name)
            if row.output is None:
                self._console.put(title)
            else:
                row.output.write(f"{title}\n".encode())
            row.child = self._family.spawn(
                command,
                environment={"UV_PROJECT_ENVIRONMENT": sys.prefix, "DOJO_LANG": self._console.lang},
                folder=self._console.root,
                output=row.output,
                terminal=row.output is None,
            )

    def _ended(self, name: str, passed: bool, seconds: int) -> None:
        text = "test.passed" if passed else "test.failed"
        self._lines.append(self._console.texts(text, name=name, seconds=seconds))
        if not passed:
            self._failed.append(name)

    def tell(self) -> int:
        """Write what came of each stage and return the exit code."""
        self._console.put()
        for line in self._lines:
            self._console.put(line)
        if self._failed:
            self._console.put(self._console.texts("test.some_failed", names=", ".join(self._failed)))
            return 1
        self._console.put(self._console.texts("test.all_passed"))
        return 0


class _Row:
    """Stages that run one after the other, in the terminal or with their output in a file."""

    def __init__(self, stages: Sequence[Stage], output: IO[bytes] | None) -> None:
        self.left = list(stages)
        self.output = output
        self.child: subprocess.Popen[bytes] | None = None
        self.name, self.began = "", 0.0

    def __bool__(self) -> bool:
        return bool(self.left) or self.child is not None


class _Told:
    """What has been written of a file that grows."""

    def __init__(self, console: Console, file: IO[bytes]) -> None:
        self._console = console
        self._file = file
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._place = 0

    def go_on(self) -> None:
        """Write what has come since."""
        found = os.pread(self._file.fileno(), 1 << 20, self._place)
        while found:
            self._place += len(found)
            self._console.out.write(self._decode(found))
            found = os.pread(self._file.fileno(), 1 << 20, self._place)
        self._console.out.flush()


def _uv() -> str:
    found = os.environ.get("UV") or shutil.which("uv")
    if not found:
        raise Stop("test.no_uv")
    return found


def _find_servants(console: Console, checks: _Checks) -> None:
    """Find the browser and the Redis server that some tests drive; install them where possible."""
    if any(map(shutil.which, BROWSERS)) and shutil.which(_REDIS):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        console.say("test.installing_browser")
        script = f"apt-get update -qq && apt-get install -y -qq {' '.join(_PACKAGES)}"
        with_answers = ["env", "DEBIAN_FRONTEND=noninteractive", "sh", "-c", script]
        if checks.run(("browser", with_answers)):
            return
    console.say("test.no_browser")
