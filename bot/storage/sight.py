"""What a person may see of others' practice: decided here, in SQL, for every page and program.

Everybody sees their own sessions. A trainer sees those of the trainees in their teams; where a team's
practice is private only those that were handed in. An admin sees all, guests' too. Sessions that try a draft
of the content are practice of nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import and_, exists, false, func, or_, select
from sqlalchemy.future import Connection

from bot.storage.edition_records import PREVIEW
from bot.storage.edition_tables import previews
from bot.storage.people_records import ADMIN, TRAINEE, TRAINER, AccountRecord, Person
from bot.storage.people_tables import accounts, memberships, teams
from bot.storage.records import SessionRecord
from bot.storage.repositories import Sessions, key_hash
from bot.storage.tables import sessions, trainees

_MOST_NAMED = 200
_KNOWN = trainees.alias("sight_known")
_HIDES = exists(
    select(memberships.c.team_id)
    .join(teams, teams.c.id == memberships.c.team_id)
    .where(memberships.c.account_id == accounts.c.id, teams.c.pseudonyms.is_(True))
)
"""The condition that trainers see a pseudonym instead of an account's name."""


def own(person: Person) -> Any:
    """Return the condition that a row of `sessions` is the person's own."""
    mine = (
        select(func.coalesce(_KNOWN.c.merged_into, _KNOWN.c.id))
        .where(_KNOWN.c.key_hash == key_hash(person.key))
        .scalar_subquery()
    )
    return sessions.c.trainee_id == mine


def visible(person: Person) -> Any:
    """Return the condition that a person may see a row of `sessions` of others."""
    if person.role == ADMIN:
        return sessions.c.channel != PREVIEW
    if person.role != TRAINER or not person.teams:
        return false()
    return shown_to_trainers(memberships.c.team_id.in_(sorted(person.teams)))


def shown_to_trainers(*where: Any) -> Any:
    """Return the condition that trainers may see a row of `sessions`: of any team, or where more holds."""
    return exists(
        select(memberships.c.team_id)
        .join(teams, teams.c.id == memberships.c.team_id)
        .join(accounts, accounts.c.id == memberships.c.account_id)
        .join(trainees, trainees.c.account_id == accounts.c.id)
        .where(
            trainees.c.id == sessions.c.trainee_id,
            accounts.c.role == TRAINEE,
            *where,
            or_(teams.c.private.is_(False), sessions.c.handed_in_at.is_not(None)),
        )
    )


@dataclass(frozen=True)
class Scope:
    """Whose sessions somebody may see, by the ids of the trainees.

    Attributes:
        everybody: no restriction; the ids then say nothing.
        all_of: those of whom they see every session; handed_in_of: of whom only what was handed in.
    """

    everybody: bool = False
    all_of: tuple[int, ...] = ()
    handed_in_of: tuple[int, ...] = ()


class Sight:
    """Looks things up for a person, never more than they may see."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection

    def session(self, person: Person, public_id: str, *, others_only: bool = False) -> SessionRecord | None:
        """Return a session that a person may see; None for any other, as if it did not exist."""
        allowed = visible(person) if others_only else or_(own(person), visible(person))
        found = Sessions(self._connection).find(public_id)
        if found is None:
            return None
        query = select(sessions.c.id).where(and_(sessions.c.id == found.id, allowed))
        return None if self._connection.execute(query).first() is None else found

    def trainees(self, person: Person, team: int | None = None) -> tuple[int, ...]:
        """Return the ids of the trainees whom a person trains: in one team, or in all of theirs.

        An admin who names no team gets everybody, guests too.
        """
        if person.role == ADMIN and team is None:
            tries = exists(select(previews.c.session_id).where(previews.c.trainee_id == trainees.c.id))
            query = select(trainees.c.id).where(trainees.c.merged_into.is_(None), ~tries)
            return tuple(self._connection.execute(query.order_by(trainees.c.id)).scalars())
        if not person.trains or (team is not None and person.role != ADMIN and team not in person.teams):
            return ()
        wanted = sorted(person.teams) if team is None else [team]
        query = (
            select(trainees.c.id)
            .join(accounts, accounts.c.id == trainees.c.account_id)
            .join(memberships, memberships.c.account_id == accounts.c.id)
            .where(
                memberships.c.team_id.in_(wanted),
                accounts.c.role == TRAINEE,
                trainees.c.merged_into.is_(None),
            )
            .distinct()
            .order_by(trainees.c.id)
        )
        return tuple(self._connection.execute(query).scalars())

    def scope(self, person: Person, team: int | None = None) -> Scope:
        """Return whose sessions a person may see, as `visible` decides it: of one team, or of all."""
        if person.role == ADMIN:
            return Scope(everybody=True) if team is None else Scope(all_of=self.trainees(person, team))
        theirs = self.trainees(person, team)
        if not theirs:
            return Scope()
        query = (
            select(trainees.c.id)
            .join(accounts, accounts.c.id == trainees.c.account_id)
            .join(memberships, memberships.c.account_id == accounts.c.id)
            .join(teams, teams.c.id == memberships.c.team_id)
            .where(memberships.c.team_id.in_(sorted(person.teams)), teams.c.private.is_(False))
        )
        shared = set(self._connection.execute(query).scalars())
        return Scope(
            all_of=tuple(one for one in theirs if one in shared),
            handed_in_of=tuple(one for one in theirs if one not in shared),
        )

    def names(self, person: Person, of: Iterable[int]) -> dict[int, str]:
        """Return how trainees are called before a person: by a pseudonym where one of the trainee's teams
        wants it and the person is a trainer; by name otherwise."""
        wanted = list(of)
        query = (
            select(trainees.c.id, trainees.c.name, accounts.c.name.label("known_as"), accounts.c.pseudonym,
                   _HIDES.label("hidden"))
            .select_from(trainees.outerjoin(accounts, accounts.c.id == trainees.c.account_id))
            .where(trainees.c.id.in_(wanted))
        )  # fmt: skip
        shown = {}
        for row in self._connection.execute(query):
            hidden = row.hidden and person.role == TRAINER
            shown[row.id] = row.pseudonym if hidden else row.known_as or row.name
        return shown

    def named(self, person: Person, text: str, team: int | None = None) -> dict[int, str]:
        """Return the trainees whom a person trains and knows by a name that holds a text, in any case."""
        if person.role == ADMIN and team is None:
            # Everybody there is, guests too: the database looks through their names.
            like = [
                func.lower(column).contains(text.lower(), autoescape=True)
                for column in (accounts.c.name, trainees.c.name)
            ]
            query = (
                select(trainees.c.id)
                .select_from(trainees.outerjoin(accounts, accounts.c.id == trainees.c.account_id))
                .where(trainees.c.merged_into.is_(None), or_(*like))
                .order_by(trainees.c.id.desc())
                .limit(_MOST_NAMED)
            )
            candidates = set(self._connection.execute(query).scalars())
        else:
            candidates = set(self.trainees(person, team))
        names = self.names(person, candidates)
        return {id_: name for id_, name in names.items() if text.casefold() in name.casefold()}

    def accounts(self, person: Person, of: Iterable[AccountRecord]) -> tuple[AccountRecord, ...]:
        """Return accounts as a person may know them, by the name that they go by: before a trainer, trainees
        of a team that wants pseudonyms have no other name, and no login."""
        known = tuple(of)
        if person.role == TRAINER:
            query = select(accounts.c.id).where(accounts.c.role == TRAINEE, _HIDES)
            hidden = set(self._connection.execute(query).scalars())
            known = tuple(
                replace(one, name=one.pseudonym, login="", oidc_subject=None) if one.id in hidden else one
                for one in known
            )
        return tuple(sorted(known, key=lambda one: (one.name, one.id)))
