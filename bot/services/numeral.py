"""Whole numbers as forms and addresses write them. Pure."""

from __future__ import annotations

from typing import Final

_DIGITS: Final = 9
"""So many digits at most: such a number fits every column of the database."""


def whole_number(text: str) -> int | None:
    """Return a whole number that is not negative; None for anything else, such as one that is too huge."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else None
