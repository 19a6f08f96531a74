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
from bot.commands import model_files
from bot.commands.console import Console, Progress
from bot.commands.errors import Stop
from bot.commands.family import Family, Signals
from bot.commands.logs import last_lines, open_log

_COMPONENT: Final = re.compile(r"Starting to train component '(\w+)'")
_TICK_SECONDS: Final = 0.5
_LINES_SHOWN: Final = 5


def fitting_model(console: Console, family: Family, signals: Signals) -> Path:
    """Return a model that fits, lessons in use included; trained now if there is none."""
    lessons = model_files.lessons_in_use(console.settings().home)
    return model_files.fitting(console.root, lessons) or train(console, family, signals)


def train(console: Console, family: Family, signals: Signals, *, force: bool = False) -> Path:
    """Train and keep a model; wait for another process that trains, and take its result if it fits.

    The lessons in use are taught again, so that no other data or code makes the model forget them.
    """
    lessons = model_files.lessons_in_use(make_home(console.settings()))
    with model_files.one_at_a_time(console.root):
        ready = None if force else model_files.fitting(console.root, lessons)
        if ready is not None:
            return ready
        trained_from = model_files.fingerprint(console.root, lessons)
        with tempfile.TemporaryDirectory(
            prefix=".training-", dir=console.root / model_files.FOLDER
        ) as folder:
            trained = make_model(console, family, signals, Path(folder), trained_from, lessons)
            return model_files.adopt(trained, console.root, trained_from)


def make_model(
    console: Console, family: Family, signals: Signals, folder: Path, trained_from: str, lessons: Path
) -> Path:
    """Train a model into a folder, from the project's data and from lessons if there are any.

    Raises Stop where training fails.
    """
    log = open_log(make_home(console.settings()), "train")
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{trained_from[:8]}"
    began = time.monotonic()
    command = [sys.executable, "-m", "bot.channels.launcher", "train", "--skip-validation"]
    command += ["--config", "config.yml", "--domain", "domain.yml", "--out", str(folder)]
    command += ["--fixed-model-name", name, "--data", "data"]
    command += [str(lessons.resolve())] if lessons.is_file() else []
    child = family.spawn(command, environment={}, folder=console.root, output=subprocess.PIPE)
    with log.open("wb") as file:
        _follow(console, child, signals, file)
    trained = folder / f"{name}{model_files.SUFFIX}"
    if child.wait() != 0 or not trained.is_file():
        for line in last_lines(log, _LINES_SHOWN):
            console.note(f"  {line}")
        raise Stop("train.failed", log=log)
    console.say("train.done", model=trained.name, seconds=round(time.monotonic() - began))
    return trained


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
