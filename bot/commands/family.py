"""Child processes that never outlive the command, also when it is killed with -9. Linux only.

Three nets: the kernel kills a child when the command's process dies; a guard process watches a pipe and then
kills everything that carries the command's mark, grandchildren included; `close` stops the rest in order.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, Any, Final

from typing_extensions import Self

from bot.commands import guard
from bot.commands.errors import Interrupted

MARK: Final = "DOJO_FAMILY"
"""The variable that the command's processes are known by."""

_PR_SET_PDEATHSIG: Final = 1
_GUARD_SECONDS: Final = 10


class Family:
    """`with Family() as family:` starts children that end with it."""

    def __init__(self) -> None:
        """Prepare it; the guard starts on entering."""
        self._mark = secrets.token_hex(12)
        self._children: list[subprocess.Popen[bytes]] = []
        self._pipe = -1
        self._guard: subprocess.Popen[bytes] | None = None
        self._libc = ctypes.CDLL(None, use_errno=True)

    def __enter__(self) -> Self:
        """Start the guard."""
        reading, self._pipe = os.pipe()
        try:
            self._guard = subprocess.Popen(
                [sys.executable, "-I", "-S", guard.__file__, str(reading), f"{MARK}={self._mark}"],
                pass_fds=[reading],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                env={"PYTHONDONTWRITEBYTECODE": "1"},
            )
        finally:
            os.close(reading)
        return self

    def spawn(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        output: IO[Any] | int | None = None,
        terminal: bool = False,
    ) -> subprocess.Popen[bytes]:
        """Start a child with its output in a file, a pipe or, with `terminal`, where ours goes."""
        parent = os.getpid()

        def die_with_parent() -> None:
            self._libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

        child = subprocess.Popen(
            list(command),
            cwd=folder,
            env={**os.environ, **environment, MARK: self._mark},
            stdin=None if terminal else subprocess.DEVNULL,
            stdout=output,
            stderr=None if terminal else subprocess.STDOUT,
            start_new_session=not terminal,
            preexec_fn=die_with_parent,
        )
        self._children.append(child)
        return child

    def close(self) -> None:
        """Kill what still runs, then let the guard see that nothing is left."""
        for child in self._children:
            if child.poll() is None:
                child.kill()
        for child in self._children:
            child.wait()
        if self._pipe >= 0:
            os.close(self._pipe)
            self._pipe = -1
        if self._guard is not None:
            try:
                self._guard.wait(_GUARD_SECONDS)
            except subprocess.TimeoutExpired:
                self._guard.kill()
                self._guard.wait()

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """End every child."""
        self.close()


def stop(child: subprocess.Popen[bytes], seconds: float, wait: Callable[[], None]) -> bool:
    """Ask a child to end, kill its group after some seconds; tell whether it ended by itself."""
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
    limit = time.monotonic() + seconds
    while child.poll() is None and time.monotonic() < limit:
        wait()
    ended = child.poll() is not None
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    return ended


class Signals:
    """Turns SIGTERM, SIGHUP and Ctrl-C into `Interrupted` while it is entered; once, then only counted."""

    _NUMBERS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self) -> None:
        """Prepare it."""
        self.count = 0
        self._before: dict[int, Any] = {}
        self._launcher = _launcher()

    def __enter__(self) -> Self:
        """Listen."""
        for number in self._NUMBERS:
            before = signal.getsignal(number)
            if number == signal.SIGHUP and before == signal.SIG_IGN:
                continue  # nohup
            self._before[number] = signal.signal(number, self._take)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Listen no more."""
        for number, before in self._before.items():
            signal.signal(number, before)

    def check(self) -> None:
        """Stop, too, when the program that started this one for its user was killed (`uv run`)."""
        if self._launcher and os.getppid() != self._launcher and not self.count:
            self._take(signal.SIGTERM, None)

    def _take(self, number: int, _frame: FrameType | None) -> None:
        self.count += 1
        if self.count == 1:
            raise Interrupted(number)


def _launcher() -> int:
    """Return the process of `uv run` if it is the parent, else 0."""
    parent = os.getppid()
    try:
        name = Path(f"/proc/{parent}/comm").read_text(encoding="utf-8").strip()
    except OSError:
        return 0
    return parent if name == "uv" else 0
