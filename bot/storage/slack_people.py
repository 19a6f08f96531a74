"""Who is known in Slack: the channel's own tables, where they lie in this database."""

from __future__ import annotations

from typing import Final, NamedTuple

from sqlalchemy import inspect, text
from sqlalchemy.future import Connection

_FORGET: Final = (
    'DELETE FROM slack_posts WHERE conversation LIKE :theirs OR (workspace = :workspace AND "user" = :user)',
    "DELETE FROM slack_events WHERE conversation LIKE :theirs",
    "DELETE FROM slack_conversations WHERE name LIKE :theirs",
    'DELETE FROM slack_people WHERE workspace = :workspace AND "user" = :user',
)


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
        query = text("SELECT name FROM slack_conversations WHERE name LIKE :theirs")
        return tuple(self._connection.execute(query, {"theirs": _theirs(who)}).scalars())

    def forget(self, who: SlackId) -> None:
        """Delete what is kept of somebody: who they are, what they sent, what was posted."""
        values = {**who._asdict(), "theirs": _theirs(who)}
        for statement in _FORGET:
            self._connection.execute(text(statement), values)


def _theirs(who: SlackId) -> str:
    # A conversation's name ends with whose it is; ids of Slack's are letters and digits.
    return f"{who.workspace}.%.{who.user}"
