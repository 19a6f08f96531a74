"""Correcting: the trainee says of which type an objection really was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.coaching.taxonomy import NONE, OBJECTION_LABELS
from bot.services.errors import NotFound, Refused
from bot.storage.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True)
class Correction:
    """What is on record: the turn, the type that the system saw, the type that it was."""

    turn: int
    from_type: str
    to_type: str


def correct_type(
    units: UnitOfWorkFactory,
    *,
    session: str,
    trainee_key: str,
    message_id: str,
    turn: int,
    to_type: str,
    now: datetime,
    from_type: str | None = None,
) -> Correction:
    """Record that a turn of one's own session was of another type; repeated, it changes nothing.

    Without `from_type` it is the first type that was read in the turn, or `none`.
    Raises NotFound (session or turn), Refused (to_type, from_type, message_id), Unavailable.
    """
    if to_type not in OBJECTION_LABELS:
        raise Refused("to_type")
    if not 1 <= len(message_id) <= 128:
        raise Refused("message_id")
    with units() as uow:
        found = uow.sessions.lock(session)
        if found is None or not uow.sessions.belongs_to(found, trainee_key):
            raise NotFound
        about = uow.turns.by_number(found, turn)
        if about is None:
            raise NotFound
        seen = about.types or (NONE,)
        if from_type is not None and from_type not in seen:
            raise Refused("from_type")
        stored = uow.corrections.add(
            about,
            message_id=message_id,
            from_type=from_type or seen[0],
            to_type=to_type,
            by=found.name,
            now=now,
        )
        uow.commit()
    return Correction(stored.turn, stored.from_type, stored.to_type)
