"""What is spared changes no result."""

import json
from typing import Any

import dask
import pytest
from hypothesis import given
from hypothesis import strategies as some
from rasa.core.policies.rule_policy import RulePolicy

from bot.channels.action_endpoint import only_sets_slots
from bot.channels.thrift import may_match_words, possible_keys, run_graph

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
