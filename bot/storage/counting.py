"""What a thing on record counts as on dashboards: as sums of its week, and as terms of its session. Pure.

Both are made of the same, so that the sessions behind a number are exactly those that it was counted from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from bot.coaching.drill_questions import ANSWER
from bot.coaching.mastery import Practice
from bot.coaching.taxonomy import NONE
from bot.storage.days import day_of
from bot.storage.figure_records import (
    APPEAL,
    METHOD,
    NAMED,
    PAIR,
    REPLY,
    SESSION,
    SURE,
    TALK,
    TIME,
    TRIED_METHOD,
    TRIED_TYPE,
    TURN,
    TYPE,
    Appealed,
    EndedTalk,
    PractisedAnswer,
    PractisedReply,
    PractisedTurn,
    Sum,
    Within,
)
from bot.storage.tries import Said, of_answer, of_reply

PAUSE: Final = 300
"""Seconds between two turns of a session that count as practice; after a longer pause only so many do."""

HIT: Final = "hit"
MISSED: Final = "missed"
PARTS: Final[tuple[str, ...]] = (HIT, MISSED)
"""Of what was counted, those that succeeded or were so, and those that were not."""

SUMMED: Final[tuple[str, ...]] = (REPLY, TYPE, METHOD, NAMED, TALK, SESSION, TIME, SURE, PAIR)
"""The kinds that are kept as sums; of the others only their sessions are asked for."""

KINDS: Final[tuple[str, ...]] = (*SUMMED, TURN, APPEAL, TRIED_TYPE, TRIED_METHOD)
"""The kinds by which sessions can be found."""

_PARTED: Final = (REPLY, TYPE, METHOD, NAMED, SURE)
_TERM: Final = "n"


@dataclass(frozen=True)
class Counted:
    """What one thing adds to the sums, in which session and on which day."""

    within: Within
    day: int
    sum: Sum


def of_turns(turns: Sequence[PractisedTurn]) -> Iterator[Counted]:
    """Yield what turns count as, which are in the order of sessions: the first one counts the session."""
    for before, turn in pairwise((None, *turns)):
        assert turn is not None
        seconds = 0
        if before is not None and before.within == turn.within:
            seconds = min(PAUSE, max(0, round((turn.received_at - before.received_at).total_seconds())))
        day = day_of(turn.received_at)
        if turn.number == 1:
            yield Counted(turn.within, day, Sum(SESSION, "", 1))
        yield Counted(turn.within, day, Sum(TURN, "", 1))
        yield Counted(turn.within, day, Sum(TIME, turn.mode, 1, 0, seconds))
        yield from (Counted(turn.within, day, one) for one in _of_reading(turn.reading or {}))


def of_replies(replies: Iterable[PractisedReply], said: Said) -> Iterator[Counted]:
    """Yield what assessed replies count as."""
    for reply in replies:
        yield from _judged(reply.within, day_of(reply.turn.said_at), of_reply(reply.turn, said))


def of_answers(answers: Iterable[PractisedAnswer], said: Said) -> Iterator[Counted]:
    """Yield what answers in drills count as."""
    for one in answers:
        practice, day = of_answer(one.answer, said), day_of(one.answer.answered_at)
        if one.answer.kind == ANSWER:
            yield from _judged(one.within, day, practice)
        else:
            named = Sum(NAMED, practice.type, 1, int(practice.succeeded))
            yield Counted(one.within, day, named)
            yield from _tried(one.within, day, practice)


def of_talks(talks: Iterable[EndedTalk]) -> Iterator[Counted]:
    """Yield what role-plays that ended count as."""
    for talk in talks:
        scored = talk.score is not None
        added = Sum(TALK, talk.outcome, 1, int(scored), talk.score or 0)
        yield Counted(talk.within, day_of(talk.ended_at), added)


def of_appeals(appeals: Iterable[Appealed]) -> Iterator[Counted]:
    """Yield what appeals count as."""
    for one in appeals:
        yield Counted(one.within, day_of(one.appealed_at), Sum(APPEAL, one.state, 1))


def terms_for(counted: Iterable[Counted]) -> dict[int, set[str]]:
    """Return the terms under which the index finds what was counted, by session: of its day, and of ever."""
    alike: dict[int, set[tuple[str, str, bool, int]]] = {}
    for one in counted:
        alike.setdefault(one.within.session, set()).add(
            (one.sum.kind, one.sum.key, bool(one.sum.hits), one.day)
        )
    found: dict[int, set[str]] = {}
    for session, things in alike.items():
        terms = found[session] = set()
        for kind, key, hit, day in things:
            parts = ("", HIT if hit else MISSED) if kind in _PARTED else ("",)
            for part in parts:
                ever = term_of(kind, key, part)
                terms |= {ever, f"{ever}:{day:06}"}
    return found


def term_of(kind: str, key: str, part: str) -> str:
    """Return the term of all that ever counted as something; its days follow behind a colon."""
    return f"{_TERM}:{kind}:{key}:{part}"


def _of_reading(reading: Mapping[str, Any]) -> Iterator[Sum]:
    ranking = reading.get("ranking")
    if not isinstance(ranking, list) or not ranking:
        return
    label, share = ranking[0]
    unsure = bool(reading.get("unsure"))
    yield Sum(SURE, str(label), 1, int(unsure), round(100 * share))
    if unsure and len(ranking) > 1:
        yield Sum(PAIR, "|".join(sorted((str(label), str(ranking[1][0])))), 1, 1, round(100 * share))


def _judged(within: Within, day: int, practice: Practice) -> Iterator[Counted]:
    for kind, key in ((REPLY, ""), (TYPE, practice.type), (METHOD, practice.method or NONE)):
        yield Counted(within, day, Sum(kind, key, 1, int(practice.succeeded), practice.score))
    yield from _tried(within, day, practice)


def _tried(within: Within, day: int, practice: Practice) -> Iterator[Counted]:
    for kind, key in ((TRIED_TYPE, practice.type), (TRIED_METHOD, practice.method)):
        if key:
            yield Counted(within, day, Sum(kind, key, 1, int(practice.succeeded)))
