"""Telling trainees in the chat what they have been set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.coaching.assignment import WHOLE
from bot.services.homework import homework_of, parts_of
from bot.services.homework_blocks import HomeworkVoice
from bot.services.job import Handler, Job
from bot.storage.assignments import DRILL, AssignmentRecord
from bot.storage.records import Reply


def show_assignments(job: Job) -> list[Reply]:
    """Show what the trainee has been set."""
    homework = homework_of(job.uow, job.session.trainee_id, job.turn.received_at)
    return [HomeworkVoice(job.voice).overview(homework)]


def results(job: Job, part: str = WHOLE) -> list[Reply]:
    """Tell what a talk or a drill that has just ended means for the assignments that ask for it."""
    told, now = [], job.turn.received_at
    for one in homework_of(job.uow, job.session.trainee_id, now):
        if part in parts_of(one.assignment) and one.standing.last.get(part) == now.timestamp():
            told.append(HomeworkVoice(job.voice).result(one, part))
    return told


def drill_set(job: Job) -> AssignmentRecord | None:
    """Return the drill set that a command names, if it is one of the trainee's."""
    wanted = str(job.command.values.get("assignment") or "")
    for one in homework_of(job.uow, job.session.trainee_id, job.turn.received_at) if wanted else ():
        if str(one.assignment.id) == wanted and one.assignment.kind == DRILL:
            return one.assignment
    return None


HANDLERS: Final[Mapping[str, Handler]] = {"show_assignments": show_assignments}
