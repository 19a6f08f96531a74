"""Receiving a message: on record before anybody works on it, once, however often it is delivered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.services.clicks import about_turn, parse_payload
from bot.services.errors import NotFound, Refused
from bot.services.session_info import SessionInfo, session_info
from bot.storage.records import CLICK, TEXT
from bot.storage.unit_of_work import UnitOfWorkFactory

_MESSAGE_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}")


@dataclass(frozen=True)
class Received:
    """The turn that a message became, whether its answer is saved already, and the session before it."""

    turn: int
    already_answered: bool
    session: SessionInfo


def receive(
    units: UnitOfWorkFactory,
    *,
    session: str,
    message_id: str,
    kind: str,
    text: str,
    now: datetime,
    trainee_key: str | None = None,
) -> Received:
    """Store a message as the session's next turn; the same message id again finds the first one.

    `kind` is "text" or "click"; a click's text is its payload (`/another_version{"turn": 3}`), and what was
    clicked is recorded too. With a `trainee_key` the session must be that trainee's.
    Raises NotFound, Refused (message_id, kind, payload), Unavailable.
    """
    if _MESSAGE_ID.fullmatch(message_id) is None:
        raise Refused("message_id")
    if kind not in (TEXT, CLICK):
        raise Refused("kind")
    click = parse_payload(text) if kind == CLICK else None
    with units() as uow:
        found = uow.sessions.lock(session)
        if found is None:
            raise NotFound
        if trainee_key is not None and not uow.sessions.belongs_to(found, trainee_key):
            raise NotFound
        turn = uow.turns.receive(found, message_id=message_id, kind=kind, text=text, now=now)
        if click is not None and turn.kind == CLICK and not turn.answered:
            intent, values = click
            about = about_turn(values)
            uow.clicks.add(turn, intent=intent, about_turn=about, values=values, now=now)
        uow.commit()
    return Received(turn.number, turn.answered, session_info(found))
