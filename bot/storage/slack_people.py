"""Who is known in Slack: the channel's own tables, where they lie in this database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import inspect, text
from sqlalchemy.future import Connection

_OF: Final = {
    "slack_posts": 'conversation LIKE :theirs OR (workspace = :workspace AND "user" = :user)',
    "slack_events": "conversation LIKE :theirs",
    "slack_conversations": "name LIKE :theirs",
    "slack_people": 'workspace = :workspace AND "user" = :user',
}
"""The channel's tables in which something is kept of people, and which rows are somebody's."""


class SlackId(NamedTuple):
    """Somebody in a workspace."""

    workspace: str
    user: str


class SlackPeople:
    """People as the Slack channel keeps them; there are none where it never ran."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection

    def all(self) -> tuple[SlackId, ...]:
        """Return everybody."""
        if not inspect(self._connection).has_table("slack_people"):
            return ()
        found = self._connection.execute(text('SELECT workspace, "user" AS name FROM slack_people'))
        return tuple(SlackId(row.workspace, row.name) for row in found)

    def conversations(self, who: SlackId) -> tuple[str, ...]:
        """Return the names of somebody's talks, as far back as the channel keeps them."""
        return tuple(row["name"] for row in self.rows_of("slack_conversations", who))

    def rows_of(self, table: str, who: SlackId) -> tuple[Mapping[str, Any], ...]:
        """Return the rows of one of the channel's tables that are about somebody, as they lie there."""
        found = self._connection.execute(text(f"SELECT * FROM {table} WHERE {_OF[table]}"), _values(who))
        return tuple(dict(row._mapping) for row in found)

    def forget(self, who: SlackId) -> None:
        """Delete what is kept of somebody: who they are, what they sent, what was posted."""
        for table, theirs in _OF.items():
            self._connection.execute(text(f"DELETE FROM {table} WHERE {theirs}"), _values(who))


def _values(who: SlackId) -> dict[str, str]:
    # A conversation's name ends with whose it is; ids of Slack's are letters and digits.
    return {**who._asdict(), "theirs": f"{who.workspace}.%.{who.user}"}
