"""The driver's side of `nlu_worker`: a process that reads lines with a model, and what its answers mean."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.errors import BenchmarkFailed
from benchmarks.stock import QUIET
from bot.coaching.taxonomy import OBJECTION_PREFIX, TECHNIQUE_PREFIX
from bot.commands.logs import last_lines
from bot.nlu.evaluation import OBJECTION, TECHNIQUE, Answer, Example
from bot.nlu.utterance import REPLY_MARK, SELLER

_PREFIX = {OBJECTION: OBJECTION_PREFIX, TECHNIQUE: TECHNIQUE_PREFIX}
_TAIL = 5

Item = tuple[str, dict[str, Any] | None]


class Reader:
    """A worker process; it ends when its standard input does, so also when the benchmarks are killed."""

    def __init__(self, name: str, kind: str, model: Path, root: Path, log: Path) -> None:
        """Start it and wait until the model is loaded."""
        self.name, self._log = name, log
        with log.open("wb") as file:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.nlu_worker", kind, str(model)],
                cwd=root,
                env={**os.environ, **QUIET},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
            )
        self.load_seconds = float(self._answer()["load_seconds"])

    def read(self, items: Sequence[Item]) -> dict[str, Any]:
        """Return what the model says of lines."""
        assert self._child.stdin is not None
        self._child.stdin.write(json.dumps(items).encode() + b"\n")
        self._child.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """Let it end."""
        self._child.communicate()

    def _answer(self) -> dict[str, Any]:
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        if not line:
            self._child.wait()
            raise BenchmarkFailed("reader", system=self.name, tail=last_lines(self._log, _TAIL))
        answer: dict[str, Any] = json.loads(line)
        return answer


def item_of(example: Example, task: str, *, stock: bool) -> Item:
    """Return a held-out line as a system is given it.

    Ours gets what `./dojo evaluate` gives it. Stock Rasa knows no metadata: a reply gets the customer's line
    in front, as in the lines that it was trained on.
    """
    if stock:
        asked = task == TECHNIQUE
        return (f"{example.objection} {REPLY_MARK} {example.text}".strip() if asked else example.text), None
    metadata: dict[str, Any] = {"lang": example.lang}
    if task == TECHNIQUE:
        metadata.update(side=SELLER, objection=example.objection)
    return example.text, metadata


def answer_of(result: Mapping[str, Any], task: str) -> Answer:
    """Return the best label of a task's family, its confidence as a share of the family's."""
    ranking = result[task]
    if ranking is None:
        prefix = _PREFIX[task]
        family = [
            (name[len(prefix) :], share) for name, share in result["intents"] if name.startswith(prefix)
        ]
        total = sum(share for _, share in family) or 1.0
        ranking = [(label, share / total) for label, share in family]
    label, confidence = max(ranking, key=lambda pair: pair[1])
    return Answer(label, confidence)
