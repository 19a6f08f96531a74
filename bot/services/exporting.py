"""Exporting a session: JSON lines with everything, CSV for spreadsheets, Markdown for people, xAPI for
learning systems; with what trainers said about it, as far as the transcript holds it.

No sentence is written here: headings and names come in as `labels`.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timezone
from typing import Any, Final

from bot.coaching.review import APPEAL, COMMENT, LABEL, SCORE, Event
from bot.coaching.taxonomy import NATURES, OBJECTION_LABELS
from bot.services.errors import Refused
from bot.services.export_remarks import (
    REMARK_KEYS,
    as_json,
    heading,
    in_words,
    iso,
    remarks_about,
    remarks_about_session,
)
from bot.services.export_trust import (
    TRUST_KEYS,
    doubtful,
    family_name,
    figures,
    told_about,
    told_about_session,
    trust_cells,
    trust_line,
)
from bot.services.markdown import escape_inline, printable, quote
from bot.services.transcripts import Transcript, TranscriptTurn
from bot.services.trust import Trust, Trusts, untold
from bot.services.xapi import HOME, write_statements
from bot.storage.records import CLICK, Reply

FORMATS: Final[tuple[str, ...]] = ("jsonl", "csv", "md", "xapi")

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
    "labels",
    "comments",
    "score",
    "final_score",
    "agreement",
    "practice_only",
)

LABEL_KEYS: Final[tuple[str, ...]] = (
    *COLUMNS,
    "opened",
    "transcript",
    "trainee",
    "dojo",
    *(f"type.{label}" for label in OBJECTION_LABELS),
    *(f"nature.{nature}" for nature in NATURES),
    *REMARK_KEYS,
    *TRUST_KEYS,
)
"""The keys that `labels` may hold; a key stands for itself where it is missing."""

Labels = Mapping[str, str]
Render = Callable[[Reply], str]

_LINE_ENDS: Final = re.compile("[\x7f-\x9f\u2028\u2029]")
_FORMULA: Final = re.compile(r"[\s\u200b\u2060\ufeff]*[=+\-@＝＋－＠]|[\t\r\n]")


def export(
    transcript: Transcript,
    format: str,
    labels: Labels | None = None,
    render: Render | None = None,
    home: str = HOME,
    trusts: Trusts | None = None,
) -> str:
    """Return a transcript as text in a format; raises Refused("format") for an unknown one.

    `render` tells how a block read when it was shown; without it the texts that filled it stand for it.
    `home` is the home page that xAPI's accounts belong to.
    `trusts` tells how far the bot's judgment may be relied on, as measured last.
    """
    trusts = trusts or untold()
    if format == "jsonl":
        lines = [side for turn in transcript.turns for side in _sides(transcript, turn, trusts)]
        return "".join(map(_json_line, [*lines, *_review_side(transcript), *trust_line(transcript, trusts)]))
    if format == "xapi":
        return write_statements(transcript, labels or {}, home, trusts)
    if format == "csv":
        return _csv(transcript, labels or {}, render or shown_text, trusts)
    if format == "md":
        return "\n".join(_markdown(transcript, labels or {}, render or shown_text, trusts))
    raise Refused("format")


def shown_text(reply: Reply) -> str:
    """Return the texts that filled a block, a line each."""
    return "\n".join(str(text) for text in reply.values.values() if text)


def _sides(transcript: Transcript, turn: TranscriptTurn, trusts: Trusts) -> Iterator[dict[str, Any]]:
    session = transcript.session
    common = {
        "session": session.public_id,
        "name": session.name,
        "channel": session.channel,
        "opened_at": iso(session.opened_at),
        "turn": turn.number,
    }
    yield {
        **common,
        "side": "trainee",
        "at": iso(turn.received_at),
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
            {"from_type": item.from_type, "to_type": item.to_type, "by": item.by, "at": iso(item.at)}
            for item in turn.corrections
        ],
        "practice": list(turn.practice),
        "labels": {family: dict(value) for family, value in turn.labels.items()},
        "practice_only": doubtful(told_about(turn, transcript, trusts)),
        "review": [as_json(event, transcript) for event in remarks_about(transcript, turn.number)],
    }
    if turn.answered_at is not None:
        yield {
            **common,
            "side": "dojo",
            "at": iso(turn.answered_at),
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


def _review_side(transcript: Transcript) -> Iterator[dict[str, Any]]:
    """Yield what trainers said about the session as a whole; nothing where they said nothing at all."""
    if transcript.review.last:
        yield {
            "session": transcript.session.public_id,
            "name": transcript.session.name,
            "channel": transcript.session.channel,
            "side": "review",
            "tags": list(transcript.review.tags),
            "talks": [
                {"talk": t.id, "scenario": t.scenario, "score": t.score, "final_score": t.final_score}
                for t in transcript.talks
            ],
            "review": [as_json(event, transcript) for event in remarks_about_session(transcript)],
        }


def _json_line(side: dict[str, Any]) -> str:
    # Readers that split at every Unicode line end, and terminals, must see one harmless line.
    text = json.dumps(side, ensure_ascii=False, allow_nan=False)
    return _LINE_ENDS.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n"


def _csv(transcript: Transcript, labels: Labels, render: Render, trusts: Trusts) -> str:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(_cell(labels.get(column, column)) for column in COLUMNS)
    for row in (*_rows(transcript, labels, render, trusts), *_review_rows(transcript, labels)):
        writer.writerow(_cell(row.get(column)) for column in COLUMNS)
    return out.getvalue()


def _review_rows(transcript: Transcript, labels: Labels) -> Iterator[dict[str, Any]]:
    session = transcript.session
    for event in remarks_about_session(transcript):
        yield {
            "session": session.public_id,
            "name": session.name,
            "side": "review",
            "at": iso(event.at),
            "kind": event.kind,
            "text": in_words(event, transcript, labels),
            "score": event.data["was"] if event.kind == SCORE else "",
            "final_score": event.data["score"] if event.kind == SCORE else "",
        }


def _rows(transcript: Transcript, labels: Labels, render: Render, trusts: Trusts) -> Iterator[dict[str, Any]]:
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
            "at": iso(turn.received_at),
            "kind": turn.kind,
            "text": turn.text,
            "types": "; ".join(f"{item['type']} {item['confidence']:.2f}" for item in objections),
            "natures": "; ".join(str((item.get("nature") or {}).get("id", "")) for item in objections),
            "click": "" if turn.click is None else turn.click.intent,
            "corrections": "; ".join(f"{item.from_type} > {item.to_type}" for item in turn.corrections),
            "model_version": (turn.reading or {}).get("model_version", ""),
            "labels": _joined(transcript, turn.number, labels, LABEL),
            "comments": _joined(transcript, turn.number, labels, COMMENT, APPEAL),
            **_scores(turn),
            **trust_cells(told_about(turn, transcript, trusts), labels),
        }
        for position, reply in enumerate(turn.replies):
            yield {
                **common,
                "side": "dojo",
                "position": position,
                "at": iso(turn.answered_at),
                "kind": reply.kind,
                "text": render(reply),
            }


def _joined(transcript: Transcript, turn: int, labels: Labels, *kinds: str) -> str:
    said = (event for event in remarks_about(transcript, turn) if event.kind in kinds)
    return "\n".join(in_words(event, transcript, labels) for event in said)


def _scores(turn: TranscriptTurn) -> dict[str, Any]:
    """Return the bot's score of a reply, and the one that counts."""
    for one in turn.practice:
        if one["what"] == "reply" and one.get("assessment"):
            return {"score": one["assessment"]["score"], "final_score": one["final_score"]}
        if one["what"] == "drill_answer":
            return {"score": one["score"], "final_score": one["score"]}
    return {}


def _cell(value: Any) -> str:
    """Write a cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    guarded = _FORMULA.match(text) is not None
    return ("'" if guarded else "") + printable(text)


def _markdown(transcript: Transcript, labels: Labels, render: Render, trusts: Trusts) -> Iterator[str]:
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
    yield from _remarks(remarks_about_session(transcript), transcript, labels)
    for turn in transcript.turns:
        yield ""
        yield f"## {escape_inline(labels.get('turn', 'turn'))} {turn.number} · {_minute(turn.received_at)}"
        yield ""
        yield f"**{who}**"
        yield ""
        yield quote(_typed(turn, labels))
        yield from _findings(turn, labels)
        yield from _doubts(told_about(turn, transcript, trusts), labels)
        yield from _remarks(remarks_about(transcript, turn.number), transcript, labels)
        for reply in turn.replies:
            text = render(reply)
            if text:
                yield ""
                yield f"**{dojo}**"
                yield ""
                yield quote(text)
    yield from _agreement(told_about_session(transcript, trusts), labels)
    yield ""


def _doubts(told: tuple[Trust, ...], labels: Labels) -> Iterator[str]:
    """Yield what of a turn is for practice only."""
    names = trust_cells(told, labels)["practice_only"]
    if names:
        yield ""
        yield f"- **{escape_inline(labels.get('practice_only', 'practice_only'))}**: {escape_inline(names)}"


def _agreement(told: tuple[Trust, ...], labels: Labels) -> Iterator[str]:
    """Yield how far the bot's judgment in a session may be relied on."""
    if told:
        yield ""
        yield f"## {escape_inline(labels.get('agreement', 'agreement'))}"
        yield ""
    for one in told:
        parts = [f"{family_name(one.family, labels)} ({one.lang})", figures(one)]
        parts += [labels.get("practice_only", "practice_only")] if one.practice_only else []
        yield "- " + " · ".join(map(escape_inline, parts))


def _remarks(events: Iterable[Event], transcript: Transcript, labels: Labels) -> Iterator[str]:
    for place, event in enumerate(events):
        if not place:
            yield ""
        head = f"**{escape_inline(heading(event, labels))}** · {_minute(event.at)}"
        lines = in_words(event, transcript, labels).splitlines()
        yield "- " + " · ".join([head, *map(escape_inline, lines)])


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


def _minute(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
