"""What trainers said about a session: events that are only ever added, and what holds after them. Pure.

An undo is an event too, and may be undone itself. What holds about a thing (a label of one message, the score
of a talk, a tag ...) is what the latest event about it says that was not undone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

COMMENT: Final = "comment"
LABEL: Final = "label"
SCORE: Final = "score"
APPEAL: Final = "appeal"
REVIEWED: Final = "reviewed"
TAG: Final = "tag"
UNDO: Final = "undo"
KINDS: Final[tuple[str, ...]] = (COMMENT, LABEL, SCORE, APPEAL, REVIEWED, TAG)
"""What their data hold:

- comment: `text`, `told` (for the trainee, else only for trainers)
- label: `family`, `value`, `was` (the bot's) as in `bot.coaching.labels`
- score: `talk`, `score` (None: the bot's again), `was` (the bot's), `after` (the talk's last reply), `reason`
- appeal: `appeal`, `talk`, `talk_turn`, `turn`, `rule`, `verdict`, `points` (if upheld), `reason`
- reviewed: `on`, `turns` (how many the session had)
- tag: `tag`, `on`
- undo: `event`
"""

UPHELD: Final = "upheld"
REJECTED: Final = "rejected"
VERDICTS: Final[tuple[str, ...]] = (UPHELD, REJECTED)
OPEN: Final = "open"
"""The state of an appeal that nobody has answered."""

Thing = tuple[object, ...]
"""What an event is about: two events about the same thing cannot both hold."""


@dataclass(frozen=True)
class Event:
    """Something that a trainer said or did.

    Attributes:
        by: the account; None for who sits at the dojo's machine. at: the moment.
        turn: the number of the turn that it is about, None for the session.
        undone_by: the undo that took it back.
    """

    id: int
    kind: str
    data: Mapping[str, Any]
    by: int | None
    at: Any
    turn: int | None = None
    undone_by: int | None = None


@dataclass(frozen=True)
class Review:
    """What holds.

    Attributes:
        labels: by number of the turn and family; scores: by talk; answers: by appeal; tags: by tag.
        undone: the undos that can be undone with what each took back, the latest first.
        last: the id of the latest event of all, 0 for none.
    """

    labels: Mapping[tuple[int, str], Event]
    comments: tuple[Event, ...]
    scores: Mapping[int, Event]
    answers: Mapping[int, Event]
    tags: Mapping[str, Event]
    reviewed: Event | None
    undone: tuple[tuple[Event, Event], ...]
    last: int

    def comments_on(self, turn: int | None) -> tuple[Event, ...]:
        """Return the comments on a turn, or with None those on the session."""
        return tuple(comment for comment in self.comments if comment.turn == turn)

    def labels_of(self, turn: int) -> dict[str, Event]:
        """Return what trainers say that a message is, by family."""
        return {family: event for (number, family), event in self.labels.items() if number == turn}


def is_news(kind: str, data: Mapping[str, Any]) -> bool:
    """Tell whether the trainee is told of an event by a notice."""
    if kind == COMMENT:
        return bool(data["told"])
    return kind in (SCORE, APPEAL) or (kind == REVIEWED and bool(data["on"]))


def for_trainee(events: Iterable[Event]) -> tuple[Event, ...]:
    """Return the events that the trainee may know: no tags, no comments among trainers."""
    return tuple(event for event in events if event.kind == LABEL or is_news(event.kind, event.data))


def thing(kind: str, data: Mapping[str, Any], turn: int | None) -> Thing | None:
    """Return what an event is about; None for a comment, which stands beside any other."""
    keys = {LABEL: "family", SCORE: "talk", APPEAL: "appeal", TAG: "tag"}
    if kind == REVIEWED:
        return (REVIEWED,)
    if kind not in keys:
        return None
    return (kind, turn, data[keys[kind]]) if kind == LABEL else (kind, data[keys[kind]])


def thing_of(event: Event, events: Mapping[int, Event]) -> Thing:
    """Return what an event is about: for an undo what the undone one is about, for a comment itself."""
    while event.kind == UNDO:
        event = events[event.data["event"]]
    return thing(event.kind, event.data, event.turn) or (COMMENT, event.id)


def clash(events: Sequence[Event], about: Thing | None, seen: int) -> Event | None:
    """Return the latest event about a thing that is newer than the last one that somebody had seen."""
    by_id = {event.id: event for event in events}
    newer = [event for event in events if event.id > seen and thing_of(event, by_id) == about]
    return newer[-1] if newer and about is not None else None


def holds(review: Review, kind: str, data: Mapping[str, Any], turn: int | None) -> bool:
    """Tell whether what an event would say holds already, so that it need not be said again."""
    if kind == TAG:
        return (data["tag"] in review.tags) is bool(data["on"])
    if kind == REVIEWED:
        return review.reviewed is None if not data["on"] else _says(review.reviewed, data)
    if kind == LABEL:
        return _says(review.labels.get((turn or 0, data["family"])), data)
    return False


def _says(event: Event | None, data: Mapping[str, Any]) -> bool:
    return event is not None and event.data == data


def can_undo(event: Event, events: Mapping[int, Event]) -> bool:
    """Tell whether an event stands and may be taken back; the undo of an undo may not."""
    if event.undone_by is not None:
        return False
    return event.kind != UNDO or events[event.data["event"]].kind != UNDO


def fold(events: Sequence[Event]) -> Review:
    """Return what holds after some events, oldest first."""
    by_id = {event.id: event for event in events}
    live = [event for event in events if event.undone_by is None]
    said = {kind: [event for event in live if event.kind == kind] for kind in (*KINDS, UNDO)}
    reviewed = said[REVIEWED][-1] if said[REVIEWED] else None
    tags = {event.data["tag"]: event for event in said[TAG]}
    return Review(
        labels={(event.turn or 0, event.data["family"]): event for event in said[LABEL]},
        comments=tuple(said[COMMENT]),
        scores={event.data["talk"]: event for event in said[SCORE]},
        answers={event.data["appeal"]: event for event in said[APPEAL]},
        tags={tag: tags[tag] for tag in sorted(tags) if tag and tags[tag].data["on"]},
        reviewed=reviewed if reviewed and reviewed.data["on"] else None,
        undone=tuple(
            (event, by_id[event.data["event"]]) for event in reversed(said[UNDO]) if can_undo(event, by_id)
        ),
        last=events[-1].id if events else 0,
    )


NOTHING_SAID: Final = fold(())
"""The review of a session that no trainer has looked at."""
