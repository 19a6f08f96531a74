import asyncio
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    ConversationPaused,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.exc import OperationalError

from bot.channels.tracker_store import ConversationMoved, DojoTrackerStore
from bot.channels.turn import Turn, TurnFailed, current_turn

DOMAIN = Domain.from_yaml(
    """
    version: "3.1"
    intents: [say]
    slots:
      product: {type: any, mappings: [{type: custom}]}
      count: {type: any, initial_value: 7, mappings: [{type: custom}]}
      lang: {type: any, mappings: [{type: custom}]}
    """
)
Act = Callable[[DojoTrackerStore], Coroutine[Any, Any, Any]]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/deeper/dojo.db"
    else:
        engine = sa.create_engine(request.getfixturevalue("postgres"))
        with engine.begin() as connection:
            connection.execute(sa.text("DROP TABLE IF EXISTS rasa_events, rasa_conversations"))
        engine.dispose()
        yield request.getfixturevalue("postgres")


def using(url: str, act: Act, **options: Any) -> Any:
    async def run() -> Any:
        store = DojoTrackerStore(DOMAIN, url, **options)
        try:
            return await act(store)
        finally:
            store.close()

    return asyncio.run(run())


def turn(number: int, *slots: Event) -> list[Event]:
    said = UserUttered(f"t{number}", {"name": "say"}, message_id=f"m{number}")
    return [
        said,
        ActionExecuted("action_a"),
        *slots,
        BotUttered(f"b{number}"),
        ActionExecuted(ACTION_LISTEN_NAME),
    ]


async def add(store: DojoTrackerStore, *events: Event, sender: str = "s") -> None:
    tracker = await store.get_or_create_tracker(sender, append_action_listen=False)
    tracker.update_with_events(list(events), DOMAIN)
    await store.save(tracker)


async def stored(store: DojoTrackerStore, sender: str = "s") -> list[dict[str, Any]]:
    tracker = await store.retrieve_full_tracker(sender)
    return [event.as_dict() for event in tracker.events] if tracker else []


def test_a_conversation_comes_back_as_it_was_saved(database: str) -> None:
    async def act(store: DojoTrackerStore) -> None:
        tracker = await store.get_or_create_tracker("s", append_action_listen=False)
        tracker.update_with_events(turn(1, SlotSet("product", {"名": "锁"})) + turn(2), DOMAIN)
        await store.save(tracker)
        again = await store.retrieve("s")
        assert [event.as_dict() for event in again.events] == [event.as_dict() for event in tracker.events]
        assert again.current_slot_values() == {
            **tracker.current_slot_values(),
            "product": {"名": "锁"},
        }
        assert await store.exists("s")
        assert not await store.exists("t")
        assert list(await store.keys()) == ["s"]

    using(database, act)


def test_an_unknown_conversation_is_none_and_creating_it_stores_nothing(database: str) -> None:
    async def act(store: DojoTrackerStore) -> None:
        assert await store.retrieve("s") is None
        await store.get_or_create_tracker("s", append_action_listen=False)
        assert await store.retrieve("s") is None

    using(database, act)


def test_saving_twice_appends_nothing_twice(database: str) -> None:
    async def act(store: DojoTrackerStore) -> None:
        tracker = await store.get_or_create_tracker("s", append_action_listen=False)
        tracker.update_with_events(turn(1), DOMAIN)
        await store.save(tracker)
        await store.save(tracker)
        tracker.update_with_events(turn(2), DOMAIN)
        await store.save(tracker)
        texts = [event["text"] for event in await stored(store) if event["event"] == "user"]
        assert texts == ["t1", "t2"]
        assert len(await stored(store)) == 8

    using(database, act)


def test_of_two_who_continue_the_same_conversation_the_second_is_refused(database: str) -> None:
    async def act(store: DojoTrackerStore) -> None:
        await add(store, *turn(1))
        first, second = await store.retrieve("s"), await store.retrieve("s")
        first.update_with_events(turn(2), DOMAIN)
        second.update_with_events(turn(3), DOMAIN)
        await store.save(first)
        with pytest.raises(ConversationMoved):
            await store.save(second)
        assert [event["text"] for event in await stored(store) if event["event"] == "user"] == ["t1", "t2"]

    using(database, act)


def test_of_two_who_begin_the_same_conversation_the_second_is_refused(database: str) -> None:
    async def act(store: DojoTrackerStore) -> None:
        trackers = [await store.get_or_create_tracker("s", append_action_listen=False) for _ in range(2)]
        for number, tracker in enumerate(trackers):
            tracker.update_with_events(turn(number), DOMAIN)
        results = await asyncio.gather(*map(store.save, trackers), return_exceptions=True)
        assert [type(result) for result in results if result] == [ConversationMoved]
        assert len(await stored(store)) == 4

    using(database, act)


class LosesAnswers(DojoTrackerStore):
    """The database commits, but its answer gets lost on the way, the given number of times."""

    lost = 0

    def _attempt(self, work: Any) -> Any:
        result = super()._attempt(work)
        if self.lost:
            self.lost -= 1
            raise OperationalError("COMMIT", {}, ConnectionError("connection lost"))
        return result


def test_a_commit_whose_answer_got_lost_is_recognised_and_not_repeated(database: str) -> None:
    async def act() -> None:
        store = LosesAnswers(DOMAIN, database)
        for number in (1, 2):
            tracker = await store.get_or_create_tracker("s", append_action_listen=False)
            tracker.update_with_events(turn(number), DOMAIN)
            store.lost = 1
            await store.save(tracker)
        assert len(await stored(store)) == 8
        store.close()

    asyncio.run(act())


def test_a_database_that_fails_twice_is_an_error(database: str) -> None:
    async def act() -> None:
        store = LosesAnswers(DOMAIN, database)
        store.lost = 2
        with pytest.raises(OperationalError):
            await store.retrieve("s")
        store.close()

    asyncio.run(act())


def test_tables_dropped_under_a_running_store_are_made_again(database: str) -> None:
    async def act(store: DojoTrackerStore) -> None:
        await add(store, *turn(1))
        with store._engine.begin() as connection:
            connection.execute(sa.text("DROP TABLE rasa_events"))
            connection.execute(sa.text("DROP TABLE rasa_conversations"))
        await add(store, *turn(1))
        assert len(await stored(store)) == 4

    using(database, act)


def test_a_failed_turn_is_not_saved(database: str) -> None:
    async def act(store: DojoTrackerStore) -> None:
        failing = Turn()
        failing.fail("action server answered 500")
        current_turn.set(failing)
        with pytest.raises(TurnFailed):
            await add(store, *turn(1))
        assert not await stored(store)

    using(database, act)


def test_the_turn_learns_its_number(database: str) -> None:
    async def act(store: DojoTrackerStore) -> None:
        for number in (1, 2, 3):
            current = Turn()
            current_turn.set(current)
            await add(store, *turn(number))
            assert current.number == number

    using(database, act)


def test_a_long_session_loads_its_newest_turns_and_all_its_slots(database: str) -> None:
    async def act(store: DojoTrackerStore) -> None:
        await add(
            store, ActionExecuted("action_session_start"), SessionStarted(), *turn(1, SlotSet("lang", "zh"))
        )
        for number in range(2, 41):
            await add(store, *turn(number, SlotSet("count", number)))
        tracker = await store.retrieve("s")
        full = await store.retrieve_full_tracker("s")
        assert tracker.current_slot_values() == full.current_slot_values()
        assert [event.text for event in tracker.events if isinstance(event, UserUttered)] == [
            "t38",
            "t39",
            "t40",
        ]
        assert len([event for event in full.events if isinstance(event, UserUttered)]) == 40
        copied = tracker.copy()
        assert copied.current_slot_values() == full.current_slot_values()

    using(database, act, turns=3)


def test_inside_a_form_or_a_pause_no_turn_is_cut_off(database: str) -> None:
    async def act(store: DojoTrackerStore) -> None:
        await add(store, *turn(1), *turn(2, ActiveLoop("form")))
        for number in range(3, 12):
            await add(store, *turn(number))
        tracker = await store.retrieve("s")
        assert tracker.active_loop_name == "form"
        assert len([event for event in tracker.events if isinstance(event, UserUttered)]) == 11
        await add(store, *turn(12, ActiveLoop(None)), sender="s")
        await add(store, *turn(13, ConversationPaused()), sender="s")
        for number in range(14, 20):
            await add(store, *turn(number))
        assert (await store.retrieve("s")).is_paused()

    using(database, act, turns=1)


def test_a_new_session_hides_the_former_one(database: str) -> None:
    async def act(store: DojoTrackerStore) -> None:
        await add(store, *turn(1, SlotSet("lang", "zh"), SlotSet("product", "lock")))
        await add(
            store, SessionStarted(), SlotSet("lang", "zh"), ActionExecuted(ACTION_LISTEN_NAME), *turn(2)
        )
        tracker = await store.retrieve("s")
        assert isinstance(tracker.events[0], SessionStarted)
        assert tracker.current_slot_values() == {
            "lang": "zh",
            "product": None,
            "count": 7,
            **_framework(tracker),
        }
        assert len(await stored(store)) == 13

    using(database, act)


def test_a_slot_that_left_the_domain_is_forgotten(database: str) -> None:
    async def act(store: DojoTrackerStore) -> None:
        await add(store, *turn(1, SlotSet("product", "lock")))
        await add(store, *turn(2))
        store.domain = Domain.empty()
        assert "product" not in (await store.retrieve("s")).slots

    using(database, act, turns=1)


def test_the_answer_to_a_processed_message_is_found_with_its_turn(database: str) -> None:
    async def act(store: DojoTrackerStore) -> None:
        for number in (1, 2, 3):
            await add(store, *turn(number))
        answer = await store.find_answer("s", "m2")
        assert answer is not None
        assert answer.turn == 2
        assert [message["text"] for message in answer.messages] == ["b2"]
        assert await store.find_answer("s", "m9") is None
        assert await store.find_answer("t", "m2") is None

    using(database, act)


def test_a_turn_gets_the_conversation_that_was_loaded_when_its_message_was_looked_for(database: str) -> None:
    async def act(store: DojoTrackerStore) -> None:
        await add(store, *turn(1))
        begun = Turn()
        current_turn.set(begun)
        assert await store.find_answer("s", "m2") is None
        loaded = begun.loaded["s"]
        assert await store.retrieve("s") is loaded
        assert await store.retrieve("s") is not loaded
        assert await store.find_answer("t", "m2") is None
        assert begun.loaded == {"t": None}
        assert await store.retrieve("t") is None

    using(database, act)


def test_a_processed_message_loads_nothing(database: str) -> None:
    async def act(store: DojoTrackerStore) -> None:
        await add(store, *turn(1))
        begun = Turn()
        current_turn.set(begun)
        assert await store.find_answer("s", "m1") is not None
        assert begun.loaded == {}

    using(database, act)


def test_odd_characters_survive(database: str) -> None:
    async def act(store: DojoTrackerStore) -> None:
        text = "nul \x00, lone \ud800, emoji 😀, '; DROP TABLE rasa_events; --"
        await add(store, UserUttered(text, message_id="m"), ActionExecuted(ACTION_LISTEN_NAME))
        assert (await stored(store))[0]["text"] == text

    using(database, act)


def test_a_store_without_a_file_is_refused() -> None:
    with pytest.raises(ValueError, match="database file"):
        DojoTrackerStore(DOMAIN, "sqlite://")
    with pytest.raises(ValueError, match="url"):
        DojoTrackerStore(DOMAIN)


def _framework(tracker: DialogueStateTracker) -> dict[str, Any]:
    return {
        name: value
        for name, value in tracker.current_slot_values().items()
        if name not in ("lang", "product", "count")
    }


SLOTS = st.lists(
    st.tuples(st.sampled_from(["lang", "product", "count"]), st.sampled_from([None, 1, "a", 7])), max_size=3
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(turns=st.lists(SLOTS, min_size=1, max_size=12), window=st.integers(1, 5))
def test_a_cut_off_tracker_equals_the_full_one(
    tmp_path_factory: pytest.TempPathFactory, turns: list[list[tuple[str, Any]]], window: int
) -> None:
    async def act(store: DojoTrackerStore) -> None:
        for number, values in enumerate(turns, 1):
            await add(store, *turn(number, *(SlotSet(name, value) for name, value in values)))
            short, full = await store.retrieve("s"), await store.retrieve_full_tracker("s")
            assert short.current_slot_values() == full.current_slot_values()
            assert short.latest_message.as_dict() == full.latest_message.as_dict()
            assert short.latest_action_name == full.latest_action_name

    using(f"sqlite:///{tmp_path_factory.mktemp('property')}/dojo.db", act, turns=window)
