"""Role-plays with their turns, events and appeals; drills with their cards and answers."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of practice."""
    instant = sa.DateTime(timezone=True)
    op.add_column("sessions", sa.Column("practice", sa.String(16), nullable=False, server_default=""))
    op.create_table(
        "talks",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("session_id", sa.Integer, nullable=False),
        sa.Column("trainee_id", sa.Integer, nullable=False),
        sa.Column("scenario", sa.String(64), nullable=False),
        sa.Column("lang", sa.String(8), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("versions", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(16)),
        sa.Column("score", sa.Integer),
        sa.Column("card", sa.Text),
        sa.Column("started_at", instant, nullable=False),
        sa.Column("ended_at", instant),
        sa.PrimaryKeyConstraint("id", name="pk_talks"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_talks_session_id"),
        sa.ForeignKeyConstraint(["trainee_id"], ["trainees.id"], name="fk_talks_trainee_id"),
    )
    op.create_index("ix_talks_session_id_state", "talks", ["session_id", "state"])
    op.create_index("ix_talks_trainee_id_scenario", "talks", ["trainee_id", "scenario"])
    op.create_table(
        "talk_turns",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("talk_id", sa.Integer, nullable=False),
        sa.Column("trainee_id", sa.Integer, nullable=False),
        sa.Column("turn_id", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("superseded", sa.Integer, nullable=False),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("technique", sa.String(32), nullable=False),
        sa.Column("score", sa.Integer),
        sa.Column("reply", sa.Text, nullable=False),
        sa.Column("line", sa.Text, nullable=False),
        sa.Column("assessment", sa.Text),
        sa.Column("talk", sa.Text, nullable=False),
        sa.Column("course", sa.Text, nullable=False),
        sa.Column("said_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_talk_turns"),
        sa.ForeignKeyConstraint(["talk_id"], ["talks.id"], name="fk_talk_turns_talk_id"),
        sa.ForeignKeyConstraint(["trainee_id"], ["trainees.id"], name="fk_talk_turns_trainee_id"),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name="fk_talk_turns_turn_id"),
        sa.UniqueConstraint("talk_id", "number", "attempt", name="uq_talk_turns_talk_id_number_attempt"),
        sa.UniqueConstraint("turn_id", name="uq_talk_turns_turn_id"),
    )
    op.create_index("ix_talk_turns_trainee_id_said_at", "talk_turns", ["trainee_id", "said_at"])
    op.create_table(
        "talk_events",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("talk_id", sa.Integer, nullable=False),
        sa.Column("turn_id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("happened_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_talk_events"),
        sa.ForeignKeyConstraint(["talk_id"], ["talks.id"], name="fk_talk_events_talk_id"),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name="fk_talk_events_turn_id"),
        sa.UniqueConstraint("turn_id", name="uq_talk_events_turn_id"),
    )
    op.create_index("ix_talk_events_talk_id", "talk_events", ["talk_id"])
    op.create_table(
        "appeals",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("talk_id", sa.Integer, nullable=False),
        sa.Column("talk_turn_id", sa.Integer, nullable=False),
        sa.Column("rule", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("appealed_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_appeals"),
        sa.ForeignKeyConstraint(["talk_id"], ["talks.id"], name="fk_appeals_talk_id"),
        sa.ForeignKeyConstraint(["talk_turn_id"], ["talk_turns.id"], name="fk_appeals_talk_turn_id"),
        sa.UniqueConstraint("talk_turn_id", "rule", name="uq_appeals_talk_turn_id_rule"),
    )
    op.create_index("ix_appeals_state", "appeals", ["state"])
    op.create_table(
        "cards",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("trainee_id", sa.Integer, nullable=False),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("method", sa.String(32), nullable=False),
        sa.Column("memory", sa.Text, nullable=False),
        sa.Column("due_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cards"),
        sa.ForeignKeyConstraint(["trainee_id"], ["trainees.id"], name="fk_cards_trainee_id"),
        sa.UniqueConstraint("trainee_id", "type", "method", name="uq_cards_trainee_id_type_method"),
    )
    op.create_index("ix_cards_trainee_id_due_at", "cards", ["trainee_id", "due_at"])
    op.create_table(
        "drills",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("session_id", sa.Integer, nullable=False),
        sa.Column("trainee_id", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("started_at", instant, nullable=False),
        sa.Column("ends_at", instant, nullable=False),
        sa.Column("ended_at", instant),
        sa.PrimaryKeyConstraint("id", name="pk_drills"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_drills_session_id"),
        sa.ForeignKeyConstraint(["trainee_id"], ["trainees.id"], name="fk_drills_trainee_id"),
    )
    op.create_index("ix_drills_session_id_state", "drills", ["session_id", "state"])
    op.create_table(
        "drill_answers",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("drill_id", sa.Integer, nullable=False),
        sa.Column("trainee_id", sa.Integer, nullable=False),
        sa.Column("turn_id", sa.Integer, nullable=False),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("method", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("asked", sa.Text, nullable=False),
        sa.Column("given", sa.Text, nullable=False),
        sa.Column("correct", sa.Integer, nullable=False),
        sa.Column("score", sa.Integer),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("answered_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_drill_answers"),
        sa.ForeignKeyConstraint(["drill_id"], ["drills.id"], name="fk_drill_answers_drill_id"),
        sa.ForeignKeyConstraint(["trainee_id"], ["trainees.id"], name="fk_drill_answers_trainee_id"),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name="fk_drill_answers_turn_id"),
        sa.UniqueConstraint("turn_id", name="uq_drill_answers_turn_id"),
    )
    op.create_index("ix_drill_answers_trainee_id_answered_at", "drill_answers", ["trainee_id", "answered_at"])
    op.create_table(
        "grants",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("session_id", sa.Integer, nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("granted_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_grants"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_grants_session_id"),
        sa.UniqueConstraint("session_id", "key_hash", name="uq_grants_session_id_key_hash"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("grants", "drill_answers", "drills", "cards", "appeals", "talk_events", "talk_turns", "talks"):
        op.drop_table(table)
    op.drop_column("sessions", "practice")
