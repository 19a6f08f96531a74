"""`dojo test`: every check and every test, from a clean clone, with what they need."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Sequence
from typing import Final

from bot.commands.console import Console
from bot.commands.errors import Stop
from bot.commands.family import Family, Signals

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
_REDIS: Final = "redis-server"
_PACKAGES: Final = ("chromium", "fonts-noto-cjk", _REDIS)
_LINT_IMPORTS: Final = "from importlinter.cli import lint_imports_command; lint_imports_command()"
_ROOMS: Final = ("bot", "actions", "benchmarks", "tests", "rasa_sdk_plugins.py")


def run(console: Console, options: argparse.Namespace) -> int:
    """Run stage after stage, the later ones also after a failure, and tell which failed."""
    with Signals() as signals, Family() as family:
        checks = _Checks(console, family, signals)
        if not checks.run("environment", [_uv(), "sync", "--frozen", "--group", "dev", "--quiet"]):
            return 1
        _find_servants(console, checks)
        python = [sys.executable, "-m"]
        rooms = [room for room in _ROOMS if (console.root / room).exists()]
        checks.run("lint", [*python, "ruff", "check", "--quiet", *rooms])
        checks.run("format", [*python, "ruff", "format", "--check", "--quiet", *rooms])
        checks.run("types", [*python, "mypy"])
        checks.run("rooms", [sys.executable, "-c", _LINT_IMPORTS])
        checks.run("content", [*python, "bot.cli", "content", "check"])
        checks.run("model", [*python, "bot.cli", "train"])
        checks.run("pytest", [*python, "pytest", *options.arguments])
        return checks.tell()


class _Checks:
    """Runs the stages and remembers what failed."""

    def __init__(self, console: Console, family: Family, signals: Signals) -> None:
        self._console = console
        self._family = family
        self._signals = signals
        self._lines: list[str] = []
        self._failed: list[str] = []

    def run(self, stage: str, command: Sequence[str]) -> bool:
        """Run a stage in this terminal; tell whether it passed."""
        name = self._console.texts(f"test.name.{stage}")
        self._console.put(self._console.texts("test.stage", name=name))
        began = time.monotonic()
        environment = {"UV_PROJECT_ENVIRONMENT": sys.prefix, "DOJO_LANG": self._console.lang}
        child = self._family.spawn(command, environment=environment, folder=self._console.root, terminal=True)
        while child.poll() is None:
            self._signals.check()
            time.sleep(0.05)
        passed = child.returncode == 0
        seconds = round(time.monotonic() - began)
        self._lines.append(
            self._console.texts("test.passed" if passed else "test.failed", name=name, seconds=seconds)
        )
        if not passed:
            self._failed.append(name)
        return passed

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
        if checks.run("browser", with_answers):
            return
    console.say("test.no_browser")
