"""`dojo train`: trains a model, unless one was trained from the same data, content and code."""

from __future__ import annotations

import argparse

from bot.commands import models
from bot.commands.console import Console
from bot.commands.errors import Interrupted
from bot.commands.family import Family, Signals
from bot.commands.training import train


def run(console: Console, options: argparse.Namespace) -> int:
    """Train if there is anything to train."""
    model = None if options.force else models.fitting(console.root)
    if model is not None:
        console.say("train.unchanged", model=model.name)
        console.put(str(model))
        return 0
    with Signals() as signals, Family() as family:
        try:
            model = train(console, family, signals, force=options.force)
        except Interrupted as interrupted:
            console.say("stopped")
            return 128 + interrupted.number
    console.put(str(model))
    return 0
