"""The candidates that were trained from lessons: what they were taught, how they did, what became of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.future import Connection

from bot.storage.lesson_records import CANDIDATE, FAILED, TRAINING, LoggedLine, TrainingRecord
from bot.storage.lesson_tables import trainings
from bot.storage.records import TEXT
from bot.storage.tables import drill_answers, sessions, talk_turns, turns


class Trainings:
    """The trainings, one a candidate."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection

    def begin(self, *, by: int | None, now: datetime) -> TrainingRecord:
        """Enter a training that is about to begin."""
        values: dict[str, Any] = {
            "made_at": now,
            "made_by": by,
            "model": "",
            "base": "",
            "lessons": [],
            "state": TRAINING,
            "stage": "",
            "decision": "",
            "reason": "",
        }
        made = self._connection.execute(insert(trainings).values(**values))
        found = self.find(int(made.inserted_primary_key[0]))
        assert found is not None
        return found

    def at(self, training: int, stage: str) -> None:
        """Say what is being done for a training."""
        self._change(training, stage=stage)

    def made(self, training: int, *, model: str, base: str, lessons: Sequence[int]) -> None:
        """Say which model came of a training, from which lessons, and which one it is compared with."""
        self._change(training, model=model, base=base, lessons=list(lessons))

    def compared(self, training: int, figures: Mapping[str, Any]) -> None:
        """Keep the comparison; the model is a candidate now, which somebody has to decide about."""
        self._change(training, figures=dict(figures), state=CANDIDATE, stage="")

    def decide(
        self, training: int, *, state: str, decision: str, reason: str, by: int | None, now: datetime
    ) -> None:
        """Say what becomes of a candidate, or of one that was promoted."""
        self._change(
            training,
            state=state,
            stage="",
            decision=decision,
            reason=reason,
            decided_by=by,
            decided_at=now,
        )

    def give_up(self, reason: str, *, now: datetime, besides: int | None = None) -> int:
        """Mark trainings that were cut off as failed, but for one; returns how many there were."""
        where = [trainings.c.state == TRAINING]
        if besides is not None:
            where.append(trainings.c.id != besides)
        values = {"state": FAILED, "stage": "", "reason": reason, "decided_at": now}
        return int(self._connection.execute(update(trainings).where(*where).values(**values)).rowcount)

    def find(self, training: int) -> TrainingRecord | None:
        """Return a training."""
        found = self._select(trainings.c.id == training)
        return found[0] if found else None

    def by_model(self, model: str) -> TrainingRecord | None:
        """Return the training that a model file came of."""
        found = self._select(trainings.c.model == model)
        return found[0] if found else None

    def recent(self, states: Collection[str] = (), *, limit: int = 50) -> tuple[TrainingRecord, ...]:
        """Return trainings, in some states if given, the latest first."""
        return self._select(*([trainings.c.state.in_(list(states))] if states else []), limit=limit)

    def logged_lines(self, limit: int) -> tuple[LoggedLine, ...]:
        """Return what people typed last and the dojo read, the latest first; nothing that was deleted."""
        query = (
            select(
                turns.c.number,
                turns.c.text,
                turns.c.lang,
                turns.c.reading,
                sessions.c.public_id,
                talk_turns.c.course,
                drill_answers.c.asked,
            )
            .select_from(
                turns.join(sessions, sessions.c.id == turns.c.session_id)
                .outerjoin(talk_turns, talk_turns.c.turn_id == turns.c.id)
                .outerjoin(drill_answers, drill_answers.c.turn_id == turns.c.id)
            )
            .where(turns.c.kind == TEXT, turns.c.reading.is_not(None), turns.c.text != "")
            .order_by(turns.c.id.desc())
            .limit(limit)
        )
        return tuple(
            LoggedLine(
                session=row.public_id,
                turn=row.number,
                text=row.text,
                lang=row.lang or row.reading.get("lang") or "en",
                context=str((row.course or {}).get("answered") or row.asked or ""),
                is_reply=bool(row.reading.get("pieces")),
            )
            for row in self._connection.execute(query)
        )

    def _change(self, training: int, **values: Any) -> None:
        self._connection.execute(update(trainings).where(trainings.c.id == training).values(**values))

    def _select(self, *where: Any, limit: int | None = None) -> tuple[TrainingRecord, ...]:
        query = select(trainings).where(*where).order_by(trainings.c.id.desc()).limit(limit)
        return tuple(
            TrainingRecord(
                id=row.id,
                made_at=row.made_at,
                made_by=row.made_by,
                model=row.model,
                base=row.base,
                lessons=tuple(row.lessons),
                figures=row.figures,
                state=row.state,
                stage=row.stage,
                decision=row.decision,
                reason=row.reason,
                decided_by=row.decided_by,
                decided_at=row.decided_at,
            )
            for row in self._connection.execute(query)
        )
