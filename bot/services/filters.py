"""Filters of the inbox as they stand in an address: `?q=太贵&type=price&unreviewed=1`. Pure.

What cannot be understood stays in the filter as unreadable, and nothing fits it: were it left out, an address
with a slip in it would show, and hand out, more than was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, urlencode

from bot.coaching.review import OPEN, VERDICTS
from bot.coaching.talk import OUTCOMES
from bot.coaching.taxonomy import LANGS, OBJECTION_TYPES, TECHNIQUES
from bot.services.numeral import whole_number
from bot.storage.counting import KINDS, PARTS
from bot.storage.inbox_records import MODES, NEWEST, SORTS, Cursor, Filter
from bot.storage.records import PAUSED, RUNNING

_Read = TypeVar("_Read")

SEARCH_LIMIT: Final = 400
"""The most characters of a search."""

OUTCOME_CHOICES: Final[tuple[str, ...]] = (*OUTCOMES, RUNNING, PAUSED)

APPEAL_CHOICES: Final[tuple[str, ...]] = (OPEN, *VERDICTS)

_MOST_VALUES: Final = 50
_LONGEST_VALUE: Final = 128
_BEST_SCORE: Final = 100
_LONGEST_KEY: Final = 64
_KNOWN: Final[dict[str, Sequence[str]]] = {
    "mode": MODES,
    "type": OBJECTION_TYPES,
    "method": TECHNIQUES,
    "outcome": OUTCOME_CHOICES,
    "appeal": APPEAL_CHOICES,
    "lang": LANGS,
}
_TEXTS: Final = ("channel", "mode", "scenario", "type", "method", "outcome", "appeal", "lang", "model", "tag")
_FLAGS: Final = ("unsure", "appeals", "unreviewed", "handed_in")


def filter_of(pairs: Iterable[tuple[str, str]]) -> Filter:
    """Return the filter that the parameters of an address ask for."""
    given: dict[str, list[str]] = {}
    for key, value in pairs:
        if value.strip():
            given.setdefault(key, []).append(value.strip())

    def one(key: str) -> str:
        return given.get(key, [""])[-1]

    unreadable: dict[tuple[str, str], None] = {}

    def read(key: str, value: str, reader: Callable[[str], _Read | None]) -> _Read | None:
        found = reader(value) if value else None
        if value and found is None:
            unreadable[key, value[: _LONGEST_VALUE + 1]] = None
        return found

    def several(key: str, reader: Callable[[str], _Read | None]) -> tuple[_Read, ...]:
        values = (read(key, value, reader) for value in given.get(key, ()))
        return tuple(dict.fromkeys(value for value in values if value is not None))[:_MOST_VALUES]

    values: dict[str, Any] = {key: several(key, _choice(_KNOWN.get(key))) for key in _TEXTS}
    values |= {flag: bool(one(flag)) for flag in _FLAGS}
    values["counted"] = read("counted", one("counted"), _counted)
    values |= {name: read(key, one(key), reader) for key, (name, reader) in _SINGLE.items()}
    return Filter(
        search=one("q")[:SEARCH_LIMIT],
        trainee=several("trainee", whole_number),
        sort=one("sort") if one("sort") in SORTS else NEWEST,
        **values,
        unreadable=tuple(unreadable)[:_MOST_VALUES],
    )


def filter_of_query(query: str) -> Filter:
    """Return the filter of an address's query."""
    return filter_of(parse_qsl(query.lstrip("?")))


def query_of(wanted: Filter) -> str:
    """Return the query of the address that shows a filter, the shortest one."""
    return urlencode(list(_pairs(wanted)))


def cursor_of(text: str) -> Cursor | None:
    """Return the place that an address names (`812`, or `812.63` in an order by a number)."""
    id_, dot, number = text.partition(".")
    place, value = whole_number(id_), whole_number(number)
    if place is None or (dot and number != "" and value is None):
        return None
    return Cursor(place, value)


def cursor_text(cursor: Cursor) -> str:
    """Return a place as addresses name it."""
    return f"{cursor.id}" if cursor.number is None else f"{cursor.id}.{cursor.number}"


def counted_text(kind: str, key: str = "", part: str = "") -> str:
    """Return what was counted as addresses name it (`reply`, `type:price`, `type:price:missed`)."""
    return f"{kind}:{key}:{part}".rstrip(":")


def _pairs(wanted: Filter) -> Iterator[tuple[str, str]]:
    if wanted.search:
        yield "q", wanted.search
    for trainee in wanted.trainee:
        yield "trainee", str(trainee)
    for key, (name, reader) in _SINGLE.items():
        value = getattr(wanted, name)
        if value is not None:
            yield key, date.fromordinal(value).isoformat() if reader is _day else str(value)
    for key in _TEXTS:
        for value in getattr(wanted, key):
            yield key, value
    if wanted.counted is not None:
        yield "counted", counted_text(*wanted.counted)
    for flag in _FLAGS:
        if getattr(wanted, flag):
            yield flag, "1"
    if wanted.sort != NEWEST:
        yield "sort", wanted.sort
    yield from wanted.unreadable


def _choice(known: Sequence[str] | None) -> Callable[[str], str | None]:
    def read(text: str) -> str | None:
        return text if len(text) <= _LONGEST_VALUE and (known is None or text in known) else None

    return read


def _counted(text: str) -> tuple[str, str, str] | None:
    kind, _, rest = text.partition(":")
    key, _, part = rest.partition(":")
    fits = kind in KINDS and len(key) <= _LONGEST_KEY and part in ("", *PARTS)
    return (kind, key, part) if fits else None


def _score(text: str) -> int | None:
    number = whole_number(text)
    return None if number is None else min(number, _BEST_SCORE)


def _day(text: str) -> int | None:
    try:
        return date.fromisoformat(text).toordinal()
    except ValueError:
        return None


_SINGLE: Final[dict[str, tuple[str, Callable[[str], int | None]]]] = {
    "team": ("team", whole_number),
    "score_min": ("score_min", _score),
    "score_max": ("score_max", _score),
    "from": ("since", _day),
    "to": ("until", _day),
}
"""What can be asked for once only, as addresses call it: as filters do, and how it is read."""
