"""What trainers set, and for whom."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of assignments."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "assignments",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("team_id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("everybody", sa.Boolean, nullable=False),
        sa.Column("due_at", instant),
        sa.Column("pass_mark", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("set_by", sa.Integer, nullable=False),
        sa.Column("set_at", instant, nullable=False),
        sa.Column("withdrawn_at", instant),
        sa.PrimaryKeyConstraint("id", name="pk_assignments"),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_assignments_team_id"),
        sa.ForeignKeyConstraint(["set_by"], ["accounts.id"], name="fk_assignments_set_by"),
    )
    op.create_index("ix_assignments_team_id", "assignments", ["team_id"])
    op.create_table(
        "assignees",
        sa.Column("assignment_id", sa.Integer, nullable=False),
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("assignment_id", "account_id", name="pk_assignees"),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignments.id"], name="fk_assignees_assignment_id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_assignees_account_id"),
    )
    op.create_index("ix_assignees_account_id", "assignees", ["account_id"])
