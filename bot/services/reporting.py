"""Reporting: the list of sessions, and everything that happened in one."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import Any

from bot.services.errors import NotFound
from bot.services.transcripts import (
    SessionSummary,
    Transcript,
    TranscriptClick,
    TranscriptCorrection,
    TranscriptTurn,
)
from bot.storage.records import ClickRecord, CorrectionRecord, SessionRecord, ShownReply, TurnRecord
from bot.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory


def list_sessions(
    units: UnitOfWorkFactory, *, limit: int = 50, offset: int = 0
) -> tuple[SessionSummary, ...]:
    """Return everybody's sessions, the latest active first: for who runs the dojo, not for trainees."""
    with units(reading=True) as uow:
        return tuple(_summary(session) for session in uow.sessions.recent(limit=limit, offset=offset))


def own_sessions(
    units: UnitOfWorkFactory, *, trainee_key: str, limit: int = 50, offset: int = 0
) -> tuple[SessionSummary, ...]:
    """Return a trainee's own sessions, the latest active first; none for a key that nobody has."""
    with units(reading=True) as uow:
        trainee = uow.trainees.find(trainee_key)
        if trainee is None:
            return ()
        found = uow.sessions.recent(trainee=trainee, limit=limit, offset=offset)
    return tuple(_summary(session) for session in found)


def transcript(units: UnitOfWorkFactory, session: str) -> Transcript:
    """Return a session for who runs the dojo; raises NotFound, Unavailable."""
    with units(reading=True) as uow:
        found = uow.sessions.find(session)
        if found is None:
            raise NotFound
        return _transcript(uow, found)


def own_transcript(units: UnitOfWorkFactory, *, session: str, trainee_key: str) -> Transcript:
    """Return a trainee's own session; raises NotFound for any other, Unavailable."""
    with units(reading=True) as uow:
        found = uow.sessions.find(session)
        if found is None or not uow.sessions.belongs_to(found, trainee_key):
            raise NotFound
        return _transcript(uow, found)


def _transcript(uow: UnitOfWork, session: SessionRecord) -> Transcript:
    replies = {
        turn: tuple(shown) for turn, shown in groupby(uow.turns.replies_of_session(session), lambda r: r.turn)
    }
    clicks = {click.turn: click for click in uow.clicks.of_session(session)}
    corrections: dict[int, list[CorrectionRecord]] = {}
    for correction in uow.corrections.of_session(session):
        corrections.setdefault(correction.turn, []).append(correction)
    practice = _practice(uow, session)
    turns = tuple(
        replace(
            _turn(
                turn, replies.get(turn.number, ()), clicks.get(turn.number), corrections.get(turn.number, [])
            ),
            practice=tuple(practice.get(turn.number, ())),
        )
        for turn in uow.turns.of_session(session)
    )
    return Transcript(_summary(session), turns)


def _practice(uow: UnitOfWork, session: SessionRecord) -> dict[int, list[dict[str, Any]]]:
    """Return what each turn was in a role-play or a drill, by the number of the turn."""
    practice: dict[int, list[dict[str, Any]]] = {}
    for talk in uow.talks.of_session(session):
        common = {"talk": talk.id, "scenario": talk.scenario}
        appeals: dict[int, list[dict[str, str]]] = {}
        for appeal in uow.talks.appeals_of(talk):
            told = {"rule": appeal.rule, "reason": appeal.reason, "state": appeal.state}
            appeals.setdefault(appeal.talk_turn_id, []).append(told)
        for turn in uow.talks.turns_of(talk, valid=False):
            entry = {
                **common,
                "what": "reply" if turn.number else "start",
                "number": turn.number,
                "attempt": turn.attempt,
                "superseded": turn.superseded,
                "type": turn.type,
                "line": turn.line,
                "assessment": turn.assessment,
                "state": turn.talk,
                "course": turn.course,
                "appeals": appeals.get(turn.id, []),
            }
            if not turn.number:
                entry.update(
                    seed=talk.seed, versions=talk.versions, level=talk.level,
                    outcome=talk.outcome, score=talk.score,
                )  # fmt: skip
            practice.setdefault(turn.turn, []).append(entry)
        for event in uow.talks.events_of(talk):
            entry = {**common, "what": event.kind, "data": event.data}
            practice.setdefault(event.turn, []).append(entry)
    for answer in uow.drills.answers_in(session):
        entry = {
            "drill": answer.drill_id,
            "what": "drill_answer",
            "type": answer.type,
            "method": answer.method,
            "kind": answer.kind,
            "asked": answer.asked,
            "given": answer.given,
            "correct": answer.correct,
            "score": answer.score,
            "data": answer.data,
        }
        practice.setdefault(answer.turn, []).append(entry)
    return practice


def _turn(
    turn: TurnRecord,
    replies: tuple[ShownReply, ...],
    click: ClickRecord | None,
    corrections: list[CorrectionRecord],
) -> TranscriptTurn:
    return TranscriptTurn(
        number=turn.number,
        message_id=turn.message_id,
        kind=turn.kind,
        text=turn.text,
        state=turn.state,
        received_at=turn.received_at,
        answered_at=turn.answered_at,
        lang=turn.lang,
        product=turn.product,
        reading=turn.reading,
        command=turn.command,
        replies=tuple(shown.reply for shown in replies),
        click=None if click is None else TranscriptClick(click.intent, click.about_turn, click.values),
        corrections=tuple(
            TranscriptCorrection(item.from_type, item.to_type, item.by, item.corrected_at)
            for item in corrections
        ),
    )


def _summary(session: SessionRecord) -> SessionSummary:
    return SessionSummary(
        public_id=session.public_id,
        name=session.name,
        channel=session.channel,
        lang=session.lang,
        product=session.product,
        opened_at=session.opened_at,
        active_at=session.active_at,
        turns=session.last_turn,
        purged_at=session.purged_at,
    )
