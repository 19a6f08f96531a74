"""Signing in with an identity provider: who its subject is here, or becomes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.services.access import ADMIN, TRAINEE
from bot.services.accounts import admit, make_account, normal_login
from bot.services.errors import NotFound
from bot.storage.people_records import AccountRecord
from bot.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory


@dataclass(frozen=True)
class Subject:
    """Somebody whom an identity provider vouches for (OpenID Connect Core 1.0, section 2).

    Attributes:
        issuer, id: together they stand for the person for ever (claims `iss`, `sub`).
        email: only believed where the provider verified it.
    """

    issuer: str
    id: str
    name: str = ""
    email: str = ""
    verified: bool = False

    @property
    def key(self) -> str:
        """What an account remembers of it."""
        return f"{self.issuer} {self.id}"


def sign_in_subject(
    units: UnitOfWorkFactory, secret: bytes, *, subject: Subject, team: str, lang: str, now: datetime
) -> str:
    """Return the token of a new sign-in for a subject.

    It is the account that it signed in to before; else the one whose login is its verified e-mail address;
    else a new trainee in the team with a name, where one is named. Raises NotFound: nobody here.
    """
    with units() as uow:
        account = uow.accounts.by_subject(subject.key) or _by_email(uow, subject)
        if account is None and team:
            account = _newcomer(uow, secret, subject, team, lang, now)
        if account is None or account.disabled_at is not None:
            raise NotFound
        token = admit(uow, account, now)
        uow.audit.add(account.id, "sign_in", "account", account.id, now=now, detail={"by": subject.issuer})
        uow.commit()
    return token


def _by_email(uow: UnitOfWork, subject: Subject) -> AccountRecord | None:
    """Link the account whose login is the subject's address; one that is linked already is another's.

    Nobody ever proved that a login is their own address: whoever chose it, before its owner came, gets in no
    more. Only an admin's password stays, by which somebody gets in when the provider is away; it takes an
    admin to make one.
    """
    if not subject.verified or not subject.email:
        return None
    account = uow.accounts.by_login(normal_login(subject.email))
    if account is None or account.oidc_subject is not None or account.disabled_at is not None:
        return None
    uow.accounts.change(account.id, oidc_subject=subject.key)
    if account.role != ADMIN:
        uow.accounts.change(account.id, password_hash="")
        uow.sign_ins.end_all(account.id)
        uow.tokens.revoke_all(account.id)
    return account


def _newcomer(
    uow: UnitOfWork, secret: bytes, subject: Subject, team: str, lang: str, now: datetime
) -> AccountRecord | None:
    found = uow.teams.named(team)
    if found is None:
        return None
    login = normal_login(subject.email) if subject.verified and subject.email else ""
    if not login or uow.accounts.by_login(login) is not None:
        login = subject.key[:254]
    account = make_account(
        uow,
        secret,
        login=login,
        name=" ".join(subject.name.split())[:200] or login,
        role=TRAINEE,
        lang=lang,
        password_hash="",
        now=now,
        oidc_subject=subject.key,
    )
    uow.teams.join(found.id, account.id)
    return account
