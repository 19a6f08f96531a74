"""The Slack channel's memory in Rasa's database: SQLite or PostgreSQL, asked from an event loop."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

from sqlalchemy.engine import Connection
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError

from bot.channels import slack_inbox, slack_outbox, slack_people
from bot.channels.database import make_engine, writing_lock
from bot.channels.slack_events import SlackEvent
from bot.channels.slack_inbox import Received
from bot.channels.slack_outbox import Owed
from bot.channels.slack_people import Installation, Known, Seal
from bot.channels.slack_plan import Post, SlackPerson
from bot.channels.slack_tables import create_tables

LEASE_SECONDS: Final = 30.0
"""How long a process may be silent before another takes over what it worked on."""

_THREADS: Final = 6
_MOST_CONVERSATIONS: Final = 500

_LIVING: Final[set[str]] = set()
"""What the stores of this process call themselves."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class Work:
    """What is to do in a conversation: posts first, then the event."""

    owed: Sequence[Owed]
    event: Received | None
    known: Known


class SlackStore:
    """Events that came, posts that are owed, people, installations.

    Every method is one transaction, and raises what the database raises; then nothing of it is kept.
    Times are seconds since 1970.
    """

    def __init__(self, url: str, secret: str) -> None:
        """Use the database at a SQLAlchemy URL; nothing connects before the first use."""
        self._engine = make_engine(url)
        self._writing = writing_lock(url)
        self._seal = Seal(secret)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="slack-store")
        self._tables_exist = False
        self.me: Final = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        _LIVING.add(self.me)

    # Events

    def take(self, events: Sequence[tuple[SlackEvent, float]]) -> list[str]:
        """Take in events, in this thread; return the conversations in which there is something new."""
        return self._attempt_twice(partial(slack_inbox.add, events))

    async def begin(self, name: str, now: float) -> Work | None:
        """Hold a conversation and return what is to do in it; None if nothing is, or another has it."""

        def work(connection: Connection) -> Work | None:
            if not slack_outbox.hold(name, self.me, now, LEASE_SECONDS, connection):
                return None
            owed, first = slack_outbox.waiting(name, connection), slack_inbox.first(name, connection)
            if not owed and first is None:
                slack_outbox.let_go(name, self.me, connection)
                return None
            about = first.event if first else owed[0]
            return Work(owed, first, slack_people.know(about.workspace, about.user, connection))

        return await self._run(work)

    async def finish(
        self,
        received: Received,
        posts: Sequence[Post],
        like: Owed,
        wishes: Mapping[str, Any],
        *,
        failed: bool = False,
    ) -> list[Owed]:
        """Mark an event as dealt with and keep what is to be posted about it, both or neither.

        Nothing is posted about an event that was withdrawn meanwhile.
        """

        def work(connection: Connection) -> list[Owed]:
            if not slack_inbox.finish(received, connection, failed=failed):
                return []
            event = received.event
            if wishes:
                slack_people.wish(event.workspace, event.user, wishes, connection)
            return slack_outbox.add(posts, like, connection)

        return await self._run(work)

    async def put_off_event(self, received: Received, due_at: float, *, told: bool) -> None:
        """Try an event again later."""
        await self._run(partial(slack_inbox.put_off, received, due_at, told=told))

    # Posts

    async def add_posts(self, posts: Sequence[Post], like: Owed) -> list[Owed]:
        """Keep something to post that answers nothing."""
        return await self._run(partial(slack_outbox.add, posts, like))

    async def sent(self, owed: Owed, channel: str, ts: str) -> None:
        """Mark a post as done."""
        await self._run(partial(slack_outbox.sent, owed, channel, ts))

    async def drop(self, owed: Owed) -> None:
        """Give a post up."""
        await self._run(partial(slack_outbox.drop, owed))

    async def put_off_post(self, owed: Owed, due_at: float) -> None:
        """Try a post again later."""
        await self._run(partial(slack_outbox.put_off, owed, due_at))

    async def redirect(self, owed: Owed, arguments: dict[str, Any]) -> None:
        """Post the same elsewhere, or in plainer form."""
        await self._run(partial(slack_outbox.redirect, owed, arguments))

    async def hurry(self, workspace: str) -> None:
        """Let everything that waits for a workspace be due."""
        await self._run(partial(slack_outbox.hurry, workspace))

    async def owner(self, workspace: str, channel: str, ts: str) -> str:
        """Return whom a message of the bot's was for, empty if not known."""
        return await self._run(partial(slack_outbox.owner, workspace, channel, ts))

    # Who works on what

    async def let_go(self, name: str) -> None:
        """Give a conversation back."""
        await self._run(partial(slack_outbox.let_go, name, self.me))

    async def find_work(self, now: float) -> list[str]:
        """Return conversations in which something is due and no other living process works."""

        def work(connection: Connection) -> list[str]:
            for holder in slack_outbox.holders(connection):
                if holder != self.me and is_dead(holder):
                    slack_outbox.free(holder, connection)
            return slack_outbox.find_work(self.me, now, _MOST_CONVERSATIONS, connection)

        return await self._run(work)

    async def renew(self, now: float) -> None:
        """Say that this process still works on what it holds."""
        await self._run(partial(slack_outbox.renew, self.me, now + LEASE_SECONDS))

    async def let_go_all(self) -> None:
        """Give everything back, at the process's end."""
        await self._run(partial(slack_outbox.free, self.me))

    async def prune(self, before: float) -> None:
        """Forget what was dealt with before a time."""
        await self._run(partial(slack_inbox.prune, before))

    # People and installations

    async def know(self, workspace: str, user: str) -> Known:
        """Return a person, made if new."""
        return await self._run(partial(slack_people.know, workspace, user))

    async def find(self, workspace: str, user: str) -> Known | None:
        """Return a person, None for somebody new."""
        return await self._run(partial(slack_people.find, workspace, user))

    async def learn(self, workspace: str, user: str, **learnt: Any) -> None:
        """Keep what Slack says of a person: `name`, `locale`, `zone`, `im`, `asked_at`."""
        await self._run(partial(slack_people.learn, workspace, user, learnt))

    async def people_wishing(self, name: str) -> list[SlackPerson]:
        """Return everybody who asked for something."""
        return await self._run(partial(slack_people.wishing, name))

    async def install(self, made: Installation, now: float) -> None:
        """Keep an installation; what waited for it is due."""

        def work(connection: Connection) -> None:
            slack_people.install(made, self._seal, now, connection)
            slack_outbox.hurry(made.workspace, connection)

        await self._run(work)

    async def installed(self, workspace: str) -> Installation | None:
        """Return a workspace's installation, if it has one."""
        return await self._run(partial(slack_people.installed, workspace, self._seal))

    # In a thread

    async def _run(self, work: Callable[[Connection], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._attempt_twice, work)

    def _attempt_twice(self, work: Callable[[Connection], Result]) -> Result:
        with self._writing:
            try:
                return self._attempt(work)
            except (OperationalError, InterfaceError, ProgrammingError):
                self._tables_exist = False
                return self._attempt(work)

    def _attempt(self, work: Callable[[Connection], Result]) -> Result:
        if not self._tables_exist:
            create_tables(self._engine)
            self._tables_exist = True
        with self._engine.begin() as connection:
            return work(connection)

    def close(self) -> None:
        """Let the running work finish and give the connections back."""
        self._threads.shutdown(wait=True)
        self._engine.dispose()
        _LIVING.discard(self.me)


def is_dead(holder: str) -> bool:
    """Tell whether a holder was a process of this machine that is gone."""
    host, number, _ = holder.rsplit(":", 2)
    if host != socket.gethostname():
        return False
    if int(number) == os.getpid():
        return holder not in _LIVING  # a process of an earlier container may have had our number
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
