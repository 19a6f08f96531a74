"""`dojo doctor`: a line for each thing, what to do, and 1 when something stops the dojo."""

from __future__ import annotations

import json
import socket
import sqlite3
from pathlib import Path

from tests.cli.terminal import Dojo


def findings(dojo: Dojo, code: int, **changes: str) -> dict[str, dict[str, str]]:
    done = dojo.run("doctor", "--json", **changes)
    assert (done.returncode, done.stderr) == (code, "")
    return {line["check"]: line for line in map(json.loads, done.stdout.splitlines())}


def test_a_fresh_machine_is_ready_and_nothing_is_made(dojo: Dojo) -> None:
    found = findings(dojo, 0)
    stopping = [name for name, line in found.items() if line["level"] == "fail"]
    assert stopping == []
    assert {"python", "home", "ports", "database", "content", "encoder", "model", "disk", "memory"} <= set(
        found
    )
    assert not dojo.home.exists()


def test_a_database_that_is_in_use_can_be_written_and_is_left_as_it_is(dojo: Dojo) -> None:
    assert dojo.run("sessions").returncode == 0
    assert findings(dojo, 0)["database"]["level"] == "ok"
    with sqlite3.connect(dojo.home / "dojo.db") as database:
        assert database.execute("SELECT count(*) FROM trainees").fetchone() == (0,)


def test_a_taken_port_of_the_page_is_told_with_a_free_one(dojo: Dojo) -> None:
    with socket.create_server(("127.0.0.1", dojo.ports[0])):
        line = findings(dojo, 1)["ports"]
    assert line["level"] == "fail"
    assert "./dojo up --port " in line["text"]


def test_a_database_that_is_none_fails(dojo: Dojo) -> None:
    file = dojo.folder / "not a database"
    file.write_text("x" * 5000)
    line = findings(dojo, 1, DOJO_DATABASE_URL=f"sqlite:///{file}")["database"]
    assert line["level"] == "fail"


def test_an_unreachable_server_is_told_without_its_password(dojo: Dojo) -> None:
    url = f"postgresql://coach:hush@127.0.0.1:{dojo.ports[0]}/dojo"
    line = findings(dojo, 1, DOJO_DATABASE_URL=url)["database"]
    assert line["level"] == "fail"
    assert "hush" not in line["text"]


def test_a_home_that_cannot_be_written_fails(dojo: Dojo, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = findings(dojo, 1, DOJO_HOME=str(tmp_path / "file"))
    assert found["home"]["level"] == "fail"
    assert "database" not in found


def test_wrong_settings_are_a_finding(dojo: Dojo) -> None:
    found = findings(dojo, 1, DOJO_PORT="none")
    assert "DOJO_PORT" in found["settings"]["text"]


def test_people_get_a_line_each_and_a_summary(dojo: Dojo) -> None:
    done = dojo.run("doctor", DOJO_LANG="zh")
    assert done.returncode == 0
    assert all(line.startswith(("正常", "注意")) for line in done.stdout.splitlines())
    assert len(done.stderr.splitlines()) == 1
