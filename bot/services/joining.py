"""Joining by a link: the first admin's, given out on the console, and invitations."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from typing import Final

from bot.coaching.taxonomy import LANGS
from bot.services.access import ADMIN, ROLES, TRAINEE, TRAINER, Person
from bot.services.accounts import admit, check_password, make_account, normal_login
from bot.services.errors import NotFound, Refused
from bot.services.passwords import hash_password
from bot.storage.people_records import InvitationRecord
from bot.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

FIRST_FOR: Final = timedelta(hours=24)
INVITED_FOR: Final = timedelta(days=14)
"""For so long a link can be used."""

_TOKEN_BYTES: Final = 24
_LOGIN: Final = re.compile(r"[^\s\x00-\x1f<>\"]{2,254}")
_NAME_LIMIT: Final = 200


def first_invitation(units: UnitOfWorkFactory, *, now: datetime) -> str | None:
    """Return the token by which the first admin joins; None once there is an admin.

    Earlier tokens of this kind no longer work.
    """
    with units() as uow:
        if uow.accounts.count(ADMIN):
            return None
        uow.invitations.withdraw_without_host()
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        uow.invitations.add(token, role=ADMIN, team=None, invited_by=None, now=now, expires=now + FIRST_FOR)
        uow.commit()
    return token


def invite(units: UnitOfWorkFactory, *, person: Person, role: str, team: int | None, now: datetime) -> str:
    """Return the token of a new invitation.

    Admins invite whom they like; trainers invite trainees into teams of theirs. Raises Refused (role, team),
    NotFound (no such team, or neither), Unavailable.
    """
    if not person.trains:
        raise NotFound
    if role not in ROLES or (person.role != ADMIN and role != TRAINEE):
        raise Refused("role")
    if person.role != ADMIN and (team is None or team not in person.teams):
        raise Refused("team")
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    with units() as uow:
        if team is not None and uow.teams.find(team) is None:
            raise NotFound
        uow.invitations.add(
            token, role=role, team=team, invited_by=person.account, now=now, expires=now + INVITED_FOR
        )
        uow.audit.add(person.account, "invite", "team", team or "", now=now, detail={"role": role})
        uow.commit()
    return token


def invitation(units: UnitOfWorkFactory, *, token: str, now: datetime) -> InvitationRecord:
    """Return the invitation of a token; raises NotFound for one that cannot be used (any more)."""
    with units() as uow:
        return _open(uow, token, now)


def join(
    units: UnitOfWorkFactory,
    secret: bytes,
    *,
    token: str,
    login: str,
    name: str,
    password: str,
    lang: str,
    now: datetime,
) -> str:
    """Make an account by an invitation, once, and return the token of its first sign-in.

    Raises NotFound (the link), Refused (login, name, password, lang), Taken (login), Unavailable.
    """
    login, name = normal_login(login), " ".join(name.split())
    if _LOGIN.fullmatch(login) is None:
        raise Refused("login")
    if not 1 <= len(name) <= _NAME_LIMIT:
        raise Refused("name")
    check_password(password)
    if lang not in LANGS:
        raise Refused("lang")
    hashed = hash_password(password)
    with units() as uow:
        found = _open(uow, token, now)
        account = make_account(
            uow, secret, login=login, name=name, role=found.role, lang=lang, password_hash=hashed, now=now
        )
        if found.team_id is not None:
            uow.teams.join(found.team_id, account.id)
        uow.invitations.use(found, account=account.id, now=now)
        uow.audit.add(account.id, "join", "account", account.id, now=now, detail={"role": found.role})
        sign_in_token = admit(uow, account, now)
        uow.commit()
    return sign_in_token


def _open(uow: UnitOfWork, token: str, now: datetime) -> InvitationRecord:
    """Return the invitation of a token if whoever invited could still do so; raises NotFound."""
    found = uow.invitations.open(token, now)
    if found is None or not _may_invite(uow, found):
        raise NotFound
    return found


def _may_invite(uow: UnitOfWork, invited: InvitationRecord) -> bool:
    """Tell whether who gave out a link may do so now: accounts are shut, lose their role, leave teams."""
    if invited.invited_by is None:
        return uow.accounts.count(ADMIN) == 0
    host = uow.accounts.find(invited.invited_by)
    if host is None or host.disabled_at is not None:
        return False
    teams = uow.teams.of(host.id) if host.role == TRAINER and invited.role == TRAINEE else ()
    return host.role == ADMIN or invited.team_id in teams
