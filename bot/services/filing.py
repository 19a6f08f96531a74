"""Filing: filters of the inbox that somebody keeps under a name, alone or with a team."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bot.services.access import ADMIN, Person
from bot.services.errors import NotFound, Refused
from bot.services.filters import filter_of_query, query_of
from bot.storage.inbox_records import KeptFilter
from bot.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

NAME_LIMIT: Final = 80
MOST_KEPT: Final = 100
"""So many filters somebody may keep."""


def keep(
    units: UnitOfWorkFactory, *, person: Person, name: str, query: str, team: int | None, now: datetime
) -> KeptFilter:
    """Keep a filter; with a team it is shared.

    Raises Refused (name, team, too_many, unreadable), Taken (one has this name), NotFound (a guest asks),
    Unavailable.
    """
    if person.account is None:
        raise NotFound
    wanted = filter_of_query(query)
    if wanted.unreadable:
        raise Refused("unreadable")
    with units() as uow:
        mine = [one for one in uow.kept_filters.of(person) if one.account == person.account]
        if len(mine) >= MOST_KEPT:
            raise Refused("too_many")
        kept = uow.kept_filters.add(
            account=person.account,
            name=_name(name),
            query=query_of(wanted),
            team=_team(uow, person, team),
            now=now,
        )
        uow.commit()
    return kept


def change(units: UnitOfWorkFactory, *, person: Person, kept: int, name: str, team: int | None) -> None:
    """Rename one's own filter, share it or keep it for oneself; raises NotFound, Refused, Taken."""
    with units() as uow:
        _own(uow, person, kept)
        uow.kept_filters.change(kept, name=_name(name), team=_team(uow, person, team))
        uow.commit()


def forget(units: UnitOfWorkFactory, *, person: Person, kept: int) -> None:
    """Forget one's own filter; raises NotFound."""
    with units() as uow:
        _own(uow, person, kept)
        uow.kept_filters.remove(kept)
        uow.commit()


def _own(uow: UnitOfWork, person: Person, kept: int) -> None:
    found = uow.kept_filters.find(kept)
    if found is None or person.account is None or found.account != person.account:
        raise NotFound


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= NAME_LIMIT:
        raise Refused("name")
    return name


def _team(uow: UnitOfWork, person: Person, team: int | None) -> int | None:
    if team is None:
        return None
    known = uow.teams.find(team) is not None
    if not known or (person.role != ADMIN and team not in person.teams):
        raise Refused("team")
    return team
