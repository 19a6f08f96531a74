"""`dojo models`: the candidates that were trained from corrections; promoting one, rolling one back."""

from __future__ import annotations

import argparse
import json
from datetime import datetime, timezone
from typing import Any

from bot.bootstrap import Storage, make_home, open_storage
from bot.commands import model_files
from bot.commands.candidates import Candidates
from bot.commands.console import Console
from bot.commands.errors import Interrupted, Stop, WrongInput
from bot.commands.family import Family, Signals
from bot.commands.promotion import promote, roll_back
from bot.services import promoting
from bot.services.errors import NotFound
from bot.storage.lesson_records import TrainingRecord

LIST, PROMOTE, ROLLBACK = ACTIONS = ("list", "promote", "rollback")


def run(console: Console, options: argparse.Namespace) -> int:
    """List, promote, or roll back."""
    settings = console.settings()
    storage = open_storage(settings)
    try:
        candidates = Candidates(console.root, make_home(settings))
        if options.action == LIST:
            return _list(console, candidates, storage, options.json)
        with candidates.alone() as mine:
            if not mine:
                raise Stop("teach.busy")
            return _change(console, candidates, storage, options)
    finally:
        storage.close()


def _change(console: Console, candidates: Candidates, storage: Storage, options: argparse.Namespace) -> int:
    if options.action == PROMOTE:
        promote(
            console,
            candidates,
            storage.units,
            training=_training(storage, options.name),
            by_person=True,
            reason=options.reason,
            account=options.account,
        )
        return 0
    with Signals() as signals, Family() as family:
        try:
            roll_back(
                console,
                family,
                signals,
                candidates,
                storage.units,
                to=options.to,
                reason=options.reason,
                account=options.account,
            )
        except Interrupted as interrupted:
            console.say("stopped")
            return 128 + interrupted.number
    return 0


def _training(storage: Storage, name: str | None) -> int:
    """Return the training that a model is named for; without a name the latest one with a model."""
    if not name:
        made = [training for training in promoting.history(storage.units) if training.figures]
        if not made:
            raise WrongInput("models.none")
        return made[0].id
    full = name if name.endswith(model_files.SUFFIX) else f"{name}{model_files.SUFFIX}"
    try:
        return promoting.training_of(storage.units, model=full).id
    except NotFound as error:
        raise WrongInput("models.unknown", model=name) from error


def _list(console: Console, candidates: Candidates, storage: Storage, as_json: bool) -> int:
    with candidates.alone() as mine:
        if mine:
            promoting.interrupted(storage.units, now=datetime.now(timezone.utc))
    lessons = model_files.lessons_in_use(make_home(console.settings()))
    in_use = model_files.fitting(console.root, lessons)
    taught = f"{candidates.in_use}{model_files.SUFFIX}" if candidates.in_use else ""
    trainings = promoting.history(storage.units)
    if as_json:
        for training in trainings:
            console.put(json.dumps(as_json_of(training, taught), ensure_ascii=False))
        return 0
    name = in_use.name if in_use is not None else ""
    console.put(console.texts("models.in_use", model=name) if name else console.texts("models.none_fits"))
    if not trainings:
        console.say("models.none")
        return 0
    heads = [console.texts(f"models.head.{key}") for key in ("model", "made", "lessons", "state", "reason")]
    rows = [
        [
            ("* " if training.model and training.model == taught else "  ") + (training.model or "-"),
            training.made_at.strftime("%Y-%m-%d %H:%M"),
            str(len(training.lessons)) if training.model else "-",
            console.texts(f"models.state.{training.state}"),
            _reason(console, training),
        ]
        for training in trainings
    ]
    console.table([heads, *rows], right=[2])
    return 0


def _reason(console: Console, training: TrainingRecord) -> str:
    """Return a person's words, or what the dojo wrote down, in the terminal's language."""
    key = f"models.why.{training.reason.replace('.', '_')}"
    return console.texts(key) if console.texts.has(key) else training.reason or "-"


def as_json_of(training: TrainingRecord, taught: str) -> dict[str, Any]:
    """Return a training as `--json` writes it; `taught` names the one whose lessons are in use."""
    return {
        "training": training.id,
        "model": training.model,
        "base": training.base,
        "made_at": training.made_at.isoformat(),
        "lessons": list(training.lessons),
        "state": training.state,
        "in_use": bool(training.model) and training.model == taught,
        "decision": training.decision,
        "reason": training.reason,
        "decided_at": training.decided_at.isoformat() if training.decided_at else None,
        "figures": training.figures,
    }
