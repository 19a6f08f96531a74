"""The parser that `classify` and `evaluate` work with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.commands import models
from bot.commands.console import Console
from bot.commands.errors import Stop
from bot.commands.family import Family, Signals
from bot.commands.training import fitting_model

if TYPE_CHECKING:
    from bot.nlu.parser import Parser


def open_parser(console: Console) -> Parser:
    """Load the newest model; one is trained first where there is none."""
    model = models.newest(console.root)
    if model is None:
        with Signals() as signals, Family() as family:
            model = fitting_model(console, family, signals)
    elif models.noted(model) != models.fingerprint(console.root):
        fitting = models.fitting(console.root)
        if fitting is None:
            console.say("reading.old_model", model=model.name)
        model = fitting or model
    # Imported here: TensorFlow and its kin take seconds.
    from bot.channels.launcher import prepare

    prepare(["parse"])
    from bot.nlu.parser import Parser

    try:
        return Parser(model)
    except Exception as error:
        raise Stop("reading.broken_model", model=model, error=type(error).__name__) from error
