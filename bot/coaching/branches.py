"""Where a role-play was gone back in, and the ways that it took from there. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A reply in a talk: its id, the talk, its number in the talk (0 is the opening)."""

    id: int
    talk: int
    number: int


@dataclass(frozen=True)
class Fork:
    """A reply that was done again, and what followed each time.

    Attributes:
        branches: the ids of the replies of each way, in the order in which the ways were taken.
    """

    talk: int
    number: int
    branches: tuple[tuple[int, ...], ...]

    @property
    def latest(self) -> int:
        """The id of the first reply of the last way: with it there is something to compare."""
        return self.branches[-1][0]


def forks(places: Iterable[Place]) -> tuple[Fork, ...]:
    """Return the forks of some talks, in the order in which their last ways were begun.

    Args:
        places: all replies, those that were redone too, in the order in which they were given.
    """
    found: list[Fork] = []
    paths: dict[int, list[int]] = {}
    opened: dict[int, dict[int, list[tuple[int, ...]]]] = {}
    for place in places:
        path, ways = paths.setdefault(place.talk, []), opened.setdefault(place.talk, {})
        if place.number < len(path):
            for number in [number for number in ways if number > place.number]:
                found.append(_closed(place.talk, number, ways.pop(number), path))
            ways.setdefault(place.number, []).append(tuple(path[place.number :]))
            del path[place.number :]
        path.append(place.id)
    for talk, ways in opened.items():
        found += [_closed(talk, number, taken, paths[talk]) for number, taken in ways.items()]
    return tuple(sorted(found, key=lambda fork: fork.latest))


def _closed(talk: int, number: int, taken: list[tuple[int, ...]], path: list[int]) -> Fork:
    return Fork(talk, number, (*taken, tuple(path[number:])))
