"""Filters of the inbox as they stand in an address: `?q=太贵&type=price&unreviewed=1`. Pure.

What cannot be understood is left out: an address that somebody shared shows something sensible.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from bot.coaching.review import OPEN, VERDICTS
from bot.coaching.talk import OUTCOMES
from bot.coaching.taxonomy import LANGS, OBJECTION_TYPES, TECHNIQUES
from bot.storage.inbox_records import MODES, NEWEST, SORTS, Cursor, Filter
from bot.storage.records import PAUSED, RUNNING

SEARCH_LIMIT: Final = 400
"""The most characters of a search."""

OUTCOME_CHOICES: Final[tuple[str, ...]] = (*OUTCOMES, RUNNING, PAUSED)

APPEAL_CHOICES: Final[tuple[str, ...]] = (OPEN, *VERDICTS)

_MOST_VALUES: Final = 50
_LONGEST_VALUE: Final = 128
_BEST_SCORE: Final = 100
_KNOWN: Final[dict[str, Sequence[str]]] = {
    "mode": MODES,
    "type": OBJECTION_TYPES,
    "method": TECHNIQUES,
    "outcome": OUTCOME_CHOICES,
    "appeal": APPEAL_CHOICES,
    "lang": LANGS,
}
_TEXTS: Final = ("channel", "mode", "scenario", "type", "method", "outcome", "appeal", "lang", "model", "tag")
_FLAGS: Final = ("unsure", "appeals", "unreviewed")


def filter_of(pairs: Iterable[tuple[str, str]]) -> Filter:
    """Return the filter that the parameters of an address ask for."""
    given: dict[str, list[str]] = {}
    for key, value in pairs:
        if value.strip():
            given.setdefault(key, []).append(value.strip())

    def one(key: str) -> str:
        return given.get(key, [""])[-1]

    values: dict[str, Any] = {key: _texts(given.get(key, ()), _KNOWN.get(key)) for key in _TEXTS}
    values |= {flag: bool(one(flag)) for flag in _FLAGS}
    trainees = [number for number in map(_number, given.get("trainee", ())) if number is not None]
    return Filter(
        search=one("q")[:SEARCH_LIMIT],
        trainee=tuple(dict.fromkeys(trainees))[:_MOST_VALUES],
        team=_number(one("team")),
        since=_day(one("from")),
        until=_day(one("to")),
        score_min=_score(one("score_min")),
        score_max=_score(one("score_max")),
        sort=one("sort") if one("sort") in SORTS else NEWEST,
        **values,
    )


def filter_of_query(query: str) -> Filter:
    """Return the filter of an address's query."""
    try:
        return filter_of(parse_qsl(query.lstrip("?"), max_num_fields=200))
    except ValueError:
        return Filter()


def query_of(wanted: Filter) -> str:
    """Return the query of the address that shows a filter, the shortest one."""
    return urlencode(list(_pairs(wanted)))


def cursor_of(text: str) -> Cursor | None:
    """Return the place that an address names (`812`, or `812.63` in an order by a number)."""
    id_, dot, number = text.partition(".")
    place, value = _number(id_), _number(number)
    if place is None or (dot and number != "" and value is None):
        return None
    return Cursor(place, value)


def cursor_text(cursor: Cursor) -> str:
    """Return a place as addresses name it."""
    return f"{cursor.id}" if cursor.number is None else f"{cursor.id}.{cursor.number}"


def _pairs(wanted: Filter) -> Iterator[tuple[str, str]]:
    if wanted.search:
        yield "q", wanted.search
    for trainee in wanted.trainee:
        yield "trainee", str(trainee)
    for key in ("team", "score_min", "score_max"):
        if getattr(wanted, key) is not None:
            yield key, str(getattr(wanted, key))
    for key, day in (("from", wanted.since), ("to", wanted.until)):
        if day is not None:
            yield key, date.fromordinal(day).isoformat()
    for key in _TEXTS:
        for value in getattr(wanted, key):
            yield key, value
    for flag in _FLAGS:
        if getattr(wanted, flag):
            yield flag, "1"
    if wanted.sort != NEWEST:
        yield "sort", wanted.sort


def _texts(values: Iterable[str], known: Sequence[str] | None) -> tuple[str, ...]:
    kept = [v for v in values if len(v) <= _LONGEST_VALUE and (known is None or v in known)]
    return tuple(dict.fromkeys(kept))[:_MOST_VALUES]


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _score(text: str) -> int | None:
    number = _number(text)
    return None if number is None else min(number, _BEST_SCORE)


def _day(text: str) -> int | None:
    try:
        return date.fromisoformat(text).toordinal()
    except ValueError:
        return None
