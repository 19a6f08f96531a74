"""`dojo train`: trains a model, unless one was trained from the same data, content and code.

With corrections it trains a candidate beside the model in use, compares the two, and promotes it if it is not
worse.
"""

from __future__ import annotations

import argparse
import json

from bot.commands import comparison_report, model_files
from bot.commands.console import Console
from bot.commands.errors import FAILED, Interrupted, WrongInput
from bot.commands.family import Family, Signals
from bot.commands.teaching import FORCE, Order, teach
from bot.commands.training import train
from bot.storage.lesson_records import REFUSED


def run(console: Console, options: argparse.Namespace) -> int:
    """Train if there is anything to train."""
    with Signals() as signals, Family() as family:
        try:
            if options.with_corrections:
                return _with_corrections(console, options, family, signals)
            return _plainly(console, options, family, signals)
        except Interrupted as interrupted:
            console.say("stopped")
            return 128 + interrupted.number


def _plainly(console: Console, options: argparse.Namespace, family: Family, signals: Signals) -> int:
    lessons = model_files.lessons_in_use(console.settings().home)
    model = None if options.force else model_files.fitting(console.root, lessons)
    if model is not None:
        console.say("train.unchanged", model=model.name)
    else:
        model = train(console, family, signals, force=options.force)
    console.put(str(model))
    return 0


def _with_corrections(console: Console, options: argparse.Namespace, family: Family, signals: Signals) -> int:
    if options.promote == FORCE and not options.reason.strip():
        raise WrongInput("models.reason")
    order = Order(
        promote=options.promote,
        reason=options.reason,
        lines=options.lines,
        training=options.training,
        account=options.account,
        again=options.force,
    )
    training = teach(console, family, signals, order)
    if training is None:
        return 0
    if options.json:
        told = {
            "training": training.id,
            "model": training.model,
            "base": training.base,
            "lessons": list(training.lessons),
            "state": training.state,
            "figures": training.figures,
        }
        console.put(json.dumps(told, ensure_ascii=False))
    else:
        comparison_report.show(console, training.figures or {})
        console.put(console.texts(f"teach.state.{training.state}", model=training.model))
    if options.training is not None and console.texts.has(f"teach.told.{training.state}"):
        console.say(f"teach.told.{training.state}")  # the page shows what was said last
    return FAILED if training.state == REFUSED else 0
