"""Two trainees who turn out to be one person: a guest who joined, somebody known in Slack and on the page."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint, and_, delete, exists, select, update
from sqlalchemy.future import Connection
from sqlalchemy.sql.schema import Table

from bot.storage.digest_tables import digests
from bot.storage.tables import metadata, sessions, trainees

_COLUMN = "trainee_id"


def merge_trainees(connection: Connection, *, source: int, target: int) -> None:
    """Give everything that a trainee practised to another; the keys of both lead to the other from now on.

    Where both have something of which one can only have one (a drill's card of the same type and method),
    the target's stays.
    """
    if source == target:
        return
    for table in metadata.sorted_tables:
        if _COLUMN in table.c:
            _hand_over(connection, table, source, target)
    # The inbox finds sessions by whose they are.
    theirs = select(sessions.c.id).where(sessions.c.trainee_id == target)
    connection.execute(update(digests).where(digests.c.session_id.in_(theirs)).values(settled=False))
    connection.execute(
        update(trainees)
        .where((trainees.c.id == source) | (trainees.c.merged_into == source))
        .values(merged_into=target)
    )


def _hand_over(connection: Connection, table: Table, source: int, target: int) -> None:
    mine = table.c[_COLUMN] == source
    for columns in _unique(table):
        other = table.alias("other")
        same = [table.c[name] == other.c[name] for name in columns if name != _COLUMN]
        clash = exists().where(and_(other.c[_COLUMN] == target, *same))
        connection.execute(delete(table).where(mine, clash))
    connection.execute(update(table).where(mine).values({_COLUMN: target}))


def _unique(table: Table) -> list[list[str]]:
    """Return the columns of each key of a table that the trainee is a part of."""
    keys = [table.primary_key, *(c for c in table.constraints if isinstance(c, UniqueConstraint))]
    names = [[column.name for column in key.columns] for key in keys]
    return [columns for columns in names if _COLUMN in columns]
