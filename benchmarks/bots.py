"""The two bots as a person starts them: `./dojo up`, and `rasa run` in the project of `rasa init`."""

from __future__ import annotations

import http.client
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from benchmarks.errors import BenchmarkFailed
from benchmarks.stock import QUIET
from bot.commands import model_files, ports
from bot.commands.family import Family, stop
from bot.commands.logs import last_lines

HOST = "127.0.0.1"
_READY = "Ready: "
_START_SECONDS = 300.0
_STOP_SECONDS = 60.0
_POLL_SECONDS = 0.02
_TAIL = 5


class Bot(Protocol):
    """A bot that can be started and stopped again and again."""

    name: str
    url: str

    @property
    def process(self) -> int:
        """The process that was started, while it runs."""

    def start(self) -> None:
        """Begin to start it."""

    def wait(self) -> float:
        """Return the seconds from the start until it was ready."""

    def stop(self) -> None:
        """Stop it if it runs."""


class Dojo:
    """`dojo up` with a home of its own; ready when it says so.

    The shell script in front of it, which checks the environment in some milliseconds, is left out.
    """

    name = "ours"

    def __init__(
        self,
        family: Family,
        root: Path,
        home: Path,
        log: Path,
        settings: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Choose ports that nobody has now; further settings are variables."""
        self._family, self._root, self._home, self._log = family, root, home, log
        port = ports.free_port(HOST, 18000)
        rasa = ports.free_port(HOST, port)
        actions = ports.free_port(HOST, rasa)
        self._port = port
        self.url = f"http://{HOST}:{port}"
        self._environment = {
            "DOJO_HOME": str(home),
            "DOJO_DATABASE_URL": f"sqlite:///{home / 'dojo.db'}",
            "DOJO_REDIS_URL": "",
            "DOJO_HOST": HOST,
            "DOJO_RASA_PORT": str(rasa),
            "DOJO_ACTIONS_PORT": str(actions),
            "DOJO_LANG": "en",  # the line that tells that it is ready is read here
            **settings,
        }
        self._child: subprocess.Popen[bytes] | None = None
        self._ready = threading.Event()

    @property
    def process(self) -> int:
        """The process of `dojo up`."""
        assert self._child is not None
        return self._child.pid

    def forget(self) -> None:
        """Remove everything that earlier starts left: the next one is the first."""
        shutil.rmtree(self._home, ignore_errors=True)

    def start(self) -> None:
        """Give the command."""
        if model_files.fitting(self._root) is None:
            raise BenchmarkFailed("model_changed")
        self._ready.clear()
        self._began = time.perf_counter()
        self._child = self._family.spawn(
            [sys.executable, "-m", "bot.cli", "up", "--port", str(self._port)],
            environment=self._environment,
            folder=self._root,
            output=subprocess.PIPE,
        )
        threading.Thread(target=self._follow, args=(self._child,), daemon=True).start()

    def wait(self) -> float:
        """Wait for its line."""
        while not self._ready.wait(_POLL_SECONDS):
            _check(self, self._child, self._began, self._log)
        return self._ready_at - self._began

    def stop(self) -> None:
        """Ask it to stop, as Ctrl-C does."""
        child, self._child = self._child, None
        if child is not None:
            stop(child, _STOP_SECONDS, lambda: time.sleep(_POLL_SECONDS))

    def _follow(self, child: subprocess.Popen[bytes]) -> None:
        assert child.stdout is not None
        with self._log.open("wb") as log:
            for line in child.stdout:
                if line.startswith(_READY.encode()):
                    self._ready_at = time.perf_counter()
                    self._ready.set()
                log.write(line)
                log.flush()


class StockBot:
    """`rasa run` with the model of `rasa init`; ready when its server answers, the model loaded."""

    name = "stock"

    def __init__(self, family: Family, project: Path, log: Path) -> None:
        """Choose a port that nobody has now."""
        self._family, self._project, self._log = family, project, log
        self._port = ports.free_port(HOST, 19000)
        self.url = f"http://{HOST}:{self._port}"
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> int:
        """The process of `rasa run`."""
        assert self._child is not None
        return self._child.pid

    def start(self) -> None:
        """Give the command."""
        self._began = time.perf_counter()
        with self._log.open("wb") as log:
            self._child = self._family.spawn(
                [sys.executable, "-m", "rasa", "run", "--interface", HOST, "--port", str(self._port)],
                environment=QUIET,
                folder=self._project,
                output=log,
            )

    def wait(self) -> float:
        """Ask until it answers."""
        while not self._answers():
            _check(self, self._child, self._began, self._log)
            time.sleep(_POLL_SECONDS)
        return time.perf_counter() - self._began

    def stop(self) -> None:
        """Ask it to stop."""
        child, self._child = self._child, None
        if child is not None:
            stop(child, _STOP_SECONDS, lambda: time.sleep(_POLL_SECONDS))

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self._port, timeout=1)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def _check(bot: Bot, child: subprocess.Popen[bytes] | None, began: float, log: Path) -> None:
    """Raise BenchmarkFailed when a bot that is starting has ended or takes too long."""
    late = time.perf_counter() - began > _START_SECONDS
    if child is None or child.poll() is not None or late:
        raise BenchmarkFailed("start", bot=bot.name, tail=last_lines(log, _TAIL))
