"""Which kind of person may use what. Who may see whose practice is decided by `bot.storage.sight`."""

from __future__ import annotations

from enum import Enum
from typing import Final

from bot.storage.people_records import ADMIN, GUEST, ROLES, TRAINEE, TRAINER, Person

__all__ = ["ADMIN", "GUEST", "ROLES", "TRAINEE", "TRAINER", "Access", "Person", "allows"]


class Access(Enum):
    """Who may use a page, an action of it, or a part of the interface for programs."""

    EVERYONE = "everyone"
    PRACTISE = "practise"
    """Everyone, or only people with an account where guests are not welcome."""
    SIGNED_IN = "signed_in"
    TRAINERS = "trainers"
    ADMINS = "admins"


_RANKS: Final = {GUEST: 0, TRAINEE: 1, TRAINER: 2, ADMIN: 3}
_NEEDED: Final = {
    Access.EVERYONE: 0,
    Access.PRACTISE: 0,
    Access.SIGNED_IN: 1,
    Access.TRAINERS: 2,
    Access.ADMINS: 3,
}


def allows(access: Access, person: Person, *, guests: bool = True) -> bool:
    """Tell whether a person may; `guests` says whether guests may practise."""
    if access is Access.PRACTISE and not guests:
        return person.role != GUEST
    return _RANKS[person.role] >= _NEEDED[access]
