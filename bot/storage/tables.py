"""The tables. The migrations make them; a test compares the two."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
)

from bot.storage.types import CleanString, CleanText, Instant, Json

NAMING: Final = {
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

metadata: Final = MetaData(naming_convention=NAMING)

trainees: Final = Table(
    "trainees",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key_hash", CleanString(64), nullable=False),
    Column("name", CleanText, nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("key_hash"),
)

sessions: Final = Table(
    "sessions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("public_id", CleanString(128), nullable=False),
    Column("trainee_id", Integer, ForeignKey("trainees.id"), nullable=False),
    Column("name", CleanText, nullable=False),
    Column("channel", CleanString(32), nullable=False),
    Column("lang", CleanString(8), nullable=False),
    Column("product", CleanString(64), nullable=False),
    Column("last_turn", Integer, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("active_at", Instant, nullable=False),
    UniqueConstraint("public_id"),
    Index("ix_sessions_trainee_id", "trainee_id"),
    Index("ix_sessions_active_at", "active_at"),
)

turns: Final = Table(
    "turns",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("session_id", Integer, ForeignKey("sessions.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("message_id", CleanString(128), nullable=False),
    Column("kind", CleanString(16), nullable=False),
    Column("text", CleanText, nullable=False),
    Column("state", CleanString(16), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("answered_at", Instant),
    Column("lang", CleanString(8)),
    Column("product", CleanString(64)),
    Column("reading", Json),
    Column("objections", Json),
    Column("command", Json),
    Column("slots", Json),
    UniqueConstraint("session_id", "number"),
    UniqueConstraint("session_id", "message_id"),
)

replies: Final = Table(
    "replies",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("turn_id", Integer, ForeignKey("turns.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("kind", CleanString(64), nullable=False),
    Column("response", CleanString(128), nullable=False),
    Column("texts", Json, nullable=False),
    Column("data", Json, nullable=False),
    Column("buttons", Json, nullable=False),
    UniqueConstraint("turn_id", "position"),
)

clicks: Final = Table(
    "clicks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("turn_id", Integer, ForeignKey("turns.id"), nullable=False),
    Column("session_id", Integer, ForeignKey("sessions.id"), nullable=False),
    Column("intent", CleanString(64), nullable=False),
    Column("about_turn", Integer),
    Column("payload", Json, nullable=False),
    Column("clicked_at", Instant, nullable=False),
    UniqueConstraint("turn_id"),
    Index("ix_clicks_session_id_intent", "session_id", "intent"),
)

corrections: Final = Table(
    "corrections",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("session_id", Integer, ForeignKey("sessions.id"), nullable=False),
    Column("turn_id", Integer, ForeignKey("turns.id"), nullable=False),
    Column("message_id", CleanString(128), nullable=False),
    Column("from_type", CleanString(32), nullable=False),
    Column("to_type", CleanString(32), nullable=False),
    Column("corrected_by", CleanText, nullable=False),
    Column("corrected_at", Instant, nullable=False),
    UniqueConstraint("session_id", "message_id"),
    Index("ix_corrections_turn_id", "turn_id"),
)
