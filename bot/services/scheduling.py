"""When a card is due again: FSRS, by whole days and without chance.

A drill takes a few minutes a day, so cards are planned by the day: what is due tomorrow is due all day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timezone
from typing import Any, Final, cast

from fsrs import Card, Rating, Scheduler
from fsrs.card import CardDict

from bot.coaching.drill_questions import AGAIN, EASY, GOOD, HARD

LONGEST: Final = 180
"""At most so many days pass before a card is due again."""

_RETENTION: Final = 0.9
_SCHEDULER: Final = Scheduler(
    desired_retention=_RETENTION,
    learning_steps=(),
    relearning_steps=(),
    maximum_interval=LONGEST,
    enable_fuzzing=False,
)
_RATINGS: Final[Mapping[str, Rating]] = {
    AGAIN: Rating.Again,
    HARD: Rating.Hard,
    GOOD: Rating.Good,
    EASY: Rating.Easy,
}


def review(memory: Mapping[str, Any] | None, rating: str, day: int) -> tuple[dict[str, Any], datetime]:
    """Return what is remembered of a card after an answer, and when it is due: a day's midnight in UTC.

    Args:
        memory: as returned before; None for a card that was never asked.
        rating: `again`, `hard`, `good` or `easy`.
        day: the ordinal of today; one before the last review counts as that.
    """
    moment = _midnight(day)
    card = Card(card_id=0, due=moment) if memory is None else Card.from_dict(cast(CardDict, dict(memory)))
    if card.last_review is not None:
        moment = max(moment, card.last_review)
    after, _ = _SCHEDULER.review_card(card, _RATINGS[rating], moment)
    return dict(after.to_dict()), after.due


def asked_on(memory: Mapping[str, Any]) -> int:
    """Return the ordinal of the day on which a card was asked last; 0 for never."""
    last = Card.from_dict(cast(CardDict, dict(memory))).last_review
    return last.date().toordinal() if last else 0


def due_on(due_at: datetime) -> int:
    """Return the ordinal of the day for which a card is planned."""
    return due_at.astimezone(timezone.utc).date().toordinal()


def _midnight(day: int) -> datetime:
    return datetime.combine(date.fromordinal(day), time(), timezone.utc)
