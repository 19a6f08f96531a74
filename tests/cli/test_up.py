"""`dojo up` with the real model: a conversation, the record of it, and an end without leftovers."""

from __future__ import annotations

import http.client
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.terminal import Dojo, free_ports, make_dojo

LINE = "It is far too expensive, and I would have to ask my wife Zanthippe first"


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dojo]:
    """A started dojo that answers."""
    dojo = make_dojo(tmp_path_factory.mktemp("up"))
    process = dojo.start("up")
    dojo.ready(process)
    yield dojo
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0, dojo.err
    assert dojo.processes() == []
    assert running_file(dojo) == ""


def running_file(dojo: Dojo) -> str:
    return (dojo.home / "running.json").read_text()


def get(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"Host": "localhost"})
    return connection.getresponse().status


def sessions(dojo: Dojo) -> list[dict[str, object]]:
    return [json.loads(line) for line in dojo.run("sessions", "--json").stdout.splitlines()]


def test_it_says_where_the_page_is_and_nothing_else(up: Dojo) -> None:
    assert up.out == f"Ready: http://localhost:{up.ports[0]}\n"
    assert get(up.ports[0], "/") == 200


def test_a_second_start_says_where_the_first_one_runs(up: Dojo) -> None:
    second = up.run("up", "--port", str(free_ports(1)[0]))
    assert (second.returncode, second.stdout) == (2, "")
    assert f"http://localhost:{up.ports[0]}" in second.stderr
    assert len(second.stderr.splitlines()) == 1


def test_another_home_on_its_port_is_told_who_has_it_and_what_to_do(up: Dojo, tmp_path: Path) -> None:
    other = make_dojo(tmp_path)
    started = other.run("up", "--port", str(up.ports[0]))
    assert started.returncode == 2
    assert f"{up.ports[0]}" in started.stderr
    assert "./dojo up --port " in started.stderr
    assert len(started.stderr.splitlines()) == 1


def test_a_piped_chat_is_answered_recorded_and_exported(up: Dojo) -> None:
    chat = up.run("chat", "--lang", "en", "--name", "Robin", stdin=f"/help\n{LINE}\n1\n/quit\n")
    assert chat.returncode == 0, chat.stderr
    assert "Zanthippe" in chat.stdout
    assert "[1] " in chat.stdout
    assert "expensive" in chat.stdout
    (found,) = [session for session in sessions(up) if session["name"] == "Robin"]
    assert (found["channel"], found["lang"], found["turns"]) == ("terminal", "en", 2)
    export = up.run("export", str(found["session"]), "--format", "jsonl")
    turns = [json.loads(line) for line in export.stdout.splitlines()]
    typed = turns[0]
    assert (typed["side"], typed["text"]) == ("trainee", LINE)
    assert {found["type"] for found in typed["reading"]["objections"]} & {"price", "authority"}
    assert [turn["side"] for turn in turns] == ["trainee", "dojo", "trainee", "dojo", "agreement"]
    file = up.folder / "transcript.md"
    written = up.run("export", str(found["session"]), "--format", "md", "--output", "transcript.md")
    assert written.returncode == 0
    assert "Zanthippe" in file.read_text(encoding="utf-8")


def test_a_chinese_chat_is_answered_in_chinese(up: Dojo) -> None:
    chat = up.run("chat", "--lang", "zh", stdin="太贵了\n")
    assert chat.returncode == 0, chat.stderr
    assert "价格异议" in chat.stdout


def test_a_message_that_is_too_long_is_told_so(up: Dojo) -> None:
    chat = up.run("chat", "--lang", "en", stdin="x" * 4001 + "\n")
    assert chat.returncode == 0
    assert "4,000" in chat.stdout


def test_a_typed_command_of_rasa_is_only_text(up: Dojo) -> None:
    chat = up.run("chat", "--lang", "en", "--name", "Mallory", stdin='/choose_product{"product": "x"}\n')
    assert chat.returncode == 0, chat.stderr
    (found,) = [session for session in sessions(up) if session["name"] == "Mallory"]
    export = up.run("export", str(found["session"]), "--format", "jsonl")
    assert json.loads(export.stdout.splitlines()[0])["kind"] == "text"


def test_the_logs_hold_nothing_that_was_typed(up: Dojo) -> None:
    up.run("chat", "--lang", "en", stdin=f"{LINE}\n")
    logs = list((up.home / "log").iterdir())
    assert {"rasa.log", "actions.log", "web.log"} <= {log.name for log in logs}
    assert all(b"Zanthippe" not in log.read_bytes() for log in logs)
    assert all(log.stat().st_mode & 0o077 == 0 for log in logs)


def test_the_doctor_sees_that_it_runs(up: Dojo) -> None:
    looked = up.run("doctor", "--json")
    findings = {line["check"]: line for line in map(json.loads, looked.stdout.splitlines())}
    assert looked.returncode == 0, looked.stdout
    assert findings["ports"]["text"].endswith(f"http://localhost:{up.ports[0]}")
    assert findings["database"]["level"] == findings["model"]["level"] == "ok"


def test_when_a_part_dies_it_is_named_and_all_is_stopped(dojo: Dojo) -> None:
    process = dojo.start("up")
    dojo.ready(process)
    victim = next(
        found
        for found in dojo.processes()
        if b"actions.server" in Path(f"/proc/{found}/cmdline").read_bytes()
    )
    os.kill(victim, signal.SIGKILL)
    assert process.wait(60) == 1
    assert "the action server was ended by signal 9" in dojo.err
    assert "actions.log" in dojo.err
    assert dojo.processes() == []
