"""Searching: the inbox of who trains others, the next session to review, and all sessions of a filter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.services.access import ADMIN, Person
from bot.services.filters import query_of
from bot.storage.inbox_records import Cursor, Filter, Found, KeptFilter
from bot.storage.people_records import TeamRecord
from bot.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

PAGE: Final = 25
"""Sessions on a page."""

MOST_NAMES: Final = 200
"""So many trainees are offered at most; a team narrows them down."""

NAMED_AT_ONCE: Final = 20
"""So many trainees are offered who have a name that was looked for."""

_AT_ONCE: Final = 100


@dataclass(frozen=True)
class Choices:
    """What somebody may choose from.

    Attributes:
        trainees: ids and names by name; there may be more of them than are offered (`too_many`).
        values: channels, tags and models of what is in sight.
    """

    teams: tuple[TeamRecord, ...]
    trainees: tuple[tuple[int, str], ...]
    too_many: bool
    values: Mapping[str, tuple[str, ...]]
    kept: tuple[KeptFilter, ...]


def search(
    units: UnitOfWorkFactory, *, person: Person, wanted: Filter, after: Cursor | None, now: datetime
) -> tuple[Found, Choices]:
    """Return a page of the inbox: it goes into the audit log, as a search where words are looked for.

    Raises Unavailable.
    """
    with units() as uow:
        action = "search" if wanted.search else "list"
        uow.audit.add(person.account, action, "inbox", "", now=now, detail={"query": query_of(wanted)[:1000]})
        uow.commit()
    with units(reading=True) as uow:
        found = uow.inbox.find(person, wanted, after=after, limit=PAGE)
        return found, _choices(uow, person, wanted)


def trainees_named(
    units: UnitOfWorkFactory, *, person: Person, name: str, team: int | None = None
) -> tuple[tuple[int, str], ...]:
    """Return the trainees in a person's sight whose name holds some letters, by name; raises Unavailable."""
    with units(reading=True) as uow:
        found = uow.sight.named(person, name, team)
    return tuple(sorted(found.items(), key=lambda one: (one[1].casefold(), one[0]))[:NAMED_AT_ONCE])


def next_unreviewed(
    units: UnitOfWorkFactory, *, person: Person, wanted: Filter, after: str = ""
) -> str | None:
    """Return the next session of a filter that nobody reviewed: the first one, or the first after a session.

    None where there is none (any more). Raises Unavailable.
    """
    with units(reading=True) as uow:
        session = uow.sight.session(person, after, others_only=True) if after else None
        unreviewed = replace(wanted, unreviewed=True)
        cursor = None if session is None else uow.inbox.cursor(wanted, session.id)
        while True:
            found = uow.inbox.find(person, unreviewed, after=cursor, limit=1)
            if found.rows or not found.cut_short:
                return found.rows[0].public_id if found.rows else None
            cursor = found.after


def all_of(units: UnitOfWorkFactory, *, person: Person, wanted: Filter) -> Iterator[str]:
    """Yield every session of a filter, in its order, as many at a time as a transaction takes.

    Raises Unavailable.
    """
    cursor, more = None, True
    while more:
        with units(reading=True) as uow:
            found = uow.inbox.find(person, wanted, after=cursor, limit=_AT_ONCE)
        yield from (row.public_id for row in found.rows)
        cursor, more = found.after, found.after is not None


def _choices(uow: UnitOfWork, person: Person, wanted: Filter) -> Choices:
    # Everybody there is would be too long a list for an admin; a team's is not.
    listed = () if person.role == ADMIN and wanted.team is None else uow.sight.trainees(person, wanted.team)
    offered = list(dict.fromkeys([*wanted.trainee, *listed[:MOST_NAMES]]))
    known = uow.sight.names(person, offered) if offered else {}
    seen = set(listed) if person.role != ADMIN else set(offered)
    trainees = [(id_, name) for id_, name in known.items() if id_ in seen]
    return Choices(
        teams=uow.teams.of_person(person),
        trainees=tuple(sorted(trainees, key=lambda one: one[1].casefold())),
        too_many=len(listed) > MOST_NAMES or (person.role == ADMIN and wanted.team is None),
        values=uow.inbox.values(person, "channel", "tag", "model"),
        kept=uow.kept_filters.of(person),
    )
