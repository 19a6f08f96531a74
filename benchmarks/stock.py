"""Stock Rasa, the baseline: what `rasa init` makes, and its default NLU pipeline."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from benchmarks.errors import BenchmarkFailed
from benchmarks.plan import Plan
from benchmarks.wording import tell
from bot.commands.family import Family
from bot.commands.logs import last_lines

QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
}
"""Variables for every process with Rasa in it: nothing is sent, less is printed."""

_TAIL = 5


def default_config() -> dict[str, Any]:
    """Return the configuration that Rasa falls back on where a project names no pipeline and no policies."""
    spec = importlib.util.find_spec("rasa")
    assert spec is not None and spec.origin is not None
    path = Path(spec.origin).parent / "engine" / "recipes" / "config_files" / "default_config.yml"
    config: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return config


def write_nlu_config(path: Path, epochs: int | None) -> Path:
    """Write the default pipeline, with every intent in the ranking, so that a family's best can be told.

    The length of the ranking changes nothing else: not training, not confidences.
    """
    config = _with_epochs(default_config(), epochs)
    for component in config["pipeline"]:
        if component["name"] == "DIETClassifier":
            component["ranking_length"] = 0
    config["policies"] = []
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path


def stock_project(family: Family, kept: Path, plan: Plan) -> Path:
    """Return a folder that `rasa init --no-prompt` made and trained; one is kept for each version of Rasa."""
    epochs = plan.stock_epochs
    name = f"stock-{version('rasa')}" + (f"-{epochs}-epochs" if epochs else "")
    folder = kept / name
    if any((folder / "models").glob("*.tar.gz")):
        tell("progress.stock_kept", version=version("rasa"))
        return folder
    tell("progress.stock_init", version=version("rasa"))
    draft = kept / f".{name}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    if epochs is None:
        _rasa(family, draft, "init", "--no-prompt", "--init-dir", ".")
    else:
        _copy_project(draft, epochs)
        _rasa(family, draft, "train")
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)
    return folder


def said_to_stock(project: Path) -> list[list[str]]:
    """Return what a user may say to the stock bot, message by message through its own stories and rules."""
    data = yaml.safe_load((project / "data" / "nlu.yml").read_text(encoding="utf-8"))["nlu"]
    examples = {block["intent"]: [line[2:] for line in block["examples"].splitlines()] for block in data}
    order = ("greet", "mood_great", "greet", "mood_unhappy", "affirm", "greet", "mood_unhappy", "deny")
    return [examples[intent] for intent in (*order, "goodbye", "bot_challenge")]


def _copy_project(folder: Path, epochs: int) -> None:
    """Copy what `rasa init` copies, its networks to be trained for some epochs only."""
    spec = importlib.util.find_spec("rasa")
    assert spec is not None and spec.origin is not None
    shutil.copytree(Path(spec.origin).parent / "cli" / "initial_project", folder, dirs_exist_ok=True)
    config = _with_epochs(default_config(), epochs)
    (folder / "config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")


def _with_epochs(config: dict[str, Any], epochs: int | None) -> dict[str, Any]:
    for component in [*config["pipeline"], *config["policies"]]:
        if "epochs" in component and epochs is not None:
            component["epochs"] = epochs
    return config


def _rasa(family: Family, folder: Path, *arguments: str) -> None:
    log = folder / "rasa.log"
    with log.open("wb") as file:
        child = family.spawn(
            [sys.executable, "-m", "rasa", *arguments], environment=QUIET, folder=folder, output=file
        )
    if child.wait() != 0:
        raise BenchmarkFailed("stock", arguments=" ".join(arguments), tail=last_lines(log, _TAIL))
