"""Action server, Rasa and web page: started together, watched, and stopped in order."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from bot.bootstrap import child_environment
from bot.commands import ports
from bot.commands.console import Console, Progress
from bot.commands.errors import Stop
from bot.commands.family import Family, Signals, stop
from bot.commands.logs import last_lines, open_log
from bot.settings import Settings

LOOPBACK: Final = "127.0.0.1"
ACTIONS, RASA, WEB = "actions", "rasa", "web"

_EVERYWHERE: Final = {"0.0.0.0": LOOPBACK, "::": "::1"}
_PAUSE_SECONDS: Final = 0.1
_PROBE_SECONDS: Final = 10.0
_START_SECONDS: Final = 180.0
_STOP_SECONDS: Final = {WEB: 15.0, RASA: 25.0, ACTIONS: 5.0}
_LINES_SHOWN: Final = 5
_OK: Final = 200


@dataclass
class Part:
    """One started process and how to see that it works."""

    name: str
    child: subprocess.Popen[bytes]
    log: Path
    works: Callable[[], bool]


class Stack:
    """The started processes."""

    def __init__(
        self, console: Console, family: Family, signals: Signals, settings: Settings, secret: bytes
    ) -> None:
        """Prepare to start them with settings whose ports are free."""
        self._console = console
        self._family = family
        self._signals = signals
        self._settings = settings
        self._environment = {
            **child_environment(settings, secret),
            "PYTHONUNBUFFERED": "1",
            "PYTHONIOENCODING": "utf-8",
            "NO_COLOR": "1",
        }
        self._parts: list[Part] = []

    def start(self, model: Path | None, *, web: bool = True) -> None:
        """Start the processes side by side; without a model the action server alone."""
        settings = self._settings
        actions = ["-m", "actions.server", "--host", LOOPBACK, "--port", str(settings.actions_port)]
        self._start(ACTIONS, actions, lambda: answers(LOOPBACK, settings.actions_port, "/health"))
        if model is not None:
            rasa = ["-m", "bot.channels.launcher", "run", "--interface", LOOPBACK]
            rasa += ["--port", str(settings.rasa_port), "--model", str(model)]
            rasa += ["--endpoints", "endpoints.yml", "--credentials", "credentials.yml"]
            self._start(RASA, rasa, lambda: rasa_ready(settings.rasa_port))
        if web:
            host = reachable(settings.host)
            self._start(WEB, ["-m", "bot.web.server"], lambda: answers(host, settings.port, "/health"))

    def wait(self, progress: Progress) -> None:
        """Return when all of them work; raises Stop when one ends or takes too long."""
        limit = time.monotonic() + _START_SECONDS
        waiting = list(self._parts)
        while waiting:
            self.check()
            progress.tick()
            waiting = [part for part in waiting if not part.works()]
            if waiting and time.monotonic() > limit:
                self._tell_end(waiting[0])
                name = self._console.texts(f"up.part.{waiting[0].name}")
                raise Stop("up.too_slow", part=name, seconds=round(_START_SECONDS), log=waiting[0].log)
            time.sleep(_PAUSE_SECONDS)

    def watch(self) -> None:
        """Stay until one of them ends, which raises Stop."""
        while True:
            self.check()
            time.sleep(2 * _PAUSE_SECONDS)

    def check(self) -> None:
        """Raise Stop when one of them has ended."""
        self._signals.check()
        for part in self._parts:
            code = part.child.poll()
            if code is not None:
                self._tell_end(part)
                name = self._console.texts(f"up.part.{part.name}")
                how = "up.died_signal" if code < 0 else "up.died"
                raise Stop(how, part=name, number=abs(code), log=part.log)

    def stop(self) -> None:
        """Stop them, the page first, so that turns that are under way still get their answer."""
        for part in reversed(self._parts):
            seconds = 0.0 if self._signals.count > 1 else _STOP_SECONDS[part.name]
            if not stop(part.child, seconds, self._pause):
                self._console.say("up.killed", part=self._console.texts(f"up.part.{part.name}"))
        self._parts.clear()

    def _pause(self) -> None:
        time.sleep(0.0 if self._signals.count > 1 else _PAUSE_SECONDS / 2)

    def _start(self, name: str, arguments: list[str], works: Callable[[], bool]) -> None:
        log = open_log(self._settings.home, name)
        with log.open("wb") as file:
            child = self._family.spawn(
                [sys.executable, *arguments],
                environment=self._environment,
                folder=self._console.root,
                output=file,
            )
        self._parts.append(Part(name, child, log, works))

    def _tell_end(self, part: Part) -> None:
        lines = last_lines(part.log, _LINES_SHOWN)
        if lines:
            self._console.say("up.last_lines", part=self._console.texts(f"up.part.{part.name}"))
        for line in lines:
            self._console.note(f"  {line}")


def with_free_inner_ports(settings: Settings) -> Settings:
    """Return the settings with other ports for Rasa and the action server where theirs are taken."""
    rasa, actions = settings.rasa_port, settings.actions_port
    if rasa == settings.port or not ports.is_free(LOOPBACK, rasa):
        rasa = ports.free_port(LOOPBACK, rasa, (settings.port, actions))
    if actions in (settings.port, rasa) or not ports.is_free(LOOPBACK, actions):
        actions = ports.free_port(LOOPBACK, actions, (settings.port, rasa))
    return replace(settings, rasa_port=rasa, actions_port=actions)


def reachable(host: str) -> str:
    """Return the address at which a server that listens on a host is reached from this machine."""
    return _EVERYWHERE.get(host, host)


def rasa_ready(port: int) -> bool:
    """Tell whether Rasa answers messages: model, stores and the action server work."""
    answer = fetch(LOOPBACK, port, "/webhooks/dojo/ready")
    return answer is not None and answer.get("ready") is True


def answers(host: str, port: int, path: str) -> bool:
    """Tell whether a server answers with 200."""
    return fetch(host, port, path) is not None


def fetch(host: str, port: int, path: str) -> dict[str, Any] | None:
    """Return the JSON of a page of ours, None where it does not answer so; no proxy is asked."""
    connection = http.client.HTTPConnection(host, port, timeout=_PROBE_SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        found = json.loads(body) if answer.status == _OK else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return found if isinstance(found, dict) else None
