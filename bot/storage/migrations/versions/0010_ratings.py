"""Double rating: samples, their items, what people say of them, how far judges agree."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of double rating."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "samples",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("team_id", sa.Integer),
        sa.Column("groups", sa.Text, nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("made_by", sa.Integer),
        sa.Column("made_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_samples"),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_samples_team_id"),
        sa.ForeignKeyConstraint(["made_by"], ["accounts.id"], name="fk_samples_made_by"),
    )
    op.create_table(
        "sample_items",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("sample_id", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("about", sa.String(8), nullable=False),
        sa.Column("turn_id", sa.Integer, nullable=False),
        sa.Column("lang", sa.String(8), nullable=False),
        sa.Column("judged", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sample_items"),
        sa.ForeignKeyConstraint(
            ["sample_id"], ["samples.id"], name="fk_sample_items_sample_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["turn_id"], ["turns.id"], name="fk_sample_items_turn_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("sample_id", "position", name="uq_sample_items_sample_id_position"),
    )
    op.create_index("ix_sample_items_turn_id", "sample_items", ["turn_id"])
    op.create_table(
        "ratings",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("item_id", sa.Integer, nullable=False),
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("labels", sa.Text),
        sa.Column("rated_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ratings"),
        sa.ForeignKeyConstraint(
            ["item_id"], ["sample_items.id"], name="fk_ratings_item_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_ratings_account_id"),
        sa.UniqueConstraint("item_id", "account_id", name="uq_ratings_item_id_account_id"),
    )
    op.create_table(
        "agreements",
        sa.Column("judges", sa.String(8), nullable=False),
        sa.Column("family", sa.String(32), nullable=False),
        sa.Column("lang", sa.String(8), nullable=False),
        sa.Column("items", sa.Integer, nullable=False),
        sa.Column("share", sa.Float),
        sa.Column("kappa", sa.Float),
        sa.Column("low", sa.Float),
        sa.Column("high", sa.Float),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("measured_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("judges", "family", "lang", name="pk_agreements"),
    )
    op.create_table(
        "floors",
        sa.Column("family", sa.String(32), nullable=False),
        sa.Column("kappa", sa.Float, nullable=False),
        sa.Column("set_by", sa.Integer),
        sa.Column("set_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("family", name="pk_floors"),
        sa.ForeignKeyConstraint(["set_by"], ["accounts.id"], name="fk_floors_set_by"),
    )
