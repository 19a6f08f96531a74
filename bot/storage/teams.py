"""Teams and who belongs to them; the log of who looked at or changed others' data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, insert, select, update
from sqlalchemy.future import Connection

from bot.storage.people_records import AuditRecord, Person, TeamRecord
from bot.storage.people_tables import audit, memberships, teams
from bot.storage.repositories import insert_once

_AT_ONCE: Final = 500
"""So many ids are asked for in one query."""


class Teams:
    """Teams."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection

    def add(self, name: str, *, now: datetime) -> TeamRecord:
        """Make a team."""
        result = self._connection.execute(insert(teams).values(name=name, created_at=now))
        made = self.find(int(result.inserted_primary_key[0]))
        assert made is not None
        return made

    def find(self, id_: int) -> TeamRecord | None:
        """Return a team by its id."""
        row = self._connection.execute(select(teams).where(teams.c.id == id_)).first()
        return None if row is None else TeamRecord(**row._mapping)

    def all(self) -> tuple[TeamRecord, ...]:
        """Return all teams by name."""
        query = select(teams).order_by(teams.c.name, teams.c.id)
        return tuple(TeamRecord(**row._mapping) for row in self._connection.execute(query))

    def named(self, name: str) -> TeamRecord | None:
        """Return the first team with a name."""
        return next((team for team in self.all() if team.name == name), None)

    def change(self, id_: int, **values: Any) -> None:
        """Change a team's name or settings."""
        self._connection.execute(update(teams).where(teams.c.id == id_).values(**values))

    def join(self, team: int, account: int) -> None:
        """Make an account a member; one that is a member already stays so."""
        insert_once(self._connection, memberships, {"team_id": team, "account_id": account})

    def leave(self, team: int, account: int) -> None:
        """End a membership."""
        self._connection.execute(
            delete(memberships).where(memberships.c.team_id == team, memberships.c.account_id == account)
        )

    def of(self, account: int) -> frozenset[int]:
        """Return the ids of an account's teams."""
        query = select(memberships.c.team_id).where(memberships.c.account_id == account)
        return frozenset(self._connection.execute(query).scalars())

    def members(self) -> dict[int, frozenset[int]]:
        """Return the members' accounts of every team."""
        found: dict[int, set[int]] = {}
        for row in self._connection.execute(select(memberships)):
            found.setdefault(row.team_id, set()).add(row.account_id)
        return {team: frozenset(inside) for team, inside in found.items()}

    def of_person(self, person: Person) -> tuple[TeamRecord, ...]:
        """Return the teams that a person may look into: all for an admin."""
        everything = self.all()
        return everything if person.role == "admin" else tuple(t for t in everything if t.id in person.teams)


class Audit:
    """Who looked at or changed somebody else's data."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection

    def add(
        self,
        account: int | None,
        action: str,
        subject: str,
        subject_id: object,
        *,
        now: datetime,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Write an entry, such as ("read", "session", its public id); it is never changed again.

        Args:
            account: who did it; None for who sits at the dojo's machine, and for a guest.
            action: a verb, `read`, `comment`, `export` ...; it has a name in the pages' texts.
            subject: what it was done to: `session`, `account`, `team` ...
        """
        self._connection.execute(
            insert(audit).values(
                at=now,
                account_id=account,
                action=action,
                subject=subject,
                subject_id=str(subject_id)[:128],
                detail=dict(detail or {}),
            )
        )

    def entries(
        self,
        *,
        account: int | None = None,
        subject: str = "",
        subject_id: str = "",
        before: int | None = None,
        limit: int = 100,
    ) -> tuple[AuditRecord, ...]:
        """Return entries, the newest first: of one account, about one subject, before an entry's id."""
        query = select(audit).order_by(audit.c.id.desc()).limit(limit)
        if account is not None:
            query = query.where(audit.c.account_id == account)
        if subject:
            query = query.where(audit.c.subject == subject)
        if subject_id:
            query = query.where(audit.c.subject_id == subject_id)
        if before is not None:
            query = query.where(audit.c.id < before)
        return self._select(query)

    def about(self, subject: str, ids: Iterable[str]) -> tuple[AuditRecord, ...]:
        """Return all entries about some subjects of a kind."""
        wanted = sorted(ids)
        return tuple(
            entry
            for first in range(0, len(wanted), _AT_ONCE)
            for entry in self._select(
                select(audit).where(
                    audit.c.subject == subject, audit.c.subject_id.in_(wanted[first : first + _AT_ONCE])
                )
            )
        )

    def _select(self, query: Any) -> tuple[AuditRecord, ...]:
        return tuple(
            AuditRecord(row.id, row.at, row.account_id, row.action, row.subject, row.subject_id, row.detail)
            for row in self._connection.execute(query)
        )
