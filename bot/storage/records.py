"""What the repositories take and give: plain values, nothing of the database library."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

RECEIVED: Final = "received"
"""The state of a turn whose answer is not saved yet."""

ANSWERED: Final = "answered"
"""The state of a turn whose answer is saved; it never changes again."""

TALK: Final = "talk"
SWAP: Final = "swap"
DRILL: Final = "drill"
"""What a session is practising: a role-play, one with swapped roles, a drill."""

TEXT: Final = "text"
CLICK: Final = "click"


@dataclass(frozen=True)
class TraineeRecord:
    """Somebody who practises, known by a secret key of which only the hash is kept.

    Guests have no account.
    """

    id: int
    name: str
    account: int | None = None


@dataclass(frozen=True)
class SessionRecord:
    """A session: who, when, where, in which language, about which product, and how many turns it has."""

    id: int
    public_id: str
    trainee_id: int
    name: str
    channel: str
    lang: str
    product: str
    last_turn: int
    opened_at: datetime
    active_at: datetime
    practice: str = ""
    """What typed text is taken for: "" a customer's words to answer, or TALK, SWAP, DRILL."""
    handed_in_at: datetime | None = None
    """When the trainee showed it to the trainers of a team in which practice is private."""
    purged_at: datetime | None = None
    """When its words were deleted, because they are kept for so many days only."""


@dataclass(frozen=True)
class TurnRecord:
    """The trainee's side of a turn, and what was understood of it."""

    id: int
    session_id: int
    number: int
    message_id: str
    kind: str
    text: str
    state: str
    received_at: datetime
    answered_at: datetime | None = None
    lang: str | None = None
    product: str | None = None
    reading: dict[str, Any] | None = None
    command: dict[str, Any] | None = None
    slots: dict[str, Any] | None = None

    @property
    def answered(self) -> bool:
        """Whether its answer is saved."""
        return self.state == ANSWERED

    @property
    def types(self) -> tuple[str, ...]:
        """The objection types that were read in it, in their order."""
        return tuple(objection["type"] for objection in (self.reading or {}).get("objections", ()))


@dataclass(frozen=True)
class Reply:
    """One block that the dojo shows: the response's name, the texts that fill it, its data, its buttons."""

    kind: str
    response: str
    values: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    buttons: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True)
class ShownReply:
    """A reply with its place: the turn's number and the position in it, from 0."""

    turn: int
    position: int
    reply: Reply


@dataclass(frozen=True)
class Answer:
    """A saved answer, as every later delivery of the same message gets it."""

    turn: TurnRecord
    replies: tuple[Reply, ...]


@dataclass(frozen=True)
class ClickRecord:
    """A click: its own turn, the command, the turn that it is about, and what came with it."""

    turn: int
    intent: str
    about_turn: int | None
    values: dict[str, Any]
    clicked_at: datetime


@dataclass(frozen=True)
class CorrectionRecord:
    """Somebody's word that a turn was of another type."""

    turn: int
    message_id: str
    from_type: str
    to_type: str
    by: str
    corrected_at: datetime


RUNNING: Final = "running"
PAUSED: Final = "paused"
ENDED: Final = "ended"

_MODELS: Final = 60
"""So many model answers are remembered in a talk."""


@dataclass(frozen=True)
class TalkRecord:
    """A role-play: which scenario, from which seed, under which versions, and how it ended.

    Attributes:
        state: `running`, `paused` or `ended`.
        versions: of the rubric, of the rules that move customers, and of the scenario's text.
        score: the bot's; reviewed_score: where a trainer's judgement gives another one.
        card: the score card, once it has ended.
    """

    id: int
    session_id: int
    trainee_id: int
    scenario: str
    lang: str
    level: str
    seed: int
    versions: dict[str, Any]
    state: str
    started_at: datetime
    outcome: str | None = None
    score: int | None = None
    card: dict[str, Any] | None = None
    ended_at: datetime | None = None
    reviewed_score: int | None = None

    @property
    def final_score(self) -> int | None:
        """The score that counts: the trainer's where there is one, else the bot's."""
        return self.score if self.reviewed_score is None else self.reviewed_score


@dataclass(frozen=True)
class ReadReply:
    """A reply in a talk as the NLU read it.

    Attributes:
        id: the later a reply, the higher; trainee, session: whose, and its public id.
        line: what the customer had said.
    """

    id: int
    trainee: int
    session: str
    turn: int
    lang: str
    line: str
    reading: dict[str, Any]


@dataclass(frozen=True)
class TalkTurnRecord:
    """One reply in a talk and the customer's answer; number 0 is the opening, which answers nothing.

    Attributes:
        turn: the number of the session's turn.
        attempt: 1 for the first try of this place in the talk, 2 for the first redo ...; superseded: redone.
        type: the objection type that it answers; technique, score: as the bot assessed it.
        reviewed_score: where a trainer upheld an appeal.
        reply: what the trainee said; line: what the customer said then.
        talk: the talk's state after it; course: what happened (`situation`, `events`, `effect`, `hints`).
    """

    id: int
    talk_id: int
    turn: int
    number: int
    attempt: int
    superseded: bool
    type: str
    technique: str
    score: int | None
    reply: str
    line: str
    assessment: dict[str, Any] | None
    talk: dict[str, Any]
    course: dict[str, Any]
    said_at: datetime
    reviewed_score: int | None = None

    @property
    def final_score(self) -> int | None:
        """The score that counts: the trainer's where there is one, else the bot's."""
        return self.score if self.reviewed_score is None else self.reviewed_score

    @property
    def models(self) -> list[int]:
        """What stands for the model answers shown so far, so that a copy of one is known as a copy."""
        return list(self.course.get("models", ()))

    def models_and(self, more: Iterable[int]) -> list[int]:
        """Return them with some more, the latest ones where they are too many to remember."""
        return [*self.models, *more][-_MODELS:]


@dataclass(frozen=True)
class TalkEventRecord:
    """Something besides replies: a hint, a demonstration, a redo, a pause ..."""

    talk_id: int
    turn: int
    kind: str
    data: dict[str, Any]
    happened_at: datetime


@dataclass(frozen=True)
class AppealRecord:
    """A trainee's disagreement with a point; it goes to the trainer.

    Attributes:
        turn: the number of the session's turn.
        state: `open`, `upheld` or `rejected`.
    """

    id: int
    talk_id: int
    talk_turn_id: int
    turn: int
    rule: str
    reason: str
    state: str
    appealed_at: datetime


@dataclass(frozen=True)
class CardRecord:
    """How well a trainee remembers to answer a type of objection by a method, and when it is due."""

    type: str
    method: str
    memory: dict[str, Any]
    due_at: datetime


@dataclass(frozen=True)
class DrillRecord:
    """A few minutes of single questions; `question` is the one that is open."""

    id: int
    session_id: int
    trainee_id: int
    state: str
    question: dict[str, Any]
    started_at: datetime
    ends_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True)
class DrillAnswerRecord:
    """One answered question of a drill."""

    drill_id: int
    turn: int
    type: str
    method: str
    kind: str
    asked: str
    given: str
    correct: bool
    score: int | None
    data: dict[str, Any]
    answered_at: datetime
