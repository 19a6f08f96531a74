"""Which content file, which version a request is about."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request

from bot.content.editable import Piece, piece
from bot.services.documents import Document
from bot.services.errors import NotFound
from bot.web.wording import Speech

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


def stem_name(stem: str, speech: Speech) -> str:
    """Return what a file that has no name or title of its own is about, in words."""
    return speech(f"authoring.piece.{stem}") if f"authoring.piece.{stem}" in speech else stem


def document_name(found: Document, speech: Speech) -> str:
    """Return what a file is about, in words, as it stands there, whatever else is wrong with it."""
    said = found.value if isinstance(found.value, dict) else {}
    named = said.get("title") or said.get("name")
    words = named.get(speech.lang) if isinstance(named, dict) else ""
    return words if isinstance(words, str) and words.strip() else stem_name(found.piece.stem, speech)


def address(of: Piece, below: str = "") -> str:
    """Return the address of a file's page."""
    return f"/authoring/{of.kind}/{of.stem}{below}"
