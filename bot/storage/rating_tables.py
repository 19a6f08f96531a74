"""The tables of double rating: samples of messages, what people say of each, how far judges agree."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)

from bot.storage.tables import metadata
from bot.storage.types import CleanString, CleanText, Instant, Json

samples: Final = Table(
    "samples",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", CleanText, nullable=False),
    Column("team_id", Integer, ForeignKey("teams.id")),
    Column("groups", Json, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("made_by", Integer, ForeignKey("accounts.id")),
    Column("made_at", Instant, nullable=False),
)

sample_items: Final = Table(
    "sample_items",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sample_id", Integer, ForeignKey("samples.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("about", CleanString(8), nullable=False),
    Column("turn_id", Integer, ForeignKey("turns.id", ondelete="CASCADE"), nullable=False),
    Column("lang", CleanString(8), nullable=False),
    Column("judged", Json, nullable=False),
    UniqueConstraint("sample_id", "position"),
    Index("ix_sample_items_turn_id", "turn_id"),
)

ratings: Final = Table(
    "ratings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("item_id", Integer, ForeignKey("sample_items.id", ondelete="CASCADE"), nullable=False),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False),
    Column("labels", Json),
    Column("rated_at", Instant, nullable=False),
    UniqueConstraint("item_id", "account_id"),
)

agreements: Final = Table(
    "agreements",
    metadata,
    Column("judges", CleanString(8), nullable=False),
    Column("family", CleanString(32), nullable=False),
    Column("lang", CleanString(8), nullable=False),
    Column("items", Integer, nullable=False),
    Column("share", Float),
    Column("kappa", Float),
    Column("low", Float),
    Column("high", Float),
    Column("mark", CleanString(64), nullable=False),
    Column("measured_at", Instant, nullable=False),
    PrimaryKeyConstraint("judges", "family", "lang"),
)

floors: Final = Table(
    "floors",
    metadata,
    Column("family", CleanString(32), nullable=False),
    Column("kappa", Float, nullable=False),
    Column("set_by", Integer, ForeignKey("accounts.id")),
    Column("set_at", Instant, nullable=False),
    PrimaryKeyConstraint("family"),
)
