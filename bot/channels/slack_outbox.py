"""What is to be posted, in its order; who works on which talk.  Functions work in a caller's transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.channels.slack_plan import Post
from bot.channels.slack_tables import DONE, FAILED, WAITING, conversations, events, posts

_MOST: Final = 20
"""Posts of a talk read at a time."""

_HOLD: Final = sa.text(
    "UPDATE slack_conversations SET held_by = :me, held_until = :until WHERE name = :name"
    " AND (held_by = '' OR held_by = :me OR held_until < :now)"
)
_LET_GO: Final = sa.text(
    "UPDATE slack_conversations SET held_by = '', held_until = 0 WHERE name = :name AND held_by = :me"
)
_RENEW: Final = sa.text("UPDATE slack_conversations SET held_until = :until WHERE held_by = :me")
_FREE: Final = sa.text("UPDATE slack_conversations SET held_by = '', held_until = 0 WHERE held_by = :holder")
_OWED: Final = (
    sa.select(posts)
    .where(posts.c.state == WAITING, posts.c.conversation == sa.bindparam("name"))
    .order_by(posts.c.id)
    .limit(_MOST)
)
_ENDED: Final = (
    sa.update(posts)
    .where(posts.c.id == sa.bindparam("of"))
    .values(
        state=sa.bindparam("how"),
        arguments="",
        channel=sa.bindparam("where"),
        ts=sa.bindparam("stamp"),
    )
)


@dataclass(frozen=True)
class Owed:
    """A post that waits.

    Attributes:
        mark: by which its message is known again in Slack.
        asked_at: when what it answers came in, of an answer's first post.
    """

    id: int
    conversation: str
    workspace: str
    user: str
    mark: str
    method: str
    arguments: dict[str, Any]
    asked_at: float | None
    made_at: float
    attempts: int
    due_at: float


def hold(name: str, me: str, now: float, seconds: float, connection: Connection) -> bool:
    """Take a conversation for a process, unless a living one has it."""
    values = {"name": name, "me": me, "now": now, "until": now + seconds}
    return bool(connection.execute(_HOLD, values).rowcount)


def let_go(name: str, me: str, connection: Connection) -> None:
    """Give a conversation back."""
    connection.execute(_LET_GO, {"name": name, "me": me})


def renew(me: str, until: float, connection: Connection) -> None:
    """Say that a process still works on what it holds."""
    connection.execute(_RENEW, {"me": me, "until": until})


def holders(connection: Connection) -> list[str]:
    """Return who holds something."""
    query = sa.select(conversations.c.held_by).where(conversations.c.held_by != "").distinct()
    return list(connection.execute(query).scalars())


def free(holder: str, connection: Connection) -> None:
    """Take everything from a process that died."""
    connection.execute(_FREE, {"holder": holder})


def find_work(me: str, now: float, most: int, connection: Connection) -> list[str]:
    """Return conversations in which something is due and which nobody else holds."""
    due_events = sa.select(events.c.conversation).where(events.c.state == WAITING, events.c.due_at <= now)
    due_posts = sa.select(posts.c.conversation).where(posts.c.state == WAITING, posts.c.due_at <= now)
    unheld = sa.or_(conversations.c.held_by.in_(("", me)), conversations.c.held_until < now)
    query = sa.select(conversations.c.name).where(
        unheld, sa.or_(conversations.c.name.in_(due_events), conversations.c.name.in_(due_posts))
    )
    return list(connection.execute(query.limit(most)).scalars())


def add(made: Sequence[Post], like: Owed, connection: Connection) -> list[Owed]:
    """Append posts that have everything but the post's own in common with a pattern; return them."""
    owed = []
    behind = sa.select(sa.func.max(posts.c.due_at)).where(
        posts.c.state == WAITING, posts.c.conversation == like.conversation
    )
    due_at = connection.execute(behind).scalar() or 0.0
    for number, post in enumerate(made):
        values = {
            "conversation": like.conversation,
            "workspace": like.workspace,
            "user": like.user,
            "mark": f"{like.mark}.{number}",
            "method": post.method,
            "asked_at": like.asked_at if number == 0 else None,
            "made_at": like.made_at,
            "attempts": 0,
            "due_at": due_at,
        }
        arguments = (
            {**like.arguments, **post.arguments} if post.method.startswith("chat.") else post.arguments
        )
        row = {**values, "arguments": json.dumps(arguments), "channel": str(arguments.get("channel") or "")}
        found = connection.execute(sa.insert(posts).values(**row, ts="", state=WAITING))
        owed.append(Owed(id=found.inserted_primary_key[0], arguments=dict(arguments), **values))
    return owed


def waiting(name: str, connection: Connection) -> list[Owed]:
    """Return what waits in a conversation, in its order."""
    return [
        Owed(
            row.id,
            row.conversation,
            row.workspace,
            row.user,
            row.mark,
            row.method,
            json.loads(row.arguments),
            row.asked_at,
            row.made_at,
            row.attempts,
            row.due_at,
        )
        for row in connection.execute(_OWED, {"name": name})
    ]


def sent(owed: Owed, channel: str, ts: str, connection: Connection) -> None:
    """Mark a post as done, and where its message stands."""
    connection.execute(_ENDED, {"of": owed.id, "how": DONE, "where": channel, "stamp": ts})


def drop(owed: Owed, connection: Connection) -> None:
    """Give a post up."""
    connection.execute(_ENDED, {"of": owed.id, "how": FAILED, "where": "", "stamp": ""})


def put_off(owed: Owed, due_at: float, connection: Connection) -> None:
    """Try a post again later, and with it what waits behind it."""
    behind = sa.and_(posts.c.conversation == owed.conversation, posts.c.state == WAITING)
    connection.execute(sa.update(posts).where(behind).values(due_at=due_at))
    connection.execute(sa.update(posts).where(posts.c.id == owed.id).values(attempts=owed.attempts + 1))


def redirect(owed: Owed, arguments: dict[str, Any], connection: Connection) -> None:
    """Post the same elsewhere, or in plainer form."""
    changed = {"arguments": json.dumps(arguments), "channel": str(arguments.get("channel") or "")}
    connection.execute(sa.update(posts).where(posts.c.id == owed.id).values(**changed, due_at=0.0))


def hurry(workspace: str, connection: Connection) -> None:
    """Let everything that waits in a workspace be due: Slack takes its posts again."""
    mine = sa.and_(posts.c.workspace == workspace, posts.c.state == WAITING)
    connection.execute(sa.update(posts).where(mine, posts.c.due_at > 0).values(due_at=0.0))


def owner(workspace: str, channel: str, ts: str, connection: Connection) -> str:
    """Return whom a message of the bot's was for, empty if that is not known (any more)."""
    mine = sa.and_(posts.c.workspace == workspace, posts.c.channel == channel, posts.c.ts == ts)
    return str(connection.execute(sa.select(posts.c.user).where(mine)).scalar() or "")
