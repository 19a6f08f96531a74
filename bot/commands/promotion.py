"""Putting a candidate in use and taking it back: its files, the dojo that runs, and the record."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Final

from bot.commands import model_files
from bot.commands.candidates import Candidates
from bot.commands.console import Console
from bot.commands.errors import Stop, WrongInput
from bot.commands.family import Family, Signals
from bot.commands.handover import hand_over
from bot.commands.training import fitting_model
from bot.services import promoting
from bot.services.errors import NotFound, Refused
from bot.storage.lesson_records import PROMOTED, ROLLED_BACK, TrainingRecord
from bot.storage.unit_of_work import UnitOfWorkFactory

NONE: Final = "none"
"""Names the model that was taught no lessons."""


def promote(
    console: Console,
    candidates: Candidates,
    units: UnitOfWorkFactory,
    *,
    training: int,
    by_person: bool,
    reason: str = "",
    account: int | None = None,
) -> TrainingRecord:
    """Put a training's model in use, in the dojo that runs too, and write down who decided it.

    Raises Stop: a reason is missing, the model is gone or does not fit the project any more, or the dojo that
    runs does not take it. Then everything is as before.
    """
    with units(reading=True) as uow:
        found = uow.trainings.find(training)
    if found is None or found.figures is None or candidates.model(found.model) is None:
        raise Stop("models.gone", model=found.model if found else training)
    if not candidates.fits(found.model):
        raise Stop("models.stale", model=found.model)
    if by_person and not reason.strip() and promoting.worse(found):
        raise WrongInput("models.reason")
    before = candidates.in_use
    model = candidates.use(found.model)
    try:
        taken = hand_over(console.settings(), model.name)
    except Stop:
        candidates.point(before)
        if model.name != f"{before}{model_files.SUFFIX}":
            model_files.drop(console.root, model.name)
        raise
    decided = promoting.decide(
        units,
        training=training,
        state=PROMOTED,
        by_person=by_person,
        reason=reason,
        by=account,
        now=datetime.now(timezone.utc),
    )
    console.say("models.promoted" if taken else "models.promoted_not_running", model=model.name)
    return decided


def roll_back(
    console: Console,
    family: Family,
    signals: Signals,
    candidates: Candidates,
    units: UnitOfWorkFactory,
    *,
    to: str = "",
    reason: str = "",
    account: int | None = None,
) -> str:
    """Put the model in use that was there before, or a named one; returns its name.

    What it was taught counts: where its file is gone or the code has changed since, it is trained again.
    Raises Stop: nothing was promoted, or the named one never was.
    """
    in_use = candidates.in_use
    if not in_use:
        raise Stop("models.nothing_promoted")
    leaving = f"{in_use}{model_files.SUFFIX}"
    target = _target(units, leaving, to)
    if target and candidates.model(target) is not None and candidates.fits(target):
        model = candidates.use(target)
    else:
        candidates.point(target if target and candidates.model(target) is not None else "")
        model = fitting_model(console, family, signals)
    model.touch()
    try:
        taken = hand_over(console.settings(), model.name)
    except Stop:
        candidates.point(in_use)
        raise
    if model.name != leaving:
        model_files.drop(console.root, leaving)
    try:
        promoting.decide(
            units,
            training=promoting.training_of(units, model=leaving).id,
            state=ROLLED_BACK,
            by_person=True,
            reason=reason,
            by=account,
            now=datetime.now(timezone.utc),
        )
    except (NotFound, Refused):
        console.say("models.unrecorded", model=leaving)
    console.say("models.rolled_back" if taken else "models.rolled_back_not_running", model=model.name)
    return model.name


def _target(units: UnitOfWorkFactory, leaving: str, to: str) -> str:
    """Return the model to go back to; empty for the one without lessons."""
    if to == NONE:
        return ""
    promoted = {t.model: t for t in promoting.history(units, limit=1000) if t.state == PROMOTED}
    current = promoted.pop(leaving, None)
    if to:
        name = to if to.endswith(model_files.SUFFIX) else f"{to}{model_files.SUFFIX}"
        if name not in promoted:
            raise WrongInput("models.unknown", model=to)
        return name
    began = _decided(current) if current is not None else datetime.now(timezone.utc)
    earlier = [t for t in promoted.values() if _decided(t) < began]
    return max(earlier, key=_decided).model if earlier else ""


def _decided(training: TrainingRecord) -> datetime:
    return training.decided_at or training.made_at
