"""The tables behind the inbox: a digest of each session, the index of all digests, and kept filters.

All but the kept filters can be made again from the sessions.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    text,
)

from bot.storage.tables import metadata
from bot.storage.types import CleanString, CleanText, Instant, Json

digests: Final = Table(
    "digests",
    metadata,
    Column("session_id", Integer, ForeignKey("sessions.id"), primary_key=True, autoincrement=False),
    Column("active_at", Instant, nullable=False),
    Column("last_turn", Integer, nullable=False),
    Column("settled", Boolean, nullable=False),
    Column("facts", Json, nullable=False),
    Column("terms", LargeBinary, nullable=False),
    # Only those that have to be made again: few, whatever the number of sessions.
    Index(
        "ix_digests_unsettled",
        "session_id",
        sqlite_where=text("settled = 0"),
        postgresql_where=text("NOT settled"),
    ),
)

postings: Final = Table(
    "postings",
    metadata,
    # In the order of the bytes on both databases: the values of a kind stand next to each other.
    Column(
        "term", CleanString(96).with_variant(CleanString(96, collation="C"), "postgresql"), nullable=False
    ),
    Column("block", Integer, nullable=False),
    Column("members", LargeBinary, nullable=False),
    PrimaryKeyConstraint("term", "block"),
    sqlite_with_rowid=False,
)

digest_marks: Final = Table(
    "digest_marks",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("reached_at", Instant, nullable=False),
    Column("missing_below", Integer, nullable=False),
)

kept_filters: Final = Table(
    "kept_filters",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False),
    Column("team_id", Integer, ForeignKey("teams.id")),
    Column("name", CleanText, nullable=False),
    Column("query", CleanText, nullable=False),
    Column("kept_at", Instant, nullable=False),
    UniqueConstraint("account_id", "name"),
    Index("ix_kept_filters_team_id", "team_id"),
)
