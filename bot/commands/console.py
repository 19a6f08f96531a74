"""The terminal: results on standard output, everything else on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TextIO

from bot.commands.columns import pad, width
from bot.commands.errors import WrongInput
from bot.commands.texts import Texts
from bot.settings import Settings, SettingsError, load_settings

ROOT: Final = Path(__file__).parents[2]
"""The project's folder, where Rasa's files lie; `DOJO_HOME` and `.env` are taken from here."""


@dataclass
class Console:
    """What every command is given."""

    texts: Texts
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)
    root: Path = ROOT

    @property
    def lang(self) -> str:
        """The language of the terminal."""
        return self.texts.lang

    def settings(self, **changes: Any) -> Settings:
        """Read the settings, some of them changed by arguments."""
        try:
            settings = load_settings(folder=self.root)
        except SettingsError as error:
            raise WrongInput("error.settings", faults=error) from error
        return replace(settings, **changes) if changes else settings

    def put(self, text: str = "") -> None:
        """Write a line of the result."""
        self.out.write(text + "\n")
        self.out.flush()

    def say(self, key: str, /, **values: Any) -> None:
        """Write a sentence for who looks on."""
        self.note(self.texts(key, **values))

    def note(self, text: str) -> None:
        """Write a line for who looks on."""
        self.err.write(text + "\n")
        self.err.flush()

    def table(self, rows: Iterable[Sequence[str]], right: Iterable[int] = ()) -> None:
        """Write rows, the first one the headings, in columns; those named in `right` are set to the right."""
        lines = [[str(cell) for cell in row] for row in rows]
        sizes = [max(width(cell) for cell in column) for column in zip(*lines, strict=True)]
        rightward = set(right)
        for line in lines:
            cells = [
                pad(cell, size, right=number in rightward)
                for number, (cell, size) in enumerate(zip(line, sizes, strict=True))
            ]
            self.put("  ".join(cells).rstrip())


class Progress:
    """A line that grows old: shown at once, its seconds counted on a terminal, kept when it is done."""

    def __init__(self, console: Console) -> None:
        """Begin with no line."""
        self._console = console
        self._live = console.err.isatty()
        self._text = ""
        self._began = 0.0
        self._seconds = -1

    def begin(self, key: str, /, **values: Any) -> None:
        """Show what is going on now; what went on before is done."""
        self.done()
        self._text = self._console.texts(key, **values)
        self._began, self._seconds = time.monotonic(), -1
        if self._live:
            self.tick()
        else:
            self._console.note(self._text)

    def tick(self) -> None:
        """Count the seconds."""
        seconds = int(time.monotonic() - self._began)
        if self._live and self._text and seconds != self._seconds:
            self._seconds = seconds
            shown = self._console.texts("progress.seconds", text=self._text, seconds=seconds)
            self._console.err.write("\r\x1b[K" + (shown if seconds else self._text))
            self._console.err.flush()

    def done(self) -> None:
        """Keep the line as it is."""
        if self._text and self._live:
            self.tick()
            self._console.err.write("\n")
            self._console.err.flush()
        self._text = ""
