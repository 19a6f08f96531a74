"""What is committed is kept, what is not is undone, and trouble with the database has one name."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.future import Engine

from bot.services.errors import Unavailable
from bot.services.session_info import SessionInfo
from bot.storage import engine as engine_module
from bot.storage.engine import open_engine
from bot.storage.schema import upgrade
from bot.storage.unit_of_work import UnitOfWorkFactory, unit_of_work_factory

from .conftest import NOW

on_postgresql = pytest.mark.parametrize("url", ["postgresql"], indirect=True)


def test_what_is_not_committed_is_undone(units: UnitOfWorkFactory) -> None:
    with units() as uow:
        uow.trainees.ensure("key", name="gone", now=NOW)
    with units(reading=True) as uow:
        assert uow.trainees.find("key") is None


def test_an_error_undoes_and_goes_on_its_way(units: UnitOfWorkFactory) -> None:
    with pytest.raises(ZeroDivisionError), units() as uow:
        uow.trainees.ensure("key", name="gone", now=NOW)
        raise ZeroDivisionError
    with units(reading=True) as uow:
        assert uow.trainees.find("key") is None


def test_a_committed_unit_is_seen_by_the_next(units: UnitOfWorkFactory) -> None:
    with units() as uow:
        uow.trainees.ensure("key", name="stays", now=NOW)
        uow.commit()
    with units(reading=True) as uow:
        found = uow.trainees.find("key")
    assert found is not None
    assert found.name == "stays"


def test_a_reader_sees_one_moment(units: UnitOfWorkFactory, session: SessionInfo) -> None:
    with units(reading=True) as reader:
        before = reader.sessions.find(session.public_id)
        with units() as writer:
            found = writer.sessions.lock(session.public_id)
            assert found is not None
            writer.turns.receive(found, message_id="m", kind="text", text="x", now=NOW)
            writer.commit()
        assert reader.sessions.find(session.public_id) == before
        assert before is not None
        assert reader.turns.of_session(before) == ()


def test_a_reader_does_not_wait_for_a_writer(units: UnitOfWorkFactory, session: SessionInfo) -> None:
    with units() as writer:
        assert writer.sessions.lock(session.public_id) is not None
        with units(reading=True) as reader:
            assert reader.sessions.find(session.public_id) is not None


@on_postgresql
def test_a_reading_unit_cannot_write_on_postgresql(units: UnitOfWorkFactory) -> None:
    with pytest.raises(DBAPIError), units(reading=True) as uow:
        uow.trainees.ensure("key", name="", now=NOW)


def test_foreign_keys_are_enforced(engine: Engine) -> None:
    with pytest.raises(DBAPIError), engine.connect() as connection, connection.begin():
        connection.exec_driver_sql(
            "INSERT INTO replies (turn_id, position, kind, response, texts, data, buttons)"
            " VALUES (12345, 0, 'k', 'r', '{}', '{}', '[]')"
        )


def test_a_database_that_stays_busy_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "BUSY_SECONDS", 0.2)
    path = tmp_path / "dojo.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable), unit_of_work_factory(engine)():
        pass
    other.rollback()
    other.close()
    with unit_of_work_factory(engine)() as uow:
        uow.commit()
    engine.dispose()


@on_postgresql
def test_a_server_that_cut_the_connections_is_found_again(
    units: UnitOfWorkFactory, engine: Engine, session: SessionInfo
) -> None:
    with engine.connect() as connection, connection.begin():
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    with units(reading=True) as uow:
        assert uow.sessions.find(session.public_id) is not None


@on_postgresql
def test_a_connection_cut_within_a_unit_is_unavailable(units: UnitOfWorkFactory, engine: Engine) -> None:
    with pytest.raises(Unavailable), units() as uow:
        uow.trainees.ensure("key", name="", now=NOW)
        with engine.connect() as connection, connection.begin():
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        uow.trainees.ensure("other", name="", now=NOW)


def test_more_units_at_once_than_connections_wait_their_turn(
    units: UnitOfWorkFactory, session: SessionInfo
) -> None:
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(3):
                with units(reading=True) as uow:
                    assert uow.sessions.find(session.public_id) is not None
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
