"""People and installations of workspaces, tokens encrypted.  Functions work in a caller's transaction."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy.engine import Connection

from bot.channels.slack_plan import SlackPerson
from bot.channels.slack_tables import installations, people

_KNOW: Final = sa.text(
    'INSERT INTO slack_people (workspace, "user", name, locale, zone, im, wishes, asked_at)'
    " VALUES (:workspace, :user, '', '', '', '', '{}', 0) ON CONFLICT DO NOTHING"
)
_INSTALL: Final = sa.text(
    "INSERT INTO slack_installations"
    " (workspace, name, bot_user, token, installed_by, installed_at, revoked_at)"
    " VALUES (:workspace, :name, :bot_user, :token, :installed_by, :installed_at, NULL)"
    " ON CONFLICT (workspace) DO UPDATE SET name = :name, bot_user = :bot_user, token = :token,"
    " installed_by = :installed_by, installed_at = :installed_at, revoked_at = NULL"
)


class Seal:
    """Encrypts tokens with a key made of the dojo's secret."""

    def __init__(self, secret: str) -> None:
        """Derive the key."""
        key = hmac.new(secret.encode(), b"slack tokens", hashlib.sha256).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def close(self, token: str) -> str:
        """Encrypt a token."""
        return self._fernet.encrypt(token.encode()).decode()

    def open(self, sealed: str) -> str:
        """Decrypt a token; empty if it was encrypted with another secret."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return ""


@dataclass(frozen=True)
class Installation:
    """A workspace that installed the app; `token` is empty where it was revoked."""

    workspace: str
    name: str
    bot_user: str
    token: str = field(repr=False)
    installed_by: str = ""


@dataclass(frozen=True)
class Known:
    """A person as the database has them: `im` is their direct messages with the bot (empty: not known)."""

    person: SlackPerson
    im: str
    asked_at: float


def install(made: Installation, seal: Seal, now: float, connection: Connection) -> None:
    """Keep an installation; a later one of the same workspace takes its place."""
    values = {
        "workspace": made.workspace,
        "name": made.name,
        "bot_user": made.bot_user,
        "token": seal.close(made.token),
        "installed_by": made.installed_by,
        "installed_at": now,
    }
    connection.execute(_INSTALL, values)


def installed(workspace: str, seal: Seal, connection: Connection) -> Installation | None:
    """Return a workspace's installation, None where there is none or it was revoked."""
    mine = sa.and_(installations.c.workspace == workspace, installations.c.revoked_at.is_(None))
    row = connection.execute(sa.select(installations).where(mine)).first()
    token = seal.open(row.token) if row is not None else ""
    return Installation(row.workspace, row.name, row.bot_user, token, row.installed_by) if token else None


def know(workspace: str, user: str, connection: Connection) -> Known:
    """Return a person, made if new."""
    known = find(workspace, user, connection)
    if known is None:
        connection.execute(_KNOW, {"workspace": workspace, "user": user})
        known = find(workspace, user, connection)
    assert known is not None
    return known


def find(workspace: str, user: str, connection: Connection) -> Known | None:
    """Return a person, None for somebody new."""
    mine = sa.and_(people.c.workspace == workspace, people.c.user == user)
    row = connection.execute(sa.select(people).where(mine)).first()
    return None if row is None else Known(_person(row), row.im, row.asked_at)


def learn(workspace: str, user: str, learnt: Mapping[str, Any], connection: Connection) -> None:
    """Keep what Slack says of a person: `name`, `locale`, `zone`, `im`, `asked_at`."""
    mine = sa.and_(people.c.workspace == workspace, people.c.user == user)
    connection.execute(_KNOW, {"workspace": workspace, "user": user})
    connection.execute(sa.update(people).where(mine).values(**learnt))


def wish(workspace: str, user: str, wishes: Mapping[str, Any], connection: Connection) -> None:
    """Keep what a person asked for; None forgets a wish."""
    mine = sa.and_(people.c.workspace == workspace, people.c.user == user)
    connection.execute(_KNOW, {"workspace": workspace, "user": user})
    query = sa.select(people.c.wishes).where(mine).with_for_update()
    changed = {**json.loads(connection.execute(query).scalar_one()), **wishes}
    kept = {name: value for name, value in changed.items() if value is not None}
    connection.execute(sa.update(people).where(mine).values(wishes=json.dumps(kept)))


def wishing(name: str, connection: Connection) -> list[SlackPerson]:
    """Return everybody who asked for something, in workspaces that have the app."""
    living = sa.select(installations.c.workspace).where(installations.c.revoked_at.is_(None))
    query = sa.select(people).where(people.c.wishes != "{}", people.c.workspace.in_(living))
    found = [_person(row) for row in connection.execute(query)]
    return [person for person in found if name in person.wishes]


def _person(row: Any) -> SlackPerson:
    return SlackPerson(row.workspace, row.user, row.name, row.locale, row.zone, json.loads(row.wishes))
