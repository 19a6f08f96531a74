"""Training and promoting models from the pages: commands of the dojo, each a process of its own.

A training takes minutes of a processor and up to 2 GB: it would hold up the pages. The process goes when the
dojo is stopped (`bot/commands/family.py`); what it was at stays on record, and nothing is half in use.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

_ROOT: Final = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ended:
    """How the latest command ended: its exit code and its last line."""

    code: int
    said: str


class Workshop(Protocol):
    """Where models are trained and promoted, one command at a time.

    Attributes:
        desk: held by who looks whether something is at work and then writes that down or begins a command, so
            that nobody else's order, or a look at the page, comes in between.
    """

    desk: asyncio.Lock

    @property
    def busy(self) -> bool:
        """Whether a command is at work, begun here or in a terminal."""

    @property
    def ended(self) -> Ended | None:
        """How the latest command that was begun here ended."""

    def begin(self, *arguments: str, lang: str) -> bool:
        """Begin a command that speaks a language; False while another one is at work."""

    def wait(self, seconds: float) -> None:
        """Wait until the command that was begun here has ended, or some time."""


class CommandWorkshop:
    """Runs `python -m bot.cli` in the project's folder."""

    def __init__(self, home: Path, command: Sequence[str] = (sys.executable, "-m", "bot.cli")) -> None:
        """Work for the dojo of a home."""
        self.desk = asyncio.Lock()
        self._home = home
        self._command = tuple(command)
        self._one = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ended: Ended | None = None

    @property
    def busy(self) -> bool:
        """Whether a command is at work, begun here or in a terminal."""
        if self._thread is not None and self._thread.is_alive():
            return True
        try:
            with (self._home / "lessons" / ".lock").open("r") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    @property
    def ended(self) -> Ended | None:
        """How the latest command that was begun here ended."""
        return self._ended

    def begin(self, *arguments: str, lang: str) -> bool:
        """Begin a command that speaks a language; False while another one is at work."""
        with self._one:
            if self.busy:
                return False
            self._ended = None
            self._thread = threading.Thread(target=self._run, args=(arguments, lang), daemon=True)
            self._thread.start()
        return True

    def wait(self, seconds: float) -> None:
        """Wait until the command that was begun here has ended, or some time."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)

    def _run(self, arguments: Sequence[str], lang: str) -> None:
        done = subprocess.run(
            [*self._command, *arguments],
            cwd=_ROOT,
            env={**os.environ, "DOJO_LANG": lang, "DOJO_HOME": str(self._home)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
            check=False,
        )
        lines = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
        self._ended = Ended(done.returncode, lines[-1].strip() if lines else "")
