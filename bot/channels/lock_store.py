"""One turn at a time for each conversation: in one process, or across servers through Redis or PostgreSQL.

Inside a process messages of one conversation queue in the order of their arrival.  Across servers the first
in each queue competes for a lock that dies with its holder.  Should such a lock be lost while its turn still
runs, the tracker store's check refuses the later of the two saves, so nothing is lost or doubled.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

import redis.asyncio
import sqlalchemy as sa
from rasa.core.lock_store import LockError, LockStore
from rasa.utils.endpoints import EndpointConfig
from redis.exceptions import RedisError
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from bot.channels.database import is_postgresql, make_engine
from bot.channels.placeholders import expand

logger = logging.getLogger(__name__)

DEFAULT_WAIT_SECONDS = 45.0
DEFAULT_LIFETIME_SECONDS = 15.0
DEFAULT_TIMEOUT_SECONDS = 20.0
_FIRST_POLL_SECONDS = 0.02
_SLOWEST_POLL_SECONDS = 0.1
_SOCKET_SECONDS = 5.0


class SharedLocks(Protocol):
    """Locks that several servers see."""

    def hold(self, name: str, wait: float) -> AbstractAsyncContextManager[None]:
        """Hold the lock ``name``, waiting for it ``wait`` seconds at most."""

    async def ping(self) -> None:
        """Raise unless the locks' server answers."""

    async def close(self) -> None:
        """Give the connections back."""


class ConversationLockStore(LockStore):
    """Chooses by configuration: Redis when ``redis_url`` is set, else PostgreSQL when ``database_url`` is.

    With neither, the locks are this process's own.  Further options: ``wait`` (seconds a message waits for
    its turn before the user is asked to try again), ``lifetime`` (seconds after which a dead server's Redis
    lock falls; a living one renews it), ``timeout`` (seconds after which a silent PostgreSQL counts as down).
    """

    def __init__(self, endpoint_config: EndpointConfig | None = None) -> None:
        """Read the options; nothing connects before the first message."""
        super().__init__()
        options = expand(endpoint_config.kwargs) if endpoint_config else {}
        self._wait = float(options.get("wait", DEFAULT_WAIT_SECONDS))
        self._queues = Queues()
        self._shared: SharedLocks | None = None
        if options.get("redis_url"):
            lifetime = float(options.get("lifetime", DEFAULT_LIFETIME_SECONDS))
            self._shared = RedisLocks(options["redis_url"], lifetime)
        elif is_postgresql(options.get("database_url") or ""):
            timeout = float(options.get("timeout", DEFAULT_TIMEOUT_SECONDS))
            self._shared = PostgresLocks(options["database_url"], timeout)

    @property
    def kind(self) -> str:
        """Name of the locks in use."""
        return type(self._shared or self._queues).__name__

    @asynccontextmanager
    async def lock(  # type: ignore[override]
        self, conversation_id: str, lock_lifetime: float = 0, wait_time_in_seconds: float = 0
    ) -> AsyncIterator[None]:
        """Hold the conversation; Rasa's own two timing parameters are not used."""
        deadline = asyncio.get_running_loop().time() + self._wait
        async with self._queues.hold(conversation_id, self._wait):
            if self._shared is None:
                yield
                return
            left = max(0.0, deadline - asyncio.get_running_loop().time())
            async with self._shared.hold(f"dojo:turn:{conversation_id}", left):
                yield

    async def ping(self) -> None:
        """Raise unless locks can be taken."""
        if self._shared is not None:
            await self._shared.ping()

    async def close(self) -> None:
        """Give the connections back."""
        if self._shared is not None:
            await self._shared.close()


class Queues:
    """First come, first served, within this process."""

    def __init__(self) -> None:
        """Start with nobody waiting."""
        self._locks: dict[str, asyncio.Lock] = {}
        self._users: dict[str, int] = {}

    @asynccontextmanager
    async def hold(self, name: str, wait: float) -> AsyncIterator[None]:
        """Hold ``name``; forget it when nobody needs it any more."""
        lock = self._locks.setdefault(name, asyncio.Lock())
        self._users[name] = self._users.get(name, 0) + 1
        try:
            try:
                await asyncio.wait_for(lock.acquire(), wait)
            except asyncio.TimeoutError as error:
                raise LockError("an earlier message of this conversation is still being answered") from error
            try:
                yield
            finally:
                lock.release()
        finally:
            self._users[name] -= 1
            if not self._users[name]:
                del self._users[name], self._locks[name]


class RedisLocks:
    """Locks with a random token each, renewed while held, released by their holder only."""

    def __init__(self, url: str, lifetime: float) -> None:
        """Connect at the first use."""
        self._lifetime = lifetime
        self._client = redis.asyncio.from_url(
            url,
            socket_timeout=_SOCKET_SECONDS,
            socket_connect_timeout=_SOCKET_SECONDS,
            health_check_interval=30,
        )

    @asynccontextmanager
    async def hold(self, name: str, wait: float) -> AsyncIterator[None]:
        """Hold ``name`` until done or until this process dies for longer than the lifetime."""
        lock = self._client.lock(
            name, timeout=self._lifetime, sleep=_FIRST_POLL_SECONDS, blocking_timeout=wait
        )
        try:
            acquired = await lock.acquire()
        except RedisError as error:
            raise LockError(f"Redis does not give locks: {type(error).__name__}") from error
        if not acquired:
            raise LockError("another server is still answering this conversation")
        renewal = asyncio.create_task(self._renew(lock))
        try:
            yield
        finally:
            renewal.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await renewal
            try:
                await lock.release()
            except RedisError as error:
                logger.warning("a conversation's Redis lock was not released: %s", type(error).__name__)

    async def _renew(self, lock: Any) -> None:
        while True:
            await asyncio.sleep(self._lifetime / 3)
            try:
                await lock.reacquire()
            except RedisError as error:
                logger.warning("a conversation's Redis lock was not renewed: %s", type(error).__name__)

    async def ping(self) -> None:
        """Raise unless Redis answers."""
        await self._client.ping()

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


class PostgresLocks:
    """Advisory locks, all on one connection: they fall when this process or its connection dies.

    Needs a direct connection or a session-pooling proxy; behind a transaction-pooling one use Redis.
    """

    def __init__(self, url: str, timeout: float) -> None:
        """Connect at the first use."""
        self._timeout = timeout
        self._engine = make_engine(url, pool_size=1, max_overflow=0)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="advisory-locks")
        self._connection: Connection | None = None

    @asynccontextmanager
    async def hold(self, name: str, wait: float) -> AsyncIterator[None]:
        """Hold the advisory lock that the name's hash stands for."""
        key = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
        loop = asyncio.get_running_loop()
        deadline, pause = loop.time() + wait, _FIRST_POLL_SECONDS
        while (holder := await self._in_thread(self._try, key)) is None:
            if loop.time() >= deadline:
                raise LockError("another server is still answering this conversation")
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _SLOWEST_POLL_SECONDS)
        try:
            yield
        finally:
            try:
                await self._in_thread(self._release, key, holder)
            except LockError as error:
                logger.warning("a conversation's advisory lock was not released: %s", error)

    async def ping(self) -> None:
        """Raise unless PostgreSQL answers on the locks' connection."""
        await self._in_thread(self._ask, sa.text("SELECT 1"), {})

    async def close(self) -> None:
        """Close the connection; with it fall the locks."""
        self._thread.shutdown(wait=True)
        self._drop()
        self._engine.dispose()

    async def _in_thread(self, work: Callable[..., Any], *arguments: Any) -> Any:
        running = asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)
        try:
            return await asyncio.wait_for(running, self._timeout)
        except asyncio.TimeoutError as error:
            self._thread.submit(self._drop)  # whatever a late answer may grant falls with the connection
            raise LockError("PostgreSQL does not answer") from error

    def _try(self, key: int) -> Connection | None:
        """Return the connection that now holds the lock, or None while somebody else does."""
        try:
            taken = self._ask(sa.text("SELECT pg_try_advisory_lock(:key)"), {"key": key})
        except DBAPIError as error:
            raise LockError(f"PostgreSQL does not give locks: {type(error.orig).__name__}") from error
        return self._connection if taken else None

    def _release(self, key: int, holder: Connection) -> None:
        if holder is not self._connection:
            return  # the lock fell with its connection
        try:
            self._execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": key})
        except DBAPIError as error:
            logger.warning("a conversation's advisory lock was not released: %s", type(error.orig).__name__)
            self._drop()

    def _ask(self, statement: Any, values: dict[str, Any]) -> Any:
        """Execute, on a new connection if the present one has died."""
        try:
            return self._execute(statement, values)
        except DBAPIError:
            self._drop()
            return self._execute(statement, values)

    def _execute(self, statement: Any, values: dict[str, Any]) -> Any:
        if self._connection is None:
            connection = self._engine.connect()
            self._connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        return self._connection.execute(statement, values).scalar()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(DBAPIError):
                connection.invalidate()
                connection.close()
