"""The terminal of a conversation: lines in, wrapped messages with numbered buttons out."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from typing import Any, Final

from bot.commands.columns import width, wrap
from bot.commands.console import Console
from bot.commands.texts import Texts
from bot.services.markdown import printable

_WIDEST: Final = 96
_GAP: Final = 3


class Screen:
    """Reads from standard input and writes to standard output, on a terminal or in a pipe."""

    def __init__(self, console: Console, texts: Texts) -> None:
        """Speak a language."""
        self._console = console
        self._texts = texts
        self._payloads: list[str] = []
        self._interactive = sys.stdin.isatty()
        if self._interactive:
            import readline  # noqa: F401  # input() then edits lines, Chinese ones too

    @property
    def interactive(self) -> bool:
        """Whether somebody can be asked."""
        return self._interactive

    def read(self, prompt: str) -> str | None:
        """Return the next line without blanks around it, None at the end of the input."""
        shown = self._texts(prompt) + " "
        if self._interactive:
            try:
                return input(shown).strip()
            except EOFError:
                self._console.put()
                return None
        line = sys.stdin.readline()
        if not line:
            return None
        self._console.put(shown + line.strip())
        return line.strip()

    def say(self, key: str, /, **values: Any) -> None:
        """Write a sentence of the terminal."""
        for line in wrap(self._texts(key, **values), self._columns()):
            self._console.put(line)

    def item(self, number: int, text: str) -> None:
        """Write an entry of a numbered list."""
        head = f"{number:>3}. "
        for line in wrap(head + text, self._columns(), indent=" " * len(head)):
            self._console.put(line)

    def show(self, message: Mapping[str, Any]) -> None:
        """Write a message of the bot; its buttons get the next numbers."""
        self._console.put()
        for line in wrap(printable(str(message.get("text") or "")), self._columns()):
            self._console.put(line)
        buttons = [b for b in message.get("buttons") or () if b.get("title") and b.get("payload")]
        labels = []
        for button in buttons:
            self._payloads.append(str(button["payload"]))
            labels.append(f"[{len(self._payloads)}] {printable(str(button['title']))}")
        self._show_buttons(labels)

    def whole(self, line: str) -> None:
        """Write a line that must not be broken, such as an address."""
        self._console.put(line)

    def end(self) -> None:
        """Leave a line free below an answer."""
        self._console.put()

    def payload(self, line: str) -> str | None:
        """Return what a typed number stands for, None for anything that is no number of a button."""
        if line.isascii() and line.isdecimal() and 1 <= int(line) <= len(self._payloads):
            return self._payloads[int(line) - 1]
        return None

    def clear_buttons(self) -> None:
        """Forget the buttons of the last answer."""
        self._payloads.clear()

    def _show_buttons(self, labels: list[str]) -> None:
        line, used = "", 0
        for label in labels:
            size = width(label)
            if line and used + _GAP + size > self._columns():
                self._console.put(line)
                line, used = "", 0
            line += (" " * _GAP if line else "") + label
            used += (_GAP if used else 0) + size
        if line:
            self._console.put(line)

    @staticmethod
    def _columns() -> int:
        return min(shutil.get_terminal_size().columns, _WIDEST)
