"""The tables of review: what trainers said about sessions, and how much of it each trainee has seen."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, UniqueConstraint

from bot.storage.tables import metadata
from bot.storage.types import CleanString, Instant, Json

review_events: Final = Table(
    "review_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("session_id", Integer, ForeignKey("sessions.id"), nullable=False),
    Column("trainee_id", Integer, ForeignKey("trainees.id"), nullable=False),
    Column("turn_id", Integer, ForeignKey("turns.id")),
    Column("kind", CleanString(16), nullable=False),
    Column("data", Json, nullable=False),
    Column("news", Boolean, nullable=False),
    Column("account_id", Integer, ForeignKey("accounts.id")),
    Column("token", CleanString(64), nullable=False),
    Column("happened_at", Instant, nullable=False),
    Column("undone_by", Integer, ForeignKey("review_events.id")),
    UniqueConstraint("session_id", "token"),
    Index("ix_review_events_trainee_id", "trainee_id"),
)

review_seen: Final = Table(
    "review_seen",
    metadata,
    Column("trainee_id", Integer, ForeignKey("trainees.id"), primary_key=True),
    Column("event_id", Integer, nullable=False),
)
