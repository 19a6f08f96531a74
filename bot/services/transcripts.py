"""A session as it is listed, and as it is told from beginning to end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.coaching.review import NOTHING_SAID, Review
from bot.storage.records import Reply


@dataclass(frozen=True)
class SessionSummary:
    """A line of the list."""

    public_id: str
    name: str
    channel: str
    lang: str
    product: str
    opened_at: datetime
    active_at: datetime
    turns: int
    purged_at: datetime | None = None
    trainee_id: int = 0
    handed_in_at: datetime | None = None
    scores: tuple[tuple[int, int], ...] = ()
    """Of the role-plays that have ended: the bot's score, and the one that counts."""

    reviewed: bool = False


@dataclass(frozen=True)
class TranscriptTalk:
    """A role-play of the session: `score` is the bot's, `final_score` the one that counts."""

    id: int
    scenario: str
    state: str
    outcome: str | None
    score: int | None
    final_score: int | None
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class TranscriptClick:
    """What a click asked for."""

    intent: str
    about_turn: int | None
    values: dict[str, Any]


@dataclass(frozen=True)
class TranscriptCorrection:
    """Who said, and when, that a turn was of another type."""

    from_type: str
    to_type: str
    by: str
    at: datetime


@dataclass(frozen=True)
class TranscriptTurn:
    """One turn: what came in, what was understood, what was shown, and what was said of it later."""

    number: int
    message_id: str
    kind: str
    text: str
    state: str
    received_at: datetime
    answered_at: datetime | None
    lang: str | None
    product: str | None
    reading: dict[str, Any] | None
    command: dict[str, Any] | None
    replies: tuple[Reply, ...]
    click: TranscriptClick | None
    corrections: tuple[TranscriptCorrection, ...]
    practice: tuple[Mapping[str, Any], ...] = ()
    """What the turn was in a role-play or a drill: a reply with its assessment, a hint, an answer ..."""

    labels: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The bot's labels of what was typed, by family (`bot.coaching.labels`)."""


@dataclass(frozen=True)
class Transcript:
    """A session, whole or some of its turns.

    Attributes:
        review: what trainers said about it, as far as the reader may know.
        by: the names of those who said so, by account.
    """

    session: SessionSummary
    turns: tuple[TranscriptTurn, ...]
    talks: tuple[TranscriptTalk, ...] = ()
    review: Review = NOTHING_SAID
    by: Mapping[int | None, str] = field(default_factory=dict)
