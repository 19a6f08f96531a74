"""From corrections to a better model: a candidate is trained beside the one in use, compared, decided."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final

from bot.bootstrap import make_home, open_storage
from bot.commands import model_files
from bot.commands.candidates import Candidates
from bot.commands.comparing import compare_models
from bot.commands.console import Console, Progress
from bot.commands.errors import Stop
from bot.commands.family import Family, Signals
from bot.commands.known_errors import sentence
from bot.commands.promotion import promote
from bot.commands.training import fitting_model, make_model
from bot.content.loader import load_content
from bot.services import promoting, teaching
from bot.services.curriculum import to_yaml
from bot.services.errors import Refused
from bot.storage.lesson_records import REFUSED, TrainingRecord
from bot.storage.unit_of_work import UnitOfWorkFactory

AUTO: Final = "auto"
NEVER: Final = "never"
FORCE: Final = "force"
PROMOTE: Final = (AUTO, NEVER, FORCE)
"""Promote a candidate that is not worse, none, or in any case."""

LINES: Final = 500
"""So many messages on record are read with both models."""

WORSE: Final = "worse"
"""Why a candidate was refused."""


@dataclass(frozen=True)
class Order:
    """What to do: how to decide, why, how many messages on record to read again, and for whom.

    Attributes:
        training: an entry that somebody made for it already, as the page does; None for a new one.
        account: who ordered it; None for who sits at the machine.
        again: also where there is nothing new to learn.
    """

    promote: str = AUTO
    reason: str = ""
    lines: int = LINES
    training: int | None = None
    account: int | None = None
    again: bool = False


def teach(console: Console, family: Family, signals: Signals, order: Order) -> TrainingRecord | None:
    """Train, compare and decide; returns the training as it is on record then, None without lessons.

    Raises Stop where another training is under way, or where it fails; then the training is on record as
    failed and the model in use stays.
    """
    settings = console.settings()
    candidates = Candidates(console.root, make_home(settings))
    storage = open_storage(settings)
    try:
        with candidates.alone() as mine:
            if not mine:
                if order.training is not None:
                    promoting.fail(storage.units, training=order.training, reason="teach.busy", now=_now())
                raise Stop("teach.busy")
            work = _Work(console, family, signals, order, candidates, storage.units)
            promoting.interrupted(storage.units, now=_now(), besides=order.training)
            teaching.collect(storage.units, now=_now())
            return work.run()
    finally:
        storage.close()


@dataclass
class _Work:
    console: Console
    family: Family
    signals: Signals
    order: Order
    candidates: Candidates
    units: UnitOfWorkFactory
    training: int | None = None

    def __post_init__(self) -> None:
        self.training = self.order.training

    def run(self) -> TrainingRecord | None:
        """Learn what there is to learn; what goes wrong is on record."""
        try:
            return self._run()
        except BaseException as error:
            if self.training is not None:
                self._failed(self.training, _reason(error))
            raise

    def _run(self) -> TrainingRecord | None:
        plan = teaching.curriculum(self.units)
        if not plan.lines and not self.candidates.in_use:
            self._fail_early("no_lessons")
            return None
        draft = self.candidates.begin(to_yaml(plan.lines))
        try:
            if not self.order.again and self._is_known(draft):
                self._fail_early("unchanged")
                return None
            self.training = self._entered()
            return self._learn(self.training, draft, plan)
        finally:
            if draft.exists():
                shutil.rmtree(draft, ignore_errors=True)

    def _learn(self, training: int, draft: Path, plan: teaching.Curriculum) -> TrainingRecord:
        self._at(training, "base")
        base = fitting_model(self.console, self.family, self.signals)
        self._at(training, "training")
        trained_from = self.candidates.fingerprint(draft)
        with model_files.one_at_a_time(self.console.root):
            trained = make_model(
                self.console, self.family, self.signals, draft, trained_from, self.candidates.lessons(draft)
            )
        model = self.candidates.keep(draft, trained, trained_from)
        promoting.made(
            self.units,
            training=training,
            model=model.name,
            base=base.name,
            lessons=[lesson.id for lesson in plan.taught],
        )
        self._at(training, "comparing")
        figures = self._compare((base, model), plan)
        promoting.compared(self.units, training=training, figures=figures)
        return self._decide(training, model.name, figures)

    def _compare(self, models: tuple[Path, Path], plan: teaching.Curriculum) -> dict[str, Any]:
        progress = Progress(self.console)
        progress.begin("teach.comparing")

        def tick() -> None:
            self.signals.check()
            progress.tick()

        figures = compare_models(
            models,
            root=self.console.root,
            rubric=load_content().rubric.rules,
            held_back=plan.held_back,
            taught=plan.taught,
            logged=promoting.logged_lines(self.units, limit=self.order.lines),
            tick=tick,
        )
        progress.done()
        return {**figures, "overruled": plan.overruled}

    def _decide(self, training: int, model: str, figures: dict[str, Any]) -> TrainingRecord:
        order, fine = self.order, bool(figures["not_worse"])
        if order.promote == FORCE or (order.promote == AUTO and fine):
            self._at(training, "promoting")
            return promote(
                self.console,
                self.candidates,
                self.units,
                training=training,
                by_person=order.promote == FORCE,
                reason=order.reason,
                account=order.account,
            )
        if order.promote == AUTO:
            return promoting.decide(
                self.units,
                training=training,
                state=REFUSED,
                by_person=False,
                reason=WORSE,
                by=order.account,
                now=_now(),
            )
        return promoting.training_of(self.units, model=model)

    def _is_known(self, draft: Path) -> bool:
        """Tell whether the model in use was taught exactly these lessons, by today's data and code."""
        in_use = model_files.lessons_in_use(make_home(self.console.settings()))
        same = in_use.is_file() and in_use.read_bytes() == self.candidates.lessons(draft).read_bytes()
        return same and model_files.fitting(self.console.root, in_use) is not None

    def _entered(self) -> int:
        if self.order.training is not None:
            return self.order.training
        try:
            return promoting.begin(self.units, by=self.order.account, now=_now()).id
        except Refused as error:
            raise Stop("teach.busy") from error

    def _at(self, training: int, stage: str) -> None:
        promoting.at(self.units, training=training, stage=stage)

    def _fail_early(self, reason: str) -> None:
        """Say why nothing is trained; an entry that waits for it has failed."""
        self.console.say(f"teach.{reason}")
        if self.order.training is not None:
            self._failed(self.order.training, reason)

    def _failed(self, training: int, reason: str) -> None:
        promoting.fail(self.units, training=training, reason=reason, now=_now())


def _reason(error: BaseException) -> str:
    """Return what is written down of why a training failed."""
    if isinstance(error, Stop):
        return error.key
    if not isinstance(error, Exception):
        return "interrupted"
    known = sentence(error)
    return "unexpected" if known is None else known.key


def _now() -> datetime:
    return datetime.now(timezone.utc)
