"""Notices: what trainers are told in a channel, written with the change that they tell of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.future import Connection

from bot.storage.notice_tables import notices
from bot.storage.records import SessionRecord
from bot.storage.repositories import insert_once
from bot.storage.sight import shown_to_trainers
from bot.storage.tables import appeals, sessions, talks

HANDED_IN: Final = "handed_in"
APPEALED: Final = "appealed"


@dataclass(frozen=True)
class NoticeRecord:
    """A notice that was not sent yet; `scenario` is empty for no role-play, `channel` is the session's."""

    id: int
    kind: str
    made_at: datetime
    session: str
    trainee_id: int
    scenario: str
    channel: str


class Notices:
    """What is to be told; whether anybody wants to hear it is not known here."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection

    def handed_in(self, session: SessionRecord, now: datetime) -> None:
        """Tell that a session was handed in, once however often that is done."""
        self._add(session, HANDED_IN, 0, now)

    def appealed(self, session: SessionRecord, appeal: int, now: datetime) -> None:
        """Tell of an appeal, once however often it is made."""
        self._add(session, APPEALED, appeal, now)

    def open(self, limit: int) -> tuple[NoticeRecord, ...]:
        """Return what was not sent yet and trainers may see, the oldest first.

        A session taken back, or private and not handed in, is not told of as long as it is so.
        """
        appealed = select(talks.c.scenario).join(appeals, appeals.c.talk_id == talks.c.id)
        appealed = appealed.where(appeals.c.id == notices.c.about, notices.c.kind == APPEALED)
        latest = select(talks.c.scenario).where(talks.c.session_id == sessions.c.id)
        latest = latest.order_by(talks.c.id.desc()).limit(1)
        scenario = func.coalesce(
            appealed.correlate(notices).scalar_subquery(), latest.correlate(sessions).scalar_subquery(), ""
        )
        query = (
            select(
                notices.c.id,
                notices.c.kind,
                notices.c.made_at,
                sessions.c.public_id.label("session"),
                sessions.c.trainee_id,
                scenario.label("scenario"),
                sessions.c.channel,
            )
            .join(sessions, sessions.c.id == notices.c.session_id)
            .where(
                notices.c.sent_at.is_(None),
                shown_to_trainers(),
                or_(notices.c.kind != HANDED_IN, sessions.c.handed_in_at.is_not(None)),
            )
            .order_by(notices.c.id)
            .limit(limit)
        )
        return tuple(NoticeRecord(**row._mapping) for row in self._connection.execute(query))

    def sent(self, id_: int, now: datetime) -> None:
        """Remember that a notice was taken."""
        where = and_(notices.c.id == id_, notices.c.sent_at.is_(None))
        self._connection.execute(update(notices).where(where).values(sent_at=now))

    def prune(self, before: datetime) -> int:
        """Delete what is older, sent or not; return how many that were."""
        return int(self._connection.execute(delete(notices).where(notices.c.made_at < before)).rowcount)

    def _add(self, session: SessionRecord, kind: str, about: int, now: datetime) -> None:
        row = {"session_id": session.id, "kind": kind, "about": about, "made_at": now}
        insert_once(self._connection, notices, row)
