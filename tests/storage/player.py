"""Somebody who plays role-plays on a real database with the real content; the readings are canned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from bot.coaching import mentor
from bot.coaching.reading import Piece, Reading
from bot.coaching.talk import Talk
from bot.coaching.taxonomy import NONE, TECHNIQUE_LABELS
from bot.content.phrases import load_coach_phrases
from bot.content.schema import Content
from bot.services.answering import answer
from bot.services.job import Command, Outcome, Profile
from bot.services.opening import ensure_session
from bot.services.shelf import Shelf
from bot.storage.records import TalkRecord, TalkTurnRecord
from bot.storage.unit_of_work import UnitOfWorkFactory

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=timezone.utc)
PHRASES = load_coach_phrases()
MARKS = {
    "clarify": ("listen", "share", "clarify"),
    "present": ("listen", "share", "present"),
    "ask": ("ask",),
}


class Trainee:
    """Somebody who plays in a session of their own; the readings are canned."""

    def __init__(
        self, units: UnitOfWorkFactory, content: Content, lang: str = "zh", session: str = "s"
    ) -> None:
        self.units, self.content, self.lang, self.id = units, content, lang, session
        self.now, self.count, self.slots = NOW, 0, {}
        self.root: Path | None = None
        ensure_session(
            units, public_id=session, channel="web", lang=lang, product="alarm", name="Lin", now=NOW
        )

    def click(self, intent: str, **values: Any) -> Outcome:
        return self.answer(f"/{intent}", None, Command(intent, values))

    def say(
        self,
        text: str,
        marks: Sequence[str] = (),
        method: str = NONE,
        *,
        intent: str = "seller",
        lang: str = "",
        message_id: str = "",
    ) -> Outcome:
        order = [method, *(label for label in TECHNIQUE_LABELS if label != method)]
        reading = Reading(
            text,
            lang or self.lang,
            intent,
            0.8,
            technique_ranking=tuple((label, 0.9 / (place + 1)) for place, label in enumerate(order)),
            model_version="test",
            pieces=(Piece(text, 0, len(text), dict.fromkeys(marks, 0.9)),) if text else (),
        )
        return self.answer(text, reading, Command(intent), message_id)

    def master(self) -> Outcome:
        line = self.master_line()
        return self.say(line.text, MARKS[line.step], line.method or NONE)

    def master_line(self) -> mentor.MasterLine:
        last = self.last()
        scenario = self.content.scenarios[self.talk().scenario]
        return mentor.master_line(scenario, Talk.from_json(last.talk), self.content.fits)

    def answer(self, text: str, reading: Reading | None, command: Command, message_id: str = "") -> Outcome:
        self.count += 1
        self.now += timedelta(seconds=20)
        outcome = answer(
            self.units, Shelf(self.content, self.root), PHRASES, session=self.id,
            message_id=message_id or f"m{self.count}", text=text, reading=reading, command=command,
            profile=Profile(
                self.lang, "alarm", "Lin", sells_by=str(self.slots.get("sells_by") or "")
            ), now=self.now,
        )  # fmt: skip
        self.slots.update(outcome.slots)
        return outcome

    def talks(self) -> tuple[TalkRecord, ...]:
        with self.units() as uow:
            return uow.talks.of_session(self._session(uow))

    def talk(self) -> TalkRecord:
        return self.talks()[-1]

    def turns(self, *, valid: bool = True) -> tuple[TalkTurnRecord, ...]:
        talk = self.talk()
        with self.units() as uow:
            return uow.talks.turns_of(talk, valid=valid)

    def last(self) -> TalkTurnRecord:
        return self.turns()[-1]

    def practice(self) -> str:
        with self.units() as uow:
            return str(self._session(uow).practice)

    def _session(self, uow: Any) -> Any:
        found = uow.sessions.lock(self.id)
        assert found is not None
        return found
