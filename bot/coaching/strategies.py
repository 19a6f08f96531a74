"""Built-in sellers that play a scenario to its end, to check that it can be won, and only by selling.

They know the scenario and speak its own lines, so that no model is needed: a master's lines are what they
say they are, and so are the wrong ones.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from bot.coaching.playbook import seed_of
from bot.coaching.role_play import MAX_TURNS, begin, respond
from bot.coaching.scenario import Cast, Concern, Scenario
from bot.coaching.talk import AGREED, Move, Talk, Turn
from bot.coaching.taxonomy import NONE

Strategy = Callable[[Scenario, Talk, int], Move]
"""Says what to do next, for a scenario, a talk and the number of the run."""

RANDOM_WINS: Final = 0.05
"""A seller who answers at random may win so many runs of a scenario, and no more."""

_IDLE: Final = ("small_talk", "evade", "hollow", "too_short")
"""What a line that answers nothing shows."""


@dataclass(frozen=True)
class Played:
    """A talk played to its end: its outcome and its turns."""

    outcome: str
    turns: tuple[Turn, ...]


def play(
    scenario: Scenario,
    cast: Cast,
    fits: Mapping[str, Collection[str]],
    strategy: Strategy,
    *,
    lang: str = "zh",
    run: int = 0,
) -> Played:
    """Play a talk to its end with a strategy; the same run gives the same talk."""
    turn = begin(scenario, cast, lang, seed_of(scenario.id, run))
    turns = [turn]
    while not turn.talk.outcome and len(turns) <= MAX_TURNS + 1:
        turn = respond(scenario, cast, fits, turn.talk, strategy(scenario, turn.talk, run))
        turns.append(turn)
    return Played(turn.talk.outcome, tuple(turns))


def win_rate(
    scenario: Scenario, cast: Cast, fits: Mapping[str, Collection[str]], strategy: Strategy, runs: int
) -> float:
    """Return the share of runs that end with the next step agreed."""
    won = [play(scenario, cast, fits, strategy, run=run).outcome == AGREED for run in range(runs)]
    return sum(won) / runs


def perfect(scenario: Scenario, talk: Talk, run: int) -> Move:
    """Explore each concern, answer it with a method that fits, look for what is hidden, then ask."""
    active = talk.active
    if active:
        state = talk.concern(active)
        concern = scenario.concern(active)
        if concern.nature == "false" or state.probes == 0:
            return _explore()
        return _answer(concern, concern.answers[0].method)
    if any(state.status != "settled" for state in talk.concerns):
        return _explore()
    return _ask()


def good(scenario: Scenario, talk: Talk, run: int) -> Move:
    """Do the right thing, with a slip now and then."""
    slip = seed_of("good", scenario.id, run, talk.turn) % 4 == 0
    move = perfect(scenario, talk, run)
    if not slip:
        return move
    return Move(move.technique, move.steps - {"listen", "share"}, frozenset({"lecture"}))


def clumsy(scenario: Scenario, talk: Talk, run: int) -> Move:
    """Answer without asking, praise too much, ask for the order too early."""
    kind = seed_of("clumsy", scenario.id, run, talk.turn) % 4
    if kind == 0:
        return Move(NONE, frozenset({"present"}), frozenset({"boast"}))
    if kind == 1:
        return Move(NONE, frozenset({"ask"}), frozenset({"pressure"}))
    if kind == 2:
        return Move("yes_if", frozenset({"present"}), frozenset({"hollow"}))
    return Move("inquiry", frozenset({"clarify"}))


def at_random(scenario: Scenario, talk: Talk, run: int) -> Move:
    """Say any line: a right one (about any concern, or asking for the order), a wrong or an idle one.

    Three in ten are right; what comes a second time is a repetition.
    """
    kind, place = _any_line(scenario, talk.turn, run)
    move = _RIGHT_OR_WRONG[kind](scenario, place)
    # Something of each kind that a customer takes up, so that every kind of line is tried.
    seed, taken = seed_of("taken", scenario.id, run, talk.turn), scenario.customer.of(talk.lang)
    again = any(_any_line(scenario, turn, run) == (kind, place) for turn in range(talk.turn))
    return replace(
        move,
        faults=move.faults | {"repeat"} if again and kind != "idle" else move.faults,
        words=taken if seed % 2 else "",
        date=taken if seed % 3 else "",
        question=seed % (len(scenario.knows) + 1) - 1 if move.asks else -1,
    )


def _any_line(scenario: Scenario, turn: int, run: int) -> tuple[str, int]:
    """Return the kind and the place of what a random seller says in a turn."""
    seed = seed_of("any", scenario.id, run, turn)
    chance, place = seed % 10, seed // 10
    if chance < 3:
        return "idle", place % len(_IDLE)
    if chance < 7:
        return "wrong", place % sum(len(concern.wrong) for concern in scenario.concerns)
    lines = sum(len(concern.explore.zh) + len(concern.answers) for concern in scenario.concerns)
    return "right", place % (lines + len(scenario.close.zh))


def _idle(scenario: Scenario, place: int) -> Move:
    return Move(NONE, faults=frozenset({_IDLE[place]}))


def _wrong(scenario: Scenario, place: int) -> Move:
    wrong = [answer for concern in scenario.concerns for answer in concern.wrong]
    return Move(NONE, faults=frozenset({wrong[place].breaks}))


def _right(scenario: Scenario, place: int) -> Move:
    """Return what a master's line does: one that explores a concern, that answers it, or that asks."""
    for concern in scenario.concerns:
        if place < len(concern.explore.zh):
            return _explore()
        place -= len(concern.explore.zh)
        if place < len(concern.answers):
            return _answer(concern, concern.answers[place].method)
        place -= len(concern.answers)
    return _ask()


_RIGHT_OR_WRONG: Final[Mapping[str, Callable[[Scenario, int], Move]]] = {
    "idle": _idle,
    "wrong": _wrong,
    "right": _right,
}


def silent(scenario: Scenario, talk: Talk, run: int) -> Move:
    """Say nothing that carries anything."""
    return Move(NONE, faults=frozenset({"too_short"}))


def discounter(scenario: Scenario, talk: Talk, run: int) -> Move:
    """Cut the price at once, then ask for the order."""
    if talk.turn % 2:
        return Move(NONE, frozenset({"ask"}))
    return Move(NONE, faults=frozenset({"discount"}))


def arguer(scenario: Scenario, talk: Talk, run: int) -> Move:
    """Contradict, with facts that would have fitted."""
    return Move("rebuttal", frozenset({"present"}), frozenset({"argue"}), frozenset({talk.active}))


STRATEGIES: Final[Mapping[str, Strategy]] = {
    "perfect": perfect,
    "good": good,
    "clumsy": clumsy,
    "random": at_random,
    "silent": silent,
    "discount": discounter,
    "arguing": arguer,
}


def _explore() -> Move:
    return Move("inquiry", frozenset({"listen", "share", "clarify"}), asks=True)


def _answer(concern: Concern, method: str) -> Move:
    return Move(
        method,
        frozenset({"listen", "share", "present"}),
        meets=frozenset({concern.id}),
    )


def _ask() -> Move:
    return Move("compensation", frozenset({"listen", "present", "ask"}))
