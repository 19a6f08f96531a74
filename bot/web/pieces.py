"""Which content file, which version a request is about."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request

from bot.content.editable import Piece, piece
from bot.services.errors import NotFound

_DIGITS: Final = 6


def piece_in(request: Request[Any]) -> Piece:
    """Return the file that an address names; raises NotFound."""
    found = piece(request.path_params["kind"], request.path_params["stem"])
    if found is None:
        raise NotFound
    return found


def version_in(text: object) -> int:
    """Return the number of a version, 0 for the packaged file; raises NotFound for anything else."""
    digits = str(text or "0")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= _DIGITS):
        raise NotFound
    return int(digits)


def address(of: Piece, below: str = "") -> str:
    """Return the address of a file's page."""
    return f"/authoring/{of.kind}/{of.stem}{below}"
