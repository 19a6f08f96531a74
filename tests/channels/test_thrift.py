"""What is spared changes no result."""

import gc
import json
from typing import Any

import dask
import pytest
from hypothesis import given
from hypothesis import strategies as some
from rasa.core.policies.rule_policy import RulePolicy
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    ConversationPaused,
    Event,
    LoopInterrupted,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.slots import AnySlot
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity

from bot.channels.action_endpoint import of_this_turn, only_sets_slots
from bot.channels.thrift import (
    copy_of,
    may_match_words,
    possible_keys,
    run_graph,
    spare_collecting,
    spare_work,
)

WORDS = some.sampled_from(["a", "b", "should_not_be_set"])
STATES = some.fixed_dictionaries(
    {},
    optional={
        "prev_action": some.fixed_dictionaries({"action_name": WORDS}),
        "user": some.fixed_dictionaries({}, optional={"intent": WORDS, "text": WORDS}),
        "slots": some.dictionaries(WORDS, some.lists(some.sampled_from([0.0, 1.0]), min_size=1, max_size=2)),
        "active_loop": some.fixed_dictionaries({"name": WORDS}),
    },
)
# a conversation's slots are tuples, those of a rule went through JSON
CONVERSED = STATES.map(
    lambda state: {
        kind: {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
        for kind, values in state.items()
    }
)


def policy() -> RulePolicy:
    return RulePolicy.__new__(RulePolicy)


@given(some.lists(some.lists(STATES, min_size=1, max_size=4), max_size=12), some.lists(CONVERSED, max_size=5))
def test_the_same_rules_fit(rules: list[Any], states: list[Any]) -> None:
    lookup = {json.dumps(rule): "action" for rule in rules}
    by_rasa = set(lookup)
    for turn, state in enumerate(reversed(states)):
        by_rasa = {key for key in by_rasa if policy()._is_rule_applicable(key, turn, state)}
    assert possible_keys(policy(), lookup, states) == by_rasa


@given(some.lists(STATES, min_size=1, max_size=3), some.lists(CONVERSED, max_size=3), WORDS)
def test_a_rule_that_cannot_match_words_matches_none(rule: list[Any], states: list[Any], words: str) -> None:
    key = json.dumps(rule)
    said = {"prev_action": {"action_name": "action_listen"}, "user": {"text": words}}
    if rule[-1].get("user", {}).get("intent") == "should_not_be_set":
        return  # no rule says so of an intent
    if not may_match_words(key):
        assert possible_keys(policy(), {key: "action"}, [*states, said]) == set()


@pytest.mark.parametrize("latest", [{}, {"prev_action": {"action_name": "action_listen"}}])
def test_a_rule_without_an_intent_may_match_words(latest: dict[str, Any]) -> None:
    assert may_match_words(json.dumps([latest, {**latest, "user": {"text": "hello"}}]))
    assert may_match_words(json.dumps([{**latest, "slots": {"lang": [1.0]}}]))


def test_a_graph_runs_as_with_dask_each_node_once() -> None:
    runs: list[str] = []

    def node(name: str) -> Any:
        def run(*needs: Any) -> tuple[str, Any]:
            runs.append(name)
            return name, needs

        return run

    graph = {
        "first": (node("first"), "given"),
        "second": (node("second"), "first", "not a node"),
        "third": (node("third"), "first", "second"),
        "given": ("given", ["a message"]),
        "unneeded": (node("unneeded"), "given"),
    }
    found = run_graph(graph, ["third", "second"])
    assert runs == ["first", "second", "third"]
    assert found == dask.get(graph, ["third", "second"])


def test_an_error_in_a_node_comes_out_as_it_is() -> None:
    def fail() -> None:
        raise KeyError("why")

    with pytest.raises(KeyError, match="why"):
        run_graph({"only": (fail,)}, ["only"])


SLOT = {"event": "slot", "name": "lang", "value": None, "timestamp": None}


@pytest.mark.parametrize(
    ("result", "told"),
    [
        ({"events": [SLOT], "responses": [{"text": "hello"}]}, True),
        ({"events": [], "responses": []}, True),
        ({"events": [{**SLOT, "event": "restart"}], "responses": []}, False),
        ({"events": [{"event": "slot", "name": "lang"}], "responses": []}, False),
        ({"events": [{**SLOT, "name": 1}], "responses": []}, False),
        ({"events": ["slot"], "responses": []}, False),
        ({"events": [], "responses": ["hello"]}, False),
        ({"events": [], "responses": None}, False),
        ({"events": []}, False),
        ([], False),
        (None, False),
    ],
)
def test_the_usual_result_of_an_action_is_told_at_sight(result: Any, told: bool) -> None:
    assert only_sets_slots(result) is told


def test_a_class_of_events_is_found_by_its_name() -> None:
    spare_work()
    assert Event.resolve_by_type("slot") is SlotSet
    assert Event.resolve_by_type("slot") is SlotSet
    assert Event.from_parameters({"event": "slot", "name": "lang", "value": "zh"}) == SlotSet("lang", "zh")


def test_an_action_gets_the_events_of_its_turn() -> None:
    earlier = [{"event": "session_started"}, {"event": "user", "text": "hello"}, {"event": "bot"}]
    said = {"event": "user", "text": "too dear", "input_channel": "dojo", "parse_data": {"intent": {}}}
    tracker = {"sender_id": "s", "latest_message": {"intent": {}}, "events": [*earlier, said, SLOT]}
    call = {"next_action": "action_answer", "tracker": tracker}
    spoken = {name: value for name, value in said.items() if name != "parse_data"}
    assert of_this_turn(call) == {**call, "tracker": {**tracker, "events": [spoken, SLOT]}}
    assert tracker["events"][3] is said and "parse_data" in said


@pytest.mark.parametrize("events", [[], [{"event": "session_started"}, {"event": "bot"}]])
def test_without_a_message_an_action_gets_all_events(events: list[Any]) -> None:
    call = {"tracker": {"events": events}}
    assert of_this_turn(call) == call
    assert of_this_turn({}) == {}


HAPPENINGS = some.sampled_from(
    [
        SessionStarted(timestamp=1.0),
        UserUttered("too dear", {"name": "obj_price"}, timestamp=2.0),
        ActionExecuted("action_answer", timestamp=3.0),
        SlotSet("lang", "zh", timestamp=4.0),
        BotUttered("well", timestamp=5.0),
        ActionExecuted("action_listen", timestamp=6.0),
        ActiveLoop("form", timestamp=7.0),
        LoopInterrupted(True, timestamp=8.0),
        ConversationPaused(timestamp=9.0),
        Restarted(timestamp=10.0),
    ]
)


def replayed(tracker: DialogueStateTracker) -> Any:
    return tracker.travel_back_in_time(float("inf")).current_state(EventVerbosity.ALL)


@given(some.lists(HAPPENINGS, max_size=8))
def test_a_copied_tracker_is_the_one_that_a_replay_gives(events: list[Event]) -> None:
    slots = [AnySlot("lang", mappings=[], initial_value="en")]
    tracker = DialogueStateTracker.from_events("s", events, slots)
    twin = copy_of(tracker)
    assert twin.current_state(EventVerbosity.ALL) == replayed(tracker)
    twin.update_with_events([SlotSet("lang", None), LoopInterrupted(True), UserUttered("x")], None)
    assert tracker.current_state(EventVerbosity.ALL) == replayed(tracker)


def test_a_domain_without_anything_is_empty() -> None:
    spare_work()
    assert Domain.empty().is_empty()
    assert not Domain.from_dict({"intents": ["greet"]}).is_empty()


def test_what_is_loaded_is_not_collected() -> None:
    before = gc.get_threshold()
    try:
        spare_collecting()
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold()[0] > before[0]
        assert gc.isenabled()
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
