"""How a command ends when it cannot go on: one line for the reader, an exit code for programs."""

from __future__ import annotations

from typing import Any, Final

FAILED: Final = 1
"""Something went wrong that other arguments would not have changed."""

WRONG_INPUT: Final = 2
"""An argument or a file is not as it must be."""


class Stop(Exception):
    """End the command with a sentence of `cli.*.yml` and an exit code."""

    def __init__(self, key: str, /, *, code: int = FAILED, **values: Any) -> None:
        """Name the sentence and what it mentions."""
        super().__init__(key)
        self.key = key
        self.code = code
        self.values = values


class WrongInput(Stop):
    """An argument or a file is not as it must be."""

    def __init__(self, key: str, /, **values: Any) -> None:
        """Name the sentence and what it mentions."""
        super().__init__(key, code=WRONG_INPUT, **values)


class Interrupted(BaseException):
    """A signal asked the command to stop."""

    def __init__(self, number: int) -> None:
        """Tell which signal."""
        super().__init__(number)
        self.number = number
