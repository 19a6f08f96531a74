"""Editions of content files, what was published when, and sessions that preview a draft."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of edited content."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "editions",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("stem", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("saves", sa.Integer, nullable=False),
        sa.Column("sealed", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("mark", sa.String(16), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("account_id", sa.Integer),
        sa.Column("made_at", instant, nullable=False),
        sa.Column("saved_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_editions"),
        sa.UniqueConstraint("kind", "stem", "version", name="uq_editions_kind_stem_version"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_editions_account_id"),
    )
    op.create_index("ix_editions_state", "editions", ["state"])
    op.create_table(
        "publications",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("stem", sa.String(64), nullable=False),
        sa.Column("edition_id", sa.Integer),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("account_id", sa.Integer),
        sa.Column("published_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_publications"),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name="fk_publications_edition_id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_publications_account_id"),
    )
    op.create_index("ix_publications_kind_stem", "publications", ["kind", "stem"])
    op.create_table(
        "previews",
        sa.Column("session_id", sa.Integer, nullable=False),
        sa.Column("edition_id", sa.Integer, nullable=False),
        sa.Column("trainee_id", sa.Integer, nullable=False),
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("opened_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("session_id", name="pk_previews"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_previews_session_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name="fk_previews_edition_id"),
        sa.ForeignKeyConstraint(
            ["trainee_id"], ["trainees.id"], name="fk_previews_trainee_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_previews_account_id"),
    )
    op.create_index("ix_previews_trainee_id", "previews", ["trainee_id"])
    op.create_index("ix_previews_account_id", "previews", ["account_id"])
