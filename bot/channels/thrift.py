"""Work that Rasa does in every turn without need, done in less time with the same results.

`spare_work` replaces a few of Rasa's functions when a server starts; docs/performance.md says what they cost:

- the check of an action's result (`bot.channels.action_endpoint`) examines the schema itself at every call;
- whatever is logged at the debug level is copied deeply first, also when nothing is logged;
- each rule is decoded and compared with each state of the conversation, most of them in vain;
- rules are looked for once by the words of a message, although no rule is written in words;
- the graph of ten steps goes through dask's scheduler, which orders it anew for each message.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, Final

from rasa.core import processor
from rasa.core.policies import rule_policy
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.runner import dask as runner
from rasa.shared.core.constants import ACTION_LISTEN_NAME, PREVIOUS_ACTION, SHOULD_NOT_BE_SET, USER
from rasa.shared.core.domain import State
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ACTION_NAME, INTENT

from bot.channels.action_endpoint import prebuild_result_check

_TELLING: Final = ((PREVIOUS_ACTION, ACTION_NAME), (USER, INTENT))
"""Where most rules differ from a state of the conversation: looked at first."""

Found = tuple[Any, Any, bool]


def spare_work() -> None:
    """Replace the functions, once."""
    prebuild_result_check()
    by_rasa = RulePolicy._find_action_from_rules
    if not hasattr(by_rasa, "__wrapped__"):
        RulePolicy._find_action_from_rules = _only_where_rules_have_words(by_rasa)  # type: ignore[method-assign]
    RulePolicy._get_possible_keys = possible_keys  # type: ignore[method-assign]
    for module in (processor, rule_policy):
        module.copy = SimpleNamespace(deepcopy=_the_same)  # type: ignore[attr-defined]
    runner.dask = SimpleNamespace(get=run_graph)  # type: ignore[assignment]


def _the_same(value: Any) -> Any:
    """Return what would be copied; both modules copy for debug lines only, which change nothing."""
    return value


# Rules


def possible_keys(policy: RulePolicy, lookup: Mapping[str, Any], states: Sequence[State]) -> set[str]:
    """Return the keys of the rules that fit a conversation, as RulePolicy._get_possible_keys does."""
    left = [(key, _backwards(key)) for key in lookup]
    for turn, state in enumerate(reversed(states)):
        if all(turn >= len(rule) for _, rule in left):
            break
        left = [(key, rule) for key, rule in left if _fits(policy, rule, turn, state)]
    return {key for key, _ in left}


@functools.lru_cache(maxsize=4096)
def _backwards(key: str) -> tuple[State, ...]:
    """Return the states of a rule, the latest first."""
    return tuple(reversed(json.loads(key)))


def _fits(policy: RulePolicy, rule: Sequence[State], turn: int, state: State) -> bool:
    """Tell what RulePolicy._is_rule_applicable tells, the obvious first."""
    if turn >= len(rule):
        return True
    before, before_in_rule = state.get(PREVIOUS_ACTION), rule[turn].get(PREVIOUS_ACTION)
    if not before and not before_in_rule:
        return True
    if not before or not before_in_rule:
        return False
    for kind, name in _TELLING:
        wanted = rule[turn].get(kind, {}).get(name)
        if wanted and wanted != SHOULD_NOT_BE_SET and wanted != state.get(kind, {}).get(name):
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
