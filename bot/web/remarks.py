"""What trainers said about a session, in words, for the pages of both sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.coaching.families import NATURE, OBJECTION, TECHNIQUE
from bot.coaching.review import APPEAL, COMMENT, LABEL, REVIEWED, SCORE, TAG, UPHELD, Event
from bot.services.transcripts import Transcript
from bot.web.wording import Speech


@dataclass(frozen=True)
class Remark:
    """One thing that a trainer said.

    Attributes:
        kind: `comment`, `label`, `score`, `appeal` or `reviewed`.
        what: what was changed, in words; text: what the trainer wrote.
        told: whether the trainee reads it too.
    """

    event: int
    kind: str
    by: str
    at: datetime
    what: str
    text: str
    told: bool
    author: int | None


def remark(event: Event, by: Mapping[int | None, str], t: Speech) -> Remark:
    """Return an event in words."""
    data = event.data
    return Remark(
        event=event.id,
        kind=event.kind,
        by=by.get(event.by) or t("review.machine"),
        at=event.at,
        what=_what(event, t),
        text=str(data.get("text") or data.get("reason") or ""),
        told=event.kind != COMMENT or bool(data["told"]),
        author=event.by,
    )


def remarks_on(transcript: Transcript, turn: int, t: Speech) -> tuple[Remark, ...]:
    """Return what was said about a turn: labels, answers to appeals, comments."""
    review = transcript.review
    labels = review.labels_of(turn)
    answers = [event for event in review.answers.values() if event.data["turn"] == turn]
    said = [*(labels[family] for family in sorted(labels)), *answers, *review.comments_on(turn)]
    return tuple(remark(event, transcript.by, t) for event in said)


def remarks_on_session(transcript: Transcript, t: Speech) -> tuple[Remark, ...]:
    """Return what was said about the session as a whole."""
    review = transcript.review
    said = [
        *([review.reviewed] if review.reviewed else []),
        *review.scores.values(),
        *review.comments_on(None),
    ]
    return tuple(remark(event, transcript.by, t) for event in said)


def label_words(family: str, value: Mapping[str, Any], t: Speech) -> str:
    """Return a label in words."""
    if family == OBJECTION:
        return _listed("type", value["types"], t) or t("review.no_objection")
    if family == NATURE:
        return t.name("nature", value[NATURE])
    if family == TECHNIQUE:
        return t.name("method", value[TECHNIQUE])
    return _listed("rule", value["steps"], t) or t("review.no_steps")


def rule_name(rule: str, t: Speech) -> str:
    """Return the name of what an appeal is about."""
    return t("review.whole_score") if rule == SCORE else t.name("rule", rule)


def _what(event: Event, t: Speech) -> str:
    data = event.data
    if event.kind == LABEL:
        family = t(f"review.family.{data['family']}")
        was, now = (label_words(data["family"], data[key], t) for key in ("was", "value"))
        if data["was"] == data["value"]:
            return t("review.confirmed", family=family, now=now)
        return t("review.relabelled", family=family, was=was, now=now)
    if event.kind == SCORE:
        if data["score"] is None:
            return t("review.score_back", was=data["was"])
        return t("review.rescored", was=data["was"], now=data["score"])
    if event.kind == APPEAL:
        rule = rule_name(data["rule"], t)
        if data["verdict"] == UPHELD:
            return t("review.upheld", rule=rule, points=data["points"])
        return t("review.rejected", rule=rule)
    if event.kind == TAG:
        return t("review.tagged", tag=data["tag"]) if data["on"] else t("review.untagged", tag=data["tag"])
    if event.kind == REVIEWED:
        return t("review.said_reviewed") if data["on"] else t("review.not_yet")
    return ""


def _listed(kind: str, ids: Any, t: Speech) -> str:
    return t("review.join").join(t.name(kind, id_) for id_ in ids)
