"""Trainees, sessions, turns of both sides, clicks and corrections."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first tables."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "trainees",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_trainees"),
        sa.UniqueConstraint("key_hash", name="uq_trainees_key_hash"),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("public_id", sa.String(128), nullable=False),
        sa.Column("trainee_id", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("lang", sa.String(8), nullable=False),
        sa.Column("product", sa.String(64), nullable=False),
        sa.Column("last_turn", sa.Integer, nullable=False),
        sa.Column("opened_at", instant, nullable=False),
        sa.Column("active_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("public_id", name="uq_sessions_public_id"),
        sa.ForeignKeyConstraint(["trainee_id"], ["trainees.id"], name="fk_sessions_trainee_id"),
    )
    op.create_index("ix_sessions_trainee_id", "sessions", ["trainee_id"])
    op.create_index("ix_sessions_active_at", "sessions", ["active_at"])
    op.create_table(
        "turns",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("session_id", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("message_id", sa.String(128), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("received_at", instant, nullable=False),
        sa.Column("answered_at", instant),
        sa.Column("lang", sa.String(8)),
        sa.Column("product", sa.String(64)),
        sa.Column("reading", sa.Text),
        sa.Column("objections", sa.Text),
        sa.Column("command", sa.Text),
        sa.Column("slots", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_turns"),
        sa.UniqueConstraint("session_id", "number", name="uq_turns_session_id_number"),
        sa.UniqueConstraint("session_id", "message_id", name="uq_turns_session_id_message_id"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_turns_session_id"),
    )
    op.create_table(
        "replies",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("turn_id", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("response", sa.String(128), nullable=False),
        sa.Column("texts", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("buttons", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_replies"),
        sa.UniqueConstraint("turn_id", "position", name="uq_replies_turn_id_position"),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name="fk_replies_turn_id"),
    )
    op.create_table(
        "clicks",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("turn_id", sa.Integer, nullable=False),
        sa.Column("session_id", sa.Integer, nullable=False),
        sa.Column("intent", sa.String(64), nullable=False),
        sa.Column("about_turn", sa.Integer),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("clicked_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_clicks"),
        sa.UniqueConstraint("turn_id", name="uq_clicks_turn_id"),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name="fk_clicks_turn_id"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_clicks_session_id"),
    )
    op.create_index("ix_clicks_session_id_intent", "clicks", ["session_id", "intent"])
    op.create_table(
        "corrections",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("session_id", sa.Integer, nullable=False),
        sa.Column("turn_id", sa.Integer, nullable=False),
        sa.Column("message_id", sa.String(128), nullable=False),
        sa.Column("from_type", sa.String(32), nullable=False),
        sa.Column("to_type", sa.String(32), nullable=False),
        sa.Column("corrected_by", sa.Text, nullable=False),
        sa.Column("corrected_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
        sa.UniqueConstraint("session_id", "message_id", name="uq_corrections_session_id_message_id"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_corrections_session_id"),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name="fk_corrections_turn_id"),
    )
    op.create_index("ix_corrections_turn_id", "corrections", ["turn_id"])


def downgrade() -> None:
    """Drop them."""
    for table in ("corrections", "clicks", "replies", "turns", "sessions", "trainees"):
        op.drop_table(table)
