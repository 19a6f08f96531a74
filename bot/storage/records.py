"""What the repositories take and give: plain values, nothing of the database library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

RECEIVED: Final = "received"
"""The state of a turn whose answer is not saved yet."""

ANSWERED: Final = "answered"
"""The state of a turn whose answer is saved; it never changes again."""

TEXT: Final = "text"
CLICK: Final = "click"


@dataclass(frozen=True)
class TraineeRecord:
    """A person, known by a secret key of which only the hash is kept."""

    id: int
    name: str


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
