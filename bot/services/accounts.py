"""Accounts as several use cases need them: made, let in, taken for a person."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Final

from bot.services.access import Person
from bot.services.errors import Refused
from bot.services.passwords import LONGEST, SHORTEST
from bot.services.signing import derived_key
from bot.storage.people_records import AccountRecord
from bot.storage.unit_of_work import UnitOfWork

ACCOUNT: Final = "account"
"""The kind of key that an account practises with."""

_TOKEN_BYTES: Final = 32


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
