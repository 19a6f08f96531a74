"""The tables of people: accounts, teams, invitations, sign-ins, and who looked at whose data."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, UniqueConstraint, false

from bot.storage.tables import metadata
from bot.storage.types import CleanString, CleanText, Instant, Json

accounts: Final = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("login", CleanString(254), nullable=False),
    Column("name", CleanText, nullable=False),
    Column("pseudonym", CleanString(64), nullable=False),
    Column("role", CleanString(16), nullable=False),
    Column("lang", CleanString(8), nullable=False),
    Column("password_hash", CleanString(255), nullable=False),
    Column("oidc_subject", CleanString(512)),
    Column("created_at", Instant, nullable=False),
    Column("disabled_at", Instant),
    UniqueConstraint("login"),
    UniqueConstraint("oidc_subject"),
)

teams: Final = Table(
    "teams",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", CleanText, nullable=False),
    Column("private", Boolean, nullable=False, server_default=false()),
    Column("pseudonyms", Boolean, nullable=False, server_default=false()),
    Column("leaderboard", Boolean, nullable=False, server_default=false()),
    Column("created_at", Instant, nullable=False),
)

memberships: Final = Table(
    "memberships",
    metadata,
    Column("team_id", Integer, ForeignKey("teams.id"), primary_key=True),
    Column("account_id", Integer, ForeignKey("accounts.id"), primary_key=True),
    Index("ix_memberships_account_id", "account_id"),
)

invitations: Final = Table(
    "invitations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token_hash", CleanString(64), nullable=False),
    Column("role", CleanString(16), nullable=False),
    Column("team_id", Integer, ForeignKey("teams.id")),
    Column("invited_by", Integer, ForeignKey("accounts.id")),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_by", Integer, ForeignKey("accounts.id")),
    Column("used_at", Instant),
    UniqueConstraint("token_hash"),
)

sign_ins: Final = Table(
    "sign_ins",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token_hash", CleanString(64), nullable=False),
    Column("account_id", Integer, ForeignKey("accounts.id"), nullable=False),
    Column("signed_in_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    UniqueConstraint("token_hash"),
    Index("ix_sign_ins_account_id", "account_id"),
)

sign_in_failures: Final = Table(
    "sign_in_failures",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("who", CleanString(64), nullable=False),
    Column("failed_at", Instant, nullable=False),
    Index("ix_sign_in_failures_who_failed_at", "who", "failed_at"),
)

audit: Final = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("account_id", Integer, ForeignKey("accounts.id")),
    Column("action", CleanString(64), nullable=False),
    Column("subject", CleanString(32), nullable=False),
    Column("subject_id", CleanString(128), nullable=False),
    Column("detail", Json, nullable=False),
    Index("ix_audit_account_id_at", "account_id", "at"),
    Index("ix_audit_subject_subject_id", "subject", "subject_id"),
)
