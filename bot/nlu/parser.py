"""Reads texts with a trained model, in process: for the commands that sort and score lines."""

from __future__ import annotations

import asyncio
import logging
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.utils.log_utils import configure_structlog

from bot.coaching.reading import Reading
from bot.nlu.utterance import SELLER, language_of


class NoReading(Exception):
    """The model reads nothing: it is not one of this project's."""


class Parser:
    """A loaded model."""

    def __init__(self, model: Path) -> None:
        """Load a model; raises what Rasa raises for a file that is none."""
        configure_structlog(logging.WARNING)
        with warnings.catch_warnings():
            # Rasa tells of slots' auto-fill at every load, whatever the domain says.
            warnings.filterwarnings("ignore", message="Slot auto-fill", category=UserWarning)
            self._processor = Agent.load(model).processor

    def read(self, text: str, lang: str = "") -> Reading:
        """Read what a customer, or a trainee, typed."""
        return self._parse(text, {"lang": lang} if lang else {})

    def read_reply(self, text: str, objection: str = "", lang: str = "") -> Reading:
        """Read what a seller replied, with the customer's line that it answers where it is known."""
        metadata = {"side": SELLER, "objection": objection}
        return self._parse(text, {**metadata, "lang": lang} if lang else metadata)

    def _parse(self, text: str, metadata: dict[str, Any]) -> Reading:
        typed = text.lstrip("/ \t\n\u3000")  # a leading slash would make Rasa see a command
        if not typed.strip():
            return Reading(text, language_of(text, metadata.get("lang") or "en"), "", 0.0)
        if self._processor is None:
            raise NoReading
        parsed = asyncio.run(self._processor.parse_message(UserMessage(typed, metadata=metadata)))
        reading = Reading.from_message(parsed)
        if reading is None:
            raise NoReading
        moved = len(text) - len(typed)
        pieces = (replace(p, start=p.start + moved, end=p.end + moved) for p in reading.pieces)
        return replace(reading, text=text, pieces=tuple(pieces))
