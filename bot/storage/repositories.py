"""Trainees, sessions, clicks and corrections (turns have a module of their own)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Row
from sqlalchemy.future import Connection
from sqlalchemy.sql.schema import Table

from bot.storage.digest_tables import digests
from bot.storage.merging import merge_trainees
from bot.storage.records import (
    ClickRecord,
    CorrectionRecord,
    SessionRecord,
    TraineeRecord,
    TurnRecord,
)
from bot.storage.tables import clicks, corrections, grants, sessions, trainees, turns

# Built once: building a statement takes as long as its work.
_SESSION: Final = select(sessions).where(sessions.c.public_id == bindparam("public"))
_LOCK: Final = _SESSION.with_for_update()
_BELONGS: Final = select(sessions.c.id).where(
    sessions.c.id == bindparam("session"),
    or_(
        select(trainees.c.id)
        .where(
            func.coalesce(trainees.c.merged_into, trainees.c.id) == sessions.c.trainee_id,
            trainees.c.key_hash == bindparam("hashed"),
        )
        .exists(),
        select(grants.c.id)
        .where(grants.c.session_id == sessions.c.id, grants.c.key_hash == bindparam("hashed"))
        .exists(),
    ),
)
_KNOWN: Final = trainees.alias("known")
_OWNER: Final = (
    select(trainees)
    .join(_KNOWN, trainees.c.id == func.coalesce(_KNOWN.c.merged_into, _KNOWN.c.id))
    .where(_KNOWN.c.key_hash == bindparam("hashed"))
)
_PRACTICE: Final = (
    update(sessions).where(sessions.c.id == bindparam("session")).values(practice=bindparam("mode"))
)


def columns_of(table: Table, record: type[Any], **from_elsewhere: Any) -> list[Any]:
    """Return the columns that a record's fields are named after.

    Args:
        from_elsewhere: columns of other tables, by the field that each is for.
    """
    return [
        from_elsewhere[field.name].label(field.name) if field.name in from_elsewhere else table.c[field.name]
        for field in fields(record)
    ]


def insert_once(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row, or leave the one that is there: no error, whoever was first; tells whether it did."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    result = connection.execute(dialect.insert(table).values(**values).on_conflict_do_nothing())
    return bool(result.rowcount)


def between(numbers: tuple[int, int] | None) -> tuple[Any, ...]:
    """Return the condition that a turn has a number from the first to the last of two; none for None."""
    return () if numbers is None else (turns.c.number.between(*numbers),)


def key_hash(trainee_key: str) -> str:
    """Return what is stored of a trainee's key; the key is random, so a plain hash protects it."""
    return hashlib.sha256(trainee_key.encode("utf-8", "surrogatepass")).hexdigest()


class Trainees:
    """The people who practise."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection

    def find(self, trainee_key: str) -> TraineeRecord | None:
        """Return the owner of a key: of a trainee who was merged into another, that other one."""
        row = self._connection.execute(_OWNER, {"hashed": key_hash(trainee_key)}).first()
        return None if row is None else TraineeRecord(row.id, row.name, row.account_id)

    def ensure(
        self, trainee_key: str, *, name: str, now: datetime, account: int | None = None
    ) -> TraineeRecord:
        """Return the owner of a key, made if new; a name that is given becomes the person's name.

        A new one belongs to an account, if one is given.
        """
        values = {
            "key_hash": key_hash(trainee_key),
            "name": name,
            "created_at": now,
            "account_id": account,
        }
        insert_once(self._connection, trainees, values)
        trainee = self.find(trainee_key)
        assert trainee is not None
        if name and name != trainee.name:
            self._connection.execute(update(trainees).where(trainees.c.id == trainee.id).values(name=name))
            trainee = replace(trainee, name=name)
        return trainee

    def account_of(self, id_: int) -> int | None:
        """Return the account that practises as a trainee; None for a guest."""
        found: int | None = self._connection.execute(
            select(trainees.c.account_id).where(trainees.c.id == id_)
        ).scalar()
        return found

    def of_account(self, account: int) -> TraineeRecord | None:
        """Return the trainee as whom an account practises."""
        query = select(trainees).where(trainees.c.account_id == account, trainees.c.merged_into.is_(None))
        row = self._connection.execute(query).first()
        return None if row is None else TraineeRecord(row.id, row.name, row.account_id)

    def lock(self, id_: int) -> TraineeRecord | None:
        """Return a trainee who is still one of their own, held until the transaction ends."""
        mine = (trainees.c.id == id_) & trainees.c.merged_into.is_(None)
        row = self._connection.execute(select(trainees).where(mine).with_for_update()).first()
        return None if row is None else TraineeRecord(row.id, row.name, row.account_id)

    def merge(self, source: TraineeRecord, target: TraineeRecord) -> None:
        """Give everything that one practised to another, who is the same person."""
        merge_trainees(self._connection, source=source.id, target=target.id)


class Sessions:
    """The sessions, known outside by their public id."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection

    def find(self, public_id: str) -> SessionRecord | None:
        """Return a session as it is now."""
        row = self._connection.execute(_SESSION, {"public": public_id}).first()
        return None if row is None else _session(row)

    def lock(self, public_id: str) -> SessionRecord | None:
        """Return a session and keep other writers of it waiting until this transaction ends."""
        row = self._connection.execute(_LOCK, {"public": public_id}).first()
        return None if row is None else _session(row)

    def belongs_to(self, session: SessionRecord, trainee_key: str) -> bool:
        """Tell whether a key is that of the session's trainee, or one that the session was handed over to."""
        asked = {"session": session.id, "hashed": key_hash(trainee_key)}
        return self._connection.execute(_BELONGS, asked).first() is not None

    def hand_over(self, session: SessionRecord, trainee_key: str, *, now: datetime) -> None:
        """Let another key, such as that of the same person's browser, go on with this session too."""
        row = {"session_id": session.id, "key_hash": key_hash(trainee_key), "granted_at": now}
        insert_once(self._connection, grants, row)

    def open(
        self,
        public_id: str,
        *,
        trainee: TraineeRecord,
        name: str,
        channel: str,
        lang: str,
        product: str,
        now: datetime,
    ) -> SessionRecord:
        """Open a session, or return the one that has this id already, whoever opened it."""
        values = {
            "public_id": public_id,
            "trainee_id": trainee.id,
            "name": name,
            "channel": channel,
            "lang": lang,
            "product": product,
            "last_turn": 0,
            "opened_at": now,
            "active_at": now,
        }
        insert_once(self._connection, sessions, values)
        session = self.find(public_id)
        assert session is not None
        return session

    def hand_in(self, session: SessionRecord, now: datetime | None) -> None:
        """Show a session to the trainers of private teams, or take it back."""
        self._connection.execute(update(sessions).where(sessions.c.id == session.id).values(handed_in_at=now))
        self._connection.execute(
            update(digests).where(digests.c.session_id == session.id).values(settled=False)
        )

    def set_practice(self, session: SessionRecord, mode: str) -> None:
        """Say what the session is practising now ("" for nothing but questions)."""
        self._connection.execute(_PRACTICE, {"session": session.id, "mode": mode})

    def set_profile(
        self,
        session: SessionRecord,
        *,
        name: str | None = None,
        lang: str | None = None,
        product: str | None = None,
    ) -> SessionRecord:
        """Change what is known of the trainee's wishes; None leaves a value as it is.

        A name becomes the person's name too, so that the next session knows it.
        """
        given = {"name": name, "lang": lang, "product": product}
        values = {k: v for k, v in given.items() if v is not None and v != getattr(session, k)}
        if not values and not name:
            return session
        if values:
            self._connection.execute(update(sessions).where(sessions.c.id == session.id).values(**values))
        if name:
            self._connection.execute(
                update(trainees).where(trainees.c.id == session.trainee_id).values(name=name)
            )
        changed = self.find(session.public_id)
        assert changed is not None
        return changed

    def recent(
        self, *, trainee: TraineeRecord | None = None, limit: int = 50, offset: int = 0
    ) -> tuple[SessionRecord, ...]:
        """Return sessions, the latest active first: everybody's, or one trainee's."""
        query = select(sessions).order_by(sessions.c.active_at.desc(), sessions.c.id.desc())
        if trainee is not None:
            query = query.where(sessions.c.trainee_id == trainee.id)
        return tuple(_session(row) for row in self._connection.execute(query.limit(limit).offset(offset)))

    def count(self) -> int:
        """Return how many there are."""
        return int(self._connection.execute(select(func.count()).select_from(sessions)).scalar_one())

    def count_of(self, trainee: TraineeRecord) -> int:
        """Return how many a trainee had."""
        query = select(func.count()).where(sessions.c.trainee_id == trainee.id)
        return int(self._connection.execute(query).scalar_one())


class Clicks:
    """What the trainees clicked."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection

    def add(
        self,
        turn: TurnRecord,
        *,
        intent: str,
        about_turn: int | None,
        values: Mapping[str, Any],
        now: datetime,
    ) -> None:
        """Record that `turn` was a click; a second record of the same turn changes nothing."""
        row = {
            "turn_id": turn.id,
            "session_id": turn.session_id,
            "intent": intent,
            "about_turn": about_turn,
            "payload": dict(values),
            "clicked_at": now,
        }
        insert_once(self._connection, clicks, row)

    def count(
        self, session: SessionRecord, intent: str, *, about_turn: int | None = None, before: int | None = None
    ) -> int:
        """Count the clicks of a kind in a session: about one turn, and before a turn's number, if given."""
        query = (
            select(func.count())
            .select_from(clicks.join(turns, turns.c.id == clicks.c.turn_id))
            .where(clicks.c.session_id == session.id, clicks.c.intent == intent)
        )
        if about_turn is not None:
            query = query.where(clicks.c.about_turn == about_turn)
        if before is not None:
            query = query.where(turns.c.number < before)
        return int(self._connection.execute(query).scalar_one())

    def of_session(
        self, session: SessionRecord, numbers: tuple[int, int] | None = None
    ) -> tuple[ClickRecord, ...]:
        """Return a session's clicks in order, those of some turns if given."""
        query = (
            select(turns.c.number, clicks)
            .join(turns, turns.c.id == clicks.c.turn_id)
            .where(clicks.c.session_id == session.id, *between(numbers))
            .order_by(turns.c.number)
        )
        return tuple(
            ClickRecord(row.number, row.intent, row.about_turn, row.payload, row.clicked_at)
            for row in self._connection.execute(query)
        )


class Corrections:
    """What people said that a turn really was."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection

    def add(
        self, turn: TurnRecord, *, message_id: str, from_type: str, to_type: str, by: str, now: datetime
    ) -> CorrectionRecord:
        """Record a correction of `turn`; a second one with the same message id changes nothing.

        Returns the one that is stored.
        """
        row = {
            "session_id": turn.session_id,
            "turn_id": turn.id,
            "message_id": message_id,
            "from_type": from_type,
            "to_type": to_type,
            "corrected_by": by,
            "corrected_at": now,
        }
        insert_once(self._connection, corrections, row)
        where = (corrections.c.session_id == turn.session_id, corrections.c.message_id == message_id)
        return self._select(*where)[0]

    def of_session(
        self, session: SessionRecord, numbers: tuple[int, int] | None = None
    ) -> tuple[CorrectionRecord, ...]:
        """Return a session's corrections in the order in which they were made, or those of some turns."""
        return self._select(corrections.c.session_id == session.id, *between(numbers))

    def of_turn(self, turn: TurnRecord) -> tuple[CorrectionRecord, ...]:
        """Return the corrections of a turn in the order in which they were made."""
        return self._select(corrections.c.turn_id == turn.id)

    def _select(self, *where: Any) -> tuple[CorrectionRecord, ...]:
        query = (
            select(turns.c.number, corrections)
            .join(turns, turns.c.id == corrections.c.turn_id)
            .where(*where)
            .order_by(corrections.c.id)
        )
        return tuple(
            CorrectionRecord(
                row.number, row.message_id, row.from_type, row.to_type, row.corrected_by, row.corrected_at
            )
            for row in self._connection.execute(query)
        )


def _session(row: Row) -> SessionRecord:
    return SessionRecord(
        id=row.id,
        public_id=row.public_id,
        trainee_id=row.trainee_id,
        name=row.name,
        channel=row.channel,
        lang=row.lang,
        product=row.product,
        last_turn=row.last_turn,
        opened_at=row.opened_at,
        active_at=row.active_at,
        practice=row.practice,
        handed_in_at=row.handed_in_at,
        purged_at=row.purged_at,
    )
