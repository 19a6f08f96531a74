"""Engines for the stores of Rasa's process: SQLite and PostgreSQL, made to survive restarts and crowds."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from threading import Lock
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.pool import QueuePool

ANYTIME: AbstractContextManager[Any] = nullcontext()
"""Permission to write where the database lets several writers work."""

_WRITING: dict[str, Lock] = {}
_BUSY_SECONDS = 5
_STATEMENT_MILLISECONDS = 10_000


def is_postgresql(url: str) -> bool:
    """Tell whether the URL names a PostgreSQL database."""
    return url.startswith(("postgresql:", "postgresql+", "postgres:"))


def writing_lock(url: str) -> AbstractContextManager[Any]:
    """Return the permission to write to a database, shared by all stores of this process.

    SQLite's writers poll for each other, unfairly; in one process they had better queue.
    """
    return ANYTIME if is_postgresql(url) else _WRITING.setdefault(url, Lock())


def make_engine(url: str, pool_size: int = 5, max_overflow: int = 10) -> Engine:
    """Return an engine that connects lazily, checks connections to a server and never logs values."""
    if url.startswith("postgres:"):
        url = "postgresql:" + url.removeprefix("postgres:")
    common: dict[str, Any] = {
        "future": True,
        "hide_parameters": True,
        "poolclass": QueuePool,
        "pool_size": pool_size,
        "max_overflow": max_overflow,
        "pool_timeout": _BUSY_SECONDS,
    }
    if is_postgresql(url):
        engine = sa.create_engine(
            url,
            connect_args={
                "connect_timeout": _BUSY_SECONDS,
                "keepalives_idle": 30,
                "tcp_user_timeout": _STATEMENT_MILLISECONDS,
            },
            pool_pre_ping=True,
            pool_recycle=1800,
            **common,
        )
        sa.event.listen(engine, "connect", _prepare_postgresql)
        return engine
    path = make_url(url).database
    if not path or path == ":memory:":
        raise ValueError("the conversation store needs a database file or a PostgreSQL URL")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        url, connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False}, **common
    )
    sa.event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for setting in (
        f"busy_timeout={_BUSY_SECONDS * 1000}",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(f"SET statement_timeout = {_STATEMENT_MILLISECONDS}")
    connection.commit()
    cursor.close()
