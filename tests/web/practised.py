"""Practice on record, written straight into the database: replies, drills, lines, without a model."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.services.opening import open_session
from bot.services.session_info import SessionInfo
from bot.storage.records import SessionRecord, TalkTurnRecord, TurnRecord
from bot.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

GAP = timedelta(seconds=30)
"""What lies between two turns."""


def assessment(technique: str, score: int, steps: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    """Return an assessment as it is stored."""
    return {
        "technique": technique,
        "technique_confidence": 0.8,
        "lscpa": list(steps),
        "violations": [],
        "evidence": [],
        "score": score,
        "rubric": "1",
        **more,
    }


def reading(text: str, lang: str, *types: str, share: float = 0.9, **more: Any) -> dict[str, Any]:
    """Return a reading as it is stored; the second likeliest label is `none`, or the first one's rival."""
    nature = {"id": "genuine", "confidence": 0.7, "cue": ""}
    return {
        "text": text,
        "lang": lang,
        "intent": "customer",
        "confidence": share,
        "objections": [{"type": t, "confidence": share, "span": text, "nature": nature} for t in types],
        "ranking": [[types[0] if types else "none", share], ["none" if types else "need", 1 - share]],
        "unsure": False,
        "model_version": "test",
        **more,
    }


@dataclass
class Practice:
    """A session of somebody, in which they practise from a moment on, a turn every half minute."""

    units: UnitOfWorkFactory
    key: str
    now: datetime
    lang: str = "zh"
    product: str = "alarm"
    scenario: str = "alarm_loud"
    session: SessionInfo = field(init=False)
    count: int = 0

    def __post_init__(self) -> None:
        """Open the session."""
        self.session = open_session(
            self.units, trainee_key=self.key, name="Lin", channel="web", lang=self.lang,
            product=self.product, now=self.now,
        )  # fmt: skip

    def reply(
        self,
        type_: str,
        technique: str,
        score: int,
        *,
        text: str = "我明白，您看这样行吗？",
        attempt: int = 1,
        aids: int = 0,
        steps: tuple[str, ...] = (),
        read: dict[str, Any] | None = None,
        **more: Any,
    ) -> TalkTurnRecord:
        """Answer a customer; the first reply begins a role-play."""
        with self.units() as uow:
            found, turn = self._turn(uow, "text", text)
            talk = uow.talks.latest(found, "running") or uow.talks.start(
                found, scenario=self.scenario, lang=self.lang, level="practised", seed=1, versions={},
                now=self.now,
            )  # fmt: skip
            made = uow.talks.add_turn(
                talk, turn, number=self.count, attempt=attempt, type_=type_, technique=technique, score=score,
                reply=text, line="那好吧。", assessment=assessment(technique, score, steps, **more), state={},
                course={"hints": aids, "answered": "太贵了。", "models": []}, now=self.now,
            )  # fmt: skip
            self._answered(uow, turn, read)
            uow.commit()
        return made

    def end(self, outcome: str = "agreed", score: int = 70) -> None:
        """End the role-play that runs."""
        with self.units() as uow:
            found = uow.sessions.find(self.session.public_id)
            assert found is not None
            talk = uow.talks.latest(found, "running")
            assert talk is not None
            uow.talks.end(talk, outcome=outcome, score=score, card={}, now=self.now)
            uow.commit()

    def appeal(self, reply: TalkTurnRecord, rule: str = "score") -> None:
        """Disagree with a point of a reply."""
        with self.units() as uow:
            found = uow.sessions.find(self.session.public_id)
            assert found is not None
            talk = uow.talks.latest(found)
            assert talk is not None
            uow.talks.appeal(talk, reply, rule=rule, reason="", now=self.now)
            uow.commit()

    def drill(self, type_: str, method: str, kind: str, *, correct: bool, seconds: int = 20) -> None:
        """Answer a question of a drill by naming something."""
        with self.units() as uow:
            found, turn = self._turn(uow, "click", "/answer_drill")
            drill = uow.drills.running(found) or uow.drills.start(
                found, question={}, ends_at=self.now + timedelta(minutes=3), now=self.now
            )
            uow.drills.add_answer(
                drill, turn, type_=type_, method=method, kind=kind, asked="太贵了。", given=type_,
                correct=correct, score=None, data={"seconds": seconds, "assessment": None}, now=self.now,
            )  # fmt: skip
            self._answered(uow, turn, None)
            uow.commit()

    def free_answer(self, type_: str, method: str, technique: str, score: int) -> TurnRecord:
        """Answer the customer of a drill in one's own words, where a method was asked for."""
        with self.units() as uow:
            found, turn = self._turn(uow, "text", "我明白，您看这样行吗？")
            drill = uow.drills.running(found) or uow.drills.start(
                found, question={}, ends_at=self.now + timedelta(minutes=3), now=self.now
            )
            uow.drills.add_answer(
                drill, turn, type_=type_, method=method, kind="answer", asked="太贵了。", given=turn.text,
                correct=score >= 65, score=score, data={"assessment": assessment(technique, score)},
                now=self.now,
            )  # fmt: skip
            self._answered(uow, turn, None)
            uow.commit()
        return turn

    def line(self, text: str, *types: str, **of: Any) -> TurnRecord:
        """Ask about a customer's line."""
        with self.units() as uow:
            _, turn = self._turn(uow, "text", text)
            self._answered(uow, turn, reading(text, self.lang, *types, **of))
            uow.commit()
        return turn

    def hand_in(self) -> None:
        """Show the session to the trainers of a private team."""
        with self.units() as uow:
            found = uow.sessions.find(self.session.public_id)
            assert found is not None
            uow.sessions.hand_in(found, self.now)
            uow.commit()

    def _turn(self, uow: UnitOfWork, kind: str, text: str) -> tuple[SessionRecord, TurnRecord]:
        self.now += GAP
        self.count += 1
        found = uow.sessions.lock(self.session.public_id)
        assert found is not None
        turn = uow.turns.receive(found, message_id=f"m-{self.count}", kind=kind, text=text, now=self.now)
        return found, turn

    def _answered(self, uow: UnitOfWork, turn: TurnRecord, read: dict[str, Any] | None) -> None:
        uow.turns.save_answer(
            turn, lang=self.lang, product=self.product, reading=read, command={}, replies_shown=(), slots={},
            now=self.now,
        )  # fmt: skip
