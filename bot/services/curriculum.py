"""What decided lessons teach: lines for the model in Rasa's format, each with its provenance. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from bot.coaching.assessment import essence
from bot.coaching.reading import Piece, Reading
from bot.coaching.taxonomy import (
    MANNER_FAULTS,
    NONE,
    STEPS,
    intent_of_objection,
    intent_of_technique,
)
from bot.storage.lesson_records import MARK, NATURE, OBJECTION, TECHNIQUE, LessonRecord

_REPLY_MARK: Final = "|||"
_FAULT_SHARE: Final = 0.5
"""A sentence keeps the faults of which the model was so sure."""

_REPLY: Final = frozenset({TECHNIQUE, MARK})
"""The families of lessons about a seller's reply; the others are about a customer's line."""

_BLANKS: Final = re.compile(r"\s+")


@dataclass(frozen=True)
class TaughtLine:
    """A line to be learned, from the lessons about one message.

    Attributes:
        intent: of Rasa; text: as `data/nlu` writes it, a reply with the customer's line and its marks.
        metadata: `also` and `nature` as in `data/nlu`.
        provenance: of each lesson: id, source, who and when.
    """

    intent: str
    text: str
    lang: str
    metadata: Mapping[str, Any]
    provenance: tuple[Mapping[str, Any], ...]


def overruled(lessons: Iterable[LessonRecord]) -> frozenset[int]:
    """Return the ids of lessons that a later decision about the same words contradicts."""
    ordered = sorted(lessons, key=_decided)
    latest = {_subject(lesson): lesson.value for lesson in ordered}
    return frozenset(lesson.id for lesson in ordered if lesson.value != latest[_subject(lesson)])


def lines_of(lessons: Iterable[LessonRecord], readings: Mapping[int, Reading | None]) -> list[TaughtLine]:
    """Return what lessons teach: a line for the same words, however often they were typed and corrected.

    Of lessons that contradict one another the latest one is taught; lessons that no line can be made of, as
    those whose text was deleted, teach nothing.

    Args:
        readings: by the id of the turn: what was read in it, which fills in what no lesson is about.
    """
    given = [lesson for lesson in lessons if lesson.text.strip()]
    against = overruled(given)
    kept = sorted((lesson for lesson in given if lesson.id not in against), key=_message)
    lines = []
    for _, group in groupby(kept, key=_message):
        same = sorted(group, key=_decided)
        said = {lesson.family: lesson for lesson in same}
        reading = readings.get(same[-1].turn_id)
        lines.append(
            _reply(same, said, reading) if same[0].family in _REPLY else _customers_line(same, said, reading)
        )
    found = [line for line in lines if line is not None]
    return sorted(found, key=lambda line: min(origin["lesson"] for origin in line.provenance))


def _message(lesson: LessonRecord) -> tuple[str, str, str]:
    """Return what makes two lessons be about the same words: the side, and what both sides said."""
    if lesson.family in _REPLY:
        return "reply", essence(lesson.text) or lesson.text, essence(lesson.context)
    return "line", essence(lesson.text) or lesson.text, ""


def _subject(lesson: LessonRecord) -> tuple[str, ...]:
    """Return what a lesson is about: only one value of it can be right."""
    return (lesson.family, *_message(lesson))


def _decided(lesson: LessonRecord) -> tuple[datetime, int]:
    return lesson.decided_at or lesson.proposed_at, lesson.id


def to_yaml(lines: Iterable[TaughtLine]) -> str:
    """Write lines as a file of NLU data; the same lines give the same file."""
    blocks = [
        'version: "3.1"',
        "# Written by `dojo train --with-corrections`; decided in the trainer's room.",
        "nlu:",
    ]
    for line in lines:
        blocks += [
            f"- intent: {line.intent}",
            f"  metadata: {_json({'lang': line.lang, **line.metadata})}",
            "  examples:",
            f"  - text: {_json(line.text)}",
            f"    metadata: {_json({'lessons': [dict(origin) for origin in line.provenance]})}",
        ]
    return "\n".join(blocks if len(blocks) > 3 else [*blocks[:2], "nlu: []"]) + "\n"


def _customers_line(
    lessons: Sequence[LessonRecord], said: Mapping[str, LessonRecord], reading: Reading | None
) -> TaughtLine | None:
    if OBJECTION in said:
        types = tuple(said[OBJECTION].value["types"])
    else:
        types = reading.types if reading is not None else ()
        if not types:
            return None  # a nature of no objection
    metadata: dict[str, Any] = {"nature": said[NATURE].value[NATURE]} if NATURE in said else {}
    if len(types) > 1:
        metadata["also"] = list(types[1:])
    return _line(
        intent_of_objection(types[0] if types else NONE), _plain(lessons[-1].text), lessons, metadata
    )


def _reply(
    lessons: Sequence[LessonRecord], said: Mapping[str, LessonRecord], reading: Reading | None
) -> TaughtLine | None:
    ranking = reading.technique_ranking if reading is not None else ()
    if TECHNIQUE in said:
        technique = said[TECHNIQUE].value[TECHNIQUE]
    elif ranking:
        technique = ranking[0][0]
    else:
        return None
    context, text = _plain(lessons[-1].context), _plain(lessons[-1].text)
    if MARK in said and reading is not None and reading.pieces and context:
        pieces = reading.pieces
        if not any(_plain(piece.text) for piece in pieces):  # the session's words were deleted meanwhile
            pieces = (Piece(lessons[-1].text, 0, len(lessons[-1].text), {}),)
        text = _marked(pieces, said[MARK].value["steps"])
    elif TECHNIQUE not in said:
        return None
    return _line(intent_of_technique(technique), f"{context} {_REPLY_MARK} {text}".strip(), lessons, {})


def _marked(pieces: Sequence[Piece], steps: Sequence[str]) -> str:
    """Write a reply with marks: a step stands at each sentence that shows it, or at the likeliest one."""
    marks: list[list[str]] = [[] for _ in pieces]
    for step in STEPS:
        if step in steps:
            shares = [piece.marks.get(step, 0.0) for piece in pieces]
            best = shares.index(max(shares))
            for place, share in enumerate(shares):
                if place == best or share >= _FAULT_SHARE:
                    marks[place].append(step)
    for place, piece in enumerate(pieces):
        marks[place] += [fault for fault in MANNER_FAULTS if piece.marks.get(fault, 0.0) >= _FAULT_SHARE]
    return " ".join(f"[{' '.join(found)}] {_plain(piece.text)}" for found, piece in zip(marks, pieces))


def _line(intent: str, text: str, lessons: Sequence[LessonRecord], metadata: Mapping[str, Any]) -> TaughtLine:
    provenance = tuple(
        {
            "lesson": lesson.id,
            "source": lesson.source,
            "session": lesson.session,
            "turn": lesson.turn,
            "proposed_by": lesson.proposed_by,
            "proposed_at": lesson.proposed_at.isoformat(),
            "state": lesson.state,
            "decided_by": lesson.decided_by,
            "decided_at": lesson.decided_at.isoformat() if lesson.decided_at else None,
        }
        for lesson in lessons
    )
    return TaughtLine(intent, text, lessons[-1].lang, metadata, provenance)


def _plain(text: str) -> str:
    """Return typed text in one line, without what Rasa or the marks of replies would read as signs.

    Brackets would be entities or marks, `|||` parts the sides, and `${...}` a variable of the environment.
    """
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    for sign, instead in (("[", "("), ("]", ")"), ("{", "("), ("}", ")"), ("|", "/")):
        shown = shown.replace(sign, instead)
    return _BLANKS.sub(" ", shown).strip(" -")


def _json(value: Any) -> str:
    """Write a value as JSON, which is YAML whose text nothing can be mistaken in."""
    return json.dumps(value, ensure_ascii=False)
