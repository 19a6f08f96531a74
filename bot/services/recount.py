"""A session told from what is on record, whole or in part, for a reader who may know all of it or less."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, Final

from bot.coaching.labels import as_read
from bot.coaching.review import Event, Review, fold
from bot.services.transcripts import (
    SessionSummary,
    Transcript,
    TranscriptClick,
    TranscriptCorrection,
    TranscriptTalk,
    TranscriptTurn,
)
from bot.storage.records import (
    AppealRecord,
    ClickRecord,
    CorrectionRecord,
    Reply,
    SessionRecord,
    ShownReply,
    TalkRecord,
    TurnRecord,
)
from bot.storage.unit_of_work import UnitOfWork

Practice = dict[int, list[dict[str, Any]]]

_SAID: Final = "text"
_NAME: Final = "name"
"""The kind of block, and the value of it, in which the dojo calls the trainee by name."""


def recount(
    uow: UnitOfWork,
    session: SessionRecord,
    events: Sequence[Event] = (),
    *,
    numbers: tuple[int, int] | None = None,
) -> Transcript:
    """Return what happened in a session.

    Args:
        events: what trainers said, as far as the reader may know.
        numbers: the first and the last turn to tell; None for all.
    """
    review = fold(events)
    shown = groupby(uow.turns.replies_of_session(session, numbers), lambda reply: reply.turn)
    replies = {turn: tuple(group) for turn, group in shown}
    clicks = {click.turn: click for click in uow.clicks.of_session(session, numbers)}
    corrections: dict[int, list[CorrectionRecord]] = {}
    for correction in uow.corrections.of_session(session, numbers):
        corrections.setdefault(correction.turn, []).append(correction)
    talks = uow.talks.of_session(session)
    practice = _practice(uow, session, talks, review, numbers)
    turns = []
    for turn in uow.turns.of_session(session, numbers):
        number, done = turn.number, tuple(practice.get(turn.number, ()))
        told = _turn(turn, replies.get(number, ()), clicks.get(number), corrections.get(number, []))
        turns.append(replace(told, practice=done, labels=_labels(turn, done)))
    by = {event.by for event in events}
    names = uow.accounts.names(one for one in by if one is not None)
    return Transcript(summary_of(session), tuple(turns), tuple(map(_talk, talks)), review, names)


def under_name(transcript: Transcript, name: str) -> Transcript:
    """Return a transcript in which the trainee goes by another name; what they typed stays as it is."""
    real = transcript.session.name
    if name == real:
        return transcript
    turns = tuple(
        replace(
            turn,
            corrections=tuple(replace(item, by=name) for item in turn.corrections),
            replies=tuple(_renamed(reply, real, name) for reply in turn.replies),
        )
        for turn in transcript.turns
    )
    return replace(transcript, session=replace(transcript.session, name=name), turns=turns)


def _renamed(reply: Reply, real: str, name: str) -> Reply:
    said = str(reply.values.get(_NAME, ""))
    if reply.kind != _SAID or not real or real not in said:
        return reply
    # Nowhere else: in other texts the letters of a name are part of words, and what is missing would tell it.
    return replace(reply, values={**reply.values, _NAME: said.replace(real, name)})


def summary_of(session: SessionRecord) -> SessionSummary:
    """Return a session as it is listed."""
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
        trainee_id=session.trainee_id,
        handed_in_at=session.handed_in_at,
    )


def _talk(talk: TalkRecord) -> TranscriptTalk:
    return TranscriptTalk(
        talk.id,
        talk.scenario,
        talk.state,
        talk.outcome,
        talk.score,
        talk.final_score,
        talk.started_at,
        talk.ended_at,
    )


def _labels(turn: TurnRecord, practice: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the bot's labels of what was typed in a turn."""
    if turn.reading is None:
        return {}
    judged = (one.get("assessment") or (one.get("data") or {}).get("assessment") for one in practice)
    return as_read(turn.reading, next((one for one in judged if one), None))


def _practice(
    uow: UnitOfWork,
    session: SessionRecord,
    talks: Sequence[TalkRecord],
    review: Review,
    numbers: tuple[int, int] | None,
) -> Practice:
    """Return what each turn was in a role-play or a drill, by the number of the turn."""
    practice: Practice = {}
    if talks:
        _add_talks(practice, uow, session, {talk.id: talk for talk in talks}, review, numbers)
    for answer in uow.drills.answers_in(session, numbers):
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


def _add_talks(
    practice: Practice,
    uow: UnitOfWork,
    session: SessionRecord,
    talks: Mapping[int, TalkRecord],
    review: Review,
    numbers: tuple[int, int] | None,
) -> None:
    appeals: dict[int, list[dict[str, Any]]] = {}
    for appeal in uow.talks.appeals_in(session):
        appeals.setdefault(appeal.talk_turn_id, []).append(_appeal(appeal, review))
    for turn in uow.talks.turns_in(session, numbers):
        talk = talks[turn.talk_id]
        entry = {
            "talk": talk.id,
            "scenario": talk.scenario,
            "what": "reply" if turn.number else "start",
            "talk_turn": turn.id,
            "number": turn.number,
            "attempt": turn.attempt,
            "superseded": turn.superseded,
            "type": turn.type,
            "line": turn.line,
            "assessment": turn.assessment,
            "final_score": turn.final_score,
            "state": turn.talk,
            "course": turn.course,
            "appeals": appeals.get(turn.id, []),
        }
        if not turn.number:
            entry.update(
                seed=talk.seed, versions=talk.versions, level=talk.level,
                outcome=talk.outcome, score=talk.score, final_talk_score=talk.final_score,
            )  # fmt: skip
        practice.setdefault(turn.turn, []).append(entry)
    for event in uow.talks.events_in(session, numbers):
        talk = talks[event.talk_id]
        entry = {"talk": talk.id, "scenario": talk.scenario, "what": event.kind, "data": event.data}
        practice.setdefault(event.turn, []).append(entry)


def _appeal(appeal: AppealRecord, review: Review) -> dict[str, Any]:
    told: dict[str, Any] = {
        "appeal": appeal.id,
        "rule": appeal.rule,
        "reason": appeal.reason,
        "state": appeal.state,
    }
    answer = review.answers.get(appeal.id)
    if answer is not None:
        told["answer"] = {key: answer.data[key] for key in ("verdict", "points", "reason")}
    return told


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
