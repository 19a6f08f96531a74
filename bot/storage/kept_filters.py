"""Filters of the inbox that trainers keep, for themselves or for a team."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.future import Connection

from bot.storage.digest_tables import kept_filters
from bot.storage.errors import Taken
from bot.storage.inbox_records import KeptFilter
from bot.storage.people_records import Person


class KeptFilters:
    """Filters with a name."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection

    def add(self, *, account: int, name: str, query: str, team: int | None, now: datetime) -> KeptFilter:
        """Keep a filter; raises Taken where the account has one of this name already."""
        values = {"account_id": account, "team_id": team, "name": name, "query": query, "kept_at": now}
        try:
            result = self._connection.execute(insert(kept_filters).values(**values))
        except IntegrityError as error:
            raise Taken from error
        return KeptFilter(int(result.inserted_primary_key[0]), account, name, query, team)

    def find(self, id_: int) -> KeptFilter | None:
        """Return a filter."""
        row = self._connection.execute(select(kept_filters).where(kept_filters.c.id == id_)).first()
        return None if row is None else KeptFilter(row.id, row.account_id, row.name, row.query, row.team_id)

    def of(self, person: Person) -> tuple[KeptFilter, ...]:
        """Return a person's own filters, then those that others share with one of their teams, by name."""
        mine = kept_filters.c.account_id == person.account
        shared = kept_filters.c.team_id.in_(sorted(person.teams))
        query = select(kept_filters).where(or_(mine, shared)).order_by(kept_filters.c.name, kept_filters.c.id)
        found = [
            KeptFilter(row.id, row.account_id, row.name, row.query, row.team_id)
            for row in self._connection.execute(query)
        ]
        return tuple(sorted(found, key=lambda one: one.account != person.account))

    def change(self, id_: int, *, name: str, team: int | None) -> None:
        """Rename a filter, share it with a team or with nobody; raises Taken."""
        where = kept_filters.c.id == id_
        try:
            self._connection.execute(update(kept_filters).where(where).values(name=name, team_id=team))
        except IntegrityError as error:
            raise Taken from error

    def remove(self, id_: int) -> None:
        """Forget a filter."""
        self._connection.execute(delete(kept_filters).where(kept_filters.c.id == id_))
