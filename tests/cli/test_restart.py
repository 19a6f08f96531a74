"""`kill -9`: what is on record goes on after it, and nothing is left behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.cli.terminal import Dojo, make_dojo, wait_until

SCENARIO = "响起来谁也关不掉"
REPLIES = ("您最怕的是半夜误报，还是真响了关不掉？", "误报这事您担心得对。按四位密码，两秒就停。")


@dataclass
class Restarted:
    """A dojo that was killed in the middle of a role-play and started again: its session and process."""

    dojo: Dojo
    session: str
    process: subprocess.Popen[str]


@pytest.fixture(scope="module")
def restarted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restarted]:
    dojo = make_dojo(tmp_path_factory.mktemp("restarted"))
    first = dojo.start("up")
    dojo.ready(first)
    chat = dojo.run("chat", "--lang", "zh", stdin=f"{SCENARIO}\n{REPLIES[0]}\n")
    assert chat.returncode == 0, chat.stderr
    (session,) = [json.loads(line)["session"] for line in dojo.run("sessions", "--json").stdout.splitlines()]
    for process in dojo.processes():
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    first.wait()
    wait_until(lambda: dojo.processes() == [] and all(map(is_free, dojo.ports)), 10)
    with socket.create_server(("127.0.0.1", dojo.ports[1])):  # an inner port that is taken is no obstacle
        second = dojo.start("up")
        dojo.ready(second)
    yield Restarted(dojo, session, second)
    dojo.close()


def is_free(port: int) -> bool:
    """Tell whether nobody listens on a port; the sockets of the killed close a moment after their end."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def blocks(dojo: Dojo, session: str) -> list[dict[str, Any]]:
    """Return what the dojo has shown in a session."""
    turns = map(json.loads, dojo.run("export", session, "--format", "jsonl").stdout.splitlines())
    return [reply for turn in turns if turn["side"] == "dojo" for reply in turn["replies"]]


def test_a_role_play_goes_on_after_kill_9_of_every_process(restarted: Restarted) -> None:
    dojo = restarted.dojo
    before = [
        block["data"]["line"] for block in blocks(dojo, restarted.session) if block["kind"] == "customer"
    ]
    assert len(before) == 2
    chat = dojo.run("chat", "--lang", "zh", "--session", restarted.session, stdin=f"{REPLIES[1]}\n")
    assert chat.returncode == 0, chat.stderr
    shown = blocks(dojo, restarted.session)
    again, answer = [block["data"] for block in shown if block["kind"] == "customer"][2:]
    assert (again["line"], again["turn"]) == (before[1], 1)
    (_, feedback) = [block["data"] for block in shown if block["kind"] == "feedback"]
    assert (feedback["line"], feedback["reply"]) == (before[1], REPLIES[1])
    assert answer["turn"] == 2 and answer["line"] not in before


def test_after_kill_9_of_the_command_nothing_is_left(restarted: Restarted) -> None:
    dojo = restarted.dojo
    assert json.loads((dojo.home / "running.json").read_text())["rasa_port"] != dojo.ports[1]
    assert len(dojo.processes()) >= 4
    restarted.process.kill()
    restarted.process.wait()
    wait_until(lambda: dojo.processes() == [], 10)
    assert dojo.run("sessions").returncode == 0
