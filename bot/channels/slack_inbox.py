"""Events in the database, in their order.  Each function works in a caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.channels.slack_events import DELETED, EDITED, UNINSTALLED, SlackEvent
from bot.channels.slack_tables import (
    DONE,
    FAILED,
    WAITING,
    WITHDRAWN,
    conversations,
    events,
    installations,
    posts,
)

_ADD: Final = sa.text(
    "INSERT INTO slack_events"
    " (workspace, key, conversation, event, state, received_at, attempts, due_at, told)"
    " VALUES (:workspace, :key, :conversation, :event, 'waiting', :received_at, 0,"
    " coalesce((SELECT max(due_at) FROM slack_events WHERE state = 'waiting'"
    " AND conversation = :conversation), 0), :told)"
    " ON CONFLICT DO NOTHING"
)
_BEGIN: Final = sa.text(
    "INSERT INTO slack_conversations (name, held_by, held_until, active_at) VALUES (:name, '', 0, :now)"
    " ON CONFLICT (name) DO UPDATE SET active_at = :now"
)
_KNOWN: Final = sa.select(conversations.c.name).where(conversations.c.name == sa.bindparam("name"))
_NEXT: Final = (
    sa.select(events)
    .where(events.c.state == WAITING, events.c.conversation == sa.bindparam("name"))
    .order_by(events.c.id)
    .limit(1)
)
_FINISH: Final = (
    sa.update(events)
    .where(events.c.id == sa.bindparam("of"), events.c.state == WAITING)
    .values(state=sa.bindparam("ended"), event="")
)


@dataclass(frozen=True)
class Received:
    """An event that waits: `due_at` (seconds since 1970) is when it may be tried again."""

    id: int
    event: SlackEvent
    received_at: float
    attempts: int
    due_at: float
    told: bool


def add(taken: Iterable[tuple[SlackEvent, float]], connection: Connection) -> list[str]:
    """Take in events with the times they came; return the conversations in which there is something new."""
    news = []
    for event, now in taken:
        if event.kind == UNINSTALLED:
            _end_installation(event.workspace, now, connection)
        elif event.kind in (EDITED, DELETED):
            _change(event, connection)
        elif _add_one(event, now, connection):
            news.append(event.conversation)
    return news


def _add_one(event: SlackEvent, now: float, connection: Connection) -> bool:
    name = event.conversation
    if event.known_only and connection.execute(_KNOWN, {"name": name}).first() is None:
        return False
    values = {
        "workspace": event.workspace,
        "key": event.key,
        "conversation": name,
        "event": event.to_json(),
        "received_at": now,
        "told": False,
    }
    if not connection.execute(_ADD, values).rowcount:
        return False
    connection.execute(_BEGIN, {"name": name, "now": now})
    return True


def _change(event: SlackEvent, connection: Connection) -> None:
    """Let an edit or a deletion reach its message, as long as nobody has answered that."""
    mine = sa.and_(
        events.c.workspace == event.workspace,
        events.c.key == f"m.{event.channel}.{event.ts}",
        events.c.state == WAITING,
    )
    written = connection.execute(sa.select(events.c.event).where(mine)).scalar()
    if written is None:
        return
    if event.kind == DELETED:
        connection.execute(sa.update(events).where(mine).values(state=WITHDRAWN, event=""))
        return
    before = SlackEvent.from_json(written)
    if before.user == event.user:
        edited = replace(before, text=event.text).to_json()
        connection.execute(sa.update(events).where(mine).values(event=edited))


def _end_installation(workspace: str, now: float, connection: Connection) -> None:
    mine = installations.c.workspace == workspace
    connection.execute(sa.update(installations).where(mine).values(revoked_at=now, token=""))


def first(name: str, connection: Connection) -> Received | None:
    """Return the event of a conversation that comes next."""
    row = connection.execute(_NEXT, {"name": name}).first()
    if row is None:
        return None
    event = SlackEvent.from_json(row.event)
    return Received(row.id, event, row.received_at, row.attempts, row.due_at, row.told)


def finish(received: Received, connection: Connection, *, failed: bool = False) -> bool:
    """Mark an event as dealt with; False if it was withdrawn meanwhile, or dealt with elsewhere."""
    ended = {"of": received.id, "ended": FAILED if failed else DONE}
    return bool(connection.execute(_FINISH, ended).rowcount)


def put_off(received: Received, due_at: float, connection: Connection, *, told: bool) -> None:
    """Try an event again later, and with it what waits behind it."""
    behind = sa.and_(events.c.conversation == received.event.conversation, events.c.state == WAITING)
    connection.execute(sa.update(events).where(behind).values(due_at=due_at))
    mine = sa.update(events).where(events.c.id == received.id)
    connection.execute(mine.values(attempts=received.attempts + 1, told=told))


def prune(before: float, connection: Connection) -> None:
    """Forget what was dealt with before a time, and talks in which nothing has happened since."""
    connection.execute(sa.delete(events).where(events.c.state != WAITING, events.c.received_at < before))
    connection.execute(sa.delete(posts).where(posts.c.state != WAITING, posts.c.made_at < before))
    quiet = sa.and_(conversations.c.active_at < before, conversations.c.held_by == "")
    busy = sa.select(events.c.conversation).where(events.c.state == WAITING)
    owed = sa.select(posts.c.conversation).where(posts.c.state == WAITING)
    idle = sa.and_(conversations.c.name.not_in(busy), conversations.c.name.not_in(owed))
    connection.execute(sa.delete(conversations).where(quiet, idle))
