"""What decided lessons teach: lines for the model in Rasa's format, each with its provenance. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from bot.coaching.reading import Piece, Reading
from bot.coaching.taxonomy import (
    MANNER_FAULTS,
    NONE,
    STEPS,
    UNCLEAR,
    intent_of_objection,
    intent_of_technique,
)
from bot.storage.lesson_records import MARK, NATURE, OBJECTION, TECHNIQUE, LessonRecord

_REPLY_MARK: Final = "|||"
_FAULT_SHARE: Final = 0.5
"""A sentence keeps the faults of which the model was so sure."""

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


def lines_of(lessons: Iterable[LessonRecord], readings: Mapping[int, Reading | None]) -> list[TaughtLine]:
    """Return what lessons teach, a line for each message; those that no line can be made of teach nothing.

    Args:
        readings: by the id of the turn: what was read in it, which fills in what no lesson is about.
    """
    ordered = sorted(lessons, key=lambda lesson: (lesson.turn_id, lesson.id))
    lines = []
    for turn, group in groupby(ordered, key=lambda lesson: lesson.turn_id):
        said = {lesson.family: lesson for lesson in group}
        reading = readings.get(turn)
        if OBJECTION in said or NATURE in said:
            lines.append(_customers_line(said, reading))
        if TECHNIQUE in said or MARK in said:
            lines.append(_reply(said, reading))
    return [line for line in lines if line is not None]


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


def _customers_line(said: Mapping[str, LessonRecord], reading: Reading | None) -> TaughtLine | None:
    lessons = [said[family] for family in (OBJECTION, NATURE) if family in said]
    if OBJECTION in said:
        types = tuple(said[OBJECTION].value["types"])
    else:
        types = reading.types if reading is not None else ()
        if not types:
            return None  # a nature of no objection
    nature = said[NATURE].value[NATURE] if NATURE in said else UNCLEAR
    metadata: dict[str, Any] = {} if nature == UNCLEAR else {"nature": nature}
    if len(types) > 1:
        metadata["also"] = list(types[1:])
    return _line(intent_of_objection(types[0] if types else NONE), _plain(lessons[0].text), lessons, metadata)


def _reply(said: Mapping[str, LessonRecord], reading: Reading | None) -> TaughtLine | None:
    lessons = [said[family] for family in (TECHNIQUE, MARK) if family in said]
    ranking = reading.technique_ranking if reading is not None else ()
    if TECHNIQUE in said:
        technique = said[TECHNIQUE].value[TECHNIQUE]
    elif ranking:
        technique = ranking[0][0]
    else:
        return None
    context, text = _plain(lessons[0].context), _plain(lessons[0].text)
    if MARK in said and reading is not None and reading.pieces and context:
        text = _marked(reading.pieces, said[MARK].value["steps"])
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
    return TaughtLine(intent, text, lessons[0].lang, metadata, provenance)


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
