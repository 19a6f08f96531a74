"""The second row of the header, for who trains others: the rooms of the trainer's part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.services.access import ADMIN, TRAINER, Access, Person, allows


@dataclass(frozen=True)
class Link:
    """A link in the row; its words are `nav.<name>` of the pages' texts."""

    path: str
    name: str
    need: Access = Access.TRAINERS


LINKS: Final[tuple[Link, ...]] = (
    Link("/inbox", "inbox"),
    Link("/figures", "figures"),
    Link("/assignments", "assignments"),
    Link("/authoring", "authoring"),
    Link("/corrections", "corrections"),
    Link("/models", "models"),
    Link("/samples", "samples"),
    Link("/agreement", "agreement"),
    Link("/people", "people"),
    Link("/audit", "audit", Access.ADMINS),
)


def landing(role: str) -> str:
    """Return where somebody goes on who just came in and asked for no page: each to their work."""
    return {ADMIN: "/people", TRAINER: "/inbox"}.get(role, "/")


def links_for(person: Person | None) -> tuple[Link, ...]:
    """Return the links that a person may follow; none for who does not train anybody."""
    if person is None or not person.trains:
        return ()
    return tuple(link for link in LINKS if allows(link.need, person))
