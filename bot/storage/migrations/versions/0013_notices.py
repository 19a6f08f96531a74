"""What trainers are told in a channel."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("session_id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("about", sa.Integer, nullable=False),
        sa.Column("made_at", instant, nullable=False),
        sa.Column("sent_at", instant),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.UniqueConstraint("session_id", "kind", "about", name="uq_notices_session_id_kind_about"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_notices_session_id"),
    )
