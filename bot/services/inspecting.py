"""Inspecting: others' sessions as trainers read them; each reading is in the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.coaching.branches import forks
from bot.services.access import Person
from bot.services.errors import NotFound
from bot.services.recount import recount, under_name
from bot.services.transcripts import Transcript
from bot.storage.records import AppealRecord, SessionRecord, TalkTurnRecord
from bot.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

PAGE: Final = 25
"""So many turns are shown at once: drawing a turn with all its cards takes about 4 ms."""


@dataclass(frozen=True)
class Way:
    """One of several ways that a talk took from a reply on, with the replies that were given on it."""

    replies: tuple[TalkTurnRecord, ...]


@dataclass(frozen=True)
class Inspection:
    """A page of a session.

    Attributes:
        appeals: all of the session's, the open ones first.
        ways: by number of the turn: where a reply was done again, the ways that the talk took from there.
        page, pages: which page of how many.
    """

    transcript: Transcript
    appeals: tuple[AppealRecord, ...]
    ways: Mapping[int, tuple[Way, ...]]
    page: int
    pages: int


def inspect(
    units: UnitOfWorkFactory,
    *,
    person: Person,
    session: str,
    now: datetime,
    page: int | None = None,
    whole: bool = False,
) -> Inspection:
    """Return a page of somebody else's session, or the `whole` one for printing.

    Pages are counted from 1; without a number, or with one that there is not, it is the first.
    Raises NotFound, Unavailable.
    """
    with units(reading=True) as uow:
        found = _find(uow, person, session)
        pages = 1 if whole else max(1, -(-found.last_turn // PAGE))
        number = page if page is not None and 1 <= page <= pages else 1
        numbers = (1, max(1, found.last_turn)) if whole else (1 + PAGE * (number - 1), PAGE * number)
        told = recount(uow, found, uow.reviews.of_session(found), numbers=numbers)
        shown = Inspection(
            _as_known(uow, person, told),
            tuple(sorted(uow.talks.appeals_in(found), key=lambda appeal: appeal.state != "open")),
            _ways(uow, found, numbers) if told.talks else {},
            number,
            pages,
        )
    action = "print" if whole else "read"
    _note(units, person, session, now, action, {"page": number} if pages > 1 else {})
    return shown


def inspect_whole(
    units: UnitOfWorkFactory, *, person: Person, session: str, format: str, now: datetime
) -> Transcript:
    """Return somebody else's session as a whole, to be exported; raises NotFound, Unavailable."""
    with units(reading=True) as uow:
        found = _find(uow, person, session)
        told = _as_known(uow, person, recount(uow, found, uow.reviews.of_session(found)))
    _note(units, person, session, now, "export", {"format": format})
    return told


def page_of(turn: int) -> int:
    """Return the page that a turn is on."""
    return 1 + (max(1, turn) - 1) // PAGE


def _find(uow: UnitOfWork, person: Person, session: str) -> SessionRecord:
    found = uow.sight.session(person, session, others_only=True)
    if found is None:
        raise NotFound
    return found


def _as_known(uow: UnitOfWork, person: Person, transcript: Transcript) -> Transcript:
    """Let the trainee go by the name that the person may know."""
    trainee = transcript.session.trainee_id
    known = uow.sight.names(person, [trainee]).get(trainee)
    return under_name(transcript, known or transcript.session.name)


def _ways(uow: UnitOfWork, session: SessionRecord, numbers: tuple[int, int]) -> dict[int, tuple[Way, ...]]:
    """Return the ways of each reply on the page that is the latest try of one that was done again."""
    found = forks(uow.talks.places_in(session))
    wanted = {id_ for fork in found for branch in fork.branches for id_ in branch}
    if not wanted:
        return {}
    turns = {turn.id: turn for turn in uow.talks.turns_with(wanted)}
    return {
        turns[fork.latest].turn: tuple(Way(tuple(turns[id_] for id_ in way)) for way in fork.branches)
        for fork in found
        if numbers[0] <= turns[fork.latest].turn <= numbers[1]
    }


def _note(
    units: UnitOfWorkFactory,
    person: Person,
    session: str,
    now: datetime,
    action: str,
    detail: Mapping[str, Any],
) -> None:
    """Write into the audit log, in a transaction of its own that holds up nobody for longer than that."""
    with units() as uow:
        uow.audit.add(person.account, action, "session", session, now=now, detail=detail)
        uow.commit()
