"""The `dojo` command as another program sees it: its own home, free ports, exit codes, both streams."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
SETTINGS = ("HOME", "PATH", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "TMPDIR")


@dataclass
class Dojo:
    """Runs `dojo` with a home of its own."""

    home: Path
    folder: Path
    ports: tuple[int, int, int]
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def environment(self, **changes: str) -> dict[str, str]:
        kept = {name: os.environ[name] for name in SETTINGS if name in os.environ}
        web, rasa, actions = map(str, self.ports)
        settings = {"DOJO_HOME": str(self.home), "DOJO_LANG": "en", "LANG": "C.UTF-8"}
        settings |= {"DOJO_PORT": web, "DOJO_RASA_PORT": rasa, "DOJO_ACTIONS_PORT": actions}
        return {**kept, **settings, **changes}

    def run(
        self, *arguments: str, stdin: str | bytes = "", timeout: float = 300, **changes: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        done = subprocess.run(
            [sys.executable, "-m", "bot.cli", *arguments],
            input=stdin if isinstance(stdin, bytes) else stdin.encode(),
            cwd=self.folder,
            env={**self.environment(**changes), "PYTHONPATH": str(ROOT)},
            capture_output=True,
            timeout=timeout,
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    def start(self, *arguments: str, **changes: str) -> subprocess.Popen[str]:
        """Start a command that stays; its streams go to files beside the home."""
        self.home.parent.mkdir(parents=True, exist_ok=True)
        with (self.home.parent / "out").open("w") as out, (self.home.parent / "err").open("w") as err:
            process = subprocess.Popen(
                [sys.executable, "-m", "bot.cli", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=self.folder,
                env={**self.environment(**changes), "PYTHONPATH": str(ROOT)},
                text=True,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    @property
    def out(self) -> str:
        return (self.home.parent / "out").read_text()

    @property
    def err(self) -> str:
        return (self.home.parent / "err").read_text()

    def ready(self, process: subprocess.Popen[str]) -> str:
        """Wait for the line that says so and return the address."""
        wait_until(lambda: "Ready: " in self.out or process.poll() is not None, 300)
        assert process.poll() is None, self.err
        return self.out.strip().removeprefix("Ready: ")

    def processes(self) -> list[int]:
        """Return every process that works with this home, also those that lost their parent."""
        wanted = f"DOJO_HOME={self.home}".encode()
        found = []
        for folder in Path("/proc").iterdir():
            try:
                if folder.name.isdigit() and wanted in (folder / "environ").read_bytes().split(b"\0"):
                    found.append(int(folder.name))
            except OSError:
                continue
        return found

    def close(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(60)


def wait_until(true: Callable[[], bool], seconds: float) -> None:
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit, "it took too long"
        time.sleep(0.05)


def free_ports(count: int) -> tuple[int, ...]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return tuple(probe.getsockname()[1] for probe in probes)
    finally:
        for probe in probes:
            probe.close()


def make_dojo(folder: Path) -> Dojo:
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    web, rasa, actions = free_ports(3)
    return Dojo(folder / "home", elsewhere, (web, rasa, actions))
