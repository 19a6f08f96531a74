"""The table of tokens by which programs call."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, UniqueConstraint

from bot.storage.tables import metadata
from bot.storage.types import CleanString, CleanText, Instant, Json

tokens: Final = Table(
    "tokens",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token_hash", CleanString(64), nullable=False),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False),
    Column("name", CleanText, nullable=False),
    Column("scopes", Json, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    UniqueConstraint("token_hash"),
    Index("ix_tokens_account_id", "account_id"),
)
