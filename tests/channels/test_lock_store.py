import asyncio
import contextlib
import shutil
import subprocess
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
import redis
import sqlalchemy as sa
from rasa.core.lock_store import LockError
from rasa.utils.endpoints import EndpointConfig
from tiny_project import free_port

from bot.channels.lock_store import ConversationLockStore

Options = dict[str, Any]


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    program = shutil.which("redis-server")
    assert program, (
        "redis-server is missing: ./dojo test installs it from Debian (apt-get install redis-server)"
    )
    port, place = free_port(), tmp_path_factory.mktemp("redis")
    server = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(place)],
        stdout=subprocess.DEVNULL,
    )
    with redis.Redis(port=port) as client:
        for _ in range(200):
            with contextlib.suppress(redis.ConnectionError):
                client.ping()
                break
            time.sleep(0.05)
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait(10)


@pytest.fixture(params=["redis", "postgresql"])
def shared(request: pytest.FixtureRequest) -> Options:
    """Options under which several servers share their locks."""
    if request.param == "redis":
        return {"redis_url": request.getfixturevalue("redis_url"), "lifetime": 0.6}
    return {"database_url": request.getfixturevalue("postgres")}


def servers(count: int, options: Options, act: Callable[..., Coroutine[Any, Any, None]]) -> None:
    """Run ``act`` with as many stores as there would be servers."""

    async def run() -> None:
        stores = [ConversationLockStore(EndpointConfig(**options)) for _ in range(count)]
        try:
            await act(*stores)
        finally:
            for store in stores:
                await store.close()

    asyncio.run(run())


class Inside:
    """Counts who is inside at once, and in what order they came."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self.order: list[int] = []

    async def visit(self, store: ConversationLockStore, number: int = 0, stay: float = 0.02) -> None:
        async with store.lock("s"):
            self.now += 1
            self.most = max(self.most, self.now)
            self.order.append(number)
            await asyncio.sleep(stay)
            self.now -= 1


def test_the_kind_of_lock_follows_the_configuration() -> None:
    def kind(**options: str) -> str:
        return ConversationLockStore(EndpointConfig(**options)).kind

    assert ConversationLockStore().kind == "Queues"
    assert kind(redis_url="", database_url="sqlite:///x.db") == "Queues"
    assert kind(redis_url="", database_url="postgresql://h/d") == "PostgresLocks"
    assert kind(redis_url="redis://h", database_url="postgresql://h/d") == "RedisLocks"


def test_one_process_serves_messages_one_by_one_in_their_order() -> None:
    async def act(store: ConversationLockStore) -> None:
        inside = Inside()
        await asyncio.gather(*(inside.visit(store, number, 0.001) for number in range(30)))
        assert inside.most == 1
        assert inside.order == list(range(30))
        assert not store._queues._locks

    servers(1, {}, act)


def test_different_conversations_do_not_wait_for_each_other() -> None:
    async def act(store: ConversationLockStore) -> None:
        async with store.lock("a"):
            await asyncio.wait_for(_enter(store, "b"), 1)

    servers(1, {}, act)


async def _enter(store: ConversationLockStore, name: str) -> None:
    async with store.lock(name):
        pass


def test_who_waits_too_long_is_told() -> None:
    async def act(store: ConversationLockStore) -> None:
        async with store.lock("a"):
            with pytest.raises(LockError):
                await _enter(store, "a")
        await _enter(store, "a")

    servers(1, {"wait": 0.05}, act)


def test_a_failing_turn_frees_its_conversation() -> None:
    async def act(store: ConversationLockStore) -> None:
        with pytest.raises(RuntimeError):
            async with store.lock("a"):
                raise RuntimeError
        await asyncio.wait_for(_enter(store, "a"), 1)

    servers(1, {}, act)


def test_several_servers_let_one_in_at_a_time(shared: Options) -> None:
    async def act(*stores: ConversationLockStore) -> None:
        inside = Inside()
        await asyncio.gather(*(inside.visit(store) for store in stores for _ in range(6)))
        assert inside.most == 1
        assert len(inside.order) == 18
        for store in stores:
            await store.ping()

    servers(3, shared, act)


def test_a_waiting_server_gives_up_in_time(shared: Options) -> None:
    async def act(first: ConversationLockStore, second: ConversationLockStore) -> None:
        async with first.lock("s"):
            started = time.monotonic()
            with pytest.raises(LockError):
                await _enter(second, "s")
            assert time.monotonic() - started < 2
        await _enter(second, "s")

    servers(2, {**shared, "wait": 0.2}, act)


def test_a_long_turn_keeps_its_lock(shared: Options) -> None:
    async def act(first: ConversationLockStore, second: ConversationLockStore) -> None:
        inside = Inside()
        await asyncio.gather(inside.visit(first, 1, stay=1.5), inside.visit(second, 2))
        assert inside.most == 1

    servers(2, shared, act)


def test_a_server_that_dies_leaves_no_lock(shared: Options) -> None:
    async def act(first: ConversationLockStore, second: ConversationLockStore) -> None:
        lock = first.lock("s")
        await lock.__aenter__()
        if "database_url" in shared:
            first._shared._drop()  # type: ignore[union-attr]
        else:
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()  # nobody renews any more
        await asyncio.wait_for(_enter(second, "s"), 5)

    servers(2, shared, act)


def test_advisory_locks_survive_a_lost_connection(postgres: str) -> None:
    async def act(store: ConversationLockStore) -> None:
        await _enter(store, "s")
        engine = sa.create_engine(postgres)
        with engine.begin() as connection:
            connection.execute(
                sa.text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                )
            )
        engine.dispose()
        await _enter(store, "s")

    servers(1, {"database_url": postgres}, act)


@pytest.mark.parametrize(
    "options",
    [{"redis_url": "redis://127.0.0.1:1/0"}, {"database_url": "postgresql://nobody@127.0.0.1:1/nothing"}],
)
def test_without_its_server_no_lock_is_given(options: Options) -> None:
    async def act(store: ConversationLockStore) -> None:
        with pytest.raises(LockError):
            await _enter(store, "s")

    servers(1, options, act)
