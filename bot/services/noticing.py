"""Noticing: what trainers said to a trainee, and how much of it the trainee has seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.coaching.review import Event
from bot.services.access import Person
from bot.storage.records import SessionRecord
from bot.storage.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True)
class Notice:
    """Something that a trainer said about a session; `fresh` until the trainee saw it."""

    session: SessionRecord
    event: Event
    fresh: bool


@dataclass(frozen=True)
class Notices:
    """The latest first, and the names of those who said it, by account."""

    notices: tuple[Notice, ...]
    by: Mapping[int | None, str]


def count_news(units: UnitOfWorkFactory, *, person: Person) -> int:
    """Count what trainers said to a person that they have not seen."""
    with units(reading=True) as uow:
        return uow.reviews.unseen(person.key)


def read_news(units: UnitOfWorkFactory, *, person: Person) -> Notices:
    """Return what trainers said to a person, who has seen it now."""
    with units(reading=True) as uow:
        trainee = uow.trainees.find(person.key)
        if trainee is None:
            return Notices((), {})
        seen = uow.reviews.seen(trainee.id)
        found = uow.reviews.news(trainee.id)
        sessions = {public_id: uow.sessions.find(public_id) for public_id, _ in found}
        by = uow.accounts.names(event.by for _, event in found if event.by is not None)
    notices = tuple(
        Notice(session, event, event.id > seen)
        for public_id, event in found
        if (session := sessions[public_id]) is not None
    )
    if notices and notices[0].fresh:
        with units() as uow:
            uow.reviews.see(trainee.id, notices[0].event.id)
            uow.commit()
    return Notices(notices, by)
