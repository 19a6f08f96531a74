"""Values about lessons, which are corrections on their way into the model, and about trainings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

OBJECTION: Final = "objection"
NATURE: Final = "nature"
TECHNIQUE: Final = "technique"
MARK: Final = "mark"
FAMILIES: Final[tuple[str, ...]] = (OBJECTION, NATURE, TECHNIQUE, MARK)
"""What a lesson is about. Its values: `{"types": [main, ...]}`, empty for no objection; `{"nature": id}`;
`{"technique": id}`; `{"steps": [...]}` of LSCPA that the whole reply shows."""

TRAINEE_SAID: Final = "trainee"
TRAINER_SAID: Final = "trainer"
"""Where a lesson comes from: a trainee's "wrong type", a trainer's label."""

PENDING: Final = "pending"
ACCEPTED: Final = "accepted"
CHANGED: Final = "changed"
REJECTED: Final = "rejected"
REPLACED: Final = "replaced"
WITHDRAWN: Final = "withdrawn"
"""The states of a lesson; what is accepted or changed is taught. A newer word about the same message replaces
a lesson, and who undoes a correction withdraws it."""

TAUGHT: Final[tuple[str, ...]] = (ACCEPTED, CHANGED)

TRAINING: Final = "training"
CANDIDATE: Final = "candidate"
PROMOTED: Final = "promoted"
REFUSED: Final = "refused"
ROLLED_BACK: Final = "rolled_back"
FAILED: Final = "failed"
"""The states of a training. One that is promoted stays so, also when a later one takes its place."""


@dataclass(frozen=True)
class LessonRecord:
    """What somebody said that a message really was.

    Attributes:
        source: TRAINEE_SAID or TRAINER_SAID; source_id: the row that it comes from.
        session: public id; turn: the turn's number in it.
        text: what was typed; context: the customer's line that a reply answers.
        was: what the system had read; proposed: what the person said; value: what was decided.
        held_back: never taught, but asked of every model (about one in five).
        proposed_by, decided_by: accounts; None for a trainee or guest, and for the dojo's machine.
    """

    id: int
    source: str
    source_id: int
    session: str
    turn_id: int
    turn: int
    text: str
    context: str
    lang: str
    family: str
    was: dict[str, Any]
    proposed: dict[str, Any]
    value: dict[str, Any]
    state: str
    held_back: bool
    proposed_by: int | None
    proposed_at: datetime
    decided_by: int | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True)
class Proposal:
    """A correction on its way into the queue; the meaning of `was` and `value` is that of the family."""

    source: str
    source_id: int
    family: str
    was: Mapping[str, Any]
    value: Mapping[str, Any]


@dataclass(frozen=True)
class TrainingRecord:
    """A candidate: which lessons it was taught, what it was compared with, and what became of it.

    Attributes:
        model, base: names of model files, the candidate's and that of the model it was compared with.
        lessons: ids. figures: the comparison, None until it is made.
        stage: what is being done while the state is TRAINING.
        decision: `auto` or `person`; reason: the person's words, or why it was refused or failed.
    """

    id: int
    made_at: datetime
    made_by: int | None
    model: str
    base: str
    lessons: tuple[int, ...]
    figures: dict[str, Any] | None
    state: str
    stage: str = ""
    decision: str = ""
    reason: str = ""
    decided_by: int | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True)
class LoggedLine:
    """A message on record as a model would be given it: a customer's line, or a reply to `context`."""

    session: str
    turn: int
    text: str
    lang: str
    context: str
    is_reply: bool
