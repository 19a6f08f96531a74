"""How somebody stands with an assignment, from the tries that count. Pure.

The parts of an assignment (its scenarios; a drill set is one part) are passed one by one: by the best of the
first `attempts` tries of the part, or of all where attempts are not limited. An assignment is

- `passed` when all parts are, `late` if the try that completed it ended after the deadline;
- `failed` when a part was not passed and has no try left;
- `overdue` when the deadline has gone by;
- `open` otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

PASSED: Final = "passed"
FAILED: Final = "failed"
OVERDUE: Final = "overdue"
OPEN: Final = "open"
STATES: Final[tuple[str, ...]] = (OVERDUE, OPEN, FAILED, PASSED)
"""The states, what needs attention first."""

WHOLE: Final = ""
"""The name of the only part of a drill set."""


@dataclass(frozen=True)
class Attempt:
    """A try of one part: its points from 0 to 100, and when it ended (seconds, any epoch)."""

    part: str
    score: int
    at: float


@dataclass(frozen=True)
class Standing:
    """How somebody stands.

    Attributes:
        best: the best points of each part that was tried.
        used: how many tries of each part counted.
        last: when the latest try of each part that counted ended.
        todo: the parts that are not passed, in the assignment's order.
        late: whether it was completed after the deadline.
    """

    state: str
    best: dict[str, int]
    used: dict[str, int]
    last: dict[str, float]
    todo: tuple[str, ...]
    late: bool = False


def standing(
    parts: Sequence[str],
    tries: Iterable[Attempt],
    *,
    pass_mark: int,
    attempts: int,
    due: float | None,
    now: float,
) -> Standing:
    """Return how somebody stands with an assignment of some parts; `attempts` 0 does not limit them."""
    best: dict[str, int] = {}
    used: dict[str, int] = {}
    last: dict[str, float] = {}
    passed_at: dict[str, float] = {}
    for one in sorted(tries, key=lambda one: one.at):
        if one.part not in parts or (attempts and used.get(one.part, 0) >= attempts):
            continue
        used[one.part] = used.get(one.part, 0) + 1
        last[one.part] = one.at
        best[one.part] = max(one.score, best.get(one.part, 0))
        if one.score >= pass_mark:
            passed_at.setdefault(one.part, one.at)
    todo = tuple(part for part in parts if part not in passed_at)
    if not todo:
        late = due is not None and max(passed_at.values(), default=now) > due
        return Standing(PASSED, best, used, last, (), late)
    if attempts and any(used.get(part, 0) >= attempts for part in todo):
        return Standing(FAILED, best, used, last, todo)
    return Standing(OVERDUE if due is not None and now > due else OPEN, best, used, last, todo)


def drill_score(
    answers: Iterable[tuple[str, str, int]], *, types: Collection[str], methods: Collection[str], least: int
) -> int | None:
    """Return the mean points of a drill's answers (type, method, points) that belong to a drill set.

    None where there are fewer than `least`. No types or no methods stand for all of them.
    """
    points = [
        score
        for type_, method, score in answers
        if (not types or type_ in types) and (not methods or method in methods)
    ]
    return round(sum(points) / len(points)) if points and len(points) >= least else None
