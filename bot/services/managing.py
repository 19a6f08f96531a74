"""Managing people: teams and their settings, who belongs to them, roles, accounts that are shut."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.services.access import ADMIN, ROLES, TRAINEE, Person
from bot.services.accounts import check_password
from bot.services.errors import NotFound, Refused
from bot.services.numeral import whole_number
from bot.services.passwords import hash_password
from bot.services.signing import SignatureError, sign, verify
from bot.storage.people_records import AccountRecord, AuditRecord, InvitationRecord, TeamRecord
from bot.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

SWITCHES: Final[tuple[str, ...]] = ("private", "pseudonyms", "leaderboard")
"""What a team may turn on."""

NAME_LIMIT: Final = 80
RESET_FOR: Final = 24 * 3600.0
"""Seconds for which a link to a new password can be used."""

AUDIT_PAGE: Final = 100


@dataclass(frozen=True)
class Directory:
    """Who is there, as far as somebody may manage them."""

    accounts: tuple[AccountRecord, ...]
    teams: tuple[TeamRecord, ...]
    members: Mapping[int, frozenset[int]]
    invitations: tuple[InvitationRecord, ...]


def directory(units: UnitOfWorkFactory, *, person: Person, now: datetime) -> Directory:
    """Return the people and teams that somebody manages: all for an admin, their teams for a trainer.

    Who looked is in the audit log.
    """
    with units() as uow:
        uow.audit.add(person.account, "list", "people", "", now=now)
        uow.commit()
    with units(reading=True) as uow:
        teams = uow.teams.of_person(person)
        ids = {team.id for team in teams}
        return Directory(
            accounts=uow.sight.accounts(
                person, uow.accounts.all(teams=None if person.role == ADMIN else ids)
            ),
            teams=teams,
            members={team: inside for team, inside in uow.teams.members().items() if team in ids},
            invitations=tuple(
                found
                for found in uow.invitations.all_open(now)
                if person.role == ADMIN or found.team_id in ids
            ),
        )


def make_team(units: UnitOfWorkFactory, *, person: Person, name: str, now: datetime) -> int:
    """Make a team and return its id; admins only. Raises Refused (name), NotFound."""
    with units() as uow:
        _only_admins(person)
        team = uow.teams.add(_name(name), now=now)
        uow.audit.add(person.account, "make", "team", team.id, now=now)
        uow.commit()
    return team.id


def change_team(
    units: UnitOfWorkFactory, *, person: Person, team: int, name: str, on: frozenset[str], now: datetime
) -> None:
    """Rename a team and turn its switches on and off.

    Only admins may take trainees' privacy away (`private`, `pseudonyms`). Raises NotFound, Refused.
    """
    if not on <= set(SWITCHES):
        raise Refused("switch")
    with units() as uow:
        found = _team(uow, person, team)
        loses = [
            switch for switch in ("private", "pseudonyms") if getattr(found, switch) and switch not in on
        ]
        if loses and person.role != ADMIN:
            raise Refused(loses[0])
        values = {"name": _name(name), **{switch: switch in on for switch in SWITCHES}}
        uow.teams.change(team, **values)
        uow.audit.add(person.account, "change", "team", team, now=now, detail=values)
        uow.commit()


def set_member(
    units: UnitOfWorkFactory, *, person: Person, team: int, account: int, inside: bool, now: datetime
) -> None:
    """Let an account into a team or out of it.

    Admins may for everybody. A trainer may only let go of trainees of their teams. Raises NotFound.
    """
    with units() as uow:
        _team(uow, person, team)
        found = uow.accounts.find(account)
        if found is None:
            raise NotFound
        if person.role != ADMIN and (inside or found.role != TRAINEE or team not in uow.teams.of(account)):
            raise NotFound
        if inside:
            uow.teams.join(team, account)
        else:
            uow.teams.leave(team, account)
        action = "let_in" if inside else "let_go"
        uow.audit.add(person.account, action, "account", account, now=now, detail={"team": team})
        uow.commit()


def set_role(units: UnitOfWorkFactory, *, person: Person, account: int, role: str, now: datetime) -> None:
    """Give an account another role; admins only, and the last admin stays one. Raises NotFound, Refused."""
    if role not in ROLES:
        raise Refused("role")
    with units() as uow:
        found = _account(uow, person, account)
        if found.role == ADMIN and role != ADMIN and uow.accounts.count(ADMIN) == 1:
            raise Refused("last_admin")
        uow.accounts.change(account, role=role)
        uow.audit.add(person.account, "role", "account", account, now=now, detail={"role": role})
        uow.commit()


def set_open(units: UnitOfWorkFactory, *, person: Person, account: int, is_open: bool, now: datetime) -> None:
    """Shut an account, which signs it out everywhere, or open it again; admins only, never their own."""
    with units() as uow:
        found = _account(uow, person, account)
        if found.id == person.account:
            raise Refused("own_account")
        uow.accounts.change(account, disabled_at=None if is_open else now)
        if not is_open:
            uow.sign_ins.end_all(account)
            uow.tokens.revoke_all(account)
        uow.audit.add(person.account, "open" if is_open else "shut", "account", account, now=now)
        uow.commit()


def withdraw(units: UnitOfWorkFactory, *, person: Person, invitation: int, now: datetime) -> None:
    """Make an invitation useless: an admin any, a trainer one into a team of theirs. Raises NotFound."""
    with units() as uow:
        open_ones = {found.id: found for found in uow.invitations.all_open(now)}
        found = open_ones.get(invitation)
        if found is None or (person.role != ADMIN and found.team_id not in person.teams):
            raise NotFound
        uow.invitations.withdraw(invitation)
        uow.audit.add(person.account, "withdraw", "invitation", invitation, now=now)
        uow.commit()


def password_link(
    units: UnitOfWorkFactory, secret: bytes, *, person: Person, account: int, now: datetime
) -> str:
    """Return what lets the owner of an account choose a new password, once; admins only. Raises NotFound."""
    with units() as uow:
        found = _account(uow, person, account)
        uow.audit.add(person.account, "password_link", "account", account, now=now)
        uow.commit()
    timestamp = str(int(now.timestamp()))
    return f"{account}.{timestamp}.{sign(secret, timestamp, _sealed(found))}"


def renew_password(
    units: UnitOfWorkFactory, secret: bytes, *, given: str, password: str, now: datetime
) -> None:
    """Choose a new password by a link, which works no more afterwards; signs out everywhere, programs too.

    Raises NotFound (the link), Refused (password).
    """
    found = password_link_of(units, secret, given=given, now=now)
    check_password(password)
    hashed = hash_password(password)
    with units() as uow:
        uow.accounts.change(found.id, password_hash=hashed)
        uow.sign_ins.end_all(found.id)
        uow.audit.add(found.id, "password", "account", found.id, now=now)
        if uow.tokens.revoke_all(found.id):
            uow.audit.add(found.id, "tokens_revoked", "account", found.id, now=now)
        uow.commit()


def password_link_of(units: UnitOfWorkFactory, secret: bytes, *, given: str, now: datetime) -> AccountRecord:
    """Return the account whose password a link may renew; raises NotFound."""
    id_, _, rest = given.partition(".")
    timestamp, _, signature = rest.partition(".")
    account = whole_number(id_)
    with units(reading=True) as uow:
        found = None if account is None else uow.accounts.find(account)
    if found is None or found.disabled_at is not None:
        raise NotFound
    try:
        verify(secret, timestamp, _sealed(found), signature, now.timestamp(), RESET_FOR)
    except SignatureError as error:
        raise NotFound from error
    return found


def audit_log(
    units: UnitOfWorkFactory,
    *,
    person: Person,
    account: int | None = None,
    subject: str = "",
    subject_id: str = "",
    before: int | None = None,
) -> tuple[tuple[AuditRecord, ...], Mapping[int, str], Mapping[int, str]]:
    """Return a page of the audit log, the newest first, and the names of people and teams; admins only."""
    _only_admins(person)
    with units(reading=True) as uow:
        entries = uow.audit.entries(
            account=account, subject=subject, subject_id=subject_id, before=before, limit=AUDIT_PAGE + 1
        )
        names = {found.id: found.name for found in uow.accounts.all()}
        teams = {team.id: team.name for team in uow.teams.of_person(person)}
    return entries, names, teams


def _sealed(account: AccountRecord) -> bytes:
    """Return what a password link signs: with a new password it changes, and the link is of no use."""
    stored = hashlib.sha256(account.password_hash.encode()).hexdigest()
    return f"password\0{account.id}\0{stored}".encode()


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= NAME_LIMIT:
        raise Refused("name")
    return name


def _team(uow: UnitOfWork, person: Person, team: int) -> TeamRecord:
    found = uow.teams.find(team)
    if found is None or (person.role != ADMIN and (not person.trains or team not in person.teams)):
        raise NotFound
    return found


def _account(uow: UnitOfWork, person: Person, account: int) -> AccountRecord:
    _only_admins(person)
    found = uow.accounts.find(account)
    if found is None:
        raise NotFound
    return found


def _only_admins(person: Person) -> None:
    if person.role != ADMIN:
        raise NotFound
