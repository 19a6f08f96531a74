"""Work that Rasa does in every turn without need, done in less time with the same results.

`spare_work` replaces a few of Rasa's functions when a server starts:

- the check of an action's result (`bot.channels.action_endpoint`) examines the schema itself at every call;
- whatever is logged at the debug level is copied deeply first, also when nothing is logged;
- each rule is decoded and compared with each state of the conversation, most of them in vain;
- all classes of events are walked for each event of an action's result;
- rules are looked for once by the words of a message, although no rule is written in words;
- the domain is held against an empty one that is built for it;
- each action gets a tracker of its own, for which all events are played again;
- the graph of ten steps goes through dask's scheduler, which orders it anew for each message.

`spare_collecting` is for the garbage collector, which walks what the libraries hold in the middle of a turn.
"""

from __future__ import annotations

import copy
import functools
import gc
import json
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, Final

from rasa.core import processor
from rasa.core.policies import rule_policy
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.runner import dask as runner
from rasa.shared.core.constants import ACTION_LISTEN_NAME, PREVIOUS_ACTION, SHOULD_NOT_BE_SET, USER
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ACTION_NAME, INTENT

from bot.channels.action_endpoint import prebuild_result_check

_OBJECTS_BEFORE_COLLECTING: Final = 20_000

Found = tuple[Any, Any, bool]
Rule = tuple[State, ...]
"""The states of a rule, the latest first."""


def spare_work() -> None:
    """Replace the functions, once."""
    prebuild_result_check()
    by_rasa = RulePolicy._find_action_from_rules
    if not hasattr(by_rasa, "__wrapped__"):
        RulePolicy._find_action_from_rules = _only_where_rules_have_words(by_rasa)  # type: ignore[method-assign]
    RulePolicy._get_possible_keys = possible_keys  # type: ignore[method-assign]
    if not hasattr(Event.resolve_by_type, "cache_info"):
        resolved = functools.lru_cache(maxsize=256)(Event.resolve_by_type)
        Event.resolve_by_type = staticmethod(resolved)  # type: ignore[method-assign]
    Domain.is_empty = _is_empty  # type: ignore[method-assign]
    DialogueStateTracker.copy = copy_of  # type: ignore[method-assign]
    for module in (processor, rule_policy):
        module.copy = SimpleNamespace(deepcopy=_the_same)  # type: ignore[attr-defined]
    runner.dask = SimpleNamespace(get=run_graph)  # type: ignore[assignment]


def spare_collecting() -> None:
    """Let the garbage collector pass over what is loaded by now and stays, and come less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BEFORE_COLLECTING, *gc.get_threshold()[1:])


def _the_same(value: Any) -> Any:
    """Return what would be copied; both modules copy for debug lines only, which change nothing."""
    return value


def _is_empty(domain: Domain) -> bool:
    return domain.as_dict() == _empty_domain()


@functools.lru_cache(maxsize=1)
def _empty_domain() -> dict[str, Any]:
    return Domain.empty().as_dict()


def copy_of(tracker: DialogueStateTracker) -> DialogueStateTracker:
    """Return a tracker in the same state, as DialogueStateTracker.copy does; the events are shared."""
    twin = copy.copy(tracker)
    twin.events = copy.copy(tracker.events)
    twin.slots = copy.copy(tracker.slots)
    twin.slots.update((name, copy.copy(slot)) for name, slot in tracker.slots.items())
    twin.active_loop = copy.copy(tracker.active_loop)
    twin.sender_source = twin.model_id = twin.assistant_id = None
    return twin


# Rules


def possible_keys(policy: RulePolicy, lookup: Mapping[str, Any], states: Sequence[State]) -> set[str]:
    """Return the keys of the rules that fit a conversation, as RulePolicy._get_possible_keys does."""
    if not states:
        return set(lookup)
    action, intent = _said(states[-1], PREVIOUS_ACTION, ACTION_NAME), _said(states[-1], USER, INTENT)
    left = [
        found
        for (wanted_action, wanted_intent), rules in _by_latest(tuple(lookup)).items()
        if wanted_action in (None, action) and wanted_intent in (None, intent)
        for found in rules
    ]
    for turn, state in enumerate(reversed(states)):
        if all(turn >= len(rule) for _, rule in left):
            break
        left = [(key, rule) for key, rule in left if _fits(policy, rule, turn, state)]
    return {key for key, _ in left}


@functools.lru_cache(maxsize=16)
def _by_latest(keys: tuple[str, ...]) -> Mapping[tuple[Any, Any], Sequence[tuple[str, Rule]]]:
    """Sort rules by the action and the intent that they want to see last; None where any will do."""
    sorted_rules: dict[tuple[Any, Any], list[tuple[str, Rule]]] = {}
    for key in keys:
        rule = _backwards(key)
        wanted: list[Any] = [None, None]
        if rule[0].get(PREVIOUS_ACTION):
            wanted = [_said(rule[0], PREVIOUS_ACTION, ACTION_NAME), _said(rule[0], USER, INTENT)]
        action, intent = (None if name == SHOULD_NOT_BE_SET else name or None for name in wanted)
        sorted_rules.setdefault((action, intent), []).append((key, rule))
    return sorted_rules


def _said(state: State, kind: str, name: str) -> Any:
    return state.get(kind, {}).get(name)


@functools.lru_cache(maxsize=4096)
def _backwards(key: str) -> Rule:
    return tuple(reversed(json.loads(key)))


def _fits(policy: RulePolicy, rule: Rule, turn: int, state: State) -> bool:
    """Tell what RulePolicy._is_rule_applicable tells."""
    if turn >= len(rule):
        return True
    before, before_in_rule = state.get(PREVIOUS_ACTION), rule[turn].get(PREVIOUS_ACTION)
    if not before and not before_in_rule:
        return True
    if not before or not before_in_rule:
        return False
    return policy._does_rule_match_state(rule[turn], state)


def _only_where_rules_have_words(by_rasa: Callable[..., Found]) -> Callable[..., Found]:
    @functools.wraps(by_rasa)
    def find(
        policy: RulePolicy, tracker: DialogueStateTracker, domain: Any, use_text_for_last_user_input: bool
    ) -> Found:
        by_words = use_text_for_last_user_input and not tracker.active_loop_name
        if by_words and not any(map(may_match_words, policy.lookup[rule_policy.RULES])):
            return None, None, False
        return by_rasa(policy, tracker, domain, use_text_for_last_user_input)

    return find


@functools.lru_cache(maxsize=4096)
def may_match_words(key: str) -> bool:
    """Tell whether a rule may apply to a message whose intent is left out of account."""
    latest = _backwards(key)[0]
    answers = latest.get(PREVIOUS_ACTION, {}).get(ACTION_NAME) in (None, ACTION_LISTEN_NAME)
    return answers and not latest.get(USER, {}).get(INTENT)


# The graph


def run_graph(graph: Mapping[str, Any], targets: Sequence[str]) -> tuple[Any, ...]:
    """Return the outputs of some nodes of a graph that has no cycle, as dask.get does.

    A node is a function with the names of what it needs; a need that is no node is handed on as it is.
    Anything else in the graph is an input.
    """
    outputs: dict[str, Any] = {}

    def output(name: str) -> Any:
        if name not in outputs:
            function, *needs = graph[name]
            if callable(function):
                outputs[name] = function(*[output(need) if need in graph else need for need in needs])
            else:
                outputs[name] = graph[name]
        return outputs[name]

    return tuple(output(target) for target in targets)
