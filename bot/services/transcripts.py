"""A session as it is listed, and as it is told from beginning to end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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


@dataclass(frozen=True)
class Transcript:
    """A whole session."""

    session: SessionSummary
    turns: tuple[TranscriptTurn, ...]
