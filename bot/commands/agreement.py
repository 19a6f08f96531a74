"""How far the judgements that a command writes may be relied on, out of the dojo's database."""

from __future__ import annotations

from bot.bootstrap import open_storage
from bot.commands.console import Console
from bot.content.phrases import Phrases, load_phrases
from bot.services.trust import Trust, Trusts, trusts_of, untold
from bot.settings import SettingsError
from bot.storage.errors import SchemaTooNew, Unavailable


class Board:
    """What was measured last, with the words for it."""

    def __init__(self, trusts: Trusts, phrases: Phrases) -> None:
        """Take what was measured, and the phrases of the area `practice`."""
        self.trusts = trusts
        self._phrases = phrases

    def mark(self, family: str, lang: str) -> str:
        """Return how far a judgement in a language may be relied on, to stand behind a figure."""
        return self._beside(self.trusts.of(family, lang))

    def doubt(self, rule: str, lang: str) -> str:
        """Return the mark of what is for practice only; an empty text for anything else."""
        told = self.trusts.of_rule(rule, lang)
        return self._beside(told) if told is not None and told.practice_only else ""

    def _beside(self, told: Trust) -> str:
        mark = told.said("short", lambda key: self._phrases(f"trust.{key}"))
        return self._phrases("trust.beside", mark=mark)


def board(console: Console) -> Board:
    """Return what the dojo's database says; where it is out of reach nothing is known."""
    return Board(_on_record(console), load_phrases("practice")[console.lang])


def _on_record(console: Console) -> Trusts:
    settings = console.settings()
    if not settings.home.is_dir():
        return untold()
    try:
        storage = open_storage(settings)
    except (SettingsError, SchemaTooNew, Unavailable):
        return untold()
    try:
        with storage.units(reading=True) as uow:
            return trusts_of(uow)
    except Unavailable:
        return untold()
    finally:
        storage.close()
