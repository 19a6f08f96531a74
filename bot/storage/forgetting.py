"""Forgetting: a person's rows as a whole, and the words of sessions that are older than they are kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, false, func, inspect, or_, select, text, update
from sqlalchemy.future import Connection
from sqlalchemy.sql.schema import Table

from bot.storage.assignment_tables import assignees
from bot.storage.digest_tables import digests, kept_filters
from bot.storage.digests import Digests
from bot.storage.lesson_tables import lessons
from bot.storage.people_tables import invitations, sign_ins
from bot.storage.rating_tables import ratings
from bot.storage.tables import metadata, sessions, trainees
from bot.storage.token_tables import tokens

_TRAINEE: Final = "trainee_id"

WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "turns": ("text", "reading", "command", "slots"),
    "clicks": ("payload",),
    "talk_turns": ("reply", "line", "assessment", "talk", "course"),
    "talk_events": ("data",),
    "talks": ("card",),
    "appeals": ("reason",),
    "drills": ("question",),
    "drill_answers": ("asked", "given", "data"),
    "review_events": ("data",),
    "lessons": ("text", "context"),
}
"""The columns that hold words of a session."""

GONE: Final = frozenset({"replies"})
"""The tables whose rows are nothing but words: they go as a whole."""

KEPT: Final = frozenset(
    {
        *("sessions.name", "corrections.corrected_by", "talks.versions", "cards.memory"),
        *("lessons.was", "lessons.proposed", "lessons.value", "digests.facts"),
        *("sample_items.judged", "ratings.labels"),
    }
)
"""The columns of text below a session that stay: they hold no words of a conversation."""

_OF_ACCOUNT: Final = (
    assignees.c.account_id,
    invitations.c.invited_by,
    invitations.c.used_by,
    kept_filters.c.account_id,
    ratings.c.account_id,
    sign_ins.c.account_id,
    tokens.c.account_id,
)
"""The columns by which rows are an account's own."""
_SECRET: Final = frozenset({"token_hash"})

TAUGHT: Final = ("accepted", "changed")
"""The states of lessons whose line the model is taught; it stays until the person is erased."""

ID_KEYS: Final = frozenset(
    (
        *("asked_at", "concern", "day", "effect", "entity", "events", "extractor", "family", "id", "intent"),
        *(
            "kind",
            "lang",
            "level",
            "lscpa",
            "method",
            "model_version",
            "nature",
            "outcome",
            "product",
            "ranking",
        ),
        *("rating", "right", "role", "rubric", "rule", "said", "scenario", "script", "situation", "source"),
        *("stage", "status", "step", "style", "technique", "technique_ranking", "tone", "type"),
        *("violations", "when", "steps", "types", "verdict"),
    )
)
"""The keys below which a text in stored JSON is an id and no words of anybody's."""


def scrub(value: Any, *, is_id: bool = False) -> Any:
    """Return stored JSON without its words: figures, yes and no, and ids stay; every other text is empty."""
    if isinstance(value, Mapping):
        return {key: scrub(inner, is_id=key in ID_KEYS) for key, inner in value.items()}
    if isinstance(value, list):
        return [scrub(inner, is_id=is_id) for inner in value]
    if isinstance(value, str):
        return value if is_id and _looks_like_id(value) else ""
    return value


class Forgetting:
    """Deletes what must not be kept."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection

    def due(self, before: datetime, limit: int) -> tuple[int, ...]:
        """Return the ids of sessions that nobody used since `before` and whose words are still there."""
        query = (
            select(sessions.c.id)
            .where(sessions.c.active_at < before, sessions.c.purged_at.is_(None))
            .order_by(sessions.c.id)
            .limit(limit)
        )
        return tuple(self._connection.execute(query).scalars())

    def purge(self, session: int, now: datetime) -> None:
        """Empty a session's words, here and in Rasa's conversation; its figures stay."""
        for table, condition in belongings(sessions, sessions.c.id == session):
            if table.name in GONE:
                self._connection.execute(delete(table).where(condition))
            elif table.name in WORDS:
                if table is lessons:
                    condition = condition & lessons.c.state.not_in(TAUGHT)
                self._empty(table, condition, WORDS[table.name])
        self._connection.execute(
            update(sessions).where(sessions.c.id == session).values(purged_at=now, practice="")
        )
        self._forget_conversations(sessions.c.id == session)
        Digests(self._connection).refresh(session)

    def rows_of(self, trainee: int) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield every row that is a person's practice, with the name of its table."""
        for table, condition in belongings(trainees, _is(trainee)):
            if table is digests:  # made of the other rows
                continue
            for row in self._connection.execute(select(table).where(condition).order_by(*table.primary_key)):
                yield table.name, dict(row._mapping)

    def rows_of_account(self, account: int) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield every row that hangs on an account alone, with the name of its table, less what is secret."""
        for owner in _OF_ACCOUNT:
            told = [column for column in owner.table.columns if column.name not in _SECRET]
            query = select(*told).where(owner == account).order_by(*owner.table.primary_key)
            for row in self._connection.execute(query):
                yield owner.table.name, dict(row._mapping)

    def erase_account(self, account: int) -> None:
        """Delete what hangs on an account alone and says something of its owner."""
        for table in (kept_filters, assignees):
            self._connection.execute(delete(table).where(table.c.account_id == account))

    def erase(self, trainee: int) -> None:
        """Delete every row that is a person's practice, here and in Rasa's conversations."""
        self._forget_conversations(sessions.c.trainee_id == trainee)
        theirs = select(sessions.c.id).where(sessions.c.trainee_id == trainee)
        Digests(self._connection).remove(*self._connection.execute(theirs).scalars())
        for table, condition in reversed(list(belongings(trainees, _is(trainee)))):
            self._connection.execute(delete(table).where(condition))

    def keys_of(self, trainee: int) -> frozenset[str]:
        """Return the hashes of the keys that lead to a trainee (`repositories.key_hash`)."""
        return frozenset(self._connection.execute(select(trainees.c.key_hash).where(_is(trainee))).scalars())

    def _empty(self, table: Table, condition: Any, columns: Iterable[str]) -> None:
        rows = self._connection.execute(
            select(table.c.id, *(table.c[name] for name in columns)).where(condition)
        )
        for row in rows.all():
            values = {name: scrub(row._mapping[name]) for name in columns}
            self._connection.execute(update(table).where(table.c.id == row.id).values(**values))

    def _forget_conversations(self, condition: Any) -> None:
        """Rasa's own tables lie in the same database where it runs on it."""
        if not inspect(self._connection).has_table("rasa_events"):
            return
        for public_id in self._connection.execute(select(sessions.c.public_id).where(condition)).scalars():
            for table in ("rasa_events", "rasa_conversations"):
                self._connection.execute(
                    text(f"DELETE FROM {table} WHERE sender_id = :sender"), {"sender": public_id}
                )


def belongings(root: Table, condition: Any) -> Iterator[tuple[Table, Any]]:
    """Yield each table with the condition that its rows hang on certain rows of `root`, parents first."""
    found: dict[str, Any] = {root.name: condition}
    for table in metadata.sorted_tables:
        if table is not root:
            ways = [
                column.in_(select(key.column).where(found[key.column.table.name]))
                for column in table.columns
                for key in column.foreign_keys
                if key.column.table.name in found
            ]
            if ways:
                found[table.name] = or_(false(), *ways)
        if table.name in found:
            yield table, found[table.name]


def _is(trainee: int) -> Any:
    return func.coalesce(trainees.c.merged_into, trainees.c.id) == trainee


def _looks_like_id(value: str) -> bool:
    return len(value) <= 64 and value.isascii() and not any(c.isspace() for c in value)
