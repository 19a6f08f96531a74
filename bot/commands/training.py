"""Training: the model that fits, made if there is none, with a progress display."""

from __future__ import annotations

import re
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from bot.bootstrap import make_home
from bot.commands import models
from bot.commands.console import Console, Progress
from bot.commands.errors import Stop
from bot.commands.family import Family, Signals
from bot.commands.logs import last_lines, open_log

_COMPONENT: Final = re.compile(r"Starting to train component '(\w+)'")
_TICK_SECONDS: Final = 0.5
_LINES_SHOWN: Final = 5


def fitting_model(console: Console, family: Family, signals: Signals) -> Path:
    """Return a model that fits, trained now if there is none."""
    return models.fitting(console.root) or train(console, family, signals)


def train(console: Console, family: Family, signals: Signals, *, force: bool = False) -> Path:
    """Train and keep a model; wait for another process that trains, and take its result if it fits."""
    log = open_log(make_home(console.settings()), "train")
    with models.one_at_a_time(console.root):
        ready = None if force else models.fitting(console.root)
        if ready is not None:
            return ready
        trained_from = models.fingerprint(console.root)
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{trained_from[:8]}"
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix=".training-", dir=console.root / models.FOLDER) as folder:
            command = [sys.executable, "-m", "bot.channels.launcher", "train", "--skip-validation"]
            command += ["--config", "config.yml", "--domain", "domain.yml", "--data", "data"]
            command += ["--out", folder, "--fixed-model-name", name]
            child = family.spawn(command, environment={}, folder=console.root, output=subprocess.PIPE)
            with log.open("wb") as file:
                _follow(console, child, signals, file)
            trained = Path(folder) / f"{name}{models.SUFFIX}"
            if child.wait() != 0 or not trained.is_file():
                for line in last_lines(log, _LINES_SHOWN):
                    console.note(f"  {line}")
                raise Stop("train.failed", log=log)
            model = models.adopt(trained, console.root, trained_from)
    console.say("train.done", model=model.name, seconds=round(time.monotonic() - began))
    return model


def _follow(console: Console, child: subprocess.Popen[bytes], signals: Signals, log: IO[bytes]) -> None:
    """Keep the trainer's output and show what it is at."""
    progress = Progress(console)
    progress.begin("train.begins")
    for line in _lines(child, progress, signals):
        log.write(line)
        component = _COMPONENT.search(line.decode("utf-8", "replace"))
        if component:
            known = console.texts.has(f"train.component.{component[1]}")
            progress.begin(
                f"train.component.{component[1]}" if known else "train.other_component", name=component[1]
            )
    progress.done()


def _lines(child: subprocess.Popen[bytes], progress: Progress, signals: Signals) -> Iterator[bytes]:
    assert child.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        rest = b""
        while True:
            signals.check()
            progress.tick()
            if not selector.select(_TICK_SECONDS):
                continue
            chunk = child.stdout.read1(65536)  # type: ignore[attr-defined]
            if not chunk:
                break
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield line + b"\n"
        if rest:
            yield rest
