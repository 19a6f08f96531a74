"""Moving to another database everything that is on record, Slack's people and installations included."""

from __future__ import annotations

from bot.channels import slack_tables
from bot.storage.moving import move


def move_all(source_url: str, target_url: str) -> dict[str, int]:
    """Copy all rows into an empty database; returns the rows of each table. All or nothing.

    Rasa's own tables stay. Tokens of Slack's stay encrypted, and readable with the same secret.
    """
    return move(source_url, target_url, beside=(slack_tables.metadata,))
