"""The role-play that a message is about: its record, its latest turn, its scenario."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

from bot.coaching.scenario import Scenario
from bot.coaching.talk import OPEN, Talk
from bot.services.job import Handler, Job
from bot.storage.records import ENDED, PAUSED, RUNNING, Reply, TalkRecord, TalkTurnRecord


@dataclass(frozen=True)
class OpenTalk:
    """A talk that can go on; `last` is the turn that it goes on from."""

    record: TalkRecord
    last: TalkTurnRecord
    scenario: Scenario

    @functools.cached_property
    def state(self) -> Talk:
        """How things stand between seller and customer."""
        return Talk.from_json(self.last.talk)


TalkHandler = Callable[[Job, OpenTalk], list[Reply]]
"""Answers a message about a talk; the job speaks the language of the talk."""


def about_talk(*states: str, or_leave: bool = False) -> Callable[[TalkHandler], Handler]:
    """Make a handler of one that needs a talk: the latest of the session in a state (any, if none is given).

    Without a talk the answer says so. A talk whose scenario has changed so that it cannot go on is ended.

    Args:
        or_leave: without a talk, take what is typed next as a customer's words.
    """

    def with_talk(handle: TalkHandler) -> Handler:
        @functools.wraps(handle)
        def handler(job: Job) -> list[Reply]:
            record = job.uow.talks.latest(job.session, *states)
            if record is None:
                if or_leave:
                    job.expect("")
                return no_talk(job)
            job = job.in_language(record.lang)
            found = _open(job, record)
            if found is None:
                return _abandon(job, record) if record.state != ENDED else no_talk(job)
            return handle(job, found)

        return handler

    return with_talk


def put_aside(job: Job) -> None:
    """Pause the talk that runs, to begin something else; nothing is lost."""
    running = job.uow.talks.latest(job.session, RUNNING)
    if running is not None:
        job.uow.talks.set_state(running, PAUSED)


def no_talk(job: Job) -> list[Reply]:
    """Tell that there is no talk to speak of."""
    return [job.voice.notice("utter_practice_no_talk")]


def _open(job: Job, record: TalkRecord) -> OpenTalk | None:
    """Return a talk with its turn and its scenario; None where the content has changed since.

    The scenario is the one that the talk began with, as long as any version of it is known.
    """
    mark = str(record.versions.get("scenario", ""))
    scenario = job.shelf.scenario(job.uow, job.voice.content, record.scenario, mark)
    last = job.uow.talks.last_turn(record)
    if scenario is None or last is None:
        return None
    known = [state["id"] for state in last.talk["concerns"]]
    if known != [concern.id for concern in scenario.concerns]:
        return None
    return OpenTalk(record, last, scenario)


def _abandon(job: Job, record: TalkRecord) -> list[Reply]:
    """End a talk whose scenario is gone."""
    job.uow.talks.end(record, outcome=OPEN, score=None, card={}, now=job.turn.received_at)
    job.expect("")
    return [job.voice.notice("utter_practice_changed")]
