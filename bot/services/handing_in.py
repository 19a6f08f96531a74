"""Handing in: a trainee shows a session to the trainers of a team in which practice is private."""

from __future__ import annotations

from datetime import datetime

from bot.coaching.review import fold
from bot.services.access import Person
from bot.services.errors import Conflict, NotFound
from bot.services.tallies import refresh_within
from bot.storage.unit_of_work import UnitOfWorkFactory


def practises_in_private(units: UnitOfWorkFactory, *, person: Person) -> bool:
    """Tell whether a person is in a team whose trainers see only what is handed in."""
    if not person.teams or person.trains:
        return False
    with units(reading=True) as uow:
        return any(team.private for team in uow.teams.of_person(person))


def who_sees(units: UnitOfWorkFactory, *, person: Person) -> str:
    """Return who but the admins sees what a person practises: `private` (nobody), `seen`, `handed_in`."""
    if not person.teams or person.trains:
        return "private"
    return "handed_in" if practises_in_private(units, person=person) else "seen"


def hand_in(units: UnitOfWorkFactory, *, person: Person, session: str, shown: bool, now: datetime) -> None:
    """Show one's own session to the trainers, or take it back; said again, it changes nothing.

    Raises NotFound (not one's own), Conflict (it was reviewed, and cannot be taken back), Unavailable.
    """
    with units() as uow:
        found = uow.sessions.lock(session)
        if found is None or not uow.sessions.belongs_to(found, person.key):
            raise NotFound
        if shown == (found.handed_in_at is not None):
            return
        if not shown and fold(uow.reviews.of_session(found)).reviewed is not None:
            raise Conflict
        uow.sessions.hand_in(found, now if shown else None)
        if shown:
            uow.notices.handed_in(found, now)
        uow.digests.refresh(found.id)
        refresh_within(uow, found.id)
        uow.commit()
