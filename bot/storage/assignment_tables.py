"""The tables of assignments: what was set, and for whom if not for a whole team."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table

from bot.storage.tables import metadata
from bot.storage.types import CleanString, CleanText, Instant, Json

assignments: Final = Table(
    "assignments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("team_id", Integer, ForeignKey("teams.id"), nullable=False),
    Column("kind", CleanString(16), nullable=False),
    Column("title", CleanText, nullable=False),
    Column("target", Json, nullable=False),
    Column("everybody", Boolean, nullable=False),
    Column("due_at", Instant),
    Column("pass_mark", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("set_by", Integer, ForeignKey("accounts.id"), nullable=False),
    Column("set_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    Index("ix_assignments_team_id", "team_id"),
)

assignees: Final = Table(
    "assignees",
    metadata,
    Column("assignment_id", Integer, ForeignKey("assignments.id"), primary_key=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), primary_key=True),
    Index("ix_assignees_account_id", "account_id"),
)
