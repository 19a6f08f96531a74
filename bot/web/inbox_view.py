"""What the inbox shows of a filter: its form's values, and a chip for each part that can be taken away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from bot.coaching.taxonomy import NONE
from bot.services.filters import query_of
from bot.storage.figure_records import (
    APPEAL,
    METHOD,
    NAMED,
    PAIR,
    SURE,
    TALK,
    TIME,
    TRIED_METHOD,
    TRIED_TYPE,
    TYPE,
)
from bot.storage.inbox_records import NEWEST, Filter
from bot.web.wording import Speech

MANY: Final = ("channel", "mode", "scenario", "type", "method", "outcome", "appeal", "lang", "model", "tag")
"""The parts that may have several values."""

_NAMED: Final = ("scenario", "type", "method")
_NAMES_OF_COUNTED: Final[Mapping[str, str]] = {
    **dict.fromkeys((TYPE, NAMED, SURE, PAIR, TRIED_TYPE), "type"),
    **dict.fromkeys((METHOD, TRIED_METHOD), "method"),
    TALK: "outcome",
    TIME: "mode",
    APPEAL: "appeal",
}
"""What the keys of the things counted on dashboards are."""


@dataclass(frozen=True)
class Chip:
    """A part of the filter, in words, and the address of the inbox without it."""

    words: str
    address: str


def chips(wanted: Filter, t: Speech, names: Mapping[str, Mapping[int, str]]) -> tuple[Chip, ...]:
    """Return the parts of a filter.

    Args:
        names: of teams and trainees, by `team` and `trainee`.
    """
    return tuple(Chip(words, address(without)) for words, without in _parts(wanted, t, names))


def address(wanted: Filter) -> str:
    """Return the address of a filter."""
    query = query_of(wanted)
    return f"/inbox?{query}" if query else "/inbox"


def value_name(t: Speech, kind: str, value: str) -> str:
    """Return what a value of a part is called."""
    if kind in _NAMED:
        return t.name(kind, value)
    return t(f"inbox.{kind}s.{value}") if f"inbox.{kind}s.{value}" in t else value


def day_text(day: int | None) -> str:
    """Return a day as a form writes it."""
    return "" if day is None else date.fromordinal(day).isoformat()


def _counted(counted: tuple[str, str, str], t: Speech) -> str:
    """Return what was counted on a dashboard, in words."""
    kind, key, part = counted
    name, told = _NAMES_OF_COUNTED.get(kind, kind), t(f"inbox.counted_kind.{kind}")
    words = [
        t("export.type.none") if (name, one) == ("type", NONE) else value_name(t, name, one)
        for one in filter(None, key.split("|"))
    ]
    what = t("inbox.chip", field=told, value=" ↔ ".join(words)) if words else told
    if not part:
        return what
    return t(f"inbox.counted_part.{'unsure_' if kind == SURE else ''}{part}", what=what)


def _parts(wanted: Filter, t: Speech, names: Mapping[str, Mapping[int, str]]) -> Iterator[tuple[str, Filter]]:
    def said(field: str, value: Any) -> str:
        return t("inbox.chip", field=t(f"inbox.field.{field}"), value=value)

    if wanted.search:
        yield said("q", wanted.search), replace(wanted, search="")
    if wanted.team is not None:
        yield said("team", names["team"].get(wanted.team, wanted.team)), replace(wanted, team=None)
    for trainee in wanted.trainee:
        less = tuple(one for one in wanted.trainee if one != trainee)
        yield said("trainee", names["trainee"].get(trainee, trainee)), replace(wanted, trainee=less)
    for field, key in (("since", "from"), ("until", "to")):
        if getattr(wanted, field) is not None:
            said_of = f"counted_{key}" if wanted.counted else key
            yield said(said_of, day_text(getattr(wanted, field))), replace(wanted, **{field: None})
    for kind in MANY:
        for value in getattr(wanted, kind):
            left = tuple(one for one in getattr(wanted, kind) if one != value)
            yield said(kind, value_name(t, kind, value)), replace(wanted, **{kind: left})
    for field in ("score_min", "score_max"):
        if getattr(wanted, field) is not None:
            yield said(field, getattr(wanted, field)), replace(wanted, **{field: None})
    if wanted.counted is not None:
        yield said("counted", _counted(wanted.counted, t)), replace(wanted, counted=None)
    for flag in ("unsure", "appeals", "unreviewed", "handed_in"):
        if getattr(wanted, flag):
            yield t(f"inbox.field.{flag}"), replace(wanted, **{flag: False})
    for kind, value in wanted.unreadable:
        left = tuple(one for one in wanted.unreadable if one != (kind, value))
        yield said(kind, value), replace(wanted, unreadable=left)
    if wanted.sort != NEWEST:
        yield said("sort", t(f"inbox.sorts.{wanted.sort}")), replace(wanted, sort=NEWEST)
