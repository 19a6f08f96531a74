"""One message being answered: what came in, what is known, and what the handlers may work with."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.coaching.reading import Reading
from bot.coaching.taxonomy import CUSTOMER_LINE
from bot.content.phrases import Phrases
from bot.services.blocks import Voice
from bot.services.shelf import Shelf
from bot.storage.records import Reply, SessionRecord, TurnRecord
from bot.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Command:
    """What the trainee wants: an intent, and the values that came with it."""

    intent: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Profile:
    """What the conversation knows of the trainee; empty where it knows nothing."""

    lang: str
    product: str = ""
    name: str = ""
    sells_by: str = ""
    """The method that the dojo sells by while the trainee plays the customer."""


@dataclass(frozen=True)
class Outcome:
    """What to show, what to remember, and the number of the turn."""

    turn: int
    blocks: tuple[Reply, ...]
    slots: Mapping[str, Any]


@dataclass
class Job:
    """One message being answered."""

    uow: UnitOfWork
    shelf: Shelf
    session: SessionRecord
    turn: TurnRecord
    voice: Voice
    voices: Callable[[str], Phrases]
    profile: Profile
    reading: Reading | None
    command: Command
    secret: bytes = field(default=b"", repr=False)
    slots: dict[str, Any] = field(default_factory=dict)

    @functools.cached_property
    def scripts_shown(self) -> list[Mapping[str, Any]]:
        """The data of all scripts shown before in the session, oldest first."""
        return list(self.uow.turns.data_shown(self.session, before=self.turn.number, kind="script"))

    @property
    def heard(self) -> Reading:
        """What came in as it was read; where nothing read it, a text without any marks."""
        return self.reading or Reading(self.turn.text, self.voice.lang, "", 0.0)

    @property
    def said(self) -> str:
        """What came in, as it was read: the places of its pieces are counted in this text."""
        return self.heard.text

    def in_language(self, lang: str) -> Job:
        """Return the same job speaking a language, whatever language the message is in."""
        if lang == self.voice.lang:
            return self
        return replace(self, voice=self.voice.speaking(lang, self.voices(lang)))

    def expect(self, practice: str, line: str | None = None) -> None:
        """Say what typed text is from now on.

        Args:
            practice: what the session is practising (TALK, SWAP, DRILL), empty for nothing.
            line: the customer's line that typed text answers; None where it answers none.
        """
        self.uow.sessions.set_practice(self.session, practice)
        self.slots[CUSTOMER_LINE] = line


Handler = Callable[[Job], list[Reply]]
"""Answers a message with the blocks to show."""
