"""Where a trainee stands on the four learning stages (domain.md section 10), from what is on record. Pure.

The rule looks at the tries of one objection type or of one method, in their order:

- A try *counts as done* when the trainee answered a customer in their own words, without a hint, without
  copying a model answer, and not as a redo. It *succeeds* from `SUCCESS` points. Naming a type or a method
  in a drill and aided answers show that something is known; they never lift anybody above `aware`.
- `unaware`: fewer than `FEW` tries of any sort.
- `able`: at least `ABLE_TRIES` tries succeeded, and of the latest `WINDOW` done two thirds did, with
  `SUCCESS` points on average.
- `mastery`: able, and besides: at least `MASTERY_TRIES` done; of the latest `WINDOW` all but one succeeded,
  the last two among them, with `MASTERY_SCORE` points on average; successes on `MASTERY_DAYS` days;
  `FLUENT` of them without time to think, which is in a talk, or quickly in a drill; and the latest success
  not more than `FADES_AFTER` days ago.
- `aware`: everything else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

UNAWARE: Final = "unaware"
AWARE: Final = "aware"
ABLE: Final = "able"
MASTERY: Final = "mastery"
STAGES: Final[tuple[str, ...]] = (UNAWARE, AWARE, ABLE, MASTERY)
"""The stages, the lowest first."""

TALK: Final = "talk"
DRILL: Final = "drill"

SUCCESS: Final = 65
FEW: Final = 2
WINDOW: Final = 8
ABLE_TRIES: Final = 3
MASTERY_TRIES: Final = 6
MASTERY_SCORE: Final = 75
MASTERY_DAYS: Final = 3
FLUENT: Final = 2
FADES_AFTER: Final = 60
QUICK: Final = 45
"""A drill's answer is quick within so many seconds."""


@dataclass(frozen=True)
class Practice:
    """One try on record.

    Attributes:
        day: its ordinal.
        type: the objection type that was answered; method: the method that was used; either may be empty.
        score: 0 to 100; for something named 0 or 100.
        source: `talk` or `drill`.
        aided: a hint was taken, a model was copied, or it was a redo.
        named: a type or a method was named; nobody was answered.
        quick: answered within `QUICK` seconds.
    """

    day: int
    type: str
    method: str
    score: int
    source: str
    aided: bool = False
    named: bool = False
    quick: bool = False

    @property
    def done(self) -> bool:
        """Whether it shows what the trainee can do."""
        return not (self.aided or self.named)

    @property
    def succeeded(self) -> bool:
        """Whether it is good enough."""
        return self.score >= SUCCESS

    @property
    def fluent(self) -> bool:
        """Whether there was no time to think."""
        return self.source == TALK or self.quick


def stage(tries: Iterable[Practice], today: int) -> str:
    """Return the stage that the tries of one type or method show; those of one day are in order."""
    ordered = sorted(tries, key=lambda one: one.day)
    if len(ordered) < FEW:
        return UNAWARE
    done = [one for one in ordered if one.done]
    if sum(one.succeeded for one in done) < ABLE_TRIES or not _holds(done, share=(2, 3), mean=SUCCESS):
        return AWARE
    return MASTERY if _mastered(done, today) else ABLE


def last_success(tries: Iterable[Practice]) -> int:
    """Return the ordinal of the day of the latest success that counts as done; 0 without any."""
    return max((one.day for one in tries if one.done and one.succeeded), default=0)


def faded(stage_then: str, success: int, today: int) -> str:
    """Return what a stage that was told earlier is today, when nothing was practised since.

    Args:
        success: `last_success` at that time.
    """
    return ABLE if stage_then == MASTERY and today - success > FADES_AFTER else stage_then


def mean_score(tries: Iterable[Practice]) -> int | None:
    """Return the points that answers got on average; None where nothing was answered."""
    scores = [one.score for one in tries if not one.named]
    return round(sum(scores) / len(scores)) if scores else None


def streak(days: Collection[int], today: int) -> int:
    """Return how many days in a row were practised, up to today, or to yesterday while today is open."""
    practised = set(days)
    last = today if today in practised else today - 1
    count = 0
    while last - count in practised:
        count += 1
    return count


def _holds(done: Sequence[Practice], *, share: tuple[int, int], mean: int) -> bool:
    """Tell whether enough of the latest tries succeeded, well enough on average."""
    latest = done[-WINDOW:]
    succeeded = sum(one.succeeded for one in latest)
    part, whole = share
    return succeeded * whole >= len(latest) * part and sum(one.score for one in latest) >= mean * len(latest)


def _mastered(done: Sequence[Practice], today: int) -> bool:
    if len(done) < MASTERY_TRIES or not all(one.succeeded for one in done[-2:]):
        return False
    latest = done[-WINDOW:]
    if not _holds(done, share=(len(latest) - 1, len(latest)), mean=MASTERY_SCORE):
        return False
    successes = [one for one in done if one.succeeded]
    return (
        len({one.day for one in successes}) >= MASTERY_DAYS
        and sum(one.fluent for one in successes) >= FLUENT
        and today - successes[-1].day <= FADES_AFTER
    )
