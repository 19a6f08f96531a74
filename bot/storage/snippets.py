"""What was said in sessions: whether it holds what is looked for, and the words around that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select
from sqlalchemy.future import Connection

from bot.storage.inbox_records import Snippet
from bot.storage.records import TEXT
from bot.storage.tables import drill_answers, talk_turns, turns
from bot.storage.terms import Piece, comparable, hits, letters

_SNIPPETS: Final = 2
_BEFORE: Final = 24
_WIDTH: Final = 110


@dataclass
class Texts:
    """What was said in a session, with the number of the turn."""

    said: list[tuple[int, str]] = field(default_factory=list)
    _letters: list[str] = field(default_factory=list)
    _words: dict[int, str] = field(default_factory=dict)

    def holds(self, piece: Piece) -> bool:
        """Tell whether somebody said it."""
        return any(self._there(number, piece) for number in range(len(self.said)))

    def snippets(self, wanted: Sequence[Piece]) -> tuple[Snippet, ...]:
        """Return the places where it was said, the first ones."""
        shown: list[Snippet] = []
        left = set(wanted)
        for number, (turn, text) in enumerate(self.said):
            here = [piece for piece in left if self._there(number, piece)]
            if not here:
                continue
            shown.append(Snippet(turn, tuple(_around(text, hits(text, wanted)))))
            left.difference_update(here)
            if not left or len(shown) == _SNIPPETS:
                break
        return tuple(shown)

    def _there(self, number: int, piece: Piece) -> bool:
        """Tell whether a text holds a piece; most do not, which their letters tell without their words."""
        if number >= len(self._letters):
            self._letters.extend(letters(text) for _, text in self.said[len(self._letters) :])
        if not piece.may_be_in(self._letters[number]):
            return False
        if number not in self._words:
            self._words[number] = comparable(self.said[number][1])
        return piece.pattern in self._words[number]


def texts_of(connection: Connection, ids: Sequence[int]) -> dict[int, Texts]:
    """Return what was said in some sessions, by their ids."""
    found = {id_: Texts() for id_ in ids}
    typed = select(turns.c.session_id, turns.c.number, turns.c.text).where(
        turns.c.session_id.in_(ids), turns.c.kind == TEXT
    )
    by_customers = (
        select(turns.c.session_id, turns.c.number, talk_turns.c.line)
        .join(turns, turns.c.id == talk_turns.c.turn_id)
        .where(turns.c.session_id.in_(ids))
    )
    asked = (
        select(turns.c.session_id, turns.c.number, drill_answers.c.asked)
        .join(turns, turns.c.id == drill_answers.c.turn_id)
        .where(turns.c.session_id.in_(ids))
    )
    for query in (typed, by_customers, asked):
        for id_, number, text in connection.execute(query).all():
            found[id_].said.append((number, text))
    for texts in found.values():
        texts.said.sort(key=lambda one: one[0])
    return found


def _around(text: str, places: Sequence[tuple[int, int]]) -> Iterator[tuple[str, bool]]:
    """Yield a text's words around its hits, each part with whether it is one."""
    start = max(0, places[0][0] - _BEFORE) if places else 0
    end = min(len(text), start + _WIDTH)
    if start:
        yield "…", False
    at = start
    for hit_start, hit_end in places:
        if hit_start >= end:
            break
        if hit_start > at:
            yield text[at:hit_start], False
        yield text[max(at, hit_start) : min(hit_end, end)], True
        at = min(hit_end, end)
    if at < end:
        yield text[at:end], False
    if end < len(text):
        yield "…", False
