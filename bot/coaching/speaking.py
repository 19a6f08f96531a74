"""What a simulated customer says: their own lines, those of their style and behaviours, none twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.coaching.playbook import seed_of
from bot.coaching.scenario import Cast, Concern, Fact, Scenario
from bot.coaching.talk import HARSH_FAULTS, Decision, Move, Talk
from bot.coaching.wording import Lines, address, insert

_IMPATIENT_BELOW: Final = 25.0
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


class Speaker:
    """Chooses lines that were not said yet, and notes them as said."""

    def __init__(self, scenario: Scenario, cast: Cast, talk: Talk) -> None:
        """Speak in a talk as it stands; `talk` is it with what was said noted."""
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


def speak(speaker: Speaker, decision: Decision, move: Move) -> list[str]:
    """Return what the customer says, line by line: a reaction to the reply, then the point."""
    situation, about = decision.situation, decision.about
    if situation in ("leaves", "parts", "agrees"):
        own = speaker.own(situation) if situation != "leaves" else ""
        return [own or speaker.reaction(situation)]
    if situation in ("not_understood", "insulted"):
        first = _reaction(speaker, decision, move)
        return [first, _point(speaker, about) if speaker.chance("again", 40) else ""]
    if situation == "softens" and about is not None:
        lead = not move.faults and speaker.chance("weigh", 35)
        parts = [speaker.reaction("softens") if lead else "", speaker.concern_line(about, "softens")]
    elif situation == "reveals" and about is not None:
        lead = about.nature != "genuine" and speaker.chance("lead", 50)
        first = speaker.reaction("reveals") if lead else _reaction(speaker, decision, move)
        parts = [first, speaker.concern_line(about, "reveals")]
    elif situation == "stalls":
        parts = [_reaction(speaker, decision, move), speaker.own("stalls") or speaker.reaction("stalls")]
    elif decision.next is not None:
        parts = []
    elif move.asks and "clarify" in move.steps:
        parts = _told(speaker, decision, move) or [_taken_ill(speaker, move), speaker.reaction("asked")]
    else:
        parts = _told(speaker, decision, move) or [
            _reaction(speaker, decision, move),
            _pushed_back(speaker, decision, move),
        ]
    if decision.next is not None:
        parts += [speaker.reaction("next"), speaker.concern_line(decision.next, "states")]
    return parts


def _told(speaker: Speaker, decision: Decision, move: Move) -> list[str]:
    """Return what the customer knows about a question; nothing where it was not the point of the reply."""
    about = decision.about
    if move.question < 0 or move.faults & HARSH_FAULTS or (about is not None and about.id in move.meets):
        return []
    told = speaker.fact(move.question, speaker.scenario.knows[move.question])
    if not told:
        return []
    back = about is not None and speaker.chance("returns", 35)
    return [told, speaker.reaction("returns") if back else ""]


def _pushed_back(speaker: Speaker, decision: Decision, move: Move) -> str:
    """Return the point that stays: what is not met yet, or that nothing stands."""
    if decision.about is None:
        return speaker.reaction("waits")
    # Whom nobody draws out stays silent.
    quiet = "" if {"clarify", "listen"} & move.steps else speaker.behaves("silent", "pushes_back")
    return quiet or _point(speaker, decision.about)


def _point(speaker: Speaker, about: Concern | None) -> str:
    """Return the concern that still stands, in words that were not said yet."""
    if about is None:
        return ""
    return (
        speaker.concern_line(about, "pushes_back")
        or speaker.concern_line(about, "states")
        or speaker.reaction("pushes_back")
    )


def _reaction(speaker: Speaker, decision: Decision, move: Move) -> str:
    """Return how the customer takes the manner of a reply; empty where it goes without saying."""
    if decision.situation == "not_understood":
        return speaker.reaction("not_understood")
    if ill := _taken_ill(speaker, move):
        return ill
    if decision.beside:
        return speaker.reaction("evaded")
    if decision.talk.patience < _IMPATIENT_BELOW and speaker.chance("impatient", 50):
        return speaker.reaction("impatient")
    if move.date and decision.situation == "stalls":
        return speaker.reaction("date", "date", move.date)
    if move.words and speaker.chance("echo", 45):
        return speaker.reaction("echoes", "words", move.words)
    if "present" in move.steps and decision.situation == "pushes_back" and speaker.chance("doubts", 40):
        return speaker.reaction("pushes_back")
    if "present" in move.steps and speaker.chance("answered", 50):
        return speaker.reaction("answered")
    if {"listen", "share"} & move.steps and speaker.chance("acknowledged", 60):
        return speaker.reaction("acknowledged")
    return ""


def _taken_ill(speaker: Speaker, move: Move) -> str:
    """Return how the customer takes the worst fault of a reply; empty where it has none."""
    for fault, situation in _REACTIONS:
        if fault in move.faults:
            return speaker.reaction(situation)
    return ""
