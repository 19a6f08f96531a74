"""Moving everything on record from one database to another, as from SQLite to PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import MetaData, func, insert, inspect, select, text
from sqlalchemy.future import Connection
from sqlalchemy.sql.schema import Table

from bot.storage.engine import READING, open_engine
from bot.storage.schema import upgrade
from bot.storage.tables import metadata

_ROWS_AT_ONCE: Final = 500


class NotEmpty(Exception):
    """The target holds sessions already; they would be mixed up."""


def move(source_url: str, target_url: str, beside: Iterable[MetaData] = ()) -> dict[str, int]:
    """Copy all rows into an empty database, which gets the newest schema; returns the rows of each table.

    It is one transaction in the target: after an error nothing is there. The source is brought to the newest
    schema too, and otherwise not changed. Nobody else may be writing to either.

    `beside` are others' tables in the same database: those that the source has are made and copied too.
    """
    source_engine, target_engine = open_engine(source_url), open_engine(target_url)
    try:
        for engine in (source_engine, target_engine):
            upgrade(engine)
        with source_engine.connect() as source, target_engine.connect() as target:
            reader = source.execution_options(**{READING: True})
            with reader.begin(), target.begin():
                tables = list(metadata.sorted_tables)
                for others in beside:
                    tables += _made(others, reader, target)
                return {table.name: _copy(table, reader, target) for table in tables}
    finally:
        source_engine.dispose()
        target_engine.dispose()


def _made(others: MetaData, source: Connection, target: Connection) -> list[Table]:
    """Return those of others' tables that the source has; they are in the target, too."""
    there = inspect(source)
    found = [table for table in others.sorted_tables if there.has_table(table.name)]
    if found:
        others.create_all(target, checkfirst=True)
    return found


def _copy(table: Table, source: Connection, target: Connection) -> int:
    if target.execute(select(func.count()).select_from(table)).scalar_one():
        raise NotEmpty(table.name)
    copied = 0
    for rows in (
        source.execute(select(table).order_by(*table.primary_key)).mappings().partitions(_ROWS_AT_ONCE)
    ):
        target.execute(insert(table), [dict(row) for row in rows])
        copied += len(rows)
    if target.dialect.name == "postgresql" and "id" in table.c:
        # The rows brought their ids along; the next one made must not meet one of them.
        following = f"(SELECT coalesce(max(id), 0) + 1 FROM {table.name})"
        target.execute(
            text(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), {following}, false)")
        )
    return copied
