"""The tables of edited content: editions of files, what was published when, sessions that preview a draft."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, UniqueConstraint

from bot.storage.tables import metadata
from bot.storage.types import CleanString, CleanText, Instant

editions: Final = Table(
    "editions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", CleanString(16), nullable=False),
    Column("stem", CleanString(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("saves", Integer, nullable=False),
    Column("sealed", Boolean, nullable=False),
    Column("state", CleanString(16), nullable=False),
    Column("mark", CleanString(16), nullable=False),
    Column("note", CleanText, nullable=False),
    Column("text", CleanText, nullable=False),
    Column("account_id", Integer, ForeignKey("accounts.id")),
    Column("made_at", Instant, nullable=False),
    Column("saved_at", Instant, nullable=False),
    UniqueConstraint("kind", "stem", "version"),
    Index("ix_editions_state", "state"),
)

publications: Final = Table(
    "publications",
    metadata,
    # Not counted by the database: whoever publishes takes the number after the last one, and only one can.
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("kind", CleanString(16), nullable=False),
    Column("stem", CleanString(64), nullable=False),
    Column("edition_id", Integer, ForeignKey("editions.id")),
    Column("note", CleanText, nullable=False),
    Column("account_id", Integer, ForeignKey("accounts.id")),
    Column("published_at", Instant, nullable=False),
    Index("ix_publications_kind_stem", "kind", "stem"),
)

previews: Final = Table(
    "previews",
    metadata,
    Column("session_id", Integer, ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
    Column("edition_id", Integer, ForeignKey("editions.id"), nullable=False),
    Column("trainee_id", Integer, ForeignKey("trainees.id", ondelete="CASCADE"), nullable=False),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Index("ix_previews_trainee_id", "trainee_id"),
    Index("ix_previews_account_id", "account_id"),
)
