"""Rasa's tracker store for SQLite and PostgreSQL: loses nothing, doubles nothing, hides no error.

A conversation is a numbered list of events.  A tracker remembers the number it was loaded at; saving appends
exactly the events that came since, in one transaction that only succeeds while the conversation still ends
at that number.  At the end of a turn the slots are stored beside the last event, so that loading needs the
newest turns only and a long session costs no more than a short one.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    BotUttered,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses
from sqlalchemy.engine import Connection
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError

from bot.channels.database import ANYTIME, make_engine, writing_lock
from bot.channels.placeholders import expand
from bot.channels.sides import tell_sides
from bot.channels.tracker_tables import conversations, create_tables, events
from bot.channels.turn import TurnFailed, current_turn

logger = logging.getLogger(__name__)

DEFAULT_TURNS = 3
DEFAULT_TIMEOUT_SECONDS = 20.0
_KEPT_BOUNDARIES = 32
_THREADS = 8

_START = sa.text(
    "INSERT INTO rasa_conversations (sender_id, last_position, turns, boundaries)"
    " VALUES (:sender_id, :last_position, :turns, :boundaries) ON CONFLICT DO NOTHING"
)
_CONTINUE = sa.text(
    "UPDATE rasa_conversations SET last_position = :last_position, turns = :turns, boundaries = :boundaries"
    " WHERE sender_id = :sender_id AND last_position = :expected"
)
# Built once: building a query takes as long as answering it.
_HEAD = sa.select(conversations).where(conversations.c.sender_id == sa.bindparam("sender"))
_EVENTS = (
    sa.select(events.c.data, events.c.slots)
    .where(events.c.sender_id == sa.bindparam("sender"))
    .where(events.c.position.between(sa.bindparam("first"), sa.bindparam("last")))
    .order_by(events.c.position)
)
_ASKED = sa.select(sa.func.min(events.c.position)).where(
    events.c.sender_id == sa.bindparam("sender"), events.c.message_id == sa.bindparam("message")
)
_INSERT = sa.insert(events)

Result = TypeVar("Result")


class ConversationMoved(Exception):
    """Somebody else appended to the conversation since this tracker was loaded."""


@dataclass(frozen=True)
class Mark:
    """Where a tracker stands against the store."""

    position: int = 0
    turns: int = 0
    boundaries: tuple[int, ...] = ()
    known: int = 0  # how many of the tracker's events need no saving


@dataclass(frozen=True)
class Answer:
    """What the bot said to a message that was already processed."""

    turn: int
    messages: tuple[dict[str, Any], ...]


class StoredTracker(DialogueStateTracker):
    """A tracker that knows where it stands against the store."""

    mark: Mark = Mark()


class DojoTrackerStore(TrackerStore):
    """Keeps conversations in a SQL database, appending only.

    Options in endpoints.yml: ``url`` (SQLAlchemy URL), ``turns`` (how many finished turns Rasa sees of a
    conversation; slots are always complete) and ``timeout`` (seconds after which a silent database counts as
    down).  Nothing connects before the first use, so a server starts while its database is down and answers
    as soon as it is back.
    """

    def __init__(
        self,
        domain: Domain | None = None,
        host: str | None = None,
        event_broker: EventBroker | None = None,
        turns: int = DEFAULT_TURNS,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
        **kwargs: Any,
    ) -> None:
        """Take the database's URL from ``host``, which is what Rasa calls ``url`` of endpoints.yml."""
        super().__init__(domain, event_broker, **kwargs)
        tell_sides()  # here, because every way to run Rasa opens the tracker store
        if not host:
            raise ValueError("tracker_store in endpoints.yml needs a url")
        self._turns = min(max(1, int(turns)), _KEPT_BOUNDARIES - 1)
        self._timeout = float(timeout)
        url = expand(host)
        self._engine = make_engine(url)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="tracker-store")
        self._tables_exist = False
        self._writing = writing_lock(url)

    # Rasa's interface

    def init_tracker(self, sender_id: str) -> StoredTracker:
        """Return an empty tracker of a conversation that is not stored yet."""
        return StoredTracker(sender_id, self.domain.slots)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Load the newest turns of the latest session, with all slots."""
        turn = current_turn.get()
        if turn is not None and sender_id in turn.loaded:
            loaded: DialogueStateTracker | None = turn.loaded.pop(sender_id)
            return loaded
        return await self._run(partial(self._load, sender_id, False))

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """Load every event of all sessions."""
        return await self._run(partial(self._load, conversation_id, True))

    async def exists(self, conversation_id: str) -> bool:
        """Tell whether the conversation is stored."""
        query = sa.select(conversations.c.turns).where(conversations.c.sender_id == conversation_id)
        return await self._run(lambda connection: connection.execute(query).first() is not None)

    async def keys(self) -> Iterable[str]:
        """Return the ids of all conversations."""
        query = sa.select(conversations.c.sender_id)
        return await self._run(lambda connection: list(connection.execute(query).scalars()))

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Append the tracker's new events, all or none.

        Raises:
            TurnFailed: an action of the turn failed, so its half is not stored.
            ConversationMoved: the conversation was continued elsewhere meanwhile.
        """
        turn = current_turn.get()
        if turn is not None and turn.failure:
            raise TurnFailed(turn.failure)
        mark: Mark = getattr(tracker, "mark", Mark())
        added = list(tracker.events)[mark.known :]
        if not added:
            return
        numbered = enumerate(added, mark.position + 1)
        rows = [_row(tracker.sender_id, position, event) for position, event in numbered]
        turns = mark.turns + sum(isinstance(event, UserUttered) for event in added)
        boundaries = mark.boundaries
        if _only_slots_carry_over(tracker):
            rows[-1]["slots"] = json.dumps(_changed_slots(tracker))
            boundaries = (*boundaries, rows[-1]["position"])[-_KEPT_BOUNDARIES:]
        after = Mark(rows[-1]["position"], turns, boundaries, mark.known + len(added))
        await self._run(partial(_append, tracker.sender_id, mark, after, rows), self._writing)
        tracker.mark = after  # type: ignore[attr-defined]
        if turn is not None:
            turn.number = turns
        if self.event_broker is not None:
            await self._stream_new_events(self.event_broker, added, tracker.sender_id)

    # The channel's needs

    async def find_answer(self, sender_id: str, message_id: str) -> Answer | None:
        """Return what the bot said to this message, or None when it has not been processed.

        Then the conversation is loaded in the same visit, for the turn that begins.
        """
        answer, tracker = await self._run(partial(self._answer_or_load, sender_id, message_id))
        turn = current_turn.get()
        if answer is None and turn is not None:
            turn.loaded[sender_id] = tracker
        return answer

    async def ping(self) -> None:
        """Raise unless the database answers."""
        await self._run(lambda connection: connection.execute(sa.text("SELECT 1")).scalar())

    def close(self) -> None:
        """Let the running work finish and give the connections back."""
        self._threads.shutdown(wait=True)
        self._engine.dispose()

    # In a thread

    async def _run(
        self, work: Callable[[Connection], Result], permission: AbstractContextManager[Any] = ANYTIME
    ) -> Result:
        loop = asyncio.get_running_loop()
        running = loop.run_in_executor(self._threads, self._attempt_twice, work, permission)
        return await asyncio.wait_for(running, self._timeout)

    def _attempt_twice(
        self, work: Callable[[Connection], Result], permission: AbstractContextManager[Any]
    ) -> Result:
        with permission:
            try:
                return self._attempt(work)
            except (OperationalError, InterfaceError, ProgrammingError) as error:
                logger.warning("conversation store: %s, trying once more", type(error.orig).__name__)
                self._tables_exist = False
                return self._attempt(work)

    def _attempt(self, work: Callable[[Connection], Result]) -> Result:
        if not self._tables_exist:
            create_tables(self._engine)
            self._tables_exist = True
        with self._engine.begin() as connection:
            return work(connection)

    def _answer_or_load(
        self, sender_id: str, message_id: str, connection: Connection
    ) -> tuple[Answer | None, StoredTracker | None]:
        answer = _answer(sender_id, message_id, connection)
        return answer, None if answer else self._load(sender_id, False, connection)

    def _load(self, sender_id: str, everything: bool, connection: Connection) -> StoredTracker | None:
        head = connection.execute(_HEAD, {"sender": sender_id}).first()
        if head is None:
            return None
        boundaries = tuple(json.loads(head.boundaries))
        # from the end of the turn before the oldest one to show
        cut = len(boundaries) > self._turns and not everything
        start = boundaries[-self._turns - 1] if cut else 0
        span = {"sender": sender_id, "first": start, "last": head.last_position}
        rows = connection.execute(_EVENTS, span).all()
        replayed = [_event(json.loads(row.data)) for row in rows]
        prefix: list[Event] = []
        if not everything:
            session = _latest_session(replayed)
            if session is not None:
                replayed = replayed[session:]
            elif start:
                prefix = self._slots_as_events(json.loads(rows[0].slots), replayed[0].timestamp)
        tracker = StoredTracker.from_events(sender_id, prefix + replayed, self.domain.slots)
        tracker.mark = Mark(head.last_position, head.turns, boundaries, len(tracker.events))
        return tracker

    def _slots_as_events(self, values: dict[str, Any], timestamp: float) -> list[Event]:
        known = {slot.name for slot in self.domain.slots}
        return [SlotSet(name, value, timestamp) for name, value in values.items() if name in known]


def _append(
    sender_id: str, before: Mark, after: Mark, rows: list[dict[str, Any]], connection: Connection
) -> None:
    values = {
        "sender_id": sender_id,
        "last_position": after.position,
        "turns": after.turns,
        "boundaries": json.dumps(after.boundaries),
    }
    if before.position == 0:
        moved = connection.execute(_START, values).rowcount != 1
    else:
        moved = connection.execute(_CONTINUE, {**values, "expected": before.position}).rowcount != 1
    if not moved:
        connection.execute(_INSERT, rows)
    elif not _already_appended(connection, sender_id, rows):
        raise ConversationMoved(f"conversation no longer ends at event {before.position}")


def _already_appended(connection: Connection, sender_id: str, rows: list[dict[str, Any]]) -> bool:
    """Tell whether a commit whose answer got lost had stored these very rows."""
    span = {"sender": sender_id, "first": rows[0]["position"], "last": rows[-1]["position"]}
    stored = connection.execute(_EVENTS, span).scalars()
    return list(stored) == [row["data"] for row in rows]


def _answer(sender_id: str, message_id: str, connection: Connection) -> Answer | None:
    asked = connection.execute(_ASKED, {"sender": sender_id, "message": message_id}).scalar()
    if asked is None:
        return None
    mine = events.c.sender_id == sender_id
    of_users = events.c.type_name == UserUttered.type_name
    turn = connection.execute(
        sa.select(sa.func.count()).select_from(events).where(mine, of_users, events.c.position <= asked)
    ).scalar_one()
    following = connection.execute(
        sa.select(sa.func.min(events.c.position)).where(
            mine, of_users, events.c.position > asked, events.c.message_id != message_id
        )
    ).scalar()
    said = sa.select(events.c.data).where(
        mine, events.c.type_name == BotUttered.type_name, events.c.position > asked
    )
    if following is not None:
        said = said.where(events.c.position < following)
    texts = connection.execute(said.order_by(events.c.position)).scalars()
    return Answer(turn, tuple(_event(json.loads(text)).message() for text in texts))


def _row(sender_id: str, position: int, event: Event) -> dict[str, Any]:
    return {
        "sender_id": sender_id,
        "position": position,
        "type_name": event.type_name,
        "timestamp": event.timestamp,
        "message_id": event.message_id if isinstance(event, UserUttered) else None,
        "data": json.dumps(event.as_dict()),
        "slots": None,
    }


_EVENT_TYPES: dict[str, type[Event]] = {}


def _event(parameters: dict[str, Any]) -> Any:
    """Rebuild one event; Rasa's own way walks all event classes for each."""
    if not _EVENT_TYPES:
        _EVENT_TYPES.update({cls.type_name: cls for cls in reversed(all_subclasses(Event))})
    return _EVENT_TYPES[parameters["event"]]._from_parameters(parameters)


def _latest_session(replayed: list[Event]) -> int | None:
    found = [index for index, event in enumerate(replayed) if isinstance(event, SessionStarted)]
    return found[-1] if found else None


def _only_slots_carry_over(tracker: DialogueStateTracker) -> bool:
    """Tell whether the turn is over and neither a form nor a pause reaches into the next one."""
    last = tracker.events[-1]
    listening = isinstance(last, ActionExecuted) and last.action_name == ACTION_LISTEN_NAME
    return listening and tracker.active_loop_name is None and not tracker.is_paused()


def _changed_slots(tracker: DialogueStateTracker) -> dict[str, Any]:
    return {name: slot.value for name, slot in tracker.slots.items() if slot.has_been_set}
