"""The parser that `classify` and `evaluate` work with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bot.commands import model_files
from bot.commands.console import Console
from bot.commands.errors import Stop
from bot.commands.family import Family, Signals
from bot.commands.training import fitting_model

if TYPE_CHECKING:
    from bot.nlu.parser import Parser


def open_parser(console: Console) -> Parser:
    """Load the model in use, or the newest one; one is trained first where there is none."""
    lessons = model_files.lessons_in_use(console.settings().home)
    model = model_files.fitting(console.root, lessons)
    if model is None:
        model = model_files.newest(console.root)
        if model is not None:
            console.say("reading.old_model", model=model.name)
    if model is None:
        with Signals() as signals, Family() as family:
            model = fitting_model(console, family, signals)
    return load(model)


def load(model: Path) -> Parser:
    """Load a model; raises Stop where it cannot be."""
    # Imported here: TensorFlow and its kin take seconds.
    from bot.channels.launcher import prepare

    prepare(["parse"])
    from bot.nlu.parser import Parser

    try:
        return Parser(model)
    except Exception as error:
        raise Stop("reading.broken_model", model=model, error=type(error).__name__) from error
