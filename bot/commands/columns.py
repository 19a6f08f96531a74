"""How wide text is on a terminal (a Chinese character: two columns), and where lines may break. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

_NOT_FIRST: Final = frozenset("，。、；：！？）】》〉」』”’…—～·,.;:!?)]}%％°")
_NOT_LAST: Final = frozenset("（【《〈「『“‘([{￥$¥")
_PIECES: Final = re.compile(
    r"\s+|[^\s\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uffe6]+|."
)


def width(text: str) -> int:
    """Return how many columns a text takes."""
    return sum(_columns(character) for character in text)


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """Fill a text up with blanks to a number of columns."""
    blanks = " " * (columns - width(text))
    return blanks + text if right else text + blanks


def wrap(text: str, columns: int, *, indent: str = "") -> list[str]:
    """Break a text into lines of at most `columns`; later lines of a paragraph begin with the indent.

    No line begins with a closing mark or ends with an opening one, as far as the columns allow.
    """
    return [line for paragraph in text.split("\n") for line in _wrapped(paragraph, max(columns, 8), indent)]


def _wrapped(paragraph: str, columns: int, indent: str) -> Iterator[str]:
    line, used = "", 0
    for piece in _unbreakable(paragraph):
        size = width(piece)
        if line and used + width(piece.rstrip()) > columns:
            yield line.rstrip()
            line, used = indent, width(indent)
            piece = piece.lstrip()
            size = width(piece)
        while used + size > columns and used + width(piece.rstrip()) > columns:
            head = _fitting(piece, columns - used)
            yield line + head
            piece = piece[len(head) :]
            line, used, size = indent, width(indent), width(piece)
        line, used = line + piece, used + size
    yield line.rstrip()


def _unbreakable(paragraph: str) -> list[str]:
    """Cut a paragraph where a line may break; blanks stay at the end of the piece before them."""
    pieces: list[str] = []
    for found in _PIECES.findall(paragraph):
        joined = bool(pieces) and (found.isspace() or found[0] in _NOT_FIRST or pieces[-1][-1] in _NOT_LAST)
        if joined and not (pieces[-1][-1].isspace() and not found.isspace()):
            pieces[-1] += found
        else:
            pieces.append(found)
    return pieces


def _fitting(piece: str, columns: int) -> str:
    used = 0
    for place, character in enumerate(piece):
        used += _columns(character)
        if used > columns:
            return piece[: max(place, 1)]
    return piece


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Mn", "Me", "Cc"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
