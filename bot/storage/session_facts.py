"""What is on record of sessions, as far as the inbox tells of it and finds them by it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.future import Connection

from bot.coaching.families import OBJECTION, TECHNIQUE
from bot.coaching.review import Review, fold
from bot.storage import slices
from bot.storage.days import day_of
from bot.storage.edition_records import PREVIEW
from bot.storage.figures import Figures
from bot.storage.inbox_records import COACH, MODES
from bot.storage.records import ANSWERED, DRILL, ENDED, SWAP, TALK, TEXT
from bot.storage.reviews import Reviews
from bot.storage.tables import (
    appeals,
    corrections,
    drill_answers,
    drills,
    sessions,
    talk_events,
    talk_turns,
    talks,
    turns,
)
from bot.storage.terms import terms_of
from bot.storage.tries import Said

LISTED: Final = "is:listed"
UNSURE: Final = "is:unsure"
APPEALED: Final = "is:appealed"
REVIEWED: Final = "is:reviewed"
HANDED_IN: Final = "is:handed_in"

_NONE: Final = "none"
_OPEN: Final = "open"
_LONGEST_VALUE: Final = 64
_SWAPS: Final = "swap_roles"
_ENDS_SWAP: Final = frozenset({"resume_talk", "stop", "choose_scenario", "start_drill"})
_ASKS: Final = frozenset({"customer", "analyze", ""})
"""What the command of a typed line is called that is no command but a customer's words."""


Labels = Mapping[tuple[int, str], Mapping[str, Any]]
"""What trainers say that messages are, by the number of the turn and the family."""


@dataclass
class Told:
    """What is on record of one session."""

    session: Row
    modes: set[str] = field(default_factory=set)
    types: set[str] = field(default_factory=set)
    methods: set[str] = field(default_factory=set)
    scenarios: set[str] = field(default_factory=set)
    langs: set[str] = field(default_factory=set)
    models: set[str] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)
    unsure: int = 0
    appeals: int = 0
    appealed: set[str] = field(default_factory=set)
    counted: set[str] = field(default_factory=set)
    outcome: str = ""
    score: int | None = None
    reviewed: bool = False
    waiting: bool = False
    swapped: bool = False

    def follow(self, intent: str) -> None:
        """Follow the roles through the session: swapped by a command, and back again."""
        if intent == _SWAPS:
            self.modes.add(SWAP)
            self.swapped = True
        elif intent in _ENDS_SWAP:
            self.swapped = False

    def ask(self, intent: str, reading: Mapping[str, Any]) -> None:
        """Add a typed line that belongs to no role-play or drill."""
        self.unsure += bool(reading.get("unsure"))
        if intent in _ASKS and not self.swapped:
            self.modes.add(COACH)

    def review(self, review: Review) -> Labels:
        """Add what trainers said; returns their labels."""
        self.tags.update(set(review.tags) - {""})
        done = review.reviewed
        # What was said after it was not reviewed yet.
        self.reviewed = done is not None and int(done.data["turns"]) >= self.session.last_turn
        return {key: event.data["value"] for key, event in review.labels.items()}

    def facts(self) -> dict[str, Any]:
        """Return what the inbox shows."""
        return {
            "turns": self.session.last_turn,
            "modes": [mode for mode in MODES if mode in self.modes],
            "types": sorted(self.types),
            "methods": sorted(self.methods),
            "scenarios": sorted(self.scenarios),
            "models": sorted(self.models),
            "tags": sorted(self.tags),
            "unsure": self.unsure,
            "appeals": self.appeals,
            "outcome": self.outcome,
            "score": self.score,
            "reviewed": self.reviewed,
        }

    def terms(self) -> frozenset[str]:
        """Return what the session is found by; one in which nothing was said is not found."""
        if not self.session.last_turn:
            return frozenset()
        day = day_of(self.session.opened_at)
        numbers = {"day": day, "turns": self.session.last_turn, "unsure": self.unsure}
        if self.score is not None:
            numbers["score"] = self.score
        flags = {
            LISTED: True,
            UNSURE: self.unsure > 0,
            APPEALED: self.appeals > 0,
            REVIEWED: self.reviewed,
            HANDED_IN: self.session.handed_in_at is not None,
        }
        facets = {
            "trainee": {str(self.session.trainee_id)},
            "channel": {self.session.channel},
            "lang": self.langs | {self.session.lang},
            "mode": self.modes,
            "type": self.types,
            "method": self.methods,
            "scenario": self.scenarios,
            "outcome": {self.outcome} - {""},
            "appeal": self.appealed,
            "model": self.models,
            "tag": self.tags,
        }
        return (
            terms_of(self.texts)
            | {flag for flag, holds in flags.items() if holds}
            | {facet(name, value) for name, values in facets.items() for value in values}
            | self.counted
            | {term for name, value in numbers.items() for term in slices.terms_for(name, value)}
        )


def told_of(connection: Connection, ids: Iterable[int]) -> dict[int, Told]:
    """Return what is on record of some sessions, by their ids; nothing of one that does not exist.

    Nor of one that tries a draft of the content: that is practice of nobody.
    """
    known = sessions.c.id.in_(list(ids)) & (sessions.c.channel != PREVIEW)
    told = {row.id: Told(row) for row in connection.execute(select(sessions).where(known))}
    wanted = list(told)
    reviews = Reviews(connection).of_sessions(wanted)
    labels = {id_: one.review(fold(reviews.get(id_, ()))) for id_, one in told.items()}
    practised = _add_talks(connection, told, wanted, labels) | _add_drills(connection, told, wanted, labels)
    _add_turns(connection, told, wanted, practised, labels)
    for id_, terms in Figures(connection).terms_in(wanted, _methods_said(connection, wanted, labels)).items():
        told[id_].counted = terms
    return told


def facet(name: str, value: str) -> str:
    """Return the term under which a session with a value of a kind is found; no word reads like one."""
    if len(value) > _LONGEST_VALUE:
        value = hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()
    return f"{name}:{value}"


def _methods_said(connection: Connection, wanted: list[int], labels: Mapping[int, Labels]) -> Said:
    """Return the methods that trainers say were used in some sessions."""
    query = (
        select(turns.c.session_id, turns.c.number, talk_turns.c.talk_id, drill_answers.c.drill_id)
        .outerjoin(talk_turns, talk_turns.c.turn_id == turns.c.id)
        .outerjoin(drill_answers, drill_answers.c.turn_id == turns.c.id)
    )
    said: dict[tuple[str, int | None, int], str] = {}
    for id_ in wanted:
        methods = {
            number: str(value[TECHNIQUE])
            for (number, family), value in labels[id_].items()
            if family == TECHNIQUE
        }
        if methods:
            here = query.where(turns.c.session_id == id_, turns.c.number.in_(list(methods)))
            for row in connection.execute(here):
                kind, of = (TALK, row.talk_id) if row.talk_id is not None else (DRILL, row.drill_id)
                said[kind, of, row.number] = methods[row.number]
    return said


def _add_talks(
    connection: Connection, told: dict[int, Told], wanted: list[int], labels: Mapping[int, Labels]
) -> set[int]:
    """Add role-plays; returns the turns that belong to one."""
    names: tuple[str, ...] = (
        "id",
        "session_id",
        "scenario",
        "lang",
        "state",
        "outcome",
        "score",
        "reviewed_score",
    )
    query = select(*(talks.c[name] for name in names)).where(talks.c.session_id.in_(wanted))
    session_of = {}
    for row in connection.execute(query.order_by(talks.c.id)):
        one = session_of[row.id] = told[row.session_id]
        one.modes.add(TALK)
        one.scenarios.add(row.scenario)
        one.langs.add(row.lang)
        one.outcome = row.outcome if row.state == ENDED else row.state
        score = row.score if row.reviewed_score is None else row.reviewed_score
        one.score = one.score if score is None else score
    ids = list(session_of)
    if not ids:
        return set()
    practised = set()
    names = ("talk_id", "turn_id", "type", "technique", "line")
    said = (
        select(turns.c.session_id, turns.c.number, *(talk_turns.c[name] for name in names))
        .join(turns, turns.c.id == talk_turns.c.turn_id)
        .where(talk_turns.c.talk_id.in_(ids))
        .order_by(talk_turns.c.id)
    )
    for row in connection.execute(said):
        one = session_of[row.talk_id]
        practised.add(row.turn_id)
        one.types.add(row.type)
        label = labels[row.session_id].get((row.number, TECHNIQUE), {})
        one.methods.update({str(label.get(TECHNIQUE) or row.technique)} - {"", _NONE})
        one.texts.append(row.line)
    query = select(talk_events.c.turn_id).where(talk_events.c.talk_id.in_(ids))
    practised.update(connection.execute(query).scalars())
    query = select(appeals.c.talk_id, appeals.c.state).where(appeals.c.talk_id.in_(ids))
    for row in connection.execute(query):
        session_of[row.talk_id].appealed.add(row.state)
        session_of[row.talk_id].appeals += row.state == _OPEN
    return practised


def _add_drills(
    connection: Connection, told: dict[int, Told], wanted: list[int], labels: Mapping[int, Labels]
) -> set[int]:
    """Add drills; returns the turns that were answers in one."""
    names = ("turn_id", "type", "method", "asked", "data")
    query = (
        select(drills.c.session_id, turns.c.number, *(drill_answers.c[name] for name in names))
        .outerjoin(drill_answers, drill_answers.c.drill_id == drills.c.id)
        .outerjoin(turns, turns.c.id == drill_answers.c.turn_id)
        .where(drills.c.session_id.in_(wanted))
        .order_by(drill_answers.c.id)
    )
    practised = set()
    for row in connection.execute(query):
        one = told[row.session_id]
        one.modes.add(DRILL)
        if row.turn_id is not None:
            practised.add(row.turn_id)
            one.types.update({row.type} - {"", _NONE})
            # A free answer was made by some method, whichever was asked for.
            label = labels[row.session_id].get((row.number, TECHNIQUE), {})
            used = label or (row.data or {}).get("assessment") or {}
            one.methods.update({str(used.get(TECHNIQUE) or row.method)} - {"", _NONE})
            one.texts.append(row.asked)
    return practised


def _add_turns(
    connection: Connection,
    told: dict[int, Told],
    wanted: list[int],
    practised: set[int],
    labels: Mapping[int, Labels],
) -> None:
    """Add what was typed and, where it belongs to no role-play or drill, what was read in it."""
    corrected: dict[int, dict[str, str]] = {}
    query = select(corrections).where(corrections.c.session_id.in_(wanted)).order_by(corrections.c.id)
    for row in connection.execute(query):
        corrected.setdefault(row.turn_id, {})[row.from_type] = row.to_type
    names = ("id", "session_id", "number", "kind", "text", "state", "lang", "reading", "command")
    query = select(*(turns.c[name] for name in names)).where(turns.c.session_id.in_(wanted))
    for row in connection.execute(query.order_by(turns.c.session_id, turns.c.number)):
        one, reading = told[row.session_id], row.reading or {}
        intent = str((row.command or {}).get("intent") or "")
        one.follow(intent)
        one.waiting = one.waiting or row.state != ANSWERED
        one.langs.update({row.lang} - {None})
        one.models.update({str(reading.get("model_version") or "")} - {""})
        if row.kind != TEXT:
            continue
        one.texts.append(row.text)
        if row.id not in practised:
            one.ask(intent, reading)
            label = labels[row.session_id].get((row.number, OBJECTION), {})
            types = label.get("types", _types(reading, corrected.get(row.id, {})))
            one.types.update({*types} - {"", _NONE})


def _types(reading: Mapping[str, Any], corrected: Mapping[str, str]) -> set[str]:
    """Return the types of a line as it was read, less what the trainee put right."""
    read = {str(objection["type"]) for objection in reading.get("objections", ())}
    return {corrected.get(type_, type_) for type_ in read} | set(corrected.values())
