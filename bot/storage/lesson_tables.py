"""The tables of teaching: what people said that a message really was, and the trainings that learned it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, UniqueConstraint, text

from bot.storage.tables import metadata
from bot.storage.types import CleanString, CleanText, Instant, Json

_OPEN: Final = text("state = 'pending'")

lessons: Final = Table(
    "lessons",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", CleanString(16), nullable=False),
    Column("source_id", Integer, nullable=False),
    Column("session_id", Integer, ForeignKey("sessions.id"), nullable=False),
    Column("turn_id", Integer, ForeignKey("turns.id"), nullable=False),
    Column("text", CleanText, nullable=False),
    Column("context", CleanText, nullable=False),
    Column("lang", CleanString(8), nullable=False),
    Column("family", CleanString(16), nullable=False),
    Column("was", Json, nullable=False),
    Column("proposed", Json, nullable=False),
    Column("value", Json, nullable=False),
    Column("state", CleanString(16), nullable=False),
    Column("held_back", Boolean, nullable=False),
    Column("proposed_by", Integer, ForeignKey("accounts.id")),
    Column("proposed_at", Instant, nullable=False),
    Column("decided_by", Integer, ForeignKey("accounts.id")),
    Column("decided_at", Instant),
    UniqueConstraint("source", "source_id", "family"),
    Index("ix_lessons_state_proposed_at", "state", "proposed_at"),
    Index("ix_lessons_session_id", "session_id"),
    Index("uq_lessons_pending", "turn_id", "family", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
)

trainings: Final = Table(
    "trainings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("made_at", Instant, nullable=False),
    Column("made_by", Integer, ForeignKey("accounts.id")),
    Column("model", CleanString(128), nullable=False),
    Column("base", CleanString(128), nullable=False),
    Column("lessons", Json, nullable=False),
    Column("figures", Json),
    Column("state", CleanString(16), nullable=False),
    Column("stage", CleanString(32), nullable=False),
    Column("decision", CleanString(16), nullable=False),
    Column("reason", CleanText, nullable=False),
    Column("decided_by", Integer, ForeignKey("accounts.id")),
    Column("decided_at", Instant),
)
