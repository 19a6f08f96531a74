"""Accounts, the links that invite people, and the browsers that are signed in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.future import Connection

from bot.storage.errors import Taken
from bot.storage.people_records import AccountRecord, InvitationRecord, SignInRecord
from bot.storage.people_tables import accounts, invitations, memberships, sign_in_failures, sign_ins


def token_hash(token: str) -> str:
    """Return what is stored of a random token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class Accounts:
    """People who can sign in."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection

    def add(
        self,
        *,
        login: str,
        name: str,
        pseudonym: str,
        role: str,
        lang: str,
        password_hash: str,
        now: datetime,
        oidc_subject: str | None = None,
    ) -> AccountRecord:
        """Make an account; raises Taken where somebody has the login or the subject already."""
        values: dict[str, Any] = {
            "login": login,
            "name": name,
            "pseudonym": pseudonym,
            "role": role,
            "lang": lang,
            "password_hash": password_hash,
            "oidc_subject": oidc_subject,
            "created_at": now,
            "disabled_at": None,
        }
        try:
            with self._connection.begin_nested():
                result = self._connection.execute(insert(accounts).values(**values))
        except IntegrityError as error:
            raise Taken("login") from error
        return AccountRecord(id=int(result.inserted_primary_key[0]), **values)

    def find(self, id_: int) -> AccountRecord | None:
        """Return an account by its id."""
        return self._first(accounts.c.id == id_)

    def by_login(self, login: str) -> AccountRecord | None:
        """Return the account with a login."""
        return self._first(accounts.c.login == login)

    def by_subject(self, subject: str) -> AccountRecord | None:
        """Return the account that an identity provider's subject signs in to."""
        return self._first(accounts.c.oidc_subject == subject)

    def change(self, id_: int, **values: Any) -> None:
        """Change columns of an account."""
        self._connection.execute(update(accounts).where(accounts.c.id == id_).values(**values))

    def all(self, *, teams: Iterable[int] | None = None) -> tuple[AccountRecord, ...]:
        """Return the accounts by name: all, or those in some teams."""
        query = select(accounts).order_by(accounts.c.name, accounts.c.id)
        if teams is not None:
            inside = select(memberships.c.account_id).where(memberships.c.team_id.in_(list(teams)))
            query = query.where(accounts.c.id.in_(inside))
        return tuple(AccountRecord(**row._mapping) for row in self._connection.execute(query))

    def names(self, ids: Iterable[int]) -> dict[int | None, str]:
        """Return the names of some accounts by their ids."""
        query = select(accounts.c.id, accounts.c.name).where(accounts.c.id.in_(sorted({*ids})))
        return {row.id: row.name for row in self._connection.execute(query)}

    def count(self, role: str) -> int:
        """Count the accounts with a role that are not disabled."""
        query = select(func.count()).where(accounts.c.role == role, accounts.c.disabled_at.is_(None))
        return int(self._connection.execute(query).scalar_one())

    def _first(self, where: Any) -> AccountRecord | None:
        row = self._connection.execute(select(accounts).where(where)).first()
        return None if row is None else AccountRecord(**row._mapping)


class Invitations:
    """Links by which people join."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection

    def add(
        self,
        token: str,
        *,
        role: str,
        team: int | None,
        invited_by: int | None,
        now: datetime,
        expires: datetime,
    ) -> None:
        """Record an invitation."""
        self._connection.execute(
            insert(invitations).values(
                token_hash=token_hash(token),
                role=role,
                team_id=team,
                invited_by=invited_by,
                made_at=now,
                expires_at=expires,
            )
        )

    def open(self, token: str, now: datetime) -> InvitationRecord | None:
        """Return the invitation of a token if it can still be used; no one else can use it meanwhile."""
        query = (
            select(invitations)
            .where(
                invitations.c.token_hash == token_hash(token),
                invitations.c.used_at.is_(None),
                invitations.c.expires_at > now,
            )
            .with_for_update()
        )
        row = self._connection.execute(query).first()
        return None if row is None else _invitation(row._mapping)

    def use(self, invitation: InvitationRecord, *, account: int, now: datetime) -> None:
        """Record who used an invitation."""
        self._connection.execute(
            update(invitations).where(invitations.c.id == invitation.id).values(used_by=account, used_at=now)
        )

    def withdraw(self, id_: int) -> None:
        """Make an unused invitation useless."""
        self._connection.execute(
            delete(invitations).where(invitations.c.id == id_, invitations.c.used_at.is_(None))
        )

    def withdraw_without_host(self) -> None:
        """Withdraw the unused links that the console gave out."""
        self._connection.execute(
            delete(invitations).where(invitations.c.invited_by.is_(None), invitations.c.used_at.is_(None))
        )

    def all_open(self, now: datetime) -> tuple[InvitationRecord, ...]:
        """Return the invitations that can still be used, the newest first."""
        query = (
            select(invitations)
            .where(invitations.c.used_at.is_(None), invitations.c.expires_at > now)
            .order_by(invitations.c.id.desc())
        )
        return tuple(_invitation(row._mapping) for row in self._connection.execute(query))


class SignIns:
    """Browsers that are signed in, and attempts that failed."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection

    def add(self, token: str, *, account: int, now: datetime) -> None:
        """Record that a browser with this token is signed in."""
        self._connection.execute(
            insert(sign_ins).values(
                token_hash=token_hash(token), account_id=account, signed_in_at=now, seen_at=now
            )
        )

    def find(self, token: str) -> SignInRecord | None:
        """Return the sign-in of a token."""
        row = self._connection.execute(
            select(sign_ins).where(sign_ins.c.token_hash == token_hash(token))
        ).first()
        return None if row is None else SignInRecord(row.id, row.account_id, row.signed_in_at, row.seen_at)

    def saw(self, sign_in: SignInRecord, now: datetime) -> None:
        """Remember when a signed-in browser was here last."""
        self._connection.execute(update(sign_ins).where(sign_ins.c.id == sign_in.id).values(seen_at=now))

    def end(self, token: str) -> None:
        """Sign one browser out."""
        self._connection.execute(delete(sign_ins).where(sign_ins.c.token_hash == token_hash(token)))

    def end_all(self, account: int) -> None:
        """Sign an account out everywhere."""
        self._connection.execute(delete(sign_ins).where(sign_ins.c.account_id == account))

    def wait_turn(self, who: Iterable[str]) -> None:
        """Let attempts under a name go one after another, until each transaction ends.

        On SQLite there is only one writer anyway. Names are to be given in the same order always.
        """
        if self._connection.dialect.name == "postgresql":
            for name in who:
                key = int(token_hash(name)[:15], 16)
                self._connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})

    def failed(self, who: Iterable[str], now: datetime, forget_before: datetime) -> tuple[int, ...]:
        """Record a failed attempt under names that stand for login and address; drop what is old.

        Returns what takes it back.
        """
        self._connection.execute(delete(sign_in_failures).where(sign_in_failures.c.failed_at < forget_before))
        rows = ({"who": token_hash(name), "failed_at": now} for name in who)
        made = [self._connection.execute(insert(sign_in_failures).values(**row)) for row in rows]
        return tuple(int(result.inserted_primary_key[0]) for result in made)

    def take_back(self, attempt: Iterable[int]) -> None:
        """Forget an attempt that did not fail after all."""
        self._connection.execute(delete(sign_in_failures).where(sign_in_failures.c.id.in_(list(attempt))))

    def failures(self, who: str, since: datetime) -> tuple[datetime, ...]:
        """Return when attempts under a name failed, the latest first."""
        query = (
            select(sign_in_failures.c.failed_at)
            .where(sign_in_failures.c.who == token_hash(who), sign_in_failures.c.failed_at > since)
            .order_by(sign_in_failures.c.failed_at.desc())
            .limit(100)
        )
        return tuple(row.failed_at for row in self._connection.execute(query))

    def forgive(self, who: str) -> None:
        """Forget the failures under a name."""
        self._connection.execute(delete(sign_in_failures).where(sign_in_failures.c.who == token_hash(who)))


def _invitation(row: Any) -> InvitationRecord:
    return InvitationRecord(**{key: value for key, value in row.items() if key != "token_hash"})
