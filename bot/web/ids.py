"""Ids as forms and addresses name them: one that makes no sense is not found, it is never left out."""

from __future__ import annotations

from bot.services.errors import NotFound
from bot.services.numeral import whole_number


def id_of(text: object) -> int:
    """Return an id; raises NotFound for what cannot be one."""
    found = whole_number(str(text))
    if found is None:
        raise NotFound
    return found


def id_if_any(text: object) -> int | None:
    """Return an id, None where none is given; raises NotFound for what cannot be one."""
    return id_of(text) if text else None
