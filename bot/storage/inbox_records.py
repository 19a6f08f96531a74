"""What the inbox is asked for, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.storage.records import DRILL, SWAP, TALK

COACH: Final = "coach"
MODES: Final[tuple[str, ...]] = (COACH, TALK, DRILL, SWAP)
"""What may happen in a session: lines asked about, role-plays, drills, role-plays with swapped roles."""

NEWEST: Final = "newest"
OLDEST: Final = "oldest"
LOWEST: Final = "lowest"
HIGHEST: Final = "highest"
UNSUREST: Final = "unsurest"
LONGEST: Final = "longest"
SORTS: Final[tuple[str, ...]] = (NEWEST, OLDEST, LOWEST, HIGHEST, UNSUREST, LONGEST)
"""The orders: by opening, by score, by unsure classifications, by number of turns."""

COUNTED: Final = 1000
"""So many sessions are counted at most."""


@dataclass(frozen=True)
class Filter:
    """Which sessions, in which order; of several values of one kind any will do.

    Attributes:
        search: words and phrases, all of which somebody said in the session.
        since, until: the first and the last day of opening, as ordinals in the machine's time zone; where
            something counted is asked for, of that.
        counted: a kind, a key and a part of what dashboards count (`bot.storage.counting`).
        appeal: how an appeal ended, or `open`.
        unreadable: what was asked for and makes no sense, each with its kind: then nothing fits.
        unsure, appeals, unreviewed, handed_in: only those with unsure classifications, open appeals, without
            a review, that were handed in.
    """

    search: str = ""
    trainee: tuple[int, ...] = ()
    team: int | None = None
    since: int | None = None
    until: int | None = None
    channel: tuple[str, ...] = ()
    mode: tuple[str, ...] = ()
    scenario: tuple[str, ...] = ()
    type: tuple[str, ...] = ()
    method: tuple[str, ...] = ()
    outcome: tuple[str, ...] = ()
    appeal: tuple[str, ...] = ()
    lang: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    score_min: int | None = None
    score_max: int | None = None
    unsure: bool = False
    appeals: bool = False
    unreviewed: bool = False
    handed_in: bool = False
    counted: tuple[str, str, str] | None = None
    sort: str = NEWEST
    unreadable: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Cursor:
    """A place in an order: right behind a session, which had a number to be sorted by, or none."""

    id: int
    number: int | None = None


@dataclass(frozen=True)
class Snippet:
    """Some words around what a search found: parts of a text, each with whether it was looked for."""

    turn: int
    parts: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class InboxRow:
    """A line of the inbox.

    Attributes:
        name: of the trainee, as the person who looks may know it.
        facts: see `bot.storage.session_facts.Told.facts`.
    """

    id: int
    public_id: str
    trainee_id: int
    name: str
    channel: str
    lang: str
    product: str
    opened_at: datetime
    active_at: datetime
    handed_in_at: datetime | None
    facts: dict[str, Any]
    snippets: tuple[Snippet, ...] = ()


@dataclass(frozen=True)
class Found:
    """A page of the inbox.

    Attributes:
        after: where the next page begins, None if this is the last one.
        count: how many there are in all, at most COUNTED + 1; None where a phrase makes that costly.
        cut_short: the search was broken off to answer in time; the next page goes on with it.
    """

    rows: tuple[InboxRow, ...]
    after: Cursor | None = None
    count: int | None = None
    cut_short: bool = False


@dataclass(frozen=True)
class KeptFilter:
    """A filter that somebody kept: whose, its name, the query of its address, the team it is shared with."""

    id: int
    account: int
    name: str
    query: str
    team: int | None
