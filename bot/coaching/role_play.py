"""The simulated customer: what a reply does to them and what they say next. Pure and seeded.

The same scenario, seed and replies give the same talk, word for word. A talk ends after `MAX_TURNS` replies
at the latest; a turn costs the same however long the talk is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from bot.coaching.scenario import Cast, Concern, Effect, Scenario
from bot.coaching.speaking import Speaker, speak
from bot.coaching.talk import (
    AGREED,
    HARSH_FAULTS,
    LEFT,
    OPEN,
    RAISED,
    REVEALED,
    SETTLED,
    WAITING,
    ConcernState,
    Decision,
    Move,
    Talk,
    TalkOver,
    Turn,
)
from bot.coaching.wording import join

MAX_TURNS: Final = 24
"""After so many replies a customer ends the talk, politely."""

_ENOUGH: Final[Mapping[int, float]] = {1: 1.5, 2: 2.0, 3: 2.75}
"""How much good answering a concern of each weight takes."""
_SPOILED: Final = 0.25
_UNEXPLORED: Final = 0.5
_TOO_EARLY: Final = Effect(trust=-3.0, patience=-5.0)
_BESIDE: Final = 0.5
_UNFITTING: Final = 3
_STALLS: Final = 3
_GIVE_UPS: Final = 2
_TRUST_TO_AGREE: Final = 45.0
_INTEREST_TO_AGREE: Final = 50.0
_TRUST_TO_TELL: Final = 45.0
_TURN_COST: Final[Mapping[int, float]] = {1: 1.5, 2: 2.5, 3: 3.0}
_SENSELESS: Final = frozenset({"wordless", "other_language", "parrot"})


def begin(scenario: Scenario, cast: Cast, lang: str, seed: int) -> Turn:
    """Open a talk: the customer speaks first and raises the main concern."""
    start = cast.personas[scenario.style].start
    concerns = tuple(ConcernState(c.id, RAISED if c is scenario.main else WAITING) for c in scenario.concerns)
    talk = Talk(scenario.id, lang, seed, 0, start.trust, start.interest, start.patience, concerns)
    speaker = Speaker(scenario, cast, talk)
    line = speaker.own("opening") or speaker.concern_line(scenario.main, "states")
    return Turn(speaker.talk, line, "opening", (("raised", scenario.main.id),), parts=(line,))


def respond(
    scenario: Scenario, cast: Cast, fits: Mapping[str, Collection[str]], talk: Talk, move: Move
) -> Turn:
    """Let the customer take a reply and answer it.

    Args:
        fits: the methods that suit each objection type (domain.md section 2).

    Raises TalkOver where the talk has ended.
    """
    if talk.outcome:
        raise TalkOver
    beside = _beside(talk, move)
    effect = _effect(scenario, cast, move, beside)
    moved = replace(
        talk,
        turn=talk.turn + 1,
        trust=_level(talk.trust + effect.trust),
        interest=_level(talk.interest + effect.interest),
        patience=_level(talk.patience + effect.patience),
        give_ups=talk.give_ups + ("give_up" in move.faults),
    )
    decision = _Plan(scenario, fits, moved, move, beside).decide()
    speaker = Speaker(scenario, cast, decision.talk)
    parts = tuple(part for part in speak(speaker, decision, move) if part) or (speaker.last_resort(),)
    return Turn(speaker.talk, join(parts, talk.lang), decision.situation, decision.events, effect, parts)


class _Plan:
    """Works out what a reply comes to."""

    def __init__(
        self,
        scenario: Scenario,
        fits: Mapping[str, Collection[str]],
        talk: Talk,
        move: Move,
        beside: bool,
    ) -> None:
        self.scenario, self.fits, self.talk, self.move = scenario, fits, talk, move
        self.beside = beside
        self.situation = "waits"
        self.events: list[tuple[str, str]] = []
        self.about: Concern | None = None
        self.next: Concern | None = None

    def decide(self) -> Decision:
        """Return what happens: concerns come out, settle, or stay; the talk goes on or ends."""
        self._decide()
        return Decision(self.talk, self.situation, tuple(self.events), self.about, self.next, self.beside)

    def _decide(self) -> None:
        move = self.move
        if self.talk.patience <= 0 or self.talk.trust <= 0:
            self._end(LEFT, "leaves")
            return
        self.about = self.scenario.concern(self.talk.active) if self.talk.active else None
        if move.faults & _SENSELESS:
            self.situation = "not_understood"
        elif "insult" in move.faults:
            self.situation = "insulted"
        elif not self._explore():
            self._answer()
        if self.situation == "softens" or self.about is None:
            self._raise_next()
        if "ask" in move.steps and not move.faults & _SENSELESS:
            self._close()
        if not self.talk.outcome and (
            self.talk.turn >= MAX_TURNS or self.talk.stalls >= _STALLS or self.talk.give_ups >= _GIVE_UPS
        ):
            self._end(OPEN, "parts")

    def _explore(self) -> bool:
        """Take a question about the concern; tell whether something came out."""
        move = self.move
        if "clarify" not in move.steps or "interrogate" in move.faults:
            return False
        needed = 2 if self.scenario.difficulty >= 3 else 1
        if self.about is not None:
            state = self._probe(self.about)
            pretext = self.about.nature == "false"
            trusted = not pretext or self.talk.trust >= _TRUST_TO_TELL
            if state.status == RAISED and trusted and state.probes >= (needed if pretext else 1):
                return self._reveal(self.about)
        hidden = self._hidden()
        if hidden is not None and (self.about is None or not self._masked(hidden)):
            state = self._probe(hidden)
            if state.probes >= needed and self.talk.trust >= _TRUST_TO_TELL:
                return self._reveal(hidden)
        return False

    def _reveal(self, concern: Concern) -> bool:
        """Let what is behind a concern come out: a false one melts, a hidden one stands from now on."""
        status = SETTLED if concern.nature == "false" else REVEALED
        gained = 0.5 if concern.nature == "genuine" else 0.0
        state = self.talk.concern(concern.id)
        self._set(replace(state, status=status, progress=state.progress + gained))
        self.events.append(("revealed", concern.id))
        if status == SETTLED:
            self.events.append(("settled", concern.id))
        self.situation, self.about = "reveals", concern
        return True

    def _answer(self) -> None:
        """Weigh a reply as an answer to the concern that stands in the way."""
        move, concern = self.move, self.about
        if concern is None:
            self.situation = "waits"
            return
        self.situation = "pushes_back"
        fitting = move.technique in self.fits[concern.type]
        met = concern.id in move.meets
        gain = 0.5 * fitting + 0.5 * ("present" in move.steps) + 0.75 * met
        if not gain or not ("present" in move.steps or fitting):
            return
        gain += 0.25 * bool({"listen", "share"} & move.steps)
        if move.faults & HARSH_FAULTS:
            gain *= _SPOILED
        if concern.nature == "false":
            gain *= 0.5
        if self.beside:
            gain *= _BESIDE
        state = self.talk.concern(concern.id)
        if not state.probes:
            gain *= _UNEXPLORED
        good = fitting and "present" in move.steps and not self.beside and not move.faults & HARSH_FAULTS
        answers = state.answers + good
        state = replace(
            state,
            progress=state.progress + gain,
            met=state.met or (met and not move.faults & HARSH_FAULTS),
            answers=answers,
        )
        # Other words than those foreseen may fit as well: what was answered well three times is met.
        settled = state.progress >= _ENOUGH[concern.weight] and (state.met or answers >= _UNFITTING)
        self._set(replace(state, status=SETTLED) if settled else state)
        if settled:
            self.situation = "softens"
            self.events.append(("settled", concern.id))

    def _raise_next(self) -> None:
        """Let the customer come to their next point once the one before is settled."""
        if self.talk.active or self.situation in ("not_understood", "insulted"):
            return
        for concern in self.scenario.concerns:
            if concern.raised == "later" and self.talk.concern(concern.id).status == WAITING:
                self._set(replace(self.talk.concern(concern.id), status=RAISED))
                self.events.append(("raised", concern.id))
                self.next = concern
                return

    def _close(self) -> None:
        """Take the proposal of a next step: agreed where nothing stands in the way any more."""
        ready = all(state.status == SETTLED for state in self.talk.concerns)
        willing = self.talk.trust >= _TRUST_TO_AGREE and self.talk.interest >= _INTEREST_TO_AGREE
        if ready and willing and not self.move.faults & HARSH_FAULTS:
            self._end(AGREED, "agrees")
        elif self.next is None and self.situation not in ("softens", "reveals", "insulted"):
            self.talk = replace(
                self.talk,
                stalls=self.talk.stalls + 1,
                trust=_level(self.talk.trust + _TOO_EARLY.trust),
                patience=_level(self.talk.patience + _TOO_EARLY.patience),
            )
            self.situation = "stalls"

    def _end(self, outcome: str, situation: str) -> None:
        self.talk = replace(self.talk, outcome=outcome)
        self.situation, self.next = situation, None
        self.events.append((outcome, ""))

    def _hidden(self) -> Concern | None:
        return next(
            (
                c
                for c in self.scenario.concerns
                if c.raised == "explored" and self.talk.concern(c.id).status == WAITING
            ),
            None,
        )

    def _masked(self, hidden: Concern) -> bool:
        """Tell whether a pretext still stands in front of a hidden concern."""
        return any(
            c.masks == hidden.id and self.talk.concern(c.id).status != SETTLED for c in self.scenario.concerns
        )

    def _probe(self, concern: Concern) -> ConcernState:
        state = self.talk.concern(concern.id)
        state = replace(state, probes=state.probes + 1)
        self._set(state)
        return state

    def _set(self, state: ConcernState) -> None:
        self.talk = replace(
            self.talk, concerns=tuple(state if c.id == state.id else c for c in self.talk.concerns)
        )


def _beside(talk: Talk, move: Move) -> bool:
    """Tell whether a reply answers something else than what stands in the way."""
    return bool(talk.active and "present" in move.steps and move.meets and talk.active not in move.meets)


def _effect(scenario: Scenario, cast: Cast, move: Move, beside: bool) -> Effect:
    """Return how a reply moves trust, interest and patience of this style.

    What is harsh is not made good by anything in the same breath: nothing earns trust then.
    """
    factors = cast.personas[scenario.style].factors
    harsh = bool(move.faults & HARSH_FAULTS)
    total = Effect(patience=-_TURN_COST[scenario.difficulty])
    # In one order, so that sums of fractions are the same in every run.
    marks = [(mark, 1.0) for mark in sorted(move.steps | move.faults)]
    if beside and "evade" not in move.faults:
        marks.append(("evade", _BESIDE))
    for mark, share in marks:
        effect = cast.effects.get(mark, Effect()).times(share * factors.get(mark, 1.0))
        total = total.plus(replace(effect, trust=min(0.0, effect.trust)) if harsh else effect)
    return total


def _level(value: float) -> float:
    return min(100.0, max(0.0, round(value, 3)))
