"""Assignments as they stand: for one person, and for everybody who has one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.coaching.assignment import OPEN, OVERDUE, WHOLE, Attempt, Standing, drill_score, standing
from bot.services.access import Person
from bot.storage.assignments import SCENARIO, AssignmentRecord, Try
from bot.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Homework:
    """An assignment and how somebody stands with it."""

    assignment: AssignmentRecord
    standing: Standing

    @property
    def pending(self) -> bool:
        """Whether there is something to do."""
        return self.standing.state in (OPEN, OVERDUE)


def parts_of(assignment: AssignmentRecord) -> Sequence[str]:
    """Return the parts of an assignment: its scenarios, or the one part of a drill set."""
    return [str(id_) for id_ in assignment.target["scenarios"]] if assignment.kind == SCENARIO else [WHOLE]


def standings(
    uow: UnitOfWork,
    assignment: AssignmentRecord,
    trainees: Sequence[int],
    now: datetime,
    *,
    seen_by: Person | None = None,
) -> Mapping[int, Standing]:
    """Return how each of some trainees stands with an assignment: as they know it, or as `seen_by` somebody
    who may not see all that they practise."""
    tries: dict[int, list[Attempt]] = {trainee: [] for trainee in trainees}
    for one in uow.assignments.tries(assignment, trainees, seen_by=seen_by):
        score = _score(assignment, one)
        if score is not None:
            tries[one.trainee].append(Attempt(one.part, score, one.ended_at.timestamp()))
    return {
        trainee: standing(
            parts_of(assignment),
            own,
            pass_mark=assignment.pass_mark,
            attempts=assignment.attempts,
            due=None if assignment.due_at is None else assignment.due_at.timestamp(),
            now=now.timestamp(),
        )
        for trainee, own in tries.items()
    }


def homework_of(uow: UnitOfWork, trainee: int, now: datetime) -> tuple[Homework, ...]:
    """Return what a trainee has been set: what is overdue, then what is open, then the rest."""
    account = uow.trainees.account_of(trainee)
    if account is None:
        return ()
    found = [
        Homework(assignment, standings(uow, assignment, [trainee], now)[trainee])
        for assignment in uow.assignments.of_account(account)
    ]
    urgent = {OVERDUE: 0, OPEN: 1}
    return tuple(sorted(found, key=lambda one: (urgent.get(one.standing.state, 2), _due(one.assignment))))


def _due(assignment: AssignmentRecord) -> float:
    return float("inf") if assignment.due_at is None else assignment.due_at.timestamp()


def _score(assignment: AssignmentRecord, one: Try) -> int | None:
    if assignment.kind == SCENARIO:
        return one.score
    target = assignment.target
    return drill_score(
        one.answers, types=target["types"], methods=target["methods"], least=int(target["answers"])
    )
