"""How a benchmark ends that cannot go on."""

from __future__ import annotations

from typing import Any


class BenchmarkFailed(Exception):
    """Something could not be measured: a sentence of wording.yml, and the last lines of a log."""

    def __init__(self, key: str, *, tail: list[str] | None = None, **values: Any) -> None:
        """Name the sentence and what it mentions."""
        super().__init__(key)
        self.key = f"error.{key}"
        self.tail = tail or []
        self.values = values


class WrongArgument(BenchmarkFailed):
    """An argument or a file is not as it must be."""
