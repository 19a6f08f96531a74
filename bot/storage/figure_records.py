"""Values of the figures: sums by week, standings, and what they are made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.storage.records import DrillAnswerRecord, TalkTurnRecord

REPLY: Final = "reply"
"""Assessed replies and free answers: how many, how many succeeded, their points. The key is empty."""

TYPE: Final = "type"
METHOD: Final = "method"
"""The same by the objection type that was answered, and by the method that was used (or `none`)."""

NAMED: Final = "named"
"""Questions of drills to name something, by objection type: how many, how many were right."""

TALK: Final = "talk"
"""Role-plays that ended, by outcome: how many, how many have a score, their scores."""

SESSION: Final = "session"
"""Sessions, on the day on which something was said first; the key is empty."""

TURN: Final = "turn"
"""Turns of any mode; the key is empty. No sums are kept of these and of the kinds below."""

APPEAL: Final = "appeal"
"""Appeals, by their state."""

TRIED_TYPE: Final = "tried_type"
TRIED_METHOD: Final = "tried_method"
"""Whatever a standing with an objection type, or with a method, rests on: replies, answers, things named."""

TIME: Final = "time"
"""Practice by mode (`coach`, `talk`, `drill`): how many turns; the total is in seconds."""

SURE: Final = "sure"
"""The model's readings of customers' lines, by label: how many, how many unsure; the total is in percent."""

PAIR: Final = "pair"
"""Unsure readings by the two likeliest labels, `a|b` in the order of the alphabet."""

COACH: Final = "coach"
DRILL: Final = "drill"
MODES: Final[tuple[str, ...]] = (COACH, TALK, DRILL)
"""What a turn belongs to: questions about a customer's line, a role-play, a drill."""


@dataclass(frozen=True)
class Sum:
    """A sum of a kind: `n` things, of which `hits` are so, and a total (points, seconds, percent)."""

    kind: str
    key: str
    n: int = 0
    hits: int = 0
    total: int = 0


@dataclass(frozen=True)
class WeekSum:
    """A sum over some trainees in the week that begins on a day, given by its ordinal."""

    week: int
    sum: Sum


@dataclass(frozen=True)
class TraineeSum:
    """A sum over some weeks of one trainee."""

    trainee: int
    sum: Sum


@dataclass(frozen=True)
class Standing:
    """How far a trainee was with a type or a method when it was told last.

    Attributes:
        kind: TYPE or METHOD; key: its id.
        score: points on average; None without any.
        success_day: the ordinal of the day of the latest success, 0 without any.
    """

    kind: str
    key: str
    stage: str
    tries: int
    score: int | None
    success_day: int


@dataclass(frozen=True)
class TraineeStanding:
    """A standing, and whose it is."""

    trainee: int
    standing: Standing


@dataclass(frozen=True)
class Within:
    """A session as far as figures need it: which one, and whether it was handed in."""

    session: int
    handed_in: bool


@dataclass(frozen=True)
class PractisedTurn:
    """A turn as far as figures need it; the reading of a customer's line, None for anything else."""

    within: Within
    number: int
    mode: str
    received_at: datetime
    reading: dict[str, Any] | None


@dataclass(frozen=True)
class PractisedReply:
    """An assessed reply in a role-play."""

    within: Within
    turn: TalkTurnRecord


@dataclass(frozen=True)
class PractisedAnswer:
    """An answered question of a drill."""

    within: Within
    answer: DrillAnswerRecord


@dataclass(frozen=True)
class EndedTalk:
    """A role-play that ended."""

    within: Within
    outcome: str
    score: int | None
    ended_at: datetime


@dataclass(frozen=True)
class Appealed:
    """An appeal."""

    within: Within
    state: str
    appealed_at: datetime
