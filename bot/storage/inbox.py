"""The inbox: sessions by filter and search, in an order, a page at a time, for who may see them.

What matches is found in the index; who may see it is decided again, in the database, for each session shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.future import Connection

from bot.storage import slices
from bot.storage.counting import term_of
from bot.storage.digest_tables import digests, postings
from bot.storage.inbox_records import (
    COUNTED,
    HIGHEST,
    LONGEST,
    LOWEST,
    NEWEST,
    OLDEST,
    UNSUREST,
    Cursor,
    Filter,
    Found,
    InboxRow,
)
from bot.storage.people_records import Person
from bot.storage.postings import BLOCK, Bits, Postings, ids_of
from bot.storage.session_facts import APPEALED, HANDED_IN, LISTED, REVIEWED, UNSURE, facet
from bot.storage.sight import Scope, Sight, visible
from bot.storage.snippets import Texts, texts_of
from bot.storage.tables import sessions
from bot.storage.terms import Piece, pieces

_FACETS: Final = (
    "channel",
    "mode",
    "scenario",
    "type",
    "method",
    "outcome",
    "appeal",
    "lang",
    "model",
    "tag",
)
_FIELDS: Final = {LOWEST: "score", HIGHEST: "score", UNSUREST: "unsure", LONGEST: "turns"}
_MOST_READ: Final = 300
"""So many sessions are read for a page to see whether they really hold a phrase."""

_RECENT: Final = 2
"""Windows, from the newest sessions on, in which the values on offer are looked for."""

_LAST_DAY: Final = 999_999

Theirs = tuple[frozenset[int], int, int]
"""Some trainees, the first and the last one of some blocks."""


class Inbox:
    """Finds sessions."""

    def __init__(self, connection: Connection) -> None:
        """Work in the transaction of `connection`."""
        self._connection = connection
        self._postings = Postings(connection)
        self._sight = Sight(connection)
        self._scopes: dict[tuple[Person, int | None], Scope] = {}
        self._theirs: dict[Theirs, Bits] = {}

    def find(self, person: Person, wanted: Filter, *, after: Cursor | None = None, limit: int = 25) -> Found:
        """Return a page of the sessions that fit a filter and that a person may see of others."""
        looked_for = pieces(wanted.search)
        if wanted.unreadable or (wanted.search.strip() and not looked_for):
            return Found((), count=0)
        matching = self._matching(person, wanted, looked_for)
        inexact = [piece for piece in looked_for if not piece.exact]
        rows: list[InboxRow] = []
        ids = matching.ids(after)
        read, last = 0, None
        while len(rows) <= limit and (some := list(islice(ids, limit + 1))):
            texts = texts_of(self._connection, some) if looked_for else {}
            shown = {row.id: row for row in self._rows(person, some)}
            for id_ in some:
                read, last = read + 1, id_
                if id_ in shown and all(texts[id_].holds(piece) for piece in inexact):
                    rows.append(_with_snippets(shown[id_], texts, looked_for))
                    if len(rows) > limit:
                        break
            if inexact and read >= _MOST_READ and len(rows) <= limit:
                assert last is not None
                return Found(self._named(person, rows), self.cursor(wanted, last), cut_short=True)
        return Found(
            self._named(person, rows[:limit]),
            self.cursor(wanted, rows[limit - 1].id) if len(rows) > limit else None,
            None if inexact else matching.count(),
        )

    def cursor(self, wanted: Filter, session: int) -> Cursor:
        """Return the place right behind a session in a filter's order."""
        field = _FIELDS.get(wanted.sort)
        if field is None:
            return Cursor(session)
        query = select(digests.c.facts).where(digests.c.session_id == session)
        facts = self._connection.execute(query).scalar() or {}
        number = facts.get(field)
        return Cursor(session, None if number is None else slices.fitted(field, number))

    def values(self, person: Person, *names: str) -> dict[str, tuple[str, ...]]:
        """Return the values of some kinds (`tag`, `model`) in the latest sessions that a person may see."""
        matching = self._matching(person, Filter(), ())
        there: dict[str, set[str]] = {name: set() for name in names}
        for first, last in islice(matching.windows(), _RECENT):
            allowed = matching.within(first, last)
            for name in names:
                begin, end = f"{name}:", f"{name};"
                query = select(postings.c.term).where(
                    postings.c.term >= begin,
                    postings.c.term < end,
                    postings.c.block >= first,
                    postings.c.block <= last,
                )
                terms = set(self._connection.execute(query).scalars())
                found = self._postings.read(terms, first, last)
                there[name].update(term.removeprefix(begin) for term in terms if found[term] & allowed)
        return {name: tuple(sorted(values)) for name, values in there.items()}

    def _matching(self, person: Person, wanted: Filter, looked_for: Iterable[Piece]) -> Matching:
        if (person, wanted.team) not in self._scopes:
            self._scopes[person, wanted.team] = self._sight.scope(person, wanted.team)
        scope = self._scopes[person, wanted.team]
        return Matching(self._connection, scope, wanted, looked_for, self._theirs)

    def _rows(self, person: Person, ids: Sequence[int]) -> Iterator[InboxRow]:
        columns = ("public_id", "trainee_id", "channel", "lang", "product", "opened_at", "active_at")
        query = (
            select(
                sessions.c.id, *(sessions.c[name] for name in columns), sessions.c.handed_in_at,
                digests.c.facts,
            )
            .join(digests, digests.c.session_id == sessions.c.id)
            .where(sessions.c.id.in_(ids), visible(person))
        )  # fmt: skip
        for row in self._connection.execute(query):
            yield InboxRow(name="", **row._mapping)

    def _named(self, person: Person, rows: Sequence[InboxRow]) -> tuple[InboxRow, ...]:
        names = self._sight.names(person, {row.trainee_id for row in rows})
        return tuple(replace(row, name=names[row.trainee_id]) for row in rows)


class Matching:
    """The sessions that fit a filter, as the index tells them."""

    def __init__(
        self,
        connection: Connection,
        scope: Scope,
        wanted: Filter,
        looked_for: Iterable[Piece],
        theirs: dict[Theirs, Bits],
    ) -> None:
        """Look for what is wanted among those whom the scope holds; `theirs` remembers whose sessions are."""
        self._postings = Postings(connection)
        self._wanted = wanted
        self._scope = scope
        self._words = frozenset(term for piece in looked_for for term in piece.terms)
        newest = connection.execute(select(func.max(digests.c.session_id))).scalar() or 0
        self.last = int(newest) // BLOCK
        self._known: dict[tuple[int, int], Bits] = {}
        self._theirs = theirs

    def ids(self, after: Cursor | None) -> Iterator[int]:
        """Yield the ids in the filter's order, from behind a place on."""
        sort = self._wanted.sort
        if sort == OLDEST:
            for first, last in self.windows():
                rising = sorted(ids_of(self.within(first, last), first))
                yield from (id_ for id_ in rising if after is None or id_ > after.id)
        elif sort == NEWEST:
            for first, last in self.windows():
                found = self.within(first, last)
                if after is not None:
                    found &= _below(after.id, first)
                yield from ids_of(found, first)
        else:
            yield from self._by_number(_FIELDS[sort], sort == LOWEST, after)

    def count(self) -> int:
        """Return how many there are, at most COUNTED + 1."""
        counted = 0
        for first, last in self.windows():
            counted += self.within(first, last).bit_count()
            if counted > COUNTED:
                return COUNTED + 1
        return counted

    def within(self, first: int, last: int) -> Bits:
        """Return the sessions of some blocks that fit."""
        if (first, last) not in self._known:
            self._known[first, last] = self._matching(first, last)
        return self._known[first, last]

    def windows(self) -> Iterator[tuple[int, int]]:
        """Yield the first and the last block of ever wider windows, from where the order begins."""
        width, done = 1, 0
        while done <= self.last:
            end = min(done + width, self.last + 1)
            rising = self._wanted.sort == OLDEST
            yield (done, end - 1) if rising else (self.last + 1 - end, self.last - done)
            done, width = end, width * 2

    def _matching(self, first: int, last: int) -> Bits:
        wanted = self._wanted
        any_of = [
            [facet(name, value) for value in getattr(wanted, name)]
            for name in _FACETS
            if getattr(wanted, name)
        ]
        ranges = [
            (field, low, high)
            for field, low, high in (
                ("day", *((None, None) if wanted.counted else (wanted.since, wanted.until))),
                ("score", wanted.score_min, wanted.score_max),
            )
            if low is not None or high is not None
        ]
        all_of = {LISTED, *self._words}
        flags = ((UNSURE, wanted.unsure), (APPEALED, wanted.appeals), (HANDED_IN, wanted.handed_in))
        all_of |= {term for term, asked in flags if asked}
        read = self._postings.read(
            {
                *all_of,
                *(term for terms in any_of for term in terms),
                *(term for field, _, _ in ranges for term in slices.terms_about(field)),
                *([REVIEWED] if wanted.unreviewed else []),
            },
            first,
            last,
        )
        found = read.get(LISTED, 0)
        for term in all_of:
            found &= read.get(term, 0)
        for terms in any_of:
            found &= _union(read.get(term, 0) for term in terms)
        for field, low, high in ranges:
            found &= slices.between(read, field, low, high)
        if wanted.unreviewed:
            found &= ~read.get(REVIEWED, 0)
        if wanted.counted and found:
            found &= self._counted(first, last)
        return self._of_trainees(found, first, last) if found else 0

    def _counted(self, first: int, last: int) -> Bits:
        """Return the sessions of some blocks in which something counted, in the time that is asked for."""
        wanted = self._wanted
        ever = term_of(*wanted.counted) if wanted.counted else ""
        if wanted.since is None and wanted.until is None:
            return self._postings.union([ever], first, last)
        low, high = wanted.since or 0, _LAST_DAY if wanted.until is None else wanted.until
        return self._postings.span(f"{ever}:{low:06}", f"{ever}:{high:06}", first, last)

    def _of_trainees(self, found: Bits, first: int, last: int) -> Bits:
        """Return those of some sessions that belong to the trainees asked for and in sight."""
        scope, asked = self._scope, self._wanted.trainee
        if scope.everybody and not asked:
            return found
        if scope.everybody:
            free, bound = set(asked), set()
        else:
            free, bound = set(scope.all_of), set(scope.handed_in_of)
            if asked:
                free, bound = free & set(asked), bound & set(asked)
        theirs = self._of(free, first, last)
        if bound:
            handed_in = self._postings.read([HANDED_IN], first, last).get(HANDED_IN, 0)
            theirs |= self._of(bound, first, last) & handed_in
        return found & theirs

    def _of(self, trainees: set[int], first: int, last: int) -> Bits:
        """Return the sessions of some trainees; a unit of work asks for the same ones more than once."""
        key = (frozenset(trainees), first, last)
        if key not in self._theirs:
            terms = [facet("trainee", str(trainee)) for trainee in trainees]
            self._theirs[key] = self._postings.union(terms, first, last)
        return self._theirs[key]

    def _by_number(self, field: str, rising: bool, after: Cursor | None) -> Iterator[int]:
        found = self.within(0, self.last)
        read = self._postings.read(slices.terms_about(field), 0, self.last)
        with_number = found & read.get(f"{field}#", 0)
        if after is not None and after.number is None:
            yield from ids_of(found & ~with_number & _below(after.id, 0), 0)
            return
        if after is not None:
            above, same = slices.compared(read, field, after.number or 0, with_number)
            beyond = above if rising else with_number & ~above & ~same
            found = beyond | same & _below(after.id, 0) | found & ~with_number
        for equal in slices.in_order(read, field, found, rising=rising):
            yield from ids_of(equal, 0)


def _below(id_: int, first: int) -> Bits:
    """Return all sessions whose ids are below one, counted from a block."""
    return (1 << max(0, id_ - first * BLOCK)) - 1


def _union(sets: Iterable[Bits]) -> Bits:
    whole = 0
    for one in sets:
        whole |= one
    return whole


def _with_snippets(row: InboxRow, texts: dict[int, Texts], looked_for: Sequence[Piece]) -> InboxRow:
    return replace(row, snippets=texts[row.id].snippets(looked_for)) if looked_for else row
