"""Role-plays on record: each talk, its turns with all tries, what else happened, and appeals."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.future import Connection

from bot.coaching.branches import Place
from bot.storage.edition_records import PREVIEW
from bot.storage.records import (
    ENDED,
    RUNNING,
    AppealRecord,
    ReadReply,
    SessionRecord,
    TalkEventRecord,
    TalkRecord,
    TalkTurnRecord,
    TurnRecord,
)
from bot.storage.repositories import between, columns_of, insert_once
from bot.storage.tables import appeals, sessions, talk_events, talk_turns, talks, turns

# Built once: building a statement takes as long as its work.
_TALKS: Final = select(*columns_of(talks, TalkRecord))
_LATEST: Final = _TALKS.where(talks.c.session_id == bindparam("session")).order_by(talks.c.id.desc()).limit(1)
_LATEST_IN: Final = _LATEST.where(talks.c.state.in_(bindparam("states", expanding=True)))
_WITH_NUMBER: Final = select(*columns_of(talk_turns, TalkTurnRecord, turn=turns.c.number)).join(
    turns, turns.c.id == talk_turns.c.turn_id
)
_OF_TALK: Final = _WITH_NUMBER.where(talk_turns.c.talk_id == bindparam("talk"))
_VALID: Final = _OF_TALK.where(talk_turns.c.superseded == 0)
_TURNS: Final = _OF_TALK.order_by(talk_turns.c.id)
_VALID_TURNS: Final = _VALID.order_by(talk_turns.c.id)
_TRIES: Final = _TURNS.where(talk_turns.c.number == bindparam("nth"))
_LAST: Final = _VALID.order_by(talk_turns.c.id.desc()).limit(1)
_LAST_OF: Final = _LAST.where(talk_turns.c.number == bindparam("nth"))
_ADD: Final = insert(talk_turns)
_NOTE: Final = (
    update(talk_turns).where(talk_turns.c.id == bindparam("turn")).values(course=bindparam("noted"))
)


class Talks:
    """The role-plays of sessions and of trainees."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection

    def start(
        self,
        session: SessionRecord,
        *,
        scenario: str,
        lang: str,
        level: str,
        seed: int,
        versions: Mapping[str, Any],
        now: datetime,
    ) -> TalkRecord:
        """Begin a talk; it runs until it is paused or ended."""
        values: dict[str, Any] = {
            "session_id": session.id,
            "trainee_id": session.trainee_id,
            "scenario": scenario,
            "lang": lang,
            "level": level,
            "seed": seed,
            "versions": dict(versions),
            "state": RUNNING,
            "started_at": now,
        }
        result = self._connection.execute(insert(talks).values(**values))
        return TalkRecord(id=int(result.inserted_primary_key[0]), **values)

    def latest(self, session: SessionRecord, *states: str) -> TalkRecord | None:
        """Return the session's latest talk in one of the states (any, if none is given)."""
        asked: dict[str, Any] = {"session": session.id}
        if states:
            asked["states"] = states
        row = self._connection.execute(_LATEST_IN if states else _LATEST, asked).first()
        return None if row is None else TalkRecord(**row._mapping)

    def by_id(self, session: SessionRecord, id_: int) -> TalkRecord | None:
        """Return a talk of the session by its id."""
        query = _TALKS.where(talks.c.session_id == session.id, talks.c.id == id_)
        row = self._connection.execute(query).first()
        return None if row is None else TalkRecord(**row._mapping)

    def of_session(self, session: SessionRecord) -> tuple[TalkRecord, ...]:
        """Return all talks of a session in order."""
        query = _TALKS.where(talks.c.session_id == session.id).order_by(talks.c.id)
        return tuple(TalkRecord(**row._mapping) for row in self._connection.execute(query))

    def ended_by(self, trainee_id: int, *, scenario: str = "", limit: int = 200) -> tuple[TalkRecord, ...]:
        """Return a person's ended talks in which they sold, oldest first, of one scenario if given."""
        where = [talks.c.trainee_id == trainee_id, talks.c.state == ENDED, talks.c.score.is_not(None)]
        if scenario:
            where.append(talks.c.scenario == scenario)
        query = _TALKS.where(*where).order_by(talks.c.id.desc()).limit(limit)
        return tuple(reversed([TalkRecord(**row._mapping) for row in self._connection.execute(query)]))

    def read_replies(
        self,
        trainees: Collection[int] | None,
        *,
        limit: int,
        handed_in_only: bool = False,
        tries: bool = False,
    ) -> tuple[ReadReply, ...]:
        """Return the latest replies of some people (None: of all) as the NLU read them, the newest first.

        Args:
            tries: those in sessions that try a draft as well.
        """
        query = (
            select(
                talk_turns.c.id,
                talk_turns.c.trainee_id,
                sessions.c.public_id,
                turns.c.number,
                talks.c.lang,
                talk_turns.c.course,
                turns.c.reading,
            )
            .join(talks, talks.c.id == talk_turns.c.talk_id)
            .join(turns, turns.c.id == talk_turns.c.turn_id)
            .join(sessions, sessions.c.id == talks.c.session_id)
            .where(talk_turns.c.number > 0, turns.c.reading.is_not(None))
            .order_by(talk_turns.c.id.desc())
        )
        if trainees is not None:
            query = query.where(talk_turns.c.trainee_id.in_(list(trainees)))
        if handed_in_only:
            query = query.where(sessions.c.handed_in_at.is_not(None))
        if not tries:
            query = query.where(sessions.c.channel != PREVIEW)
        rows = self._connection.execute(query.select_from(talk_turns).limit(limit))
        return tuple(
            ReadReply(
                row.id,
                row.trainee_id,
                row.public_id,
                row.number,
                row.lang,
                str(row.course.get("answered", "")),
                row.reading,
            )
            for row in rows
        )

    def scores_of(self, sessions: Collection[int]) -> dict[int, tuple[tuple[int, int], ...]]:
        """Return the scores of the ended talks of some sessions: the bot's, and the one that counts."""
        found: dict[int, tuple[tuple[int, int], ...]] = {}
        columns = (talks.c.session_id, talks.c.score, talks.c.reviewed_score)
        query = select(*columns).where(
            talks.c.session_id.in_(list(sessions)), talks.c.state == ENDED, talks.c.score.is_not(None)
        )
        for session, bot, person in self._connection.execute(query.order_by(talks.c.id)):
            found[session] = (*found.get(session, ()), (bot, bot if person is None else person))
        return found

    def set_state(self, talk: TalkRecord, state: str, *, level: str | None = None) -> None:
        """Pause or resume a talk, or set how much is told after each reply."""
        values = {"state": state} if level is None else {"state": state, "level": level}
        self._connection.execute(update(talks).where(talks.c.id == talk.id).values(**values))

    def end(
        self, talk: TalkRecord, *, outcome: str, score: int | None, card: Mapping[str, Any], now: datetime
    ) -> None:
        """End a talk with its score card."""
        values = {"state": ENDED, "outcome": outcome, "score": score, "card": dict(card), "ended_at": now}
        self._connection.execute(update(talks).where(talks.c.id == talk.id).values(**values))

    def reopen(self, talk: TalkRecord) -> None:
        """Let an ended or paused talk run again, without its outcome."""
        nothing = dict.fromkeys(("outcome", "score", "reviewed_score", "card", "ended_at"))
        where = talks.c.id == talk.id
        self._connection.execute(update(talks).where(where).values(state=RUNNING, **nothing))

    def add_turn(
        self,
        talk: TalkRecord,
        turn: TurnRecord,
        *,
        number: int,
        attempt: int,
        type_: str,
        technique: str,
        score: int | None,
        reply: str,
        line: str,
        assessment: Mapping[str, Any] | None,
        state: Mapping[str, Any],
        course: Mapping[str, Any],
        now: datetime,
    ) -> TalkTurnRecord:
        """Record a reply with the customer's answer, and the talk as it is then."""
        values: dict[str, Any] = {
            "talk_id": talk.id,
            "number": number,
            "attempt": attempt,
            "type": type_,
            "technique": technique,
            "score": score,
            "reply": reply,
            "line": line,
            "assessment": None if assessment is None else dict(assessment),
            "talk": dict(state),
            "course": dict(course),
            "said_at": now,
        }
        row = {**values, "trainee_id": talk.trainee_id, "turn_id": turn.id, "superseded": 0}
        id_ = int(self._connection.execute(_ADD, row).inserted_primary_key[0])
        return TalkTurnRecord(id=id_, turn=turn.number, superseded=False, **values)

    def last_turn(self, talk: TalkRecord, *, number: int | None = None) -> TalkTurnRecord | None:
        """Return the turn that the talk goes on from, or the valid one with a number."""
        asked = {"talk": talk.id} if number is None else {"talk": talk.id, "nth": number}
        row = self._connection.execute(_LAST if number is None else _LAST_OF, asked).first()
        return None if row is None else _turn(row)

    def tries(self, talk: TalkRecord, number: int) -> tuple[TalkTurnRecord, ...]:
        """Return all tries of one place in a talk, the first one first."""
        asked = {"talk": talk.id, "nth": number}
        return tuple(map(_turn, self._connection.execute(_TRIES, asked)))

    def turns_of(self, talk: TalkRecord, *, valid: bool = True) -> tuple[TalkTurnRecord, ...]:
        """Return the turns of a talk in order, those that were redone left out unless asked for."""
        query = _VALID_TURNS if valid else _TURNS
        return tuple(map(_turn, self._connection.execute(query, {"talk": talk.id})))

    def turns_in(
        self, session: SessionRecord, numbers: tuple[int, int] | None = None
    ) -> tuple[TalkTurnRecord, ...]:
        """Return what the turns of a session were in its talks, redone ones too, or some of the turns."""
        query = _WITH_NUMBER.where(turns.c.session_id == session.id, *between(numbers))
        return tuple(map(_turn, self._connection.execute(query.order_by(talk_turns.c.id))))

    def turns_with(self, ids: Collection[int]) -> tuple[TalkTurnRecord, ...]:
        """Return turns of talks by their ids, in order."""
        query = _WITH_NUMBER.where(talk_turns.c.id.in_(list(ids))).order_by(talk_turns.c.id)
        return tuple(map(_turn, self._connection.execute(query)))

    def places_in(self, session: SessionRecord) -> tuple[Place, ...]:
        """Return where in its talks each reply of a session stands, in the order in which they were given."""
        query = (
            select(talk_turns.c.id, talk_turns.c.talk_id, talk_turns.c.number)
            .join(turns, turns.c.id == talk_turns.c.turn_id)
            .where(turns.c.session_id == session.id)
            .order_by(talk_turns.c.id)
        )
        return tuple(Place(*row) for row in self._connection.execute(query))

    def turn_by_id(self, talk: TalkRecord, id_: int) -> TalkTurnRecord | None:
        """Return a turn of a talk by its id."""
        row = self._connection.execute(_OF_TALK.where(talk_turns.c.id == id_), {"talk": talk.id}).first()
        return None if row is None else _turn(row)

    def turn_of(self, turn: TurnRecord) -> TalkTurnRecord | None:
        """Return what a turn of a session was in a talk."""
        row = self._connection.execute(_WITH_NUMBER.where(talk_turns.c.turn_id == turn.id)).first()
        return None if row is None else _turn(row)

    def note_help(self, turn: TalkTurnRecord, models: Sequence[int], *, aids: int = 0) -> None:
        """Remember what help was given after a turn.

        Args:
            models: stand for the model answers that were shown, so that a copy of one is known as a copy.
            aids: hints and demonstrations; the next reply is then not all one's own.
        """
        course = {
            **turn.course,
            "models": turn.models_and(models),
            "aids": turn.course.get("aids", 0) + aids,
        }
        self._connection.execute(_NOTE, {"turn": turn.id, "noted": course})

    def supersede(self, talk: TalkRecord, turn: TalkTurnRecord) -> None:
        """Put a turn aside: it is done again."""
        self._connection.execute(
            update(talk_turns)
            .where(talk_turns.c.talk_id == talk.id, talk_turns.c.id == turn.id)
            .values(superseded=1)
        )

    def assessed_by(
        self, trainee_id: int, *, since: datetime | None = None, limit: int = 1000
    ) -> tuple[TalkTurnRecord, ...]:
        """Return a person's assessed replies, oldest first."""
        mine = (talk_turns.c.trainee_id == trainee_id, talk_turns.c.score.is_not(None))
        query = _WITH_NUMBER.where(*mine)
        if since is not None:
            query = query.where(talk_turns.c.said_at >= since)
        rows = self._connection.execute(query.order_by(talk_turns.c.id.desc()).limit(limit)).all()
        return tuple(map(_turn, reversed(rows)))

    def note(
        self, talk: TalkRecord, turn: TurnRecord, *, kind: str, data: Mapping[str, Any], now: datetime
    ) -> None:
        """Record something besides a reply, such as a hint; a second record of a turn changes nothing."""
        row = {
            "talk_id": talk.id,
            "turn_id": turn.id,
            "kind": kind,
            "data": dict(data),
            "happened_at": now,
        }
        insert_once(self._connection, talk_events, row)

    def events_in(
        self, session: SessionRecord, numbers: tuple[int, int] | None = None
    ) -> tuple[TalkEventRecord, ...]:
        """Return what happened in a session's talks besides replies, in order, or in some of its turns."""
        query = (
            select(turns.c.number, talk_events)
            .join(turns, turns.c.id == talk_events.c.turn_id)
            .where(turns.c.session_id == session.id, *between(numbers))
            .order_by(talk_events.c.id)
        )
        return tuple(
            TalkEventRecord(row.talk_id, row.number, row.kind, row.data, row.happened_at)
            for row in self._connection.execute(query)
        )

    def count_events(self, talk: TalkRecord, kind: str) -> int:
        """Count what happened of a kind in a talk."""
        query = (
            select(func.count())
            .select_from(talk_events)
            .where(talk_events.c.talk_id == talk.id, talk_events.c.kind == kind)
        )
        return int(self._connection.execute(query).scalar_one())

    def appeal(
        self, talk: TalkRecord, turn: TalkTurnRecord, *, rule: str, reason: str, now: datetime
    ) -> AppealRecord:
        """Record a disagreement with a point, once; returns the one that is stored."""
        row = {
            "talk_id": talk.id,
            "talk_turn_id": turn.id,
            "rule": rule,
            "reason": reason,
            "state": "open",
            "appealed_at": now,
        }
        insert_once(self._connection, appeals, row)
        return next(a for a in self.appeals_of(talk) if (a.talk_turn_id, a.rule) == (turn.id, rule))

    def appeals_of(self, talk: TalkRecord) -> tuple[AppealRecord, ...]:
        """Return the appeals of a talk in the order in which they were made."""
        return self._appeals(talk_turns.c.talk_id == talk.id)

    def appeals_in(self, session: SessionRecord) -> tuple[AppealRecord, ...]:
        """Return the appeals of all talks of a session in the order in which they were made."""
        return self._appeals(
            talk_turns.c.talk_id.in_(select(talks.c.id).where(talks.c.session_id == session.id))
        )

    def settle_appeal(self, appeal: AppealRecord, state: str) -> None:
        """Set whether an appeal is open, upheld or rejected."""
        self._connection.execute(update(appeals).where(appeals.c.id == appeal.id).values(state=state))

    def amend(self, talk: TalkRecord, score: int | None) -> None:
        """Keep the score that a trainer's judgement gives a talk; None for the bot's."""
        self._connection.execute(update(talks).where(talks.c.id == talk.id).values(reviewed_score=score))

    def amend_turn(self, turn: TalkTurnRecord, score: int | None) -> None:
        """Keep the score that a trainer's judgement gives a reply; None for the bot's."""
        where = talk_turns.c.id == turn.id
        self._connection.execute(update(talk_turns).where(where).values(reviewed_score=score))

    def _appeals(self, where: Any) -> tuple[AppealRecord, ...]:
        query = (
            select(appeals, turns.c.number)
            .join(talk_turns, talk_turns.c.id == appeals.c.talk_turn_id)
            .join(turns, turns.c.id == talk_turns.c.turn_id)
            .where(where)
            .order_by(appeals.c.id)
        )
        return tuple(
            AppealRecord(
                row.id, row.talk_id, row.talk_turn_id, row.number, row.rule, row.reason, row.state,
                row.appealed_at,
            )
            for row in self._connection.execute(query)
        )  # fmt: skip


def _turn(row: Row) -> TalkTurnRecord:
    return TalkTurnRecord(**{**row._mapping, "superseded": bool(row.superseded)})
