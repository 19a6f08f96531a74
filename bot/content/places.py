"""Places in a document: how they are named in forms and addresses, and what stands there.

`concerns#0.states.zh#2` is the third text under `zh` of `states` of the first entry of `concerns`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, unquote

Place = tuple[str | int, ...]

WHOLE: Final[Place] = ()
_STEP: Final = re.compile(r"([.#])([^.#]*)")


class NoSuchPlace(LookupError):
    """A document has nothing at a place, or a name stands for no place."""


def name_of(place: Place) -> str:
    """Return the name of a place; that of the whole document is empty."""
    steps = [f"#{step}" if isinstance(step, int) else f".{_quoted(step)}" for step in place]
    return "".join(steps).removeprefix(".")


def _quoted(step: str) -> str:
    return quote(step, safe="").replace(".", "%2E")


def place_of(name: str) -> Place:
    """Return the place that a name stands for; raises NoSuchPlace."""
    if not name:
        return WHOLE
    full = name if name[0] == "#" else f".{name}"
    steps: list[str | int] = []
    at = 0
    for step in _STEP.finditer(full):
        mark, text = step.groups()
        if step.start() != at or (mark == "#" and not (text.isascii() and text.isdecimal())):
            raise NoSuchPlace(name)
        steps.append(int(text[:6]) if mark == "#" else unquote(text))
        at = step.end()
    if at != len(full):
        raise NoSuchPlace(name)
    return tuple(steps)


def found(document: Any, place: Place) -> Any:
    """Return what stands at a place; raises NoSuchPlace."""
    for step in place:
        try:
            if isinstance(step, int) != isinstance(document, list):
                raise NoSuchPlace(name_of(place))
            document = document[step]
        except (LookupError, TypeError) as error:
            raise NoSuchPlace(name_of(place)) from error
    return document


def changed(document: Any, place: Place, value: Any) -> Any:
    """Return a document with another value at a place; a key that is not there yet is put last.

    Raises NoSuchPlace where the block or list around it is not there.
    """
    if not place:
        return value
    step, rest = place[0], place[1:]
    if isinstance(step, int):
        inner = found(document, (step,))
        return [*document[:step], changed(inner, rest, value), *document[step + 1 :]]
    if not isinstance(document, Mapping):
        raise NoSuchPlace(name_of(place))
    if rest and step not in document:
        raise NoSuchPlace(name_of(place))
    return {**document, step: changed(document.get(step), rest, value)}


def added(document: Any, place: Place, value: Any) -> Any:
    """Return a document with a value at the end of the list at a place; raises NoSuchPlace."""
    entries = found(document, place)
    if not isinstance(entries, Sequence) or isinstance(entries, str):
        raise NoSuchPlace(name_of(place))
    return changed(document, place, [*entries, value])


def removed(document: Any, place: Place) -> Any:
    """Return a document without what stands at a place; raises NoSuchPlace."""
    if not place:
        raise NoSuchPlace("")
    around, step = found(document, place[:-1]), place[-1]
    found(document, place)
    if isinstance(step, int):
        return changed(document, place[:-1], [*around[:step], *around[step + 1 :]])
    return changed(document, place[:-1], {key: value for key, value in around.items() if key != step})
