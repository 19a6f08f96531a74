"""The logs below `DOJO_HOME/log`: the last runs of each process, and the unexpected errors of the command."""

from __future__ import annotations

import re
import time
import traceback
from collections import deque
from pathlib import Path
from typing import Final

_FOLDER: Final = "log"
_KEPT: Final = 3
_MOST_BYTES: Final = 1_000_000
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")


def open_log(home: Path, name: str) -> Path:
    """Return the path of a process's next log; the one of its last run is kept beside it."""
    folder = home / _FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{name}.log"
    for number in range(_KEPT, 0, -1):
        older = path if number == 1 else path.with_name(f"{path.name}.{number - 1}")
        if older.exists():
            older.replace(path.with_name(f"{path.name}.{number}"))
    path.touch(mode=0o600)
    return path


def last_lines(path: Path, count: int) -> list[str]:
    """Return the last lines of a log that say something."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            lines = deque((text for line in file if (text := _COLOURS.sub("", line).strip())), count)
    except OSError:
        return []
    return list(lines)


def record_error(home: Path, error: BaseException) -> Path | None:
    """Write down an unexpected error with its trace; None where that cannot be done either."""
    path = home / _FOLDER / "errors.log"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = path.read_bytes()[-_MOST_BYTES:] if path.exists() else b""
        trace = "".join(traceback.format_exception(error))
        entry = f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')}\n{trace}\n"
        path.write_bytes(kept + entry.encode("utf-8", "backslashreplace"))
        path.chmod(0o600)
    except OSError:
        return None
    return path
