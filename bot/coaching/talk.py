"""A talk with a simulated customer as values: a seller's move, each concern, where the talk stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.coaching.scenario import Concern, Effect

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

HARSH_FAULTS: Final = frozenset(
    {"argue", "insult", "discount", "promise", "pressure", "interrogate", "evade", "give_up", "unhelpful",
     "run_down", "repeat", "hollow"}
)  # fmt: skip
"""What spoils the good that a reply does, for any customer."""


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
class Decision:
    """What a reply comes to, before anything is said.

    Attributes:
        talk: the talk after the reply.
        situation, events: as in `Turn`.
        about: the concern that the customer speaks of; next: the one that they come to then.
        beside: whether the reply answered something else than what stands in the way.
    """

    talk: Talk
    situation: str
    events: tuple[tuple[str, str], ...]
    about: Concern | None
    next: Concern | None
    beside: bool


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
