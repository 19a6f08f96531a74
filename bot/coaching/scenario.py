"""Who the customer of a role-play is: a scenario with its concerns, and the lines of its style."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from bot.coaching.wording import Lines, Text

Says = Mapping[str, Lines]
"""Lines by situation (`pushes_back`, `softens`, `agrees` ...)."""


@dataclass(frozen=True)
class MasterAnswer:
    """What a master would say, and the method that it is."""

    method: str
    text: Text


@dataclass(frozen=True)
class WrongAnswer:
    """What not to say, and the fault that it shows."""

    breaks: str
    text: Text


@dataclass(frozen=True)
class Concern:
    """Something that stands between a customer and the next step (domain.md sections 2 and 3).

    Attributes:
        nature: `genuine` stays until an answer fits it; `false` melts when it is probed; `hidden` comes out
            only when it is explored.
        weight: 1 to 3: how much good answering it takes.
        raised: `opening`, `later` (when the one before is settled) or `explored`.
        masks: the id of the hidden concern that a false one stands in front of; empty for none.
        states: how the customer says it; pushes_back: what stays of it after an answer; softens: takes an
            answer; reveals: what comes out when it is explored.
        behind: what was really behind it, for the end.
        dissolves: words of which an answer that meets the concern holds at least one.
        explore: a master's questions about it.
    """

    id: str
    type: str
    nature: str
    weight: int
    raised: str
    masks: str
    states: Lines
    pushes_back: Lines
    softens: Lines
    reveals: Lines
    behind: Text
    dissolves: Lines
    explore: Lines
    answers: tuple[MasterAnswer, ...]
    wrong: tuple[WrongAnswer, ...]


@dataclass(frozen=True)
class Fact:
    """What the customer tells when asked about it: the words of such a question, and the answer."""

    cues: Lines
    says: Lines


@dataclass(frozen=True)
class Brief:
    """What the trainee knows before the talk: who the customer is, what is sold, what is wanted."""

    who: Text
    selling: Text
    aim: Text


@dataclass(frozen=True)
class Scenario:
    """A talk to practise.

    Attributes:
        concerns: the main one first.
        says: `opening`, `agrees`, `stalls` and `parts` in this customer's own words.
        close: how a master asks for the next step.
        version: stands for its text; a talk keeps the version that it was played with.
    """

    id: str
    product: str
    setting: str
    difficulty: int
    style: str
    behaviours: tuple[str, ...]
    role: str
    goal: str
    title: Text
    customer: Text
    brief: Brief
    concerns: tuple[Concern, ...]
    knows: tuple[Fact, ...]
    says: Says
    close: Lines
    version: str = ""

    @property
    def main(self) -> Concern:
        """The concern that it is about."""
        return self.concerns[0]

    @functools.cached_property
    def polite(self) -> bool:
        """Whether the customer addresses the seller politely in Chinese; their own lines show it."""
        own = [*self.says.values(), *(fact.says for fact in self.knows)]
        for concern in self.concerns:
            own += [concern.states, concern.pushes_back, concern.softens, concern.reveals]
        return any("您" in line for lines in own for line in lines.zh)

    def concern(self, id_: str) -> Concern:
        """Return a concern by its id; raises KeyError."""
        for concern in self.concerns:
            if concern.id == id_:
                return concern
        raise KeyError(id_)


@dataclass(frozen=True)
class Effect:
    """How something moves a customer's trust, interest and patience (each 0 to 100)."""

    trust: float = 0.0
    interest: float = 0.0
    patience: float = 0.0

    def times(self, factor: float) -> Effect:
        """Return it so many times as strong."""
        return Effect(self.trust * factor, self.interest * factor, self.patience * factor)

    def plus(self, other: Effect) -> Effect:
        """Return both together."""
        return Effect(
            self.trust + other.trust, self.interest + other.interest, self.patience + other.patience
        )


@dataclass(frozen=True)
class Persona:
    """A style of customer (domain.md section 8): where the talk starts, and what counts more or less.

    Attributes:
        factors: how many times as strong a mark's effect is on this style; negative turns it round.
    """

    id: str
    start: Effect
    factors: Mapping[str, float]


@dataclass(frozen=True)
class Cast:
    """All that customers are made of besides their scenarios.

    Attributes:
        effects: what each step and each fault does to any customer.
        lines: reactions by style or behaviour, then by situation.
        version: the version of the rules that move a customer.
    """

    version: str
    effects: Mapping[str, Effect]
    personas: Mapping[str, Persona]
    lines: Mapping[str, Says]
