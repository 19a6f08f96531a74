"""Issuing tokens to programs, and finding out who calls with one."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.services.access import TRAINEE, Person
from bot.services.accounts import person_of_account
from bot.services.errors import NotFound, Refused
from bot.storage.tokens import TokenRecord
from bot.storage.unit_of_work import UnitOfWorkFactory

SESSIONS_READ: Final = "sessions:read"
REVIEWS_READ: Final = "reviews:read"
REVIEWS_WRITE: Final = "reviews:write"
EXPORTS_READ: Final = "exports:read"
ASSIGNMENTS_READ: Final = "assignments:read"
ASSIGNMENTS_WRITE: Final = "assignments:write"
PEOPLE_READ: Final = "people:read"
SCOPES: Final[tuple[str, ...]] = (
    SESSIONS_READ,
    REVIEWS_READ,
    REVIEWS_WRITE,
    EXPORTS_READ,
    ASSIGNMENTS_READ,
    ASSIGNMENTS_WRITE,
    PEOPLE_READ,
)
"""What a token may be for. It never allows more than its account may do."""

LONGEST_DAYS: Final = 366
NAME_LIMIT: Final = 80
MOST: Final = 20
"""So many tokens somebody may have."""

_TOKEN_BYTES: Final = 32
_PREFIX: Final = "dojo_"
_SEEN_EVERY: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class Caller:
    """For whom a program calls, and what its token is for."""

    person: Person
    scopes: frozenset[str]
    token: int


def issue(
    units: UnitOfWorkFactory, *, person: Person, name: str, scopes: Iterable[str], days: int, now: datetime
) -> str:
    """Make a token and return it; it is shown only now.

    Raises Refused (name, scopes, days, too_many), NotFound for who trains nobody.
    """
    if person.account is None or not person.trains:
        raise NotFound
    name, wanted = " ".join(name.split()), set(scopes)
    if not 1 <= len(name) <= NAME_LIMIT:
        raise Refused("name")
    if not wanted or not wanted <= set(SCOPES):
        raise Refused("scopes")
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused("days")
    token = _PREFIX + secrets.token_urlsafe(_TOKEN_BYTES)
    kept = tuple(scope for scope in SCOPES if scope in wanted)
    with units() as uow:
        if len(uow.tokens.of(person.account)) >= MOST:
            raise Refused("too_many")
        uow.tokens.add(
            token, account=person.account, name=name, scopes=kept, now=now, expires=now + timedelta(days=days)
        )
        detail = {"name": name, "scopes": list(kept)}
        uow.audit.add(person.account, "token", "account", person.account, now=now, detail=detail)
        uow.commit()
    return token


def own_tokens(units: UnitOfWorkFactory, *, person: Person) -> tuple[TokenRecord, ...]:
    """Return the person's tokens, the newest first."""
    if person.account is None:
        return ()
    with units(reading=True) as uow:
        return uow.tokens.of(person.account)


def revoke(units: UnitOfWorkFactory, *, person: Person, token: int, now: datetime) -> None:
    """Make one of one's own tokens useless; raises NotFound."""
    with units() as uow:
        if person.account is None or token not in {one.id for one in uow.tokens.of(person.account)}:
            raise NotFound
        uow.tokens.revoke(token)
        uow.audit.add(person.account, "token_revoked", "account", person.account, now=now)
        uow.commit()


def revoke_all(units: UnitOfWorkFactory, *, person: Person, now: datetime) -> None:
    """Make all of one's own tokens useless; raises NotFound for a guest."""
    if person.account is None:
        raise NotFound
    with units() as uow:
        if uow.tokens.revoke_all(person.account):
            uow.audit.add(person.account, "tokens_revoked", "account", person.account, now=now)
        uow.commit()


def who_calls(units: UnitOfWorkFactory, secret: bytes, *, token: str, now: datetime) -> Caller | None:
    """Return for whom a program calls; None for a token that is not good (any more)."""
    with units(reading=True) as uow:
        found = uow.tokens.find(token)
        account = uow.accounts.find(found.account_id) if found else None
        if found is None or account is None or found.expires_at <= now or account.disabled_at is not None:
            return None
        if account.role == TRAINEE:
            return None
        person = person_of_account(account, uow.teams.of(account.id), secret)
    if found.used_at is None or now - found.used_at > _SEEN_EVERY:
        with units() as uow:
            uow.tokens.used(found.id, now)
            uow.commit()
    return Caller(person, frozenset(found.scopes), found.id)
