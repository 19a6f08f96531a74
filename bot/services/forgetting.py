"""Forgetting: words that are older than they are kept, and people who want their data, or to be forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from bot.services.access import ADMIN, GUEST, Person
from bot.services.accounts import close, is_nobodys
from bot.services.disclosure import Row, lines, of_trainee
from bot.services.errors import NotFound, Refused
from bot.services.passwords import LONGEST, password_fits
from bot.services.slack_ids import slack_ids
from bot.services.slack_rows import slack_rows
from bot.storage.people_records import AccountRecord
from bot.storage.records import TraineeRecord
from bot.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

_AT_ONCE: Final = 50
"""So many sessions are purged in one transaction, so that nobody has to wait for long."""


def purge_old(units: UnitOfWorkFactory, *, keep_days: int, now: datetime) -> int:
    """Delete the words of sessions that nobody used for `keep_days` days; figures stay.

    Returns how many sessions that were. 0 days keeps everything.
    """
    purged = 0
    while keep_days:
        with units() as uow:
            due = uow.forgetting.due(now - timedelta(days=keep_days), _AT_ONCE)
            for session in due:
                uow.forgetting.purge(session, now)
            uow.commit()
        purged += len(due)
        if len(due) < _AT_ONCE:
            break
    return purged


def everything_about(
    units: UnitOfWorkFactory, secret: bytes, *, person: Person, account: int, now: datetime
) -> Iterator[str]:
    """Return all that is kept about the owner of an account, as JSON Lines: each line a row and its table.

    Left out is what is others': what trainers said among themselves. Who looked, and when, is told. For the
    owner, or an admin, who is noted in the audit log. The secret tells which person in Slack they are. Raises
    NotFound.
    """
    with units() as uow:
        found, trainee = _about(uow, person, account)
        if person.account != account:
            uow.audit.add(person.account, "export", "account", account, now=now)
        rows: list[Row] = [("accounts", _told(found)), ("teams", {"ids": sorted(uow.teams.of(account))})]
        rows += [("audit", vars(entry)) for entry in uow.audit.entries(account=account, limit=100_000)]
        rows += uow.forgetting.rows_of_account(account)
        if trainee is not None:
            rows += of_trainee(uow, trainee.id, account=account)
            rows += slack_rows(uow, secret, trainee.id, linked=not is_nobodys(found))
        for tried in uow.editions.tried_by(account):
            rows += uow.forgetting.rows_of(tried)
        uow.commit()
    return lines(rows)


def erase(units: UnitOfWorkFactory, secret: bytes, *, person: Person, account: int, now: datetime) -> None:
    """Erase a person: their practice as a whole, name, login and password, what is kept of them for Slack;
    what they did as a trainer stays, without a name.

    For the owner, or an admin. The last admin cannot be erased. The secret tells which person in Slack they
    are. Raises NotFound, Refused (last_admin).
    """
    with units() as uow:
        found, trainee = _about(uow, person, account)
        if found.role == ADMIN and uow.accounts.count(ADMIN) == 1:
            raise Refused("last_admin")
        if trainee is not None:
            for who in slack_ids(uow, secret, trainee.id):
                uow.slack_people.forget(who)
            uow.forgetting.erase(trainee.id)
        for tried in uow.editions.tried_by(account):
            uow.forgetting.erase(tried)
        close(uow, account, now)
        uow.forgetting.erase_account(account)
        uow.accounts.change(account, name=f"#{account}", pseudonym="")
        uow.audit.add(person.account, "erase", "account", account, now=now)
        uow.commit()


def erase_own(units: UnitOfWorkFactory, secret: bytes, *, person: Person, proof: str, now: datetime) -> None:
    """Erase oneself; the password proves it, or the login where one signs in elsewhere.

    Raises NotFound, Refused (proof, last_admin).
    """
    with units(reading=True) as uow:
        found, _ = _about(uow, person, person.account or 0)
    known = (
        password_fits(found.password_hash, proof[:LONGEST]) if found.password_hash else proof == found.login
    )
    if not known:
        raise Refused("proof")
    erase(units, secret, person=person, account=found.id, now=now)


def _about(uow: UnitOfWork, person: Person, account: int) -> tuple[AccountRecord, TraineeRecord | None]:
    found = uow.accounts.find(account) if person.role == ADMIN or person.account == account else None
    if found is None:
        raise NotFound
    return found, uow.trainees.of_account(account)


def _told(account: AccountRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(account).items() if name != "password_hash"}


def kept_of_guest(units: UnitOfWorkFactory, *, key: str) -> tuple[str, int] | None:
    """Return the name and the number of sessions of who practises with a browser's key, without an account.

    None where nothing is kept of them.
    """
    with units(reading=True) as uow:
        found = uow.trainees.find(key)
        return (
            None if found is None or found.account is not None else (found.name, uow.sessions.count_of(found))
        )


def everything_about_guest(units: UnitOfWorkFactory, *, key: str) -> Iterator[str]:
    """Return all that is kept about a guest, as `everything_about` does; the key is the proof.

    Raises NotFound.
    """
    with units(reading=True) as uow:
        rows = of_trainee(uow, _guest(uow, key).id)
    return lines(rows)


def erase_guest(units: UnitOfWorkFactory, *, key: str, proof: str, now: datetime) -> None:
    """Erase a guest, whose browser's key proves who they are; typing the name confirms it.

    Raises NotFound, Refused (proof).
    """
    with units() as uow:
        guest = _guest(uow, key)
        if proof.split() != guest.name.split():
            raise Refused("proof")
        uow.forgetting.erase(guest.id)
        uow.audit.add(None, "erase", "trainee", guest.id, now=now, detail={"by": GUEST})
        uow.commit()


def _guest(uow: UnitOfWork, key: str) -> TraineeRecord:
    found = uow.trainees.find(key)
    if found is None or found.account is not None:
        raise NotFound
    return found
