"""What trainers said about sessions, what trainees saw of it, and scores as trainers left them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of review and the columns for amended scores."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "review_events",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("session_id", sa.Integer, nullable=False),
        sa.Column("trainee_id", sa.Integer, nullable=False),
        sa.Column("turn_id", sa.Integer),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("news", sa.Boolean, nullable=False),
        sa.Column("account_id", sa.Integer),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("happened_at", instant, nullable=False),
        sa.Column("undone_by", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_review_events"),
        sa.UniqueConstraint("session_id", "token", name="uq_review_events_session_id_token"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_review_events_session_id"),
        sa.ForeignKeyConstraint(["trainee_id"], ["trainees.id"], name="fk_review_events_trainee_id"),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name="fk_review_events_turn_id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_review_events_account_id"),
        sa.ForeignKeyConstraint(["undone_by"], ["review_events.id"], name="fk_review_events_undone_by"),
    )
    op.create_index("ix_review_events_trainee_id", "review_events", ["trainee_id"])
    op.create_table(
        "review_seen",
        sa.Column("trainee_id", sa.Integer, nullable=False),
        sa.Column("event_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("trainee_id", name="pk_review_seen"),
        sa.ForeignKeyConstraint(["trainee_id"], ["trainees.id"], name="fk_review_seen_trainee_id"),
    )
    op.add_column("talks", sa.Column("reviewed_score", sa.Integer))
    op.add_column("talk_turns", sa.Column("reviewed_score", sa.Integer))
