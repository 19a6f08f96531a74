"""Reviewing: what trainers say about others' sessions, kept beside what the bot said."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from bot.coaching.assessment import Rubric
from bot.coaching.families import TECHNIQUE
from bot.coaching.labels import as_read, valid_label
from bot.coaching.review import (
    APPEAL,
    COMMENT,
    LABEL,
    OPEN,
    REVIEWED,
    SCORE,
    TAG,
    UPHELD,
    VERDICTS,
    Event,
    Review,
    can_undo,
    clash,
    fold,
    holds,
    thing,
    thing_of,
)
from bot.services.access import ADMIN, Person
from bot.services.errors import Conflict, NotFound, Refused
from bot.services.review_scores import settle_scores
from bot.services.tallies import refresh_within
from bot.storage.lesson_records import TRAINER_SAID, Proposal
from bot.storage.records import ENDED, AppealRecord, SessionRecord, TalkRecord, TurnRecord
from bot.storage.types import dump_json
from bot.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

COMMENT_LIMIT: Final = 4000
REASON_LIMIT: Final = 1000
TAG_LIMIT: Final = 40
"""The most characters that each may have."""

_POINTS: Final = 100
_TOKEN: Final = re.compile(r"[A-Za-z0-9-]{8,64}")


@dataclass(frozen=True)
class Form:
    """A form that a trainer sends.

    Attributes:
        kind: of `bot.coaching.review.KINDS`; data: as there, less what is found out here.
        turn: the number of the turn that it is about, None for the session.
        seen: the id of the latest event that the form's page showed.
        token: of the form; sent again as it was, it changes nothing.
    """

    kind: str
    seen: int
    token: str
    turn: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Desk:
    """A locked session, and what was said about it so far."""

    uow: UnitOfWork
    person: Person
    session: SessionRecord
    events: tuple[Event, ...]
    review: Review
    now: datetime


def change(
    units: UnitOfWorkFactory, rubric: Rubric, *, person: Person, session: str, form: Form, now: datetime
) -> None:
    """Take what a trainer says about a session that they may see.

    Raises NotFound (session, turn, talk, appeal), Conflict (somebody else said something newer about the same
    thing), Refused (kind, text, value, score, points, verdict, reason, tag, token), Unavailable.
    """
    with units() as uow:
        desk = _desk(uow, person, session, form.token, now)
        turn = None if form.turn is None else uow.turns.by_number(desk.session, form.turn)
        if form.turn is not None and turn is None:
            raise NotFound
        make = _MAKERS.get(form.kind)
        if make is None:
            raise Refused("kind")
        data = make(desk, turn, form.data)
        once = hashlib.sha256(dump_json([form.token, form.turn, form.kind, data]).encode()).hexdigest()
        if uow.reviews.sent(desk.session, once):
            return
        if holds(desk.review, form.kind, data, form.turn):
            return
        about = thing(form.kind, data, form.turn)
        if clash(desk.events, about, form.seen) is not None:
            raise Conflict
        event = uow.reviews.add(
            desk.session,
            kind=form.kind,
            data=data,
            turn=turn,
            by=person.account,
            token=once,
            now=now,
        )
        _settle(desk, event, rubric, form.kind)
        uow.commit()


def undo(
    units: UnitOfWorkFactory,
    rubric: Rubric,
    *,
    person: Person,
    session: str,
    event: int,
    seen: int,
    token: str,
    now: datetime,
) -> None:
    """Take back an event of one's own (an admin anybody's), or take back that it was taken back.

    Raises NotFound (session, event), Conflict (somebody said something newer about the same thing, or took it
    back already), Refused (event: somebody else's; token), Unavailable.
    """
    with units() as uow:
        desk = _desk(uow, person, session, token, now)
        if uow.reviews.sent(desk.session, token):
            return
        by_id = {one.id: one for one in desk.events}
        target = by_id.get(event)
        if target is None:
            raise NotFound
        if not may_undo(person, target.by):
            raise Refused("event")
        if not can_undo(target, by_id) or clash(desk.events, thing_of(target, by_id), seen) is not None:
            raise Conflict
        uow.reviews.undo(desk.session, target, by=person.account, token=token, now=now)
        undone = by_id[target.data["event"]] if target.kind == "undo" else target
        _settle(desk, undone, rubric, "undo" if undone is target else "redo")
        uow.commit()


def may_undo(person: Person, author: int | None) -> bool:
    """Tell whether a person may take back what an account said."""
    return person.role == ADMIN or (author is not None and author == person.account)


def _desk(uow: UnitOfWork, person: Person, session: str, token: str, now: datetime) -> _Desk:
    if _TOKEN.fullmatch(token) is None:
        raise Refused("token")
    # Locked, so that events of one session come one after another, each after it has seen the one before.
    locked = uow.sessions.lock(session)
    if locked is None or uow.sight.session(person, session, others_only=True) is None:
        raise NotFound
    events = uow.reviews.of_session(locked)
    return _Desk(uow, person, locked, events, fold(events), now)


def _settle(desk: _Desk, event: Event, rubric: Rubric, action: str) -> None:
    """Bring what rests on an event up to date, and write into the audit log."""
    uow, review = desk.uow, fold(desk.uow.reviews.of_session(desk.session))
    if event.kind == APPEAL:
        talk, appeal = _appeal(desk, event.data["appeal"])
        answer = review.answers.get(appeal.id)
        uow.talks.settle_appeal(appeal, answer.data["verdict"] if answer else OPEN)
        settle_scores(uow, talk, review, rubric)
    elif event.kind == SCORE:
        settle_scores(uow, _talk(desk, event.data["talk"]), review, rubric)
    elif event.kind == LABEL:
        _teach(desk, event, review)
    if event.kind in (APPEAL, SCORE) or event.data.get("family") == TECHNIQUE:
        refresh_within(uow, desk.session.id)
    uow.digests.refresh(desk.session.id)
    about = {key: event.data[key] for key in ("family", "talk", "appeal") if key in event.data}
    if event.turn is not None:
        about["turn"] = event.turn
    if action != event.kind:
        about["what"] = event.kind
    uow.audit.add(desk.person.account, action, "session", desk.session.public_id, now=desk.now, detail=about)


def _teach(desk: _Desk, event: Event, review: Review) -> None:
    """Put the label that holds now into the queue of lessons; what was taken back is not taught."""
    lessons, family = desk.uow.lessons, event.data["family"]
    turn = desk.uow.turns.by_number(desk.session, event.turn or 0)
    now_said = review.labels.get((event.turn or 0, family))
    if now_said is None or now_said.id != event.id:
        lessons.withdraw(TRAINER_SAID, event.id)
    if now_said is not None and turn is not None and turn.text.strip():
        data = now_said.data
        proposal = Proposal(TRAINER_SAID, now_said.id, family, data["was"], data["value"])
        lessons.add(turn, proposal, by=now_said.by, now=now_said.at)


def _comment(_desk: _Desk, _turn: TurnRecord | None, given: Mapping[str, Any]) -> dict[str, Any]:
    return {"text": _text(given, "text", COMMENT_LIMIT), "told": bool(given.get("told"))}


def _label(desk: _Desk, turn: TurnRecord | None, given: Mapping[str, Any]) -> dict[str, Any]:
    if turn is None:
        raise NotFound
    family, value = str(given.get("family") or ""), given.get("value")
    was = read_labels(desk.uow, desk.session, turn)
    if family not in was or not isinstance(value, Mapping) or not valid_label(family, value):
        raise Refused("value")
    return {"family": family, "value": dict(value), "was": was[family]}


def _score(desk: _Desk, _turn: TurnRecord | None, given: Mapping[str, Any]) -> dict[str, Any]:
    talk = _talk(desk, given.get("talk"))
    score = given.get("score")
    if talk.state != ENDED or talk.score is None:
        raise Refused("score")
    if score is not None and not _whole(score, 0, 100):
        raise Refused("score")
    last = desk.uow.talks.last_turn(talk)
    return {
        "talk": talk.id,
        "score": score,
        "was": talk.score,
        "after": last.id if last else 0,
        "reason": _text(given, "reason", REASON_LIMIT),
    }


def _answer(desk: _Desk, _turn: TurnRecord | None, given: Mapping[str, Any]) -> dict[str, Any]:
    talk, appeal = _appeal(desk, given.get("appeal"))
    verdict, points = given.get("verdict"), given.get("points")
    if verdict not in VERDICTS:
        raise Refused("verdict")
    if verdict == UPHELD and not _whole(points, -_POINTS, _POINTS):
        raise Refused("points")
    return {
        "appeal": appeal.id,
        "talk": talk.id,
        "talk_turn": appeal.talk_turn_id,
        "turn": appeal.turn,
        "rule": appeal.rule,
        "verdict": verdict,
        "points": points if verdict == UPHELD else None,
        "reason": _text(given, "reason", REASON_LIMIT),
    }


def _reviewed(desk: _Desk, _turn: TurnRecord | None, given: Mapping[str, Any]) -> dict[str, Any]:
    return {"on": bool(given.get("on")), "turns": desk.session.last_turn}


def _tag(_desk: _Desk, _turn: TurnRecord | None, given: Mapping[str, Any]) -> dict[str, Any]:
    tag = normal_tag(str(given.get("tag") or ""))
    if not 1 <= len(tag) <= TAG_LIMIT:
        raise Refused("tag")
    return {"tag": tag, "on": bool(given.get("on"))}


_MAKERS: Final = {
    COMMENT: _comment,
    LABEL: _label,
    SCORE: _score,
    APPEAL: _answer,
    REVIEWED: _reviewed,
    TAG: _tag,
}


def normal_tag(tag: str) -> str:
    """Return a tag as it is kept: in small letters, nothing unseen, single blanks."""
    plain = unicodedata.normalize("NFKC", tag).casefold()
    seen = "".join(" " if unicodedata.category(letter).startswith("C") else letter for letter in plain)
    return " ".join(seen.split())


def read_labels(uow: UnitOfWork, session: SessionRecord, turn: TurnRecord) -> dict[str, dict[str, Any]]:
    """Return the bot's labels of a message by family; none for a click or what was not read."""
    if turn.reading is None:
        return {}
    reply = uow.talks.turn_of(turn)
    if reply is not None:
        return as_read(None, reply.assessment)
    answers = (answer for answer in uow.drills.answers_in(session) if answer.turn == turn.number)
    assessment = next((answer.data.get("assessment") for answer in answers), None)
    return as_read(turn.reading, assessment)


def _talk(desk: _Desk, id_: object) -> TalkRecord:
    talk = desk.uow.talks.by_id(desk.session, id_) if isinstance(id_, int) else None
    if talk is None:
        raise NotFound
    return talk


def _appeal(desk: _Desk, id_: object) -> tuple[TalkRecord, AppealRecord]:
    found = (appeal for appeal in desk.uow.talks.appeals_in(desk.session) if appeal.id == id_)
    appeal = next(found, None)
    if appeal is None:
        raise NotFound
    return _talk(desk, appeal.talk_id), appeal


def _text(given: Mapping[str, Any], name: str, limit: int) -> str:
    text = str(given.get(name) or "").replace("\r\n", "\n").strip()
    if not 1 <= len(text) <= limit:
        raise Refused(name)
    return text


def _whole(number: object, least: int, most: int) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and least <= number <= most
