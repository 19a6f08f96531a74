"""Lessons: corrections on their way into the model; the trainings that learned them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of teaching."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "lessons",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("source_id", sa.Integer, nullable=False),
        sa.Column("session_id", sa.Integer, nullable=False),
        sa.Column("turn_id", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("context", sa.Text, nullable=False),
        sa.Column("lang", sa.String(8), nullable=False),
        sa.Column("family", sa.String(16), nullable=False),
        sa.Column("was", sa.Text, nullable=False),
        sa.Column("proposed", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("held_back", sa.Boolean, nullable=False),
        sa.Column("proposed_by", sa.Integer),
        sa.Column("proposed_at", instant, nullable=False),
        sa.Column("decided_by", sa.Integer),
        sa.Column("decided_at", instant),
        sa.PrimaryKeyConstraint("id", name="pk_lessons"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_lessons_session_id"),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name="fk_lessons_turn_id"),
        sa.ForeignKeyConstraint(["proposed_by"], ["accounts.id"], name="fk_lessons_proposed_by"),
        sa.ForeignKeyConstraint(["decided_by"], ["accounts.id"], name="fk_lessons_decided_by"),
        sa.UniqueConstraint("source", "source_id", "family", name="uq_lessons_source_source_id_family"),
    )
    op.create_index("ix_lessons_state_proposed_at", "lessons", ["state", "proposed_at"])
    op.create_index("ix_lessons_session_id", "lessons", ["session_id"])
    pending = sa.text("state = 'pending'")
    op.create_index(
        "uq_lessons_pending", "lessons", ["turn_id", "family"],
        unique=True, sqlite_where=pending, postgresql_where=pending,
    )  # fmt: skip
    op.create_table(
        "trainings",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("made_at", instant, nullable=False),
        sa.Column("made_by", sa.Integer),
        sa.Column("model", sa.String(128), nullable=False),
        sa.Column("base", sa.String(128), nullable=False),
        sa.Column("lessons", sa.Text, nullable=False),
        sa.Column("figures", sa.Text),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("stage", sa.String(32), nullable=False),
        sa.Column("decision", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("decided_by", sa.Integer),
        sa.Column("decided_at", instant),
        sa.PrimaryKeyConstraint("id", name="pk_trainings"),
        sa.ForeignKeyConstraint(["made_by"], ["accounts.id"], name="fk_trainings_made_by"),
        sa.ForeignKeyConstraint(["decided_by"], ["accounts.id"], name="fk_trainings_decided_by"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("trainings", "lessons"):
        op.drop_table(table)
