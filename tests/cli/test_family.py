"""Nothing outlives the command: not after its end, not after kill -9, not in other groups."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.commands.family import Family, Interrupted, Signals, stop
from tests.cli.terminal import ROOT, wait_until

CHILD = """
import os, subprocess, sys, time
for apart in (False, True):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"], start_new_session=apart)
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
time.sleep(300)
"""

PARENT = f"""
import sys, time
from pathlib import Path
from bot.commands.family import Family

with Family() as family:
    mark = {{"FAMILY_TEST": sys.argv[1]}}
    family.spawn([sys.executable, "-c", {CHILD!r}], environment=mark, folder=Path("/"))
    print("started", flush=True)
    time.sleep(300)
"""


def relatives(name: str) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and f"FAMILY_TEST={name}".encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_children_grandchildren_and_daemons_end_with_a_killed_command(number: int, tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, tmp_path.name],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        start_new_session=True,
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"started\n"
    wait_until(lambda: len(relatives(tmp_path.name)) == 4, 10)
    parent.send_signal(number)
    parent.wait(10)
    wait_until(lambda: not relatives(tmp_path.name), 10)
    parent.stdout.close()


def test_the_kernel_kills_a_child_even_when_the_guard_was_killed_too(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, tmp_path.name],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        start_new_session=True,
    )
    assert parent.stdout is not None
    parent.stdout.readline()
    wait_until(lambda: len(relatives(tmp_path.name)) == 4, 10)
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
    (child,) = (int(found) for found in children if int(found) in relatives(tmp_path.name))
    others = [found for found in relatives(tmp_path.name) if found != child]
    for process in (*(int(found) for found in children if int(found) != child), parent.pid):
        os.kill(process, signal.SIGKILL)
    parent.wait(10)
    wait_until(lambda: child not in relatives(tmp_path.name), 10)
    for process in others:
        os.kill(process, signal.SIGKILL)
    parent.stdout.close()


def test_children_end_with_the_block(tmp_path: Path) -> None:
    with Family() as family:
        child = family.spawn(["sleep", "300"], environment={}, folder=tmp_path)
    assert child.returncode == -signal.SIGKILL


def test_a_child_that_does_not_stop_is_killed(tmp_path: Path) -> None:
    stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(300)"
    with Family() as family:
        child = family.spawn(
            [sys.executable, "-c", stubborn], environment={}, folder=tmp_path, output=subprocess.PIPE
        )
        assert child.stdout is not None
        child.stdout.readline()
        assert not stop(child, 0.3, lambda: None)
        assert child.returncode == -signal.SIGKILL
        polite = family.spawn(["sleep", "300"], environment={}, folder=tmp_path)
        assert stop(polite, 5, lambda: None)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_interrupts_once_and_is_counted_then(number: int) -> None:
    with Signals() as signals:
        with pytest.raises(Interrupted) as raised:
            os.kill(os.getpid(), number)
        assert raised.value.number == number
        os.kill(os.getpid(), number)
        assert signals.count == 2
