"""Digests of sessions, the index of the inbox, kept filters."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of the inbox; digests of sessions that are there are made in the background."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "digests",
        sa.Column("session_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("active_at", instant, nullable=False),
        sa.Column("last_turn", sa.Integer, nullable=False),
        sa.Column("settled", sa.Boolean, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("terms", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("session_id", name="pk_digests"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_digests_session_id"),
    )
    op.create_index(
        "ix_digests_unsettled",
        "digests",
        ["session_id"],
        sqlite_where=sa.text("settled = 0"),
        postgresql_where=sa.text("NOT settled"),
    )
    op.create_table(
        "postings",
        sa.Column("term", sa.String(96).with_variant(sa.String(96, collation="C"), "postgresql"), nullable=False),
        sa.Column("block", sa.Integer, nullable=False),
        sa.Column("members", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("term", "block", name="pk_postings"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "digest_marks",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("reached_at", instant, nullable=False),
        sa.Column("missing_below", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_digest_marks"),
    )
    op.create_table(
        "kept_filters",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("team_id", sa.Integer),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("kept_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_kept_filters"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_kept_filters_account_id"),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_kept_filters_team_id"),
        sa.UniqueConstraint("account_id", "name", name="uq_kept_filters_account_id_name"),
    )
    op.create_index("ix_kept_filters_team_id", "kept_filters", ["team_id"])
