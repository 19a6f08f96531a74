"""Promoting: a candidate is entered, compared, and decided about; who, when and why stays on record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from bot.services.access import Person
from bot.services.errors import NotFound, Refused
from bot.storage.lesson_records import (
    CANDIDATE,
    FAILED,
    PROMOTED,
    REFUSED,
    ROLLED_BACK,
    TRAINING,
    LoggedLine,
    TrainingRecord,
)
from bot.storage.unit_of_work import UnitOfWorkFactory

AUTO: Final = "auto"
PERSON: Final = "person"
"""Who decides: the comparison, or a person."""

_REASON: Final = 1000
_DECIDED: Final[Mapping[str, tuple[str, ...]]] = {
    PROMOTED: (CANDIDATE, REFUSED, PROMOTED, ROLLED_BACK),
    REFUSED: (CANDIDATE,),
    ROLLED_BACK: (PROMOTED,),
}
"""The states that may be left for each state."""


def begin(units: UnitOfWorkFactory, *, by: int | None, now: datetime) -> TrainingRecord:
    """Enter a training; raises Refused ("training") while another one is under way."""
    with units() as uow:
        if uow.trainings.recent((TRAINING,), limit=1):
            raise Refused("training")
        made = uow.trainings.begin(by=by, now=now)
        uow.audit.add(by, "train", "model", made.id, now=now)
        uow.commit()
    return made


def interrupted(units: UnitOfWorkFactory, *, now: datetime, besides: int | None = None) -> int:
    """Mark trainings that were cut off as failed: for who knows that none is running, but one perhaps."""
    with units() as uow:
        number = uow.trainings.give_up("interrupted", now=now, besides=besides)
        uow.commit()
    return number


def at(units: UnitOfWorkFactory, *, training: int, stage: str) -> None:
    """Note what is being done for a training."""
    with units() as uow:
        uow.trainings.at(training, stage)
        uow.commit()


def made(units: UnitOfWorkFactory, *, training: int, model: str, base: str, lessons: Sequence[int]) -> None:
    """Note which model came of a training."""
    with units() as uow:
        uow.trainings.made(training, model=model, base=base, lessons=lessons)
        uow.commit()


def compared(units: UnitOfWorkFactory, *, training: int, figures: Mapping[str, Any]) -> None:
    """Keep the comparison of the candidate with the model in use."""
    with units() as uow:
        uow.trainings.compared(training, figures)
        uow.commit()


def fail(units: UnitOfWorkFactory, *, training: int, reason: str, now: datetime) -> None:
    """Note that nothing came of a training, unless it was over already; the model in use stays."""
    with units() as uow:
        found = uow.trainings.find(training)
        if found is not None and found.state == TRAINING:
            uow.trainings.decide(training, state=FAILED, decision=AUTO, reason=reason, by=None, now=now)
            uow.commit()


def decide(
    units: UnitOfWorkFactory,
    *,
    training: int,
    state: str,
    by_person: bool,
    reason: str = "",
    by: int | None,
    now: datetime,
) -> TrainingRecord:
    """Promote a candidate, refuse it, or roll a promoted one back.

    A person who promotes what the comparison spoke against has to give a reason.
    Raises NotFound, Refused (state, reason).
    """
    reason = " ".join(reason.split())[:_REASON]
    with units() as uow:
        found = uow.trainings.find(training)
        if found is None:
            raise NotFound
        if found.state not in _DECIDED[state]:
            raise Refused("state")
        if state == PROMOTED and by_person and not reason and worse(found):
            raise Refused("reason")
        decision = PERSON if by_person else AUTO
        uow.trainings.decide(training, state=state, decision=decision, reason=reason, by=by, now=now)
        detail = {"training": training, "state": state, "decision": decision, "reason": reason}
        uow.audit.add(by, state, "model", found.model or training, now=now, detail=detail)
        uow.commit()
        decided = uow.trainings.find(training)
    assert decided is not None
    return decided


def worse(training: TrainingRecord) -> bool:
    """Tell whether the comparison speaks against a candidate."""
    return not (training.figures or {}).get("not_worse", False)


def history(units: UnitOfWorkFactory, *, limit: int = 50) -> tuple[TrainingRecord, ...]:
    """Return the trainings, the latest first."""
    with units(reading=True) as uow:
        return uow.trainings.recent(limit=limit)


@dataclass(frozen=True)
class Overview:
    """The trainings as a person may see them.

    Attributes:
        waiting: how many corrections wait to be decided, and are decided to be taught, as far as they see.
        names: of the accounts that ordered or decided.
        hidden, unlisted: by training, messages that the person may not see, and that were too many to keep.
    """

    trainings: tuple[TrainingRecord, ...]
    waiting: Mapping[str, int]
    names: Mapping[int, str]
    hidden: Mapping[int, int]
    unlisted: Mapping[int, int]


def overview(units: UnitOfWorkFactory, *, person: Person, now: datetime, limit: int = 30) -> Overview:
    """Return the latest trainings; past messages only of sessions that the person may see, which is noted."""
    with units(reading=True) as uow:
        found = uow.trainings.recent(limit=limit)
        ids = {item["session"] for training in found for item in _changed(training)}
        seen = {
            session for session in ids if uow.sight.session(person, session, others_only=True) is not None
        }
        names = {account.id: account.name for account in uow.accounts.all()}
        waiting = uow.lessons.counts(person)
    if seen:
        with units() as uow:
            uow.audit.add(person.account, "list", "models", "", now=now, detail={"sessions": len(seen)})
            uow.commit()
    shown, hidden, unlisted = [], {}, {}
    for training in found:
        kept = [item for item in _changed(training) if item["session"] in seen]
        hidden[training.id] = len(_changed(training)) - len(kept)
        figures = training.figures
        if figures is not None:
            kept_lines = {(item["session"], item["turn"]) for item in _changed(training)}
            unlisted[training.id] = max(0, figures["sessions"]["changed_lines"] - len(kept_lines))
            figures = {**figures, "sessions": {**figures["sessions"], "changed": kept}}
        shown.append(replace(training, figures=figures))
    return Overview(tuple(shown), waiting, names, hidden, unlisted)


def _changed(training: TrainingRecord) -> list[dict[str, Any]]:
    return list(((training.figures or {}).get("sessions") or {}).get("changed", ()))


def training_of(units: UnitOfWorkFactory, *, model: str) -> TrainingRecord:
    """Return the training that a model came of; raises NotFound."""
    with units(reading=True) as uow:
        found = uow.trainings.by_model(model)
    if found is None:
        raise NotFound
    return found


def logged_lines(units: UnitOfWorkFactory, *, limit: int) -> tuple[LoggedLine, ...]:
    """Return what people typed last, for reading it with both models; for the dojo's machine only."""
    with units(reading=True) as uow:
        return uow.trainings.logged_lines(limit)
