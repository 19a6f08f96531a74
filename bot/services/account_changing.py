"""What people change about their own account."""

from __future__ import annotations

from datetime import datetime

from bot.coaching.taxonomy import LANGS
from bot.services.access import Person
from bot.services.accounts import check_password
from bot.services.errors import NotFound, Refused
from bot.services.passwords import LONGEST, hash_password, password_fits
from bot.services.tallies import refresh_for
from bot.storage.people_records import AccountRecord, TeamRecord
from bot.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

_NAME_LIMIT = 200
_ALL = 10_000


def own_account(units: UnitOfWorkFactory, *, person: Person) -> tuple[AccountRecord, tuple[TeamRecord, ...]]:
    """Return the person's account and teams; raises NotFound for a guest."""
    with units(reading=True) as uow:
        account = _own(uow, person)
        return account, tuple(team for team in uow.teams.all() if team.id in uow.teams.of(account.id))


def practised_as_guest(units: UnitOfWorkFactory, *, guest_key: str) -> int:
    """Return how many sessions were held with a browser's key by somebody who has no account."""
    with units(reading=True) as uow:
        guest = uow.trainees.find(guest_key)
        return 0 if guest is None or guest.account is not None else uow.sessions.count_of(guest)


def take_over(units: UnitOfWorkFactory, *, person: Person, guest_key: str, now: datetime) -> None:
    """Make what was practised as a guest in a browser the person's own; raises NotFound."""
    with units() as uow:
        account = _own(uow, person)
        guest, own = uow.trainees.find(guest_key), uow.trainees.of_account(account.id)
        if guest is None or guest.account is not None or own is None:
            raise NotFound
        taken = [session.id for session in uow.sessions.recent(trainee=guest, limit=_ALL)]
        uow.trainees.merge(guest, own)
        uow.audit.add(account.id, "take_over", "account", account.id, now=now)
        uow.commit()
    refresh_for(units, taken)


def change_profile(units: UnitOfWorkFactory, *, person: Person, name: str, lang: str) -> None:
    """Change one's name and language; raises Refused (name, lang)."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= _NAME_LIMIT:
        raise Refused("name")
    if lang not in LANGS:
        raise Refused("lang")
    with units() as uow:
        account = _own(uow, person)
        uow.accounts.change(account.id, name=name, lang=lang)
        uow.trainees.ensure(person.key, name=name, now=account.created_at, account=account.id)
        uow.commit()


def change_password(
    units: UnitOfWorkFactory, *, person: Person, old: str, new: str, end_tokens: bool, now: datetime
) -> None:
    """Change one's password, which signs out every browser; raises Refused (old, password).

    Args:
        end_tokens: programs that call with one's tokens are to be shut out as well.
    """
    with units(reading=True) as uow:
        account = _own(uow, person)
    if not password_fits(account.password_hash, old[:LONGEST]):
        raise Refused("old")
    check_password(new)
    hashed = hash_password(new)
    with units() as uow:
        uow.accounts.change(account.id, password_hash=hashed)
        uow.sign_ins.end_all(account.id)
        uow.audit.add(account.id, "password", "account", account.id, now=now)
        if end_tokens and uow.tokens.revoke_all(account.id):
            uow.audit.add(account.id, "tokens_revoked", "account", account.id, now=now)
        uow.commit()


def sign_out_everywhere(units: UnitOfWorkFactory, *, person: Person) -> None:
    """End all sign-ins of the person's account."""
    with units() as uow:
        uow.sign_ins.end_all(_own(uow, person).id)
        uow.commit()


def _own(uow: UnitOfWork, person: Person) -> AccountRecord:
    found = None if person.account is None else uow.accounts.find(person.account)
    if found is None:
        raise NotFound
    return found
