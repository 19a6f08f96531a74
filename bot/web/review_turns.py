"""A session's turns as trainers read them: both sides, the bot's labels and how sure it was, remarks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from bot.coaching.families import NATURE, OBJECTION, TECHNIQUE
from bot.coaching.labels import MARK
from bot.services.inspecting import Inspection, Way
from bot.services.transcripts import TranscriptTurn
from bot.storage.records import AppealRecord, TalkTurnRecord
from bot.web.blocks import percent, segments
from bot.web.evidence import passages
from bot.web.remarks import Remark, remarks_on
from bot.web.room import Room
from bot.web.transcripts import ShownTurn, shown_turns
from bot.web.wording import Speech

ASIDE: Final = frozenset(
    {"sorted", "nature", "script", "telephone", "feedback", "scenarios", "progress", "products", "ask_type"}
)
"""The kinds of cards that say what stands beside the message already, or help the trainee: folded."""

LEFT_OUT: Final = "tries"
"""The kind of card that the ways side by side stand for."""


@dataclass(frozen=True)
class Piece:
    """A piece of a message: `tone` is "" or `gain`, `loss`, `type`; `tags` name what it carries."""

    text: str
    tone: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Label:
    """What the bot says of a message in one family, and what may be said instead.

    Attributes:
        bot: names with the confidence in percent, None where there is none.
        value: what holds now, for the form; the trainer's where there is one.
    """

    family: str
    bot: tuple[tuple[str, int | None], ...]
    value: Mapping[str, Any]
    corrected: bool


@dataclass(frozen=True)
class ShownReply:
    """A reply on one of several ways."""

    number: int
    turn: int
    pieces: tuple[Piece, ...]
    method: str
    score: int | None
    final_score: int | None
    answer: str


@dataclass(frozen=True)
class ReviewTurn:
    """One turn.

    Attributes:
        open_cards, folded_cards: what the dojo showed.
        aids: how many hints and demonstrations were taken before it.
        redone_in: the number of the turn that did it again, 0 if none.
        ways: the ways that the talk took from here, where it is the latest try of a reply.
    """

    number: int
    at: datetime
    answered: bool
    clicked: bool
    pieces: tuple[Piece, ...]
    labels: tuple[Label, ...]
    unsure: bool
    model: str
    score: int | None
    final_score: int | None
    aids: int
    superseded: bool
    redone_in: int
    appeals: tuple[AppealRecord, ...]
    remarks: tuple[Remark, ...]
    open_cards: tuple[str, ...]
    folded_cards: tuple[str, ...]
    ways: tuple[tuple[ShownReply, ...], ...]


def review_turns(room: Room, inspection: Inspection, t: Speech) -> tuple[ReviewTurn, ...]:
    """Return the turns of a page of a session."""
    transcript = inspection.transcript
    without = replace(transcript, turns=tuple(_without(turn, LEFT_OUT) for turn in transcript.turns))
    drawn = zip(without.turns, shown_turns(room, without, t), strict=True)
    redone = {
        reply.id: turn for turn, ways in inspection.ways.items() for way in ways[:-1] for reply in way.replies
    }
    return tuple(_turn(inspection, turn, shown, redone, t) for turn, shown in drawn)


def appealed_points(inspection: Inspection) -> dict[int, int]:
    """Return by appeal what the bot gave or took for what it is about, where that is on the page."""
    judged = {turn.number: _assessment(turn) for turn in inspection.transcript.turns}
    found = {}
    for appeal in inspection.appeals:
        assessment = judged.get(appeal.turn, {})
        points = [one["points"] for one in assessment.get("evidence", ()) if one["rule"] == appeal.rule]
        if appeal.rule == "score" and assessment.get("score") is not None:
            points = [assessment["score"]]
        if points:
            found[appeal.id] = sum(points)
    return found


def _turn(
    inspection: Inspection, turn: TranscriptTurn, shown: ShownTurn, redone: Mapping[int, int], t: Speech
) -> ReviewTurn:
    reply = next((one for one in turn.practice if one["what"] == "reply"), None)
    assessment = _assessment(turn)
    reading = turn.reading or {}
    review = inspection.transcript.review
    cards = tuple(zip((block.kind for block in turn.replies), shown.cards, strict=True))
    return ReviewTurn(
        number=turn.number,
        at=turn.received_at,
        answered=shown.answered,
        clicked=shown.clicked,
        pieces=_pieces(shown, reading, assessment, t),
        labels=tuple(
            _label(family, value, reading, assessment, review.labels_of(turn.number), t)
            for family, value in turn.labels.items()
        ),
        unsure=bool(reading.get("unsure")),
        model=str(reading.get("model_version") or ""),
        score=assessment.get("score"),
        final_score=reply["final_score"] if reply else assessment.get("score"),
        aids=int(reply["course"].get("hints") or 0) if reply else 0,
        superseded=bool(reply and reply["superseded"]),
        redone_in=redone.get(reply["talk_turn"], 0) if reply else 0,
        appeals=tuple(one for one in inspection.appeals if one.turn == turn.number),
        remarks=remarks_on(inspection.transcript, turn.number, t),
        open_cards=tuple(card for kind, card in cards if kind not in ASIDE),
        folded_cards=tuple(card for kind, card in cards if kind in ASIDE),
        ways=tuple(_way(way, t) for way in inspection.ways.get(turn.number, ())),
    )


def _without(turn: TranscriptTurn, kind: str) -> TranscriptTurn:
    return replace(turn, replies=tuple(reply for reply in turn.replies if reply.kind != kind))


def _assessment(turn: TranscriptTurn) -> Mapping[str, Any]:
    for one in turn.practice:
        found = one.get("assessment") or (one.get("data") or {}).get("assessment")
        if isinstance(found, Mapping):
            return found
    return {}


def _pieces(
    shown: ShownTurn, reading: Mapping[str, Any], assessment: Mapping[str, Any], t: Speech
) -> tuple[Piece, ...]:
    if shown.clicked:
        return (Piece(shown.said),)
    if assessment:
        return _judged(shown.said, assessment, t)
    objections = reading.get("objections") or ()
    names = [t.name("type", objection["type"]) for objection in objections]
    spans = [str(objection.get("span") or "") for objection in objections]
    return tuple(
        Piece(piece.text, "type", (names[piece.mark - 1],)) if piece.mark else Piece(piece.text)
        for piece in segments(shown.said, spans)
    )


def _judged(text: str, assessment: Mapping[str, Any], t: Speech) -> tuple[Piece, ...]:
    method = str(assessment.get("technique") or "")
    evidence = [{**item, "name": t.name("rule", item["rule"])} for item in assessment.get("evidence") or ()]
    cut = passages(text, evidence, t.name("method", method) if method not in ("", "none") else "")
    return tuple(Piece(piece.text, piece.tone, (*piece.gains, *piece.losses)) for piece in cut)


def _label(
    family: str,
    value: Mapping[str, Any],
    reading: Mapping[str, Any],
    assessment: Mapping[str, Any],
    said: Mapping[str, Any],
    t: Speech,
) -> Label:
    event = said.get(family)
    return Label(
        family=family,
        bot=tuple(_sure(family, value, reading, assessment, t)),
        value=value if event is None else event.data["value"],
        corrected=event is not None,
    )


def _sure(
    family: str,
    value: Mapping[str, Any],
    reading: Mapping[str, Any],
    assessment: Mapping[str, Any],
    t: Speech,
) -> Iterable[tuple[str, int | None]]:
    """Yield the bot's labels of a family with how sure it was."""
    objections: Sequence[Mapping[str, Any]] = reading.get("objections") or ()
    if family == OBJECTION:
        for objection in objections:
            yield t.name("type", objection["type"]), percent(objection.get("confidence"))
        if not objections:
            ranking = dict(reading.get("ranking") or ())
            yield t("review.no_objection"), percent(ranking["none"]) if "none" in ranking else None
    elif family == NATURE:
        nature = (objections[0].get("nature") or {}) if objections else {}
        sure = percent(nature["confidence"]) if nature.get("confidence") else None
        yield t.name("nature", value[NATURE]), sure
    elif family == TECHNIQUE:
        yield t.name("method", value[TECHNIQUE]), percent(assessment.get("technique_confidence"))
    elif family == MARK:
        sure_of = {item["rule"]: item.get("confidence") for item in assessment.get("evidence") or ()}
        for step in value["steps"]:
            yield t.name("rule", step), percent(sure_of.get(step))
        if not value["steps"]:
            yield t("review.no_steps"), None


def _way(way: Way, t: Speech) -> tuple[ShownReply, ...]:
    return tuple(_reply(reply, t) for reply in way.replies)


def _reply(reply: TalkTurnRecord, t: Speech) -> ShownReply:
    return ShownReply(
        number=reply.number,
        turn=reply.turn,
        pieces=_judged(reply.reply, reply.assessment or {}, t),
        method=t.name("method", reply.technique or "none"),
        score=reply.score,
        final_score=reply.final_score,
        answer=reply.line,
    )
