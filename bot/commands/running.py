"""Which dojo of a home runs now: a locked file that says where it can be reached."""

from __future__ import annotations

import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

_FILE: Final = "running.json"
_TRIES: Final = 5
_PAUSE_SECONDS: Final = 0.1


@dataclass(frozen=True)
class Running:
    """A started dojo; `ready` once it answers messages."""

    process: int
    url: str
    port: int
    rasa_port: int
    actions_port: int
    ready: bool = False


class Claim:
    """The right to be the only `dojo up` of a home; given back by the system when the process ends."""

    def __init__(self, descriptor: int) -> None:
        """Hold a locked file."""
        self._descriptor = descriptor

    def publish(self, running: Running) -> None:
        """Say where it runs."""
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, json.dumps(asdict(running)).encode(), 0)

    def release(self) -> None:
        """Give it back."""
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


def claim(home: Path) -> Claim | None:
    """Claim a home, None if another process has it."""
    descriptor = os.open(home / _FILE, os.O_RDWR | os.O_CREAT, 0o600)
    for _ in range(_TRIES):  # somebody who only looks holds it for a moment
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(descriptor, 0)
            return Claim(descriptor)
        except BlockingIOError:
            time.sleep(_PAUSE_SECONDS)
    os.close(descriptor)
    return None


def find(home: Path) -> Running | None:
    """Return the dojo that runs with a home, None if there is none."""
    try:
        descriptor = os.open(home / _FILE, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(descriptor)
    finally:
        os.close(descriptor)
    return None


def _read(descriptor: int) -> Running | None:
    for _ in range(_TRIES):  # it may be being written
        try:
            return Running(**json.loads(os.pread(descriptor, 65536, 0)))
        except (ValueError, TypeError):
            time.sleep(_PAUSE_SECONDS)
    return None
