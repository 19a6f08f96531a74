"""The two tables of Rasa's conversations, and making them safely from several servers at once."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Engine

_CREATION_LOCK = 0x646F6A6F  # "dojo"

metadata = sa.MetaData()

conversations = sa.Table(
    "rasa_conversations",
    metadata,
    sa.Column("sender_id", sa.String(255), primary_key=True),
    sa.Column("last_position", sa.Integer, nullable=False),
    sa.Column("turns", sa.Integer, nullable=False),
    # positions of the latest turn ends at which nothing but slots carries over, oldest first (JSON)
    sa.Column("boundaries", sa.Text, nullable=False),
)

events = sa.Table(
    "rasa_events",
    metadata,
    sa.Column("sender_id", sa.String(255), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("type_name", sa.String(64), nullable=False),
    sa.Column("timestamp", sa.Float(precision=53), nullable=False),
    sa.Column("message_id", sa.String(255)),
    sa.Column("data", sa.Text, nullable=False),
    # slots at this turn end (JSON), only where the conversations row lists the position
    sa.Column("slots", sa.Text),
    sa.Index("ix_rasa_events_message", "sender_id", "message_id"),
)


def create_tables(engine: Engine) -> None:
    """Create what is missing; servers that start together wait for each other."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CREATION_LOCK})
        metadata.create_all(connection, checkfirst=True)
