"""The tables of the Slack channel: what came, what is to be posted, talks, people, installations."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Engine

_CREATION_LOCK: Final = 0x736C6163  # "slac"

WAITING, DONE, WITHDRAWN, FAILED = "waiting", "done", "withdrawn", "failed"
"""States of an event; of a post the first two, and `failed`."""

metadata = sa.MetaData()

events = sa.Table(
    "slack_events",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("workspace", sa.String(64), nullable=False),
    sa.Column("key", sa.String(160), nullable=False),
    sa.Column("conversation", sa.String(255), nullable=False),
    # JSON; emptied as soon as the event is dealt with, the key stays and keeps it from coming twice
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("received_at", sa.Float(precision=53), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("due_at", sa.Float(precision=53), nullable=False, default=0.0),
    sa.Column("told", sa.Boolean, nullable=False, default=False),
    sa.UniqueConstraint("workspace", "key"),
    sa.Index("ix_slack_events_state", "state", "conversation"),
)

posts = sa.Table(
    "slack_posts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("conversation", sa.String(255), nullable=False),
    sa.Column("workspace", sa.String(64), nullable=False),
    sa.Column("user", sa.String(64), nullable=False),
    # by which a message is known again in Slack
    sa.Column("mark", sa.String(200), nullable=False),
    sa.Column("method", sa.String(64), nullable=False),
    sa.Column("arguments", sa.Text, nullable=False),
    sa.Column("channel", sa.String(64), nullable=False),
    sa.Column("ts", sa.String(64), nullable=False, default=""),
    sa.Column("state", sa.String(16), nullable=False),
    # when what it answers came in; only of an answer's first post
    sa.Column("asked_at", sa.Float(precision=53)),
    sa.Column("made_at", sa.Float(precision=53), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("due_at", sa.Float(precision=53), nullable=False, default=0.0),
    sa.Index("ix_slack_posts_state", "state", "conversation"),
    sa.Index("ix_slack_posts_message", "workspace", "channel", "ts"),
)

conversations = sa.Table(
    "slack_conversations",
    metadata,
    sa.Column("name", sa.String(255), primary_key=True),
    # the process that works on it, and until when it may be silent
    sa.Column("held_by", sa.String(200), nullable=False, default=""),
    sa.Column("held_until", sa.Float(precision=53), nullable=False, default=0.0),
    sa.Column("active_at", sa.Float(precision=53), nullable=False),
)

people = sa.Table(
    "slack_people",
    metadata,
    sa.Column("workspace", sa.String(64), primary_key=True),
    sa.Column("user", sa.String(64), primary_key=True),
    sa.Column("name", sa.Text, nullable=False, default=""),
    sa.Column("locale", sa.String(32), nullable=False, default=""),
    sa.Column("zone", sa.String(64), nullable=False, default=""),
    # their direct messages with the bot (D…)
    sa.Column("im", sa.String(64), nullable=False, default=""),
    sa.Column("wishes", sa.Text, nullable=False, default="{}"),
    # when Slack was asked about them
    sa.Column("asked_at", sa.Float(precision=53), nullable=False, default=0.0),
)

installations = sa.Table(
    "slack_installations",
    metadata,
    sa.Column("workspace", sa.String(64), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("bot_user", sa.String(64), nullable=False),
    # encrypted
    sa.Column("token", sa.Text, nullable=False),
    sa.Column("installed_by", sa.String(64), nullable=False),
    sa.Column("installed_at", sa.Float(precision=53), nullable=False),
    sa.Column("revoked_at", sa.Float(precision=53)),
)


def create_tables(engine: Engine) -> None:
    """Create what is missing; servers that start together wait for each other."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CREATION_LOCK})
        metadata.create_all(connection, checkfirst=True)
