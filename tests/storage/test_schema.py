"""The migrations make what the tables say, by as many processes at once as there are."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.future import Engine

from bot.storage import schema
from bot.storage.engine import open_engine
from bot.storage.errors import SchemaTooNew, Unavailable
from bot.storage.schema import HEAD, current_revision, upgrade
from bot.storage.tables import metadata

from .conftest import Worker


def test_the_migrations_make_exactly_the_tables(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_head_is_the_newest_migration() -> None:
    scripts = ScriptDirectory(str(Path(schema.__file__).parent / "migrations"))
    assert scripts.get_heads() == [HEAD]


def test_upgrading_twice_changes_nothing(empty_url: str) -> None:
    engine = open_engine(empty_url)
    assert upgrade(engine) == ""
    assert upgrade(engine) == HEAD
    with engine.connect() as connection:
        assert current_revision(connection) == HEAD
    engine.dispose()


def test_processes_that_upgrade_at_once_wait_for_each_other(
    empty_url: str, start_worker: Callable[..., Worker]
) -> None:
    workers = [start_worker("upgrade_schema") for _ in range(3)]
    for worker in workers:
        worker.wait_for("ready")
    for worker in workers:
        worker.go()
    assert [worker.finish() for worker in workers] == [0, 0, 0]
    engine = open_engine(empty_url)
    assert set(metadata.tables) < set(inspect(engine).get_table_names())
    engine.dispose()


def test_a_migration_that_is_cut_off_leaves_nothing(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_engine(empty_url)

    class Cut(Exception):
        pass

    def run(connection: object, found: str | None) -> None:
        _run(connection, found)  # type: ignore[arg-type]
        raise Cut

    _run = schema._run_migrations
    monkeypatch.setattr(schema, "_run_migrations", run)
    with pytest.raises(Cut):
        upgrade(engine)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_a_database_of_a_newer_version_is_left_alone(engine: Engine) -> None:
    with engine.connect() as connection, connection.begin():
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaTooNew, match="9999"):
        upgrade(engine)


def test_a_server_that_is_not_there_is_unavailable() -> None:
    engine = open_engine("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(Unavailable):
        upgrade(engine)


def test_a_folder_for_sqlite_is_made_for_its_owner_only(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'new' / 'dojo.db'}")
    upgrade(engine)
    engine.dispose()
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="memory"):
        open_engine(url)


def test_sqlite_is_opened_to_be_shared_and_to_keep_what_it_confirmed(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'dojo.db'}")
    with engine.connect() as connection:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}
    engine.dispose()
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
