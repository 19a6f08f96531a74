"""The NLU: our pipeline and stock Rasa's default one, trained on the same lines, scored on held-out ones."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.errors import BenchmarkFailed
from benchmarks.figures import latencies
from benchmarks.lines import TrainingLine, balanced, customers_say, write_training_file
from benchmarks.nlu_reader import Item, Reader, answer_of, item_of
from benchmarks.nlu_worker import OURS, PRETRAINED, STOCK
from benchmarks.plan import Plan
from benchmarks.processes import peak_memory, processor_seconds
from benchmarks.stock import QUIET, write_nlu_config
from benchmarks.wording import tell
from bot.commands.family import Family
from bot.commands.logs import last_lines
from bot.nlu.evaluation import Example, evaluate
from bot.nlu.utterance import REPLY_MARK

SYSTEMS = ("stock_subset", "pretrained_subset", "ours_subset", "ours_all", "stock_all")
"""The columns of the table: kind and lines."""

_PROGRAM = {OURS: "bot.channels.launcher", PRETRAINED: "benchmarks.pretrained", STOCK: "rasa"}
_MEASURES = ("accuracy", "lenient_accuracy", "macro_f1", "ece")
_BATCH = 25
_WARM_UP = 20
_POLL_SECONDS = 0.05
_TAIL = 5


@dataclass
class System:
    """One pipeline of the comparison; `figures` fills up while it is measured."""

    name: str
    data: Path
    count: int
    model: Path = Path()
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """Which pipeline it is."""
        return self.name.partition("_")[0]


def measure(
    plan: Plan,
    family: Family,
    root: Path,
    scratch: Path,
    lines: Sequence[TrainingLine],
    held_out: Mapping[str, Sequence[Example]],
) -> dict[str, Any]:
    """Train all systems, one after the other, then let them read the held-out lines in turns."""
    systems = _systems(plan, scratch, lines)
    with ThreadPoolExecutor(plan.at_once) as threads:
        list(threads.map(lambda system: _train(plan, family, root, scratch, system), systems))
    readers: dict[str, Reader] = {}
    try:
        with ThreadPoolExecutor(plan.at_once) as threads:
            opened = threads.map(lambda system: _open(system, root, scratch), systems)
            readers.update((reader.name, reader) for reader in opened)
        warm_up = list(islice(customers_say(lines, plan.seed), _WARM_UP))
        for task, examples in held_out.items():
            tell("progress.read", count=len(examples), task=task, systems=len(systems))
            _score(task, examples, systems, readers, warm_up)
    finally:
        for reader in readers.values():
            reader.close()
    return {
        "held_out": {task: len(examples) for task, examples in held_out.items()},
        "overlap": _overlap(lines, held_out),
        "systems": {system.name: system.figures for system in systems},
    }


def _overlap(lines: Sequence[TrainingLine], held_out: Mapping[str, Sequence[Example]]) -> int:
    """Count the held-out lines that stand word for word in the training lines."""
    trained = {side.strip() for line in lines for side in (line.text, line.text.rpartition(REPLY_MARK)[2])}
    return sum(example.text.strip() in trained for examples in held_out.values() for example in examples)


def _systems(plan: Plan, scratch: Path, lines: Sequence[TrainingLine]) -> list[System]:
    subset = balanced(lines, plan.baseline_lines, plan.seed)
    everything = list(lines) if plan.most_lines is None else balanced(lines, plan.most_lines, plan.seed)
    files = {
        "subset": (write_training_file(subset, scratch / "subset.yml"), len(subset)),
        "all": (write_training_file(everything, scratch / "all.yml"), len(everything)),
    }
    wanted = [name for name in SYSTEMS if plan.baseline_full or name != "stock_all"]
    return [System(name, *files[name.partition("_")[2]]) for name in wanted]


def _train(plan: Plan, family: Family, root: Path, scratch: Path, system: System) -> None:
    """Train with the command that a user would give, from nothing; the time is the whole command's."""
    tell("progress.train", system=system.name, lines=system.count)
    folder = scratch / system.name
    folder.mkdir()
    ours = system.kind != STOCK
    config = root / "config.yml" if ours else write_nlu_config(folder / "config.yml", plan.stock_epochs)
    command = [sys.executable, "-m", _PROGRAM[system.kind], "train", "nlu", "--config", str(config)]
    command += ["--nlu", str(system.data), "--out", str(folder), "--fixed-model-name", "model"]
    log = folder / "train.log"
    began = time.perf_counter()
    with log.open("wb") as file:
        child = family.spawn(
            command,
            environment={**QUIET, "RASA_CACHE_DIRECTORY": str(folder / "cache")},
            folder=root if ours else folder,
            output=file,
        )
    peak = processor = 0.0
    while child.poll() is None:
        peak = max(peak, peak_memory(child.pid))
        processor = max(processor, processor_seconds(child.pid))
        time.sleep(_POLL_SECONDS)
    seconds = time.perf_counter() - began
    system.model = folder / "model.tar.gz"
    if child.returncode != 0 or not system.model.is_file():
        raise BenchmarkFailed("training", system=system.name, tail=last_lines(log, _TAIL))
    system.figures |= {
        "lines": system.count,
        "train_seconds": seconds,
        "train_processor_seconds": processor,
        "train_peak_mb": peak,
        "model_mb": system.model.stat().st_size / 1e6,
    }


def _open(system: System, root: Path, scratch: Path) -> Reader:
    tell("progress.load", system=system.name)
    log = scratch / system.name / "read.log"
    reader = Reader(system.name, system.kind, system.model, root, log)
    system.figures["load_seconds"] = reader.load_seconds
    return reader


def _score(
    task: str,
    examples: Sequence[Example],
    systems: Sequence[System],
    readers: Mapping[str, Reader],
    warm_up: Sequence[str],
) -> None:
    """Let the systems read batch by batch in turns, so that other load falls on all of them."""
    results: dict[str, list[dict[str, Any]]] = {system.name: [] for system in systems}
    blocks: dict[str, list[list[float]]] = {system.name: [] for system in systems}
    for system in systems:
        first = readers[system.name].read([(text, None) for text in warm_up])["results"][0]
        system.figures.setdefault("first_ms", 1000 * first["seconds"])
    for start in range(0, len(examples), _BATCH):
        for system in systems:
            batch: list[Item] = [
                item_of(example, task, stock=system.kind == STOCK)
                for example in examples[start : start + _BATCH]
            ]
            answer = readers[system.name].read(batch)
            results[system.name] += answer["results"]
            blocks[system.name].append([result["seconds"] for result in answer["results"]])
            system.figures["rss_mb"] = answer["rss"]
    for system in systems:
        answers = [answer_of(result, task) for result in results[system.name]]
        seconds = sum(sum(block) for block in blocks[system.name])
        scored = evaluate(task, examples, answers, seconds).to_json()
        system.figures[task] = {key: scored[key] for key in ("n", *_MEASURES)} | {
            "by_lang": scored["by_lang"],
            "parse_ms": latencies(blocks[system.name]),
        }
