"""Values of double rating: samples, their items, what people said, how far judges agree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

BOT: Final = "bot"
PEOPLE: Final = "people"
"""Who is compared: the bot with people, or people with each other."""


@dataclass(frozen=True)
class SampleRecord:
    """A sample: for which team (None: for admins, out of everybody's practice), and what is asked."""

    id: int
    name: str
    team_id: int | None
    groups: list[str]
    made_at: datetime


@dataclass(frozen=True)
class Progress:
    """How far a person is with a sample; `raters` counts everybody who rated something in it."""

    items: int
    rated: int
    skipped: int
    raters: int

    @property
    def left(self) -> int:
        """How many the person has not rated."""
        return self.items - self.rated


@dataclass(frozen=True)
class Candidate:
    """A message that may be drawn; `label` is what the bot says of it."""

    turn: int
    about: str
    lang: str
    label: str


@dataclass(frozen=True)
class Source:
    """What the bot said of a message when it was judged: a reading, or an assessment."""

    turn: int
    about: str
    lang: str
    reading: dict[str, Any] | None
    assessment: dict[str, Any] | None


@dataclass(frozen=True)
class NewItem:
    """A message that was drawn, with the labels that the bot gave it."""

    turn: int
    about: str
    lang: str
    judged: dict[str, str]


@dataclass(frozen=True)
class ItemRecord:
    """A message in a sample."""

    id: int
    sample_id: int
    position: int
    about: str
    turn_id: int
    lang: str
    judged: dict[str, str]


@dataclass(frozen=True)
class Words:
    """A message as it was said; `before` has pairs of a side (`customer`, `seller`) and what it said."""

    session: str
    product: str
    text: str
    before: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class RatingRecord:
    """What somebody said of an item, by family; None where they skipped it."""

    item: int
    account: int
    labels: dict[str, str] | None


@dataclass(frozen=True)
class Rated:
    """An item that somebody rated: what the bot said, and what each person said, in the order of accounts."""

    lang: str
    judged: dict[str, str]
    people: tuple[dict[str, str], ...]


@dataclass(frozen=True)
class AgreementRecord:
    """How far judges agree; see `bot.coaching.agreement.Agreement`."""

    judges: str
    family: str
    lang: str
    items: int
    share: float | None
    kappa: float | None
    low: float | None
    high: float | None
