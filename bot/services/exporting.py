"""Exporting a session: JSON lines with everything, CSV for spreadsheets, Markdown for people.

No sentence is written here: headings and names come in as `labels`.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from typing import Any, Final

from bot.coaching.taxonomy import NATURES, OBJECTION_LABELS
from bot.services.errors import Refused
from bot.services.markdown import escape_inline, printable, quote
from bot.services.transcripts import Transcript, TranscriptTurn
from bot.storage.records import CLICK, Reply

FORMATS: Final[tuple[str, ...]] = ("jsonl", "csv", "md")

COLUMNS: Final[tuple[str, ...]] = (
    "session",
    "name",
    "channel",
    "lang",
    "product",
    "turn",
    "side",
    "position",
    "at",
    "kind",
    "text",
    "types",
    "natures",
    "click",
    "corrections",
    "model_version",
)

LABEL_KEYS: Final[tuple[str, ...]] = (
    *COLUMNS,
    "opened",
    "transcript",
    "trainee",
    "dojo",
    *(f"type.{label}" for label in OBJECTION_LABELS),
    *(f"nature.{nature}" for nature in NATURES),
)
"""The keys that `labels` may hold; a key stands for itself where it is missing."""

Labels = Mapping[str, str]
Render = Callable[[Reply], str]

_LINE_ENDS: Final = re.compile("[\x7f-\x9f\u2028\u2029]")
_FORMULA: Final = re.compile(r"[\s\u200b\u2060\ufeff]*[=+\-@＝＋－＠]|[\t\r\n]")


def export(
    transcript: Transcript, format: str, labels: Labels | None = None, render: Render | None = None
) -> str:
    """Return a transcript as text in a format; raises Refused("format") for an unknown one.

    `render` tells how a block read when it was shown; without it the texts that filled it stand for it.
    """
    if format == "jsonl":
        return "".join(_json_line(side) for turn in transcript.turns for side in _sides(transcript, turn))
    if format == "csv":
        return _csv(transcript, labels or {}, render or shown_text)
    if format == "md":
        return "\n".join(_markdown(transcript, labels or {}, render or shown_text))
    raise Refused("format")


def shown_text(reply: Reply) -> str:
    """Return the texts that filled a block, a line each."""
    return "\n".join(str(text) for text in reply.values.values() if text)


def _sides(transcript: Transcript, turn: TranscriptTurn) -> Iterator[dict[str, Any]]:
    session = transcript.session
    common = {
        "session": session.public_id,
        "name": session.name,
        "channel": session.channel,
        "opened_at": _iso(session.opened_at),
        "turn": turn.number,
    }
    yield {
        **common,
        "side": "trainee",
        "at": _iso(turn.received_at),
        "message_id": turn.message_id,
        "kind": turn.kind,
        "text": turn.text,
        "state": turn.state,
        "lang": turn.lang,
        "product": turn.product,
        "reading": turn.reading,
        "command": turn.command,
        "click": None
        if turn.click is None
        else {
            "intent": turn.click.intent,
            "about_turn": turn.click.about_turn,
            "values": turn.click.values,
        },
        "corrections": [
            {"from_type": item.from_type, "to_type": item.to_type, "by": item.by, "at": _iso(item.at)}
            for item in turn.corrections
        ],
        "practice": list(turn.practice),
    }
    if turn.answered_at is not None:
        yield {
            **common,
            "side": "dojo",
            "at": _iso(turn.answered_at),
            "lang": turn.lang,
            "product": turn.product,
            "replies": [
                {
                    "position": position,
                    "kind": reply.kind,
                    "response": reply.response,
                    "values": reply.values,
                    "data": reply.data,
                    "buttons": list(reply.buttons),
                }
                for position, reply in enumerate(turn.replies)
            ],
        }


def _json_line(side: dict[str, Any]) -> str:
    # Readers that split at every Unicode line end, and terminals, must see one harmless line.
    text = json.dumps(side, ensure_ascii=False, allow_nan=False)
    return _LINE_ENDS.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n"


def _csv(transcript: Transcript, labels: Labels, render: Render) -> str:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(_cell(labels.get(column, column)) for column in COLUMNS)
    for row in _rows(transcript, render):
        writer.writerow(_cell(row.get(column)) for column in COLUMNS)
    return out.getvalue()


def _rows(transcript: Transcript, render: Render) -> Iterator[dict[str, Any]]:
    session = transcript.session
    for turn in transcript.turns:
        common = {
            "session": session.public_id,
            "name": session.name,
            "channel": session.channel,
            "lang": turn.lang or session.lang,
            "product": turn.product or session.product,
            "turn": turn.number,
        }
        objections = (turn.reading or {}).get("objections", ())
        yield {
            **common,
            "side": "trainee",
            "at": _iso(turn.received_at),
            "kind": turn.kind,
            "text": turn.text,
            "types": "; ".join(f"{item['type']} {item['confidence']:.2f}" for item in objections),
            "natures": "; ".join(str((item.get("nature") or {}).get("id", "")) for item in objections),
            "click": "" if turn.click is None else turn.click.intent,
            "corrections": "; ".join(f"{item.from_type} > {item.to_type}" for item in turn.corrections),
            "model_version": (turn.reading or {}).get("model_version", ""),
        }
        for position, reply in enumerate(turn.replies):
            yield {
                **common,
                "side": "dojo",
                "position": position,
                "at": _iso(turn.answered_at),
                "kind": reply.kind,
                "text": render(reply),
            }


def _cell(value: Any) -> str:
    """Write a cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    guarded = _FORMULA.match(text) is not None
    return ("'" if guarded else "") + printable(text)


def _markdown(transcript: Transcript, labels: Labels, render: Render) -> Iterator[str]:
    session = transcript.session
    who = escape_inline(session.name or labels.get("trainee", "trainee"))
    dojo = escape_inline(labels.get("dojo", "dojo"))
    yield f"# {escape_inline(labels.get('transcript', 'transcript'))}: {who}"
    yield ""
    facts = {
        "session": session.public_id,
        "opened": _minute(session.opened_at),
        "channel": session.channel,
        "lang": session.lang,
        "product": session.product,
    }
    for key, value in facts.items():
        yield f"- {escape_inline(labels.get(key, key))}: {escape_inline(value)}"
    for turn in transcript.turns:
        yield ""
        yield f"## {escape_inline(labels.get('turn', 'turn'))} {turn.number} · {_minute(turn.received_at)}"
        yield ""
        yield f"**{who}**"
        yield ""
        yield quote(_typed(turn, labels))
        yield from _findings(turn, labels)
        for reply in turn.replies:
            text = render(reply)
            if text:
                yield ""
                yield f"**{dojo}**"
                yield ""
                yield quote(text)
    yield ""


def _typed(turn: TranscriptTurn, labels: Labels) -> str:
    if turn.kind == CLICK and turn.click is not None:
        return f"{labels.get('click', 'click')}: {turn.click.intent}"
    return turn.text


def _findings(turn: TranscriptTurn, labels: Labels) -> Iterator[str]:
    def name(kind: str, label: str) -> str:
        return escape_inline(labels.get(f"{kind}.{label}", label))

    objections = (turn.reading or {}).get("objections", ())
    if objections or turn.corrections:
        yield ""
    for item in objections:
        nature = (item.get("nature") or {}).get("id")
        parts = [
            f"{name('type', item['type'])} {item['confidence']:.2f}",
            name("nature", nature) if nature else "",
            escape_inline(str(item.get("span") or "")),
        ]
        yield "- " + " · ".join(part for part in parts if part)
    for correction in turn.corrections:
        change = f"{name('type', correction.from_type)} → {name('type', correction.to_type)}"
        heading = escape_inline(labels.get("corrections", "corrections"))
        yield f"- {heading}: {change} · {escape_inline(correction.by)} · {_minute(correction.at)}"


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(timezone.utc).isoformat()


def _minute(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
