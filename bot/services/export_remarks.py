"""What trainers said, as exports write it. No sentence is written here: words come in as `labels`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any, Final

from bot.coaching.families import NATURE, OBJECTION, TECHNIQUE
from bot.coaching.labels import LABEL_FAMILIES
from bot.coaching.review import APPEAL, COMMENT, KINDS, LABEL, SCORE, TAG, VERDICTS, Event
from bot.coaching.taxonomy import STEPS, TECHNIQUE_LABELS
from bot.services.transcripts import Transcript

REMARK_KEYS: Final[tuple[str, ...]] = (
    "among_us",
    *(f"said.{kind}" for kind in KINDS),
    *(f"family.{family}" for family in LABEL_FAMILIES),
    *(f"verdict.{verdict}" for verdict in VERDICTS),
    *(f"method.{label}" for label in TECHNIQUE_LABELS),
    *(f"rule.{step}" for step in STEPS),
)
"""The keys that `labels` may hold besides those of the transcript."""

_INNER: Final = frozenset({"after", "talk_turn"})

Labels = Mapping[str, str]


def remarks_about(transcript: Transcript, turn: int) -> tuple[Event, ...]:
    """Return what holds about a turn: labels, answers to appeals, comments."""
    review = transcript.review
    labels = review.labels_of(turn)
    answers = [event for event in review.answers.values() if event.data["turn"] == turn]
    return (*(labels[family] for family in sorted(labels)), *answers, *review.comments_on(turn))


def remarks_about_session(transcript: Transcript) -> tuple[Event, ...]:
    """Return what holds about the session as a whole."""
    review = transcript.review
    reviewed = [review.reviewed] if review.reviewed else []
    return (*reviewed, *review.scores.values(), *review.tags.values(), *review.comments_on(None))


def as_json(event: Event, transcript: Transcript) -> dict[str, Any]:
    """Return a remark as plain JSON values."""
    data = {key: value for key, value in event.data.items() if key not in _INNER}
    return {"kind": event.kind, "by": transcript.by.get(event.by), "at": iso(event.at), **data}


def in_words(event: Event, transcript: Transcript, labels: Labels) -> str:
    """Return a remark as a line of text, with who said it."""
    parts = [transcript.by.get(event.by) or "", _what(event, labels), _text(event, labels)]
    return " · ".join(part for part in parts if part)


def heading(event: Event, labels: Labels) -> str:
    """Return what kind of a remark it is."""
    return labels.get(f"said.{event.kind}", event.kind)


def iso(moment: datetime | None) -> str | None:
    """Return a moment as exports write it."""
    return None if moment is None else moment.astimezone(timezone.utc).isoformat()


def _what(event: Event, labels: Labels) -> str:
    data = event.data
    if event.kind == LABEL:
        family = labels.get(f"family.{data['family']}", data["family"])
        was, now = (_value(data["family"], data[key], labels) for key in ("was", "value"))
        return f"{family}: {was} → {now}"
    if event.kind == SCORE:
        return f"{data['was']} → {data['was'] if data['score'] is None else data['score']}"
    if event.kind == APPEAL:
        rule = labels.get(f"rule.{data['rule']}", data["rule"])
        verdict = labels.get(f"verdict.{data['verdict']}", data["verdict"])
        return f"{rule}: {verdict}" + ("" if data["points"] is None else f" ({data['points']})")
    return str(data["tag"]) if event.kind == TAG else ""


def _value(family: str, value: Mapping[str, Any], labels: Labels) -> str:
    kind, ids = {
        OBJECTION: ("type", value.get("types") or ["none"]),
        NATURE: ("nature", [value.get(NATURE)]),
        TECHNIQUE: ("method", [value.get(TECHNIQUE)]),
    }.get(family, ("rule", value.get("steps") or ["-"]))
    return ", ".join(labels.get(f"{kind}.{id_}", str(id_)) for id_ in ids)


def _text(event: Event, labels: Labels) -> str:
    text = str(event.data.get("text") or event.data.get("reason") or "")
    if event.kind == COMMENT and not event.data["told"]:
        return f"[{labels.get('among_us', 'among_us')}] {text}"
    return text
