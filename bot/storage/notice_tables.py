"""The table of what trainers are told in a channel, if they want."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, ForeignKey, Integer, Table, UniqueConstraint

from bot.storage.tables import metadata
from bot.storage.types import CleanString, Instant

notices: Final = Table(
    "notices",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("session_id", Integer, ForeignKey("sessions.id"), nullable=False),
    Column("kind", CleanString(16), nullable=False),
    Column("about", Integer, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("sent_at", Instant),
    UniqueConstraint("session_id", "kind", "about"),
)
