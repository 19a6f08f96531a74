"""Values about people: who looks, accounts, teams, invitations, audit entries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

GUEST: Final = "guest"
TRAINEE: Final = "trainee"
TRAINER: Final = "trainer"
ADMIN: Final = "admin"
ROLES: Final[tuple[str, ...]] = (TRAINEE, TRAINER, ADMIN)
"""The roles that an account may have; a guest has none."""


@dataclass(frozen=True)
class Person:
    """Who asks for something.

    Attributes:
        key: the secret key that their practice belongs to.
        account: None for a guest.
        teams: the ids of the teams that they belong to; a trainer trains these.
    """

    key: str = field(repr=False)
    role: str = GUEST
    account: int | None = None
    name: str = ""
    lang: str = ""
    teams: frozenset[int] = frozenset()

    @property
    def trains(self) -> bool:
        """Whether they may look at others' practice at all."""
        return self.role in (TRAINER, ADMIN)


@dataclass(frozen=True)
class AccountRecord:
    """An account. An empty password hash lets nobody in by password."""

    id: int
    login: str
    name: str
    pseudonym: str
    role: str
    lang: str
    password_hash: str = field(repr=False)
    oidc_subject: str | None
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True)
class TeamRecord:
    """A team and what holds in it.

    Attributes:
        private: trainers see a session only once it was handed in.
        pseudonyms: trainers see pseudonyms instead of names.
        leaderboard: the dashboard ranks the members.
    """

    id: int
    name: str
    private: bool
    pseudonyms: bool
    leaderboard: bool
    created_at: datetime


@dataclass(frozen=True)
class InvitationRecord:
    """A link that lets one person join; only the hash of its token is kept."""

    id: int
    role: str
    team_id: int | None
    invited_by: int | None
    made_at: datetime
    expires_at: datetime
    used_by: int | None
    used_at: datetime | None


@dataclass(frozen=True)
class SignInRecord:
    """A browser that is signed in."""

    id: int
    account_id: int
    signed_in_at: datetime
    seen_at: datetime


@dataclass(frozen=True)
class AuditRecord:
    """Who did what to whose data; `account` is None for who sits at the dojo's machine, and for a guest."""

    id: int
    at: datetime
    account: int | None
    action: str
    subject: str
    subject_id: str
    detail: dict[str, Any]
