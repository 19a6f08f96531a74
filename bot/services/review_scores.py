"""The scores of a talk and its replies as trainers left them: overrides and upheld appeals."""

from __future__ import annotations

from collections.abc import Mapping

from bot.coaching.amends import amended, amended_talk
from bot.coaching.assessment import Assessment, Rubric
from bot.coaching.review import UPHELD, Review, fold
from bot.storage.records import ENDED, SessionRecord, TalkRecord, TalkTurnRecord
from bot.storage.unit_of_work import UnitOfWork


def settle_scores(uow: UnitOfWork, talk: TalkRecord, review: Review, rubric: Rubric) -> None:
    """Bring the scores that count for a talk and its replies up to date with what holds about it.

    An override counts as long as the talk has not gone on since; an upheld appeal changes its reply and,
    where the reply was not redone, the talk.
    """
    turns = [turn for turn in uow.talks.turns_of(talk, valid=False) if turn.assessment]
    changes = _changes(review)
    for turn in turns:
        score = _judged(turn, changes)[1].score if turn.id in changes else None
        if score != turn.reviewed_score:
            uow.talks.amend_turn(turn, score)
    score = _score(talk, [turn for turn in turns if not turn.superseded], review, changes, rubric)
    if score != talk.reviewed_score:
        uow.talks.amend(talk, score)


def settle_ended(uow: UnitOfWork, session: SessionRecord, talk_id: int, rubric: Rubric) -> None:
    """Bring the scores of a talk up to date that has just ended, perhaps not for the first time."""
    events = uow.reviews.of_session(session)
    talk = uow.talks.by_id(session, talk_id) if events else None
    if talk is not None:
        settle_scores(uow, talk, fold(events), rubric)


def _score(
    talk: TalkRecord,
    turns: list[TalkTurnRecord],
    review: Review,
    changes: Mapping[int, Mapping[str, int]],
    rubric: Rubric,
) -> int | None:
    if talk.state != ENDED or talk.score is None or not turns:
        return None
    override = review.scores.get(talk.id)
    if override and override.data["score"] is not None and override.data["after"] == turns[-1].id:
        return int(override.data["score"])
    if not any(turn.id in changes for turn in turns):
        return None
    return amended_talk(talk.score, [_judged(turn, changes) for turn in turns], rubric)


def _changes(review: Review) -> dict[int, dict[str, int]]:
    """Return the points that upheld appeals gave, by the reply's id and the rule."""
    changes: dict[int, dict[str, int]] = {}
    for answer in review.answers.values():
        if answer.data["verdict"] == UPHELD:
            changes.setdefault(answer.data["talk_turn"], {})[answer.data["rule"]] = answer.data["points"]
    return changes


def _judged(turn: TalkTurnRecord, changes: Mapping[int, Mapping[str, int]]) -> tuple[Assessment, Assessment]:
    assessment = Assessment.from_json(turn.assessment or {})
    return assessment, amended(assessment, changes.get(turn.id, {}))
