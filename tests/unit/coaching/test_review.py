"""What holds after some events: the latest word about each thing that was not taken back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.coaching.review import (
    APPEAL,
    COMMENT,
    LABEL,
    REVIEWED,
    SCORE,
    TAG,
    UNDO,
    Event,
    can_undo,
    clash,
    fold,
    for_trainee,
    holds,
    is_news,
    thing,
    thing_of,
)

PRICE: dict[str, Any] = {"family": "objection", "value": {"types": ["price"]}, "was": {"types": []}}
PAYMENT: dict[str, Any] = {**PRICE, "value": {"types": ["payment"]}}

turn_numbers = st.integers(1, 3)
SAID = st.one_of(
    st.tuples(st.just(COMMENT), st.fixed_dictionaries({"text": st.text(min_size=1), "told": st.booleans()})),
    st.tuples(
        st.just(LABEL),
        st.fixed_dictionaries(
            {
                "family": st.sampled_from(["objection", "nature"]),
                "value": st.integers(0, 3),
                "was": st.just(0),
            }
        ),
    ),
    st.tuples(st.just(SCORE), st.fixed_dictionaries({"talk": st.integers(1, 2), "score": st.integers(0, 9)})),
    st.tuples(st.just(APPEAL), st.fixed_dictionaries({"appeal": st.integers(1, 2)})),
    st.tuples(st.just(REVIEWED), st.fixed_dictionaries({"on": st.booleans(), "turns": st.integers(1, 3)})),
    st.tuples(st.just(TAG), st.fixed_dictionaries({"tag": st.sampled_from("ab"), "on": st.booleans()})),
)


class Log:
    """Events as the storage keeps them."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def say(self, kind: str, data: dict[str, Any], turn: int | None = None) -> int:
        self.events.append(Event(len(self.events) + 1, kind, data, 1, "now", turn))
        return len(self.events)

    def undo(self, number: int) -> int:
        undo = self.say(UNDO, {"event": number})
        target = self.events[number - 1]
        self._point(number, undo)
        if target.kind == UNDO:
            self._point(int(target.data["event"]), None)
        return undo

    def _point(self, number: int, undo: int | None) -> None:
        self.events[number - 1] = replace(self.events[number - 1], undone_by=undo)


def log_of(said: list[tuple[str, dict[str, Any], int]]) -> Log:
    log = Log()
    for kind, data, turn in said:
        log.say(kind, data, turn if kind in (COMMENT, LABEL) else None)
    return log


SESSIONS = st.lists(st.builds(lambda s, t: (*s, t), SAID, turn_numbers), max_size=20)


@given(SESSIONS)
def test_the_latest_word_about_each_thing_holds(said: list[tuple[str, dict[str, Any], int]]) -> None:
    events = log_of(said).events
    review = fold(events)
    latest = {thing(e.kind, e.data, e.turn): e for e in events if e.kind != COMMENT}
    found = [*review.labels.values(), *review.scores.values(), *review.answers.values()]
    on = [e for e in latest.values() if e.kind in (TAG, REVIEWED) and e.data["on"]]
    assert {e.id for e in found} == {e.id for e in latest.values() if e.kind in (LABEL, SCORE, APPEAL)}
    held = [*review.tags.values(), *([review.reviewed] if review.reviewed else [])]
    assert {e.id for e in held} == {e.id for e in on}
    assert [e.id for e in review.comments] == [e.id for e in events if e.kind == COMMENT]


@given(SESSIONS, st.data())
def test_undo_is_as_if_it_had_not_been_said_and_undoing_that_brings_it_back(
    said: list[tuple[str, dict[str, Any], int]], data: st.DataObject
) -> None:
    log = log_of(said)
    if not log.events:
        return
    before = fold(log.events)
    number = data.draw(st.integers(1, len(log.events)))
    undo = log.undo(number)
    without = [event for event in log.events if event.id not in (number, undo)]
    assert what(fold(log.events)) == what(fold(without))
    again = log.undo(undo)
    assert what(fold(log.events)) == what(before)
    by_id = {event.id: event for event in log.events}
    assert can_undo(by_id[number], by_id) and not can_undo(by_id[undo], by_id)
    assert not can_undo(by_id[again], by_id)


def what(review: Any) -> Any:
    bare = [
        {key: replace(event, undone_by=None) for key, event in part.items()}
        for part in (review.labels, review.scores, review.answers, review.tags)
    ]
    reviewed = replace(review.reviewed, undone_by=None) if review.reviewed else None
    return bare, [comment.id for comment in review.comments], reviewed


@given(SESSIONS, st.integers(0, 25))
def test_only_newer_words_about_the_same_thing_clash(
    said: list[tuple[str, dict[str, Any], int]], seen: int
) -> None:
    log = log_of(said)
    about = thing(LABEL, PRICE, 1)
    newer = [e for e in log.events if e.id > seen and thing(e.kind, e.data, e.turn) == about]
    found = clash(log.events, about, seen)
    assert found == (newer[-1] if newer else None)
    assert clash(log.events, None, 0) is None


def test_an_undo_clashes_with_who_has_not_seen_it() -> None:
    log = Log()
    first = log.say(LABEL, PRICE, 1)
    undo = log.undo(first)
    by_id = {event.id: event for event in log.events}
    assert thing_of(by_id[undo], by_id) == thing(LABEL, PRICE, 1)
    found = clash(log.events, thing(LABEL, PAYMENT, 1), first)
    assert found is not None and found.id == undo
    assert clash(log.events, thing(LABEL, PAYMENT, 2), first) is None


def test_what_holds_already_need_not_be_said_again() -> None:
    log = Log()
    log.say(LABEL, PRICE, 1)
    log.say(TAG, {"tag": "price", "on": True})
    log.say(REVIEWED, {"on": True, "turns": 3})
    review = fold(log.events)
    assert holds(review, LABEL, PRICE, 1) and not holds(review, LABEL, PRICE, 2)
    assert not holds(review, LABEL, PAYMENT, 1)
    assert holds(review, TAG, {"tag": "price", "on": True}, None)
    assert holds(review, TAG, {"tag": "other", "on": False}, None)
    assert holds(review, REVIEWED, {"on": True, "turns": 3}, None)
    assert not holds(review, REVIEWED, {"on": True, "turns": 4}, None)
    assert not holds(review, COMMENT, {"text": "x", "told": True}, 1)


def test_a_trainee_gets_neither_tags_nor_what_trainers_say_among_themselves() -> None:
    log = Log()
    log.say(COMMENT, {"text": "for you", "told": True}, 1)
    log.say(COMMENT, {"text": "among us", "told": False}, 1)
    log.say(TAG, {"tag": "slow", "on": True})
    log.say(LABEL, PRICE, 1)
    log.say(SCORE, {"talk": 1, "score": 80})
    shown = for_trainee(log.events)
    assert [(event.kind, event.id) for event in shown] == [(COMMENT, 1), (LABEL, 4), (SCORE, 5)]
    assert fold(shown).comments_on(1)[0].data["text"] == "for you"
    assert not is_news(LABEL, PRICE) and is_news(SCORE, {"talk": 1, "score": 80})
    assert not is_news(REVIEWED, {"on": False, "turns": 1})
