"""Assignments, who has them, and the tries that count for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, func, insert, or_, select, true, update
from sqlalchemy.future import Connection

from bot.storage.assignment_tables import assignees, assignments
from bot.storage.people_records import TRAINEE, Person
from bot.storage.people_tables import accounts, memberships
from bot.storage.records import ENDED
from bot.storage.repositories import insert_once
from bot.storage.sight import visible
from bot.storage.tables import drill_answers, drills, sessions, talks, trainees

SCENARIO: Final = "scenario"
DRILL: Final = "drill"
KINDS: Final[tuple[str, ...]] = (SCENARIO, DRILL)


@dataclass(frozen=True)
class AssignmentRecord:
    """Something to practise.

    Attributes:
        kind: `scenario` or `drill`.
        target: `{"scenarios": [ids]}`, or `{"types": [ids], "methods": [ids], "answers": how many at least}`.
        everybody: for the whole team, also for who joins it later.
        due_at: the deadline, if there is one.
        pass_mark: points from 0 to 100 that a try needs.
        attempts: how many tries count; 0 for any number.
    """

    id: int
    team_id: int
    kind: str
    title: str
    target: dict[str, Any]
    everybody: bool
    due_at: datetime | None
    pass_mark: int
    attempts: int
    set_by: int
    set_at: datetime
    withdrawn_at: datetime | None = None


@dataclass(frozen=True)
class Try:
    """A talk or a drill that was ended.

    Attributes:
        part: the scenario, or an empty text for a drill.
        answers: for a drill, each answer as type, method and points.
    """

    trainee: int
    part: str
    score: int
    ended_at: datetime
    answers: tuple[tuple[str, str, int], ...] = ()


class Assignments:
    """What trainers set."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection

    def add(
        self,
        *,
        team: int,
        kind: str,
        title: str,
        target: Mapping[str, Any],
        people: Iterable[int],
        due_at: datetime | None,
        pass_mark: int,
        attempts: int,
        set_by: int,
        now: datetime,
    ) -> int:
        """Set an assignment for some accounts, or for the whole team where none is named; returns its id."""
        named = sorted(set(people))
        result = self._connection.execute(
            insert(assignments).values(
                team_id=team,
                kind=kind,
                title=title,
                target=dict(target),
                everybody=not named,
                due_at=due_at,
                pass_mark=pass_mark,
                attempts=attempts,
                set_by=set_by,
                set_at=now,
            )
        )
        id_ = int(result.inserted_primary_key[0])
        for account in named:
            self._connection.execute(insert(assignees).values(assignment_id=id_, account_id=account))
        return id_

    def find(self, id_: int) -> AssignmentRecord | None:
        """Return an assignment by its id."""
        row = self._connection.execute(select(assignments).where(assignments.c.id == id_)).first()
        return None if row is None else AssignmentRecord(**row._mapping)

    def of_teams(self, teams: Iterable[int], *, limit: int = 100) -> tuple[AssignmentRecord, ...]:
        """Return what stands for some teams, the newest first."""
        return self._select(assignments.c.team_id.in_(sorted(teams)), limit=limit)

    def hand_over(self, source: int, target: int) -> None:
        """Set another account, of the same person, what an account was set by name."""
        mine = select(assignees.c.assignment_id).where(assignees.c.account_id == source)
        for assignment in self._connection.execute(mine).scalars().all():
            insert_once(self._connection, assignees, {"assignment_id": assignment, "account_id": target})
        self._connection.execute(delete(assignees).where(assignees.c.account_id == source))

    def of_account(self, account: int, *, limit: int = 100) -> tuple[AssignmentRecord, ...]:
        """Return what an account has to do or has done, the newest first; a whole team are its trainees."""
        teams = (
            select(memberships.c.team_id)
            .join(accounts, accounts.c.id == memberships.c.account_id)
            .where(memberships.c.account_id == account, accounts.c.role == TRAINEE)
        )
        named = select(assignees.c.assignment_id).where(assignees.c.account_id == account)
        mine = or_(
            assignments.c.everybody.is_(True) & assignments.c.team_id.in_(teams),
            assignments.c.everybody.is_(False) & assignments.c.id.in_(named),
        )
        return self._select(mine, limit=limit)

    def people(self, assignment: AssignmentRecord) -> Mapping[int, int]:
        """Return who has an assignment: the trainee of each account."""
        if assignment.everybody:
            inside = select(memberships.c.account_id).where(memberships.c.team_id == assignment.team_id)
            who = accounts.c.id.in_(inside) & (accounts.c.role == TRAINEE)
        else:
            who = accounts.c.id.in_(
                select(assignees.c.account_id).where(assignees.c.assignment_id == assignment.id)
            )
        query = (
            select(accounts.c.id, trainees.c.id.label("trainee"))
            .join(trainees, trainees.c.account_id == accounts.c.id)
            .where(who, accounts.c.disabled_at.is_(None), trainees.c.merged_into.is_(None))
        )
        return {row.id: row.trainee for row in self._connection.execute(query)}

    def withdraw(self, id_: int, now: datetime) -> None:
        """Take an assignment back; what was practised for it stays."""
        self._connection.execute(update(assignments).where(assignments.c.id == id_).values(withdrawn_at=now))

    def tries(
        self, assignment: AssignmentRecord, trainees_: Sequence[int], *, seen_by: Person | None = None
    ) -> tuple[Try, ...]:
        """Return the ended talks or drills that people began after an assignment was set, oldest first.

        Args:
            seen_by: who looks at others' tries; those in sessions that they may not see are left out.
        """
        seen = true() if seen_by is None else visible(seen_by)
        if assignment.kind == SCENARIO:
            return self._talks(assignment, trainees_, seen)
        return self._drills(assignment, trainees_, seen)

    def _talks(self, assignment: AssignmentRecord, trainees_: Sequence[int], seen: Any) -> tuple[Try, ...]:
        query = (
            select(talks, func.coalesce(talks.c.reviewed_score, talks.c.score).label("final"))
            .join(sessions, sessions.c.id == talks.c.session_id)
            .where(
                seen,
                talks.c.trainee_id.in_(trainees_),
                talks.c.scenario.in_(assignment.target["scenarios"]),
                talks.c.state == ENDED,
                talks.c.score.is_not(None),
                talks.c.started_at >= assignment.set_at,
            )
            .order_by(talks.c.ended_at, talks.c.id)
        )
        return tuple(
            Try(row.trainee_id, row.scenario, row.final, row.ended_at)
            for row in self._connection.execute(query)
        )

    def _drills(self, assignment: AssignmentRecord, trainees_: Sequence[int], seen: Any) -> tuple[Try, ...]:
        query = (
            select(drill_answers, drills.c.ended_at)
            .join(drills, drills.c.id == drill_answers.c.drill_id)
            .join(sessions, sessions.c.id == drills.c.session_id)
            .where(
                seen,
                drills.c.trainee_id.in_(trainees_),
                drills.c.state == ENDED,
                drills.c.started_at >= assignment.set_at,
            )
            .order_by(drills.c.ended_at, drills.c.id, drill_answers.c.id)
        )
        found: dict[int, Try] = {}
        for row in self._connection.execute(query):
            known = found.get(row.drill_id) or Try(row.trainee_id, "", 0, row.ended_at)
            points = 100 * row.correct if row.score is None else row.score
            answer = (row.type, row.method, int(points))
            found[row.drill_id] = Try(known.trainee, "", 0, known.ended_at, (*known.answers, answer))
        return tuple(found.values())

    def _select(self, where: Any, *, limit: int) -> tuple[AssignmentRecord, ...]:
        query = (
            select(assignments)
            .where(where, assignments.c.withdrawn_at.is_(None))
            .order_by(assignments.c.id.desc())
            .limit(limit)
        )
        return tuple(AssignmentRecord(**row._mapping) for row in self._connection.execute(query))
