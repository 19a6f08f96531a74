"""Figures by trainee and week, and standings."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of figures."""
    op.create_table(
        "figures",
        sa.Column("trainee_id", sa.Integer, nullable=False),
        sa.Column("week", sa.Integer, nullable=False),
        sa.Column("handed_in", sa.Boolean, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("hits", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("trainee_id", "week", "handed_in", "kind", "key", name="pk_figures"),
        sa.ForeignKeyConstraint(
            ["trainee_id"], ["trainees.id"], name="fk_figures_trainee_id", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "standings",
        sa.Column("trainee_id", sa.Integer, nullable=False),
        sa.Column("handed_in_only", sa.Boolean, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("score", sa.Integer),
        sa.Column("success_day", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("trainee_id", "handed_in_only", "kind", "key", name="pk_standings"),
        sa.ForeignKeyConstraint(
            ["trainee_id"], ["trainees.id"], name="fk_standings_trainee_id", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_appeals_appealed_at", "appeals", ["appealed_at"])
