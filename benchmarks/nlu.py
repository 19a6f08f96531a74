"""The NLU: our pipeline and stock Rasa's default one, trained on the same lines, scored on held-out ones."""

from __future__ import annotations

import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing.connection import Listener
from pathlib import Path
from typing import Any

from benchmarks.errors import BenchmarkFailed
from benchmarks.figures import latencies
from benchmarks.lines import TrainingLine, balanced, customers_say, write_training_file
from benchmarks.nlu_worker import KEY_VARIABLE
from benchmarks.plan import Plan
from benchmarks.processes import peak_memory, processor_seconds
from benchmarks.stock import ENVIRONMENT, write_nlu_config
from benchmarks.wording import tell
from bot.coaching.taxonomy import OBJECTION_PREFIX, TECHNIQUE_PREFIX
from bot.commands.family import Family
from bot.commands.logs import last_lines
from bot.nlu.evaluation import OBJECTION, TECHNIQUE, Answer, Example, evaluate
from bot.nlu.utterance import REPLY_MARK, SELLER

OURS, PRETRAINED, STOCK = "ours", "pretrained", "stock"
"""Kinds of systems; `pretrained` is ours without the weights that were learned from all lines."""

_PREFIX = {OBJECTION: OBJECTION_PREFIX, TECHNIQUE: TECHNIQUE_PREFIX}
_BATCH = 25
_WARM_UP = 20
_POLL_SECONDS = 0.05
_TAIL = 5

Item = tuple[str, dict[str, Any] | None]


@dataclass
class System:
    """One pipeline of the comparison; `figures` fills up while it is measured."""

    name: str
    kind: str
    lines: Sequence[TrainingLine]
    model: Path = Path()
    figures: dict[str, Any] = field(default_factory=dict)


class Reader:
    """A worker process with a loaded model."""

    def __init__(self, family: Family, system: System, root: Path, log: Path) -> None:
        """Start it; `load_seconds` waits for it."""
        self.system = system
        self._log = log
        key = secrets.token_hex()
        self._listener = Listener(("127.0.0.1", 0), authkey=key.encode())
        command = [sys.executable, "-m", "benchmarks.nlu_worker", str(system.model)]
        command += [str(self._listener.address[1]), *(["--pretrained"] if system.kind == PRETRAINED else [])]
        with log.open("wb") as file:
            self._child = family.spawn(
                command, environment={**ENVIRONMENT, KEY_VARIABLE: key}, folder=root, output=file
            )
        self._check_until_it_calls()
        self._line = self._listener.accept()
        self.load_seconds = float(self._line.recv()["load_seconds"])

    def read(self, items: Sequence[Item]) -> dict[str, Any]:
        """Return what the model says of lines."""
        try:
            self._line.send(list(items))
            answer: dict[str, Any] = self._line.recv()
        except (EOFError, OSError) as error:
            raise BenchmarkFailed("reader", system=self.system.name, tail=last_lines(self._log, _TAIL)) from error
        return answer

    def close(self) -> None:
        """Let it end."""
        self._line.close()
        self._listener.close()
        self._child.wait()
