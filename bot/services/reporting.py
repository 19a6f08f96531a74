"""Reporting: the list of sessions, and everything that happened in one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.coaching.review import fold, for_trainee
from bot.services.errors import NotFound
from bot.services.recount import recount, summary_of
from bot.services.transcripts import SessionSummary, Transcript
from bot.storage.unit_of_work import UnitOfWorkFactory


def list_sessions(
    units: UnitOfWorkFactory, *, limit: int = 50, offset: int = 0
) -> tuple[SessionSummary, ...]:
    """Return everybody's sessions, the latest active first: for who runs the dojo, not for trainees."""
    with units(reading=True) as uow:
        return tuple(summary_of(session) for session in uow.sessions.recent(limit=limit, offset=offset))


def note_reading(units: UnitOfWorkFactory, action: str, *, session: str = "", now: datetime) -> None:
    """Write into the audit log that somebody at the dojo's machine read a session, or the list of all."""
    with units() as uow:
        uow.audit.add(None, action, "session" if session else "inbox", session, now=now)
        uow.commit()


def own_sessions(
    units: UnitOfWorkFactory, *, trainee_key: str, limit: int = 50, offset: int = 0
) -> tuple[SessionSummary, ...]:
    """Return a trainee's own sessions, the latest active first; none for a key that nobody has."""
    with units(reading=True) as uow:
        trainee = uow.trainees.find(trainee_key)
        if trainee is None:
            return ()
        found = uow.sessions.recent(trainee=trainee, limit=limit, offset=offset)
        ids = [session.id for session in found]
        scores, events = uow.talks.scores_of(ids), uow.reviews.of_sessions(ids)
    return tuple(
        replace(
            summary_of(session),
            scores=scores.get(session.id, ()),
            reviewed=fold(events.get(session.id, ())).reviewed is not None,
        )
        for session in found
    )


def transcript(units: UnitOfWorkFactory, session: str) -> Transcript:
    """Return a session for who runs the dojo; raises NotFound, Unavailable."""
    with units(reading=True) as uow:
        found = uow.sessions.find(session)
        if found is None:
            raise NotFound
        return recount(uow, found, uow.reviews.of_session(found))


def own_transcript(units: UnitOfWorkFactory, *, session: str, trainee_key: str) -> Transcript:
    """Return a trainee's own session with what trainers said to them; raises NotFound, Unavailable."""
    with units(reading=True) as uow:
        found = uow.sessions.find(session)
        if found is None or not uow.sessions.belongs_to(found, trainee_key):
            raise NotFound
        return recount(uow, found, for_trainee(uow.reviews.of_session(found)))
