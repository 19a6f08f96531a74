"""Ends what a killed command left behind: `python -I -S guard.py DESCRIPTOR MARK`.

It waits until the other end of a pipe closes, which happens however the command ends, and then kills every
process whose environment holds the command's mark: children, their children, also those in other groups.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

_ROUNDS = 50
_PAUSE_SECONDS = 0.1


def marked(mark: bytes) -> list[int]:
    """Return the processes that were started with a mark in their environment, zombies left out."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue  # gone, or another user's
        if mark in environment.split(b"\0"):
            found.append(int(folder.name))
    return found


def kill_all(mark: bytes) -> None:
    """Kill until nothing with the mark is left; new ones may appear while the first ones die."""
    for _ in range(_ROUNDS):
        processes = marked(mark)
        if not processes:
            return
        for process in processes:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(_PAUSE_SECONDS)


def main(descriptor: str, mark: str) -> None:
    """Wait for the end, then clear up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while os.read(int(descriptor), 1):
        pass
    kill_all(mark.encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
