"""Customers and sellers for the tests: random ones, and a master who is assessed as declared."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from bot.coaching import mentor
from bot.coaching.assessment import Assessment, assess_reply
from bot.coaching.reading import Piece
from bot.coaching.role_play import begin, respond
from bot.coaching.scenario import (
    Brief,
    Cast,
    Concern,
    Effect,
    Fact,
    MasterAnswer,
    Persona,
    Scenario,
    WrongAnswer,
)
from bot.coaching.signals import read_move
from bot.coaching.talk import Move, Talk, Turn
from bot.coaching.taxonomy import (
    BEHAVIOURS,
    FAULTS,
    NONE,
    OBJECTION_TYPES,
    STEPS,
    STYLES,
    TECHNIQUE_LABELS,
    TECHNIQUES,
)
from bot.coaching.wording import Lines, Text
from bot.content.loader import load_content
from bot.content.scenario_files import BEHAVIOUR_SITUATIONS, SITUATIONS
from bot.content.schema import Content

HURTFUL = ("argue", "insult", "discount")
MARKS_OF = {"clarify": ("listen", "share", "clarify"), "present": ("listen", "share", "present")}


@functools.lru_cache(maxsize=1)
def content() -> Content:
    return load_content()


def assessed(
    text: str, marks: Sequence[str] = (), technique: str = NONE, *, lang: str = "zh", customer: str = ""
) -> Assessment:
    """Assess a reply as one piece that the model would mark so."""
    return assess_reply(
        text,
        pieces_of(text, marks),
        ((technique, 0.9),),
        content().rubric.rules,
        lang=lang,
        reply_lang=lang,
        customer=customer,
    )


def pieces_of(text: str, marks: Sequence[str]) -> tuple[Piece, ...]:
    return (Piece(text, 0, len(text), dict.fromkeys(marks, 0.9)),)


@dataclass(frozen=True)
class Spoken:
    """A reply and what it led to."""

    text: str
    assessment: Assessment
    turn: Turn


def answer(scenario: Scenario, turn: Turn, text: str, marks: Sequence[str], technique: str = NONE) -> Spoken:
    """Let a customer take a reply that is assessed as declared."""
    lang = turn.talk.lang
    assessment = assessed(text, marks, technique, lang=lang, customer=turn.line)
    move = read_move(text, pieces_of(text, marks), assessment, scenario, content().signals, lang)
    return Spoken(text, assessment, respond(scenario, content().cast, content().fits, turn.talk, move))


def master_answers(scenario: Scenario, turn: Turn) -> Spoken:
    """Say what a master would."""
    line = mentor.master_line(scenario, turn.talk, content().fits)
    return answer(scenario, turn, line.text, MARKS_OF.get(line.step, ("ask",)), line.method or NONE)


def open_talk(scenario: Scenario, lang: str, seed: int = 1) -> Turn:
    return begin(scenario, content().cast, lang, seed)


def _lines(name: str, count: int, slot: str = "") -> Lines:
    """Return lines that no other line is a part of."""
    filled = f" {{{slot}}}" if slot else ""
    return Lines(
        zh=tuple(f"〔{name} {n}{filled}〕" for n in range(count)),
        en=tuple(f"<{name} {n}{filled}>" for n in range(count)),
    )


def _text(name: str) -> Text:
    return Text(f"〔{name}〕", f"<{name}>")


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Return any scenario that the reader would let pass."""
    count = draw(st.integers(1, 4))
    hidden = [f"c{n}" for n in range(1, count) if draw(st.booleans())]
    concerns = []
    for n in range(count):
        id_ = f"c{n}"
        nature = "hidden" if id_ in hidden else draw(st.sampled_from(("genuine", "false")))
        masks = draw(st.sampled_from(hidden)) if nature == "false" and hidden and draw(st.booleans()) else ""
        concerns.append(
            Concern(
                id=id_,
                type=draw(st.sampled_from(OBJECTION_TYPES)),
                nature=nature,
                weight=draw(st.integers(1, 3)),
                raised="opening" if n == 0 else "explored" if id_ in hidden else "later",
                masks=masks,
                states=_lines(f"{id_} states", 3),
                pushes_back=_lines(f"{id_} pushes", 5),
                softens=_lines(f"{id_} softens", 3),
                reveals=_lines(f"{id_} reveals", 3),
                behind=_text("behind"),
                dissolves=Lines(("词",), ("word",)),
                explore=_lines(f"{id_} explore", 3),
                answers=tuple(
                    MasterAnswer(method, _text(method))
                    for method in draw(st.permutations(TECHNIQUES).map(lambda all_: all_[:3]))
                ),
                wrong=(WrongAnswer("argue", _text("wrong")), WrongAnswer("discount", _text("worse"))),
            )
        )
    return Scenario(
        id=draw(st.sampled_from(("one", "two"))),
        product="alarm",
        setting="shop",
        difficulty=draw(st.integers(1, 3)),
        style=draw(st.sampled_from(STYLES)),
        behaviours=tuple(draw(st.lists(st.sampled_from(BEHAVIOURS), max_size=2, unique=True))),
        role="none",
        goal="order",
        title=_text("title"),
        customer=_text("customer"),
        brief=Brief(_text("who"), _text("selling"), _text("aim")),
        concerns=tuple(concerns),
        knows=tuple(Fact(Lines(("词",), ("word",)), _lines(f"knows {n}", 2)) for n in range(6)),
        says={
            name: _lines(name, n) for name, n in (("opening", 3), ("agrees", 4), ("stalls", 4), ("parts", 2))
        },
        close=_lines("close", 4),
    )


_SLOTS = {"echoes": "words", "date": "date"}
_small = st.integers(-12, 8).map(float)


@st.composite
def casts(draw: st.DrawFn) -> Cast:
    """Return any rules that move customers, as long as what hurts does hurt."""
    effects = {}
    for mark in (*STEPS, *FAULTS):
        trust = draw(st.integers(-30, -1).map(float)) if mark in HURTFUL else draw(_small)
        effects[mark] = Effect(trust, draw(_small), draw(_small))
    level = st.integers(1, 100).map(float)
    lines = {
        **{
            style: {name: _lines(f"{style} {name}", 12, _SLOTS.get(name, "")) for name in SITUATIONS}
            for style in STYLES
        },
        **{kind: {name: _lines(f"{kind} {name}", 8) for name in BEHAVIOUR_SITUATIONS} for kind in BEHAVIOURS},
    }
    personas = {
        style: Persona(
            style,
            Effect(draw(level), draw(level), draw(level)),
            {
                mark: draw(st.integers(0, 30)) / 10
                for mark in draw(st.lists(st.sampled_from(FAULTS), max_size=4))
            },
        )
        for style in STYLES
    }
    return Cast("test", effects, personas, lines)


def moves(scenario: Scenario) -> st.SearchStrategy[Move]:
    """Return anything that a reply may do."""
    ids = [concern.id for concern in scenario.concerns]
    return st.builds(
        Move,
        technique=st.sampled_from(TECHNIQUE_LABELS),
        steps=st.frozensets(st.sampled_from(STEPS)),
        faults=st.one_of(st.just(frozenset()), st.frozensets(st.sampled_from(FAULTS), max_size=2)),
        meets=st.frozensets(st.sampled_from(ids), max_size=2),
        words=st.sampled_from(("", "words")),
        date=st.sampled_from(("", "date")),
        question=st.integers(-1, len(scenario.knows) - 1),
        asks=st.booleans(),
    )


def play_moves(
    scenario: Scenario, cast: Cast, lang: str, seed: int, given: Sequence[Move]
) -> list[tuple[Talk, Move, Turn]]:
    """Play moves until the talk ends; returns each with the talk before it and what it led to."""
    turn = begin(scenario, cast, lang, seed)
    played = []
    for move in given:
        if turn.talk.outcome:
            break
        before = turn.talk
        turn = respond(scenario, cast, content().fits, before, move)
        played.append((before, move, turn))
    return played
