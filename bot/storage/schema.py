"""Bringing a database to the newest schema, from package code, by as many processes at once as you like."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.future import Connection, Engine

from bot.storage.errors import SchemaTooNew, Unavailable

HEAD: Final = "0014"
"""The newest revision; a test compares it with the migrations."""

_UPGRADE_LOCK: Final = 4_605_221_871_032
"""Any number, the same in every process: the key of PostgreSQL's advisory lock."""


def current_revision(connection: Connection) -> str | None:
    """Return the revision of a database, None of an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision


def upgrade(engine: Engine) -> str:
    """Bring the database to HEAD and return the revision that it had; one process does it, others wait.

    All migrations run in one transaction: after a crash the database is as before. Raises SchemaTooNew where
    a newer version of the program has been at it, Unavailable where it cannot be reached.
    """
    try:
        with engine.connect() as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL lock_timeout = 0"))
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
            found = current_revision(connection)
            if found != HEAD:
                _run_migrations(connection, found)
    except DBAPIError as error:
        raise Unavailable(str(error.orig)) from error
    return found or ""


def _run_migrations(connection: Connection, found: str | None) -> None:
    # Imported here: a database that is up to date, the usual case, need not pay for Alembic.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise SchemaTooNew(found)
    command.upgrade(config, HEAD)
