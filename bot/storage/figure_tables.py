"""The tables of figures: sums by trainee and week, how far each trainee is. All of it can be made again."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, ForeignKey, Integer, PrimaryKeyConstraint, Table

from bot.storage.tables import metadata
from bot.storage.types import CleanString

figures: Final = Table(
    "figures",
    metadata,
    Column("trainee_id", Integer, ForeignKey("trainees.id", ondelete="CASCADE"), nullable=False),
    Column("week", Integer, nullable=False),
    Column("handed_in", Boolean, nullable=False),
    Column("kind", CleanString(16), nullable=False),
    Column("key", CleanString(64), nullable=False),
    Column("n", Integer, nullable=False),
    Column("hits", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    PrimaryKeyConstraint("trainee_id", "week", "handed_in", "kind", "key"),
    sqlite_with_rowid=False,
)

standings: Final = Table(
    "standings",
    metadata,
    Column("trainee_id", Integer, ForeignKey("trainees.id", ondelete="CASCADE"), nullable=False),
    Column("handed_in_only", Boolean, nullable=False),
    Column("kind", CleanString(16), nullable=False),
    Column("key", CleanString(32), nullable=False),
    Column("stage", CleanString(16), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("score", Integer),
    Column("success_day", Integer, nullable=False),
    PrimaryKeyConstraint("trainee_id", "handed_in_only", "kind", "key"),
    sqlite_with_rowid=False,
)
