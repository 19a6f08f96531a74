"""A file that keeps acknowledged events while the database is slow: written through to the disk.

Each process has a file of its own, locked while it lives; what a killed one left is read by the next.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import Final

from bot.channels.slack_events import SlackEvent

logger = logging.getLogger(__name__)

_PATTERN: Final = "slack-*.journal"


class Journal:
    """The file of this process, in a folder that others use too."""

    def __init__(self, folder: Path) -> None:
        """Use a folder, made at the first write."""
        self._folder = folder
        self._file: int | None = None
        self._writing = Lock()

    def write(self, event: SlackEvent, received_at: float) -> None:
        """Keep an event; when this returns, it is on the disk.  Raises OSError."""
        line = json.dumps([received_at, event.to_json()]).encode() + b"\n"
        with self._writing:
            file = self._opened()
            before = os.fstat(file).st_size
            try:
                if os.write(file, line) != len(line):
                    raise OSError("the disk is full")
                os.fsync(file)
            except OSError:
                os.ftruncate(file, before)
                raise

    def clear(self) -> None:
        """Forget everything: the database has it."""
        with self._writing:
            if self._file is not None:
                os.ftruncate(self._file, 0)

    def left_behind(self) -> Iterator[tuple[Path, list[tuple[SlackEvent, float]]]]:
        """Yield what processes that died have kept; `discard` each file once the database has its events."""
        for path in sorted(self._folder.glob(_PATTERN)):
            try:
                with path.open("rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    yield path, list(_events(file.read()))
            except FileNotFoundError:
                continue  # another process was faster
            except BlockingIOError:
                continue  # its process lives

    @staticmethod
    def discard(path: Path) -> None:
        """Remove a file whose events the database has."""
        path.unlink(missing_ok=True)

    def close(self) -> None:
        """Remove the own file if it is empty; what it holds otherwise is read at the next start."""
        with self._writing:
            if self._file is not None:
                if os.fstat(self._file).st_size == 0:
                    self._path.unlink(missing_ok=True)
                os.close(self._file)
                self._file = None

    def _opened(self) -> int:
        if self._file is None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._path = self._folder / f"slack-{os.getpid()}-{os.urandom(4).hex()}.journal"
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX)
        return self._file


def _events(content: bytes) -> Iterator[tuple[SlackEvent, float]]:
    """Read the lines; one that was cut off was never acknowledged."""
    for line in content.splitlines():
        try:
            received_at, written = json.loads(line)
            yield SlackEvent.from_json(written), float(received_at)
        except (ValueError, TypeError):
            logger.warning("a line of the Slack journal was cut off; its event was not acknowledged")
