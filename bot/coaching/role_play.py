"""The simulated customer: what a reply does to them and what they say next. Pure and seeded.

The same scenario, seed and replies give the same talk, word for word. A talk ends after `MAX_TURNS` replies
at the latest; a turn costs the same however long the talk is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from bot.coaching.playbook import seed_of
from bot.coaching.scenario import Cast, Concern, Effect, Fact, Scenario
from bot.coaching.taxonomy import STEPS
from bot.coaching.wording import Lines, address, insert, join

MAX_TURNS: Final = 24
"""After so many replies a customer ends the talk, politely."""

AGREED: Final = "agreed"
OPEN: Final = "open"
LEFT: Final = "left"
OUTCOMES: Final[tuple[str, ...]] = (AGREED, OPEN, LEFT)
"""The next step is agreed; nothing is decided; the customer has had enough."""

WAITING: Final = "waiting"
"""Not said yet."""
RAISED: Final = "raised"
REVEALED: Final = "revealed"
"""Out, with what is behind it."""
SETTLED: Final = "settled"

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
_IMPATIENT_BELOW: Final = 25.0
_TURN_COST: Final[Mapping[int, float]] = {1: 1.5, 2: 2.5, 3: 3.0}
_SENSELESS: Final = frozenset({"wordless", "other_language", "parrot"})
_HARSH: Final = frozenset(
    {"argue", "insult", "discount", "promise", "pressure", "interrogate", "evade", "give_up", "unhelpful",
     "run_down", "repeat", "hollow"}
)  # fmt: skip
_REACTIONS: Final[tuple[tuple[str, str], ...]] = (
    ("insult", "insulted"),
    ("argue", "argued"),
    ("pressure", "pushed"),
    ("give_up", "gave_up"),
    ("unhelpful", "gave_up"),
    ("discount", "discounted"),
    ("promise", "boasted"),
    ("boast", "boasted"),
    ("run_down", "ran_down"),
    ("interrogate", "interrogated"),
    ("lecture", "lectured"),
    ("too_long", "lectured"),
    ("evade", "evaded"),
    ("repeat", "evaded"),
    ("small_talk", "chatted"),
    ("hollow", "evaded"),
    ("too_short", "waits"),
)
"""What a customer reacts to first, and how."""
_LAST_RESORTS: Final = ("waits", "pushes_back", "asked", "stalls", "answered", "acknowledged")
"""What a customer says when everything that would fit better was said."""


class TalkOver(Exception):
    """The talk has ended; nobody answers."""


@dataclass(frozen=True)
class Move:
    """What a seller's reply does, as the customer takes it.

    Attributes:
        steps, faults: as assessed.
        meets: ids of the concerns that its words meet.
        words: some of its words to take up; date: the day or hour that it proposes; both may be empty.
        question: the number of the fact of the scenario that it asks about; -1 for none.
        asks: whether it asks anything.
    """

    technique: str
    steps: frozenset[str] = frozenset()
    faults: frozenset[str] = frozenset()
    meets: frozenset[str] = frozenset()
    words: str = ""
    date: str = ""
    question: int = -1
    asks: bool = False


@dataclass(frozen=True)
class ConcernState:
    """How far a concern is: its status, the answering and the probing that it got so far."""

    id: str
    status: str = WAITING
    progress: float = 0.0
    met: bool = False
    answers: int = 0
    probes: int = 0


@dataclass(frozen=True)
class Talk:
    """A talk between two turns; with its scenario it is all that the next turn needs.

    Attributes:
        turn: replies so far.
        trust, interest, patience: 0 to 100.
        said: the lines used, so that none comes twice.
        active: the concern that stands in the way now; empty for none.
        outcome: empty while it goes on.
    """

    scenario: str
    lang: str
    seed: int
    turn: int
    trust: float
    interest: float
    patience: float
    concerns: tuple[ConcernState, ...]
    said: frozenset[str] = frozenset()
    stalls: int = 0
    give_ups: int = 0
    outcome: str = ""

    @property
    def active(self) -> str:
        """The concern that stands in the way now."""
        return next((c.id for c in self.concerns if c.status in (RAISED, REVEALED)), "")

    def concern(self, id_: str) -> ConcernState:
        """Return how far a concern is; raises KeyError."""
        for concern in self.concerns:
            if concern.id == id_:
                return concern
        raise KeyError(id_)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON values; `from_json` reads them back."""
        return {
            "scenario": self.scenario,
            "lang": self.lang,
            "seed": self.seed,
            "turn": self.turn,
            "trust": self.trust,
            "interest": self.interest,
            "patience": self.patience,
            "concerns": [
                {"id": c.id, "status": c.status, "progress": c.progress, "met": c.met, "answers": c.answers,
                 "probes": c.probes}
                for c in self.concerns
            ],
            "said": sorted(self.said),
            "stalls": self.stalls,
            "give_ups": self.give_ups,
            "outcome": self.outcome,
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Talk:
        """Build it from plain JSON values."""
        values = {**data, "concerns": tuple(ConcernState(**c) for c in data["concerns"])}
        return cls(**{**values, "said": frozenset(data["said"])})


@dataclass(frozen=True)
class Turn:
    """What a reply led to.

    Attributes:
        talk: the talk after it.
        line: what the customer says.
        situation: the main thing that the line does (`pushes_back`, `softens`, `agrees` ...).
        events: what happened, as (`raised`, `revealed`, `settled` or an outcome; id of the concern or empty).
        effect: how trust, interest and patience moved.
        parts: the lines that `line` is made of.
    """

    talk: Talk
    line: str
    situation: str
    events: tuple[tuple[str, str], ...] = ()
    effect: Effect = Effect()
    parts: tuple[str, ...] = ()


def begin(scenario: Scenario, cast: Cast, lang: str, seed: int) -> Turn:
    """Open a talk: the customer speaks first and raises the main concern."""
    start = cast.personas[scenario.style].start
    concerns = tuple(ConcernState(c.id, RAISED if c is scenario.main else WAITING) for c in scenario.concerns)
    talk = Talk(scenario.id, lang, seed, 0, start.trust, start.interest, start.patience, concerns)
    speaker = _Speaker(scenario, cast, talk)
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
    plan = _Plan(scenario, fits, moved, move, beside)
    plan.decide()
    speaker = _Speaker(scenario, cast, plan.talk)
    parts = tuple(part for part in _speak(speaker, plan, move) if part) or (speaker.last_resort(),)
    return Turn(speaker.talk, join(parts, talk.lang), plan.situation, tuple(plan.events), effect, parts)


class _Plan:
    """What a turn comes to, before anything is said."""

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

    def decide(self) -> None:
        """Work out what happens: concerns come out, settle, or stay; the talk goes on or ends."""
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
        if move.faults & _HARSH:
            gain *= _SPOILED
        if concern.nature == "false":
            gain *= 0.5
        if self.beside:
            gain *= _BESIDE
        state = self.talk.concern(concern.id)
        if not state.probes:
            gain *= _UNEXPLORED
        good = fitting and "present" in move.steps and not self.beside and not move.faults & _HARSH
        answers = state.answers + good
        state = replace(
            state,
            progress=state.progress + gain,
            met=state.met or (met and not move.faults & _HARSH),
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
        if ready and willing and not self.move.faults & _HARSH:
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


class _Speaker:
    """Chooses lines that were not said yet, and notes them as said."""

    def __init__(self, scenario: Scenario, cast: Cast, talk: Talk) -> None:
        self.scenario, self.cast, self.talk = scenario, cast, talk

    def own(self, situation: str) -> str:
        """Return a line of the scenario itself."""
        return self._take(f"own.{situation}", self.scenario.says.get(situation))

    def concern_line(self, concern: Concern, situation: str) -> str:
        """Return a line about a concern; empty where all were said."""
        lines: Mapping[str, Lines] = {
            "states": concern.states,
            "pushes_back": concern.pushes_back,
            "softens": concern.softens,
            "reveals": concern.reveals,
        }
        return self._take(f"{concern.id}.{situation}", lines[situation])

    def fact(self, number: int, fact: Fact) -> str:
        """Return what the customer tells when asked about something; empty where all was said."""
        return self._take(f"knows.{number}", fact.says)

    def reaction(self, situation: str, slot: str = "", value: str = "") -> str:
        """Return a line of the customer's style, or of a behaviour every other time, with its slot filled."""
        for behaviour in self.scenario.behaviours:
            lines = self.cast.lines[behaviour].get(situation)
            if lines is not None and seed_of(self.talk.seed, self.talk.turn, behaviour) % 2:
                line = self._take(f"{behaviour}.{situation}", lines)
                if line:
                    return self._addressed(line)
        style = self.scenario.style
        line = self._take(f"{style}.{situation}", self.cast.lines[style].get(situation))
        return insert(self._addressed(line), slot, value, self.talk.lang) if slot else self._addressed(line)

    def behaves(self, behaviour: str, situation: str) -> str:
        """Return a line of a behaviour; empty where the customer has not that behaviour."""
        if behaviour not in self.scenario.behaviours:
            return ""
        line = self._take(f"{behaviour}.{situation}", self.cast.lines[behaviour].get(situation))
        return self._addressed(line)

    def last_resort(self) -> str:
        """Return something that fits nearly anywhere, so that a customer is never without words."""
        return next((line for name in _LAST_RESORTS if (line := self.reaction(name))), "")

    def chance(self, what: str, percent: int) -> bool:
        """Tell whether something happens this time; the same for the same talk."""
        return seed_of(self.talk.seed, self.talk.turn, what) % 100 < percent

    def _addressed(self, line: str) -> str:
        """Let a line of the style address the seller as the customer's own lines do."""
        return line if self.talk.lang != "zh" else address(line, polite=self.scenario.polite)

    def _take(self, key: str, lines: Lines | None) -> str:
        texts: Sequence[str] = lines.of(self.talk.lang) if lines is not None else ()
        left = [place for place in range(len(texts)) if f"{key}.{place}" not in self.talk.said]
        if not left:
            return ""
        place = left[seed_of(self.talk.seed, key, len(left)) % len(left)]
        self.talk = replace(self.talk, said=self.talk.said | {f"{key}.{place}"})
        return texts[place]


def _speak(speaker: _Speaker, plan: _Plan, move: Move) -> list[str]:
    """Return what the customer says, line by line: a reaction to the reply, then the point."""
    situation, about = plan.situation, plan.about
    if situation in ("leaves", "parts", "agrees"):
        own = speaker.own(situation) if situation != "leaves" else ""
        return [own or speaker.reaction(situation)]
    if situation in ("not_understood", "insulted"):
        first = _reaction(speaker, plan, move)
        return [first, _point(speaker, about) if speaker.chance("again", 40) else ""]
    if situation == "softens" and about is not None:
        lead = not move.faults and speaker.chance("weigh", 35)
        parts = [speaker.reaction("softens") if lead else "", speaker.concern_line(about, "softens")]
    elif situation == "reveals" and about is not None:
        lead = about.nature != "genuine" and speaker.chance("lead", 50)
        first = speaker.reaction("reveals") if lead else _reaction(speaker, plan, move)
        parts = [first, speaker.concern_line(about, "reveals")]
    elif situation == "stalls":
        parts = [_reaction(speaker, plan, move), speaker.own("stalls") or speaker.reaction("stalls")]
    elif plan.next is not None:
        parts = []
    elif move.asks and "clarify" in move.steps:
        parts = _told(speaker, plan, move) or [_taken_ill(speaker, move), speaker.reaction("asked")]
    else:
        parts = _told(speaker, plan, move) or [
            _reaction(speaker, plan, move),
            _pushed_back(speaker, plan, move),
        ]
    if plan.next is not None:
        parts += [speaker.reaction("next"), speaker.concern_line(plan.next, "states")]
    return parts


def _told(speaker: _Speaker, plan: _Plan, move: Move) -> list[str]:
    """Return what the customer knows about a question; nothing where it was not the point of the reply."""
    about = plan.about
    if move.question < 0 or move.faults & _HARSH or (about is not None and about.id in move.meets):
        return []
    told = speaker.fact(move.question, plan.scenario.knows[move.question])
    if not told:
        return []
    back = about is not None and speaker.chance("returns", 35)
    return [told, speaker.reaction("returns") if back else ""]


def _pushed_back(speaker: _Speaker, plan: _Plan, move: Move) -> str:
    """Return the point that stays: what is not met yet, or that nothing stands."""
    if plan.about is None:
        return speaker.reaction("waits")
    # Whom nobody draws out stays silent.
    quiet = "" if {"clarify", "listen"} & move.steps else speaker.behaves("silent", "pushes_back")
    return quiet or _point(speaker, plan.about)


def _point(speaker: _Speaker, about: Concern | None) -> str:
    """Return the concern that still stands, in words that were not said yet."""
    if about is None:
        return ""
    return (
        speaker.concern_line(about, "pushes_back")
        or speaker.concern_line(about, "states")
        or speaker.reaction("pushes_back")
    )


def _reaction(speaker: _Speaker, plan: _Plan, move: Move) -> str:
    """Return how the customer takes the manner of a reply; empty where it goes without saying."""
    if plan.situation == "not_understood":
        return speaker.reaction("not_understood")
    if ill := _taken_ill(speaker, move):
        return ill
    if plan.beside:
        return speaker.reaction("evaded")
    if plan.talk.patience < _IMPATIENT_BELOW and speaker.chance("impatient", 50):
        return speaker.reaction("impatient")
    if move.date and plan.situation == "stalls":
        return speaker.reaction("date", "date", move.date)
    if move.words and speaker.chance("echo", 45):
        return speaker.reaction("echoes", "words", move.words)
    if "present" in move.steps and plan.situation == "pushes_back" and speaker.chance("doubts", 40):
        return speaker.reaction("pushes_back")
    if "present" in move.steps and speaker.chance("answered", 50):
        return speaker.reaction("answered")
    if {"listen", "share"} & move.steps and speaker.chance("acknowledged", 60):
        return speaker.reaction("acknowledged")
    return ""


def _taken_ill(speaker: _Speaker, move: Move) -> str:
    """Return how the customer takes the worst fault of a reply; empty where it has none."""
    for fault, situation in _REACTIONS:
        if fault in move.faults:
            return speaker.reaction(situation)
    return ""


def _beside(talk: Talk, move: Move) -> bool:
    """Tell whether a reply answers something else than what stands in the way."""
    return bool(talk.active and "present" in move.steps and move.meets and talk.active not in move.meets)


def _effect(scenario: Scenario, cast: Cast, move: Move, beside: bool) -> Effect:
    """Return how a reply moves trust, interest and patience of this style.

    What is harsh is not made good by steps in the same breath: they earn no trust then.
    """
    factors = cast.personas[scenario.style].factors
    total = Effect(patience=-_TURN_COST[scenario.difficulty])
    for mark in _ordered(move.steps | move.faults):
        effect = cast.effects.get(mark, Effect()).times(factors.get(mark, 1.0))
        if mark in STEPS and move.faults & _HARSH:
            effect = replace(effect, trust=min(0.0, effect.trust))
        total = total.plus(effect)
    if beside and "evade" not in move.faults:
        total = total.plus(cast.effects.get("evade", Effect()).times(_BESIDE * factors.get("evade", 1.0)))
    return total


def _ordered(marks: Iterable[str]) -> list[str]:
    """Return marks in one order, so that sums of fractions are the same in every run."""
    return sorted(marks)


def _level(value: float) -> float:
    return min(100.0, max(0.0, round(value, 3)))
