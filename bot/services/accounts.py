"""Accounts as several use cases need them: made, let in, taken for a person."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bot.services.access import TRAINEE, Person
from bot.services.errors import Refused
from bot.services.passwords import LONGEST, SHORTEST
from bot.services.signing import derived_key
from bot.storage.people_records import AccountRecord
from bot.storage.records import TraineeRecord
from bot.storage.unit_of_work import UnitOfWork

ACCOUNT: Final = "account"
"""The kind of key that an account practises with."""

_VOUCHED: Final = "vouched:"
"""What the login of an account begins with that nobody asked for: a channel vouched for a person."""

_MARK_CHARACTERS: Final = 12
_TOKEN_BYTES: Final = 32


@dataclass(frozen=True)
class Newcomer:
    """Somebody whom a channel vouches for, and the team that they join.

    Attributes:
        ids: what they are known by there, such as ("slack", workspace, user).
        team: its name.
    """

    ids: tuple[str, ...]
    team: str
    secret: bytes = field(repr=False)

    @property
    def login(self) -> str:
        """What their account is called by: it says who it is, and nobody can take it before them."""
        mark = derived_key(self.secret, "login", *self.ids)[:_MARK_CHARACTERS]
        return normal_login(f"{_VOUCHED}{':'.join(self.ids)}:{mark}")


def make_account(
    uow: UnitOfWork,
    secret: bytes,
    *,
    login: str,
    name: str,
    role: str,
    lang: str,
    password_hash: str,
    now: datetime,
    oidc_subject: str | None = None,
) -> AccountRecord:
    """Make an account and the trainee as whom it practises; raises Taken."""
    account = uow.accounts.add(
        login=login,
        name=name,
        pseudonym=f"#{secrets.randbelow(9000) + 1000}-{secrets.randbelow(90) + 10}",
        role=role,
        lang=lang,
        password_hash=password_hash,
        now=now,
        oidc_subject=oidc_subject,
    )
    uow.trainees.ensure(derived_key(secret, ACCOUNT, account.id), name=name, now=now, account=account.id)
    return account


def settle(uow: UnitOfWork, trainee: TraineeRecord, *, newcomer: Newcomer, lang: str, now: datetime) -> None:
    """Give a newcomer an account of their own in their team, once; the trainee becomes the account's.

    Where there is no such team they stay a guest.
    """
    team = uow.teams.named(newcomer.team)
    if team is None or trainee.account is not None or uow.trainees.lock(trainee.id) is None:
        return
    account = make_account(
        uow,
        newcomer.secret,
        login=newcomer.login,
        name=trainee.name or newcomer.login,
        role=TRAINEE,
        lang=lang,
        password_hash="",
        now=now,
    )
    uow.teams.join(team.id, account.id)
    uow.audit.add(account.id, "join", "account", account.id, now=now, detail={"role": TRAINEE})
    own = uow.trainees.of_account(account.id)
    assert own is not None
    uow.trainees.merge(trainee, own)


def is_nobodys(account: AccountRecord) -> bool:
    """Tell whether an account was made for whom a channel vouched for, and nobody can sign in to it."""
    return account.login.startswith(_VOUCHED) and not account.password_hash and account.oidc_subject is None


def close(uow: UnitOfWork, account: int, now: datetime) -> None:
    """End an account for good: nobody signs in to it, it is in no team, and its login is free."""
    for team in uow.teams.of(account):
        uow.teams.leave(team, account)
    uow.sign_ins.end_all(account)
    uow.tokens.revoke_all(account)
    uow.accounts.change(account, login=f"#{account}", password_hash="", oidc_subject=None, disabled_at=now)


def admit(uow: UnitOfWork, account: AccountRecord, now: datetime) -> str:
    """Sign a browser in for an account that has proved itself; returns the browser's token."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    uow.sign_ins.add(token, account=account.id, now=now)
    return token


def person_of_account(account: AccountRecord, teams: frozenset[int], secret: bytes) -> Person:
    """Return the person that an account stands for."""
    return Person(
        key=derived_key(secret, ACCOUNT, account.id),
        role=account.role,
        account=account.id,
        name=account.name,
        lang=account.lang,
        teams=teams,
    )


def normal_login(login: str) -> str:
    """Return a login as it is compared: without blanks around it, in lower case."""
    return login.strip().lower()[:254]


def check_password(password: str) -> None:
    """Refuse a password that is too short, too long, or one character again and again."""
    if not SHORTEST <= len(password) <= LONGEST or len(set(password)) < 4:
        raise Refused("password")
