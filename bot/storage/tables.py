"""The tables. The migrations make them; a test compares the two."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
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
    Column("account_id", Integer),
    Column("merged_into", Integer),
    UniqueConstraint("key_hash"),
    Index("ix_trainees_account_id", "account_id"),
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
    Column("practice", CleanString(16), nullable=False, server_default=""),
    Column("opened_at", Instant, nullable=False),
    Column("active_at", Instant, nullable=False),
    Column("handed_in_at", Instant),
    Column("purged_at", Instant),
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

talks: Final = Table(
    "talks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("session_id", Integer, ForeignKey("sessions.id"), nullable=False),
    Column("trainee_id", Integer, ForeignKey("trainees.id"), nullable=False),
    Column("scenario", CleanString(64), nullable=False),
    Column("lang", CleanString(8), nullable=False),
    Column("level", CleanString(16), nullable=False),
    # One way of practising so far: the trainee sells.
    Column("mode", CleanString(16), nullable=False, default="seller"),
    Column("seed", BigInteger, nullable=False),
    Column("versions", Json, nullable=False),
    Column("state", CleanString(16), nullable=False),
    Column("outcome", CleanString(16)),
    Column("score", Integer),
    Column("card", Json),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("reviewed_score", Integer),
    Index("ix_talks_session_id_state", "session_id", "state"),
    Index("ix_talks_trainee_id_scenario", "trainee_id", "scenario"),
)

talk_turns: Final = Table(
    "talk_turns",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("talk_id", Integer, ForeignKey("talks.id"), nullable=False),
    Column("trainee_id", Integer, ForeignKey("trainees.id"), nullable=False),
    Column("turn_id", Integer, ForeignKey("turns.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("superseded", Integer, nullable=False),
    Column("type", CleanString(32), nullable=False),
    Column("technique", CleanString(32), nullable=False),
    Column("score", Integer),
    Column("reply", CleanText, nullable=False),
    Column("line", CleanText, nullable=False),
    Column("assessment", Json),
    Column("talk", Json, nullable=False),
    Column("course", Json, nullable=False),
    Column("said_at", Instant, nullable=False),
    Column("reviewed_score", Integer),
    UniqueConstraint("turn_id"),
    UniqueConstraint("talk_id", "number", "attempt"),
    Index("ix_talk_turns_trainee_id_said_at", "trainee_id", "said_at"),
)

talk_events: Final = Table(
    "talk_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("talk_id", Integer, ForeignKey("talks.id"), nullable=False),
    Column("turn_id", Integer, ForeignKey("turns.id"), nullable=False),
    Column("kind", CleanString(32), nullable=False),
    Column("data", Json, nullable=False),
    Column("happened_at", Instant, nullable=False),
    UniqueConstraint("turn_id"),
    Index("ix_talk_events_talk_id", "talk_id"),
)

appeals: Final = Table(
    "appeals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("talk_id", Integer, ForeignKey("talks.id"), nullable=False),
    Column("talk_turn_id", Integer, ForeignKey("talk_turns.id"), nullable=False),
    Column("rule", CleanString(32), nullable=False),
    Column("reason", CleanText, nullable=False),
    Column("state", CleanString(16), nullable=False),
    Column("appealed_at", Instant, nullable=False),
    UniqueConstraint("talk_turn_id", "rule"),
    Index("ix_appeals_state", "state"),
    Index("ix_appeals_appealed_at", "appealed_at"),
)

cards: Final = Table(
    "cards",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("trainee_id", Integer, ForeignKey("trainees.id"), nullable=False),
    Column("type", CleanString(32), nullable=False),
    Column("method", CleanString(32), nullable=False),
    Column("memory", Json, nullable=False),
    Column("due_at", Instant, nullable=False),
    UniqueConstraint("trainee_id", "type", "method"),
    Index("ix_cards_trainee_id_due_at", "trainee_id", "due_at"),
)

drills: Final = Table(
    "drills",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("session_id", Integer, ForeignKey("sessions.id"), nullable=False),
    Column("trainee_id", Integer, ForeignKey("trainees.id"), nullable=False),
    Column("state", CleanString(16), nullable=False),
    Column("question", Json, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Index("ix_drills_session_id_state", "session_id", "state"),
)

drill_answers: Final = Table(
    "drill_answers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("drill_id", Integer, ForeignKey("drills.id"), nullable=False),
    Column("trainee_id", Integer, ForeignKey("trainees.id"), nullable=False),
    Column("turn_id", Integer, ForeignKey("turns.id"), nullable=False),
    Column("type", CleanString(32), nullable=False),
    Column("method", CleanString(32), nullable=False),
    Column("kind", CleanString(16), nullable=False),
    Column("asked", CleanText, nullable=False),
    Column("given", CleanText, nullable=False),
    Column("correct", Integer, nullable=False),
    Column("score", Integer),
    Column("data", Json, nullable=False),
    Column("answered_at", Instant, nullable=False),
    UniqueConstraint("turn_id"),
    Index("ix_drill_answers_trainee_id_answered_at", "trainee_id", "answered_at"),
)

grants: Final = Table(
    "grants",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("session_id", Integer, ForeignKey("sessions.id"), nullable=False),
    Column("key_hash", CleanString(64), nullable=False),
    Column("granted_at", Instant, nullable=False),
    UniqueConstraint("session_id", "key_hash"),
)
