"""One message as the NLU read it: what it objects to, how sure that is, and the words that carry it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.coaching.taxonomy import LANGS, NATURES, OBJECTION_TYPES, UNCLEAR

Ranking = tuple[tuple[str, float], ...]
"""Labels with their confidence, best first."""


@dataclass(frozen=True)
class Nature:
    """Whether an objection is meant as said, and the words that speak for it."""

    id: str
    confidence: float
    cue: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {"id": self.id, "confidence": self.confidence, "cue": self.cue}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Nature:
        """Build it from plain JSON values."""
        nature = cls(str(data["id"]), float(data["confidence"]), str(data.get("cue") or ""))
        if nature.id not in NATURES:
            raise ValueError(f"reading: unknown nature {nature.id!r}")
        return nature


UNCLEAR_NATURE = Nature(UNCLEAR, 0.0, "")


@dataclass(frozen=True)
class Objection:
    """One objection in a message: its type, the span of text that carries it, and its nature."""

    type: str
    confidence: float
    span: str
    nature: Nature = UNCLEAR_NATURE

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {
            "type": self.type,
            "confidence": self.confidence,
            "span": self.span,
            "nature": self.nature.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Objection:
        """Build it from plain JSON values."""
        nature = data.get("nature")
        objection = cls(
            str(data["type"]),
            float(data["confidence"]),
            str(data.get("span") or ""),
            Nature.from_json(nature) if nature else UNCLEAR_NATURE,
        )
        if objection.type not in OBJECTION_TYPES:
            raise ValueError(f"reading: unknown objection type {objection.type!r}")
        return objection


@dataclass(frozen=True)
class Clause:
    """A part of a message, `text[start:end]`, with a ranking of its own."""

    text: str
    start: int
    end: int
    ranking: Ranking

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {"text": self.text, "start": self.start, "end": self.end, "ranking": _pairs(self.ranking)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Clause:
        """Build it from plain JSON values."""
        return cls(str(data["text"]), int(data["start"]), int(data["end"]), _ranking(data["ranking"]))


@dataclass(frozen=True)
class Piece:
    """A sentence of a seller's reply, `text[start:end]`, with the share of each mark (steps and faults)."""

    text: str
    start: int
    end: int
    marks: Mapping[str, float]

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {"text": self.text, "start": self.start, "end": self.end, "marks": dict(self.marks)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Piece:
        """Build it from plain JSON values."""
        marks = {str(mark): float(share) for mark, share in data["marks"].items()}
        return cls(str(data["text"]), int(data["start"]), int(data["end"]), marks)


@dataclass(frozen=True)
class Reading:
    """The whole NLU result for one typed message.

    `ranking` covers the ten objection types and `none`, `technique_ranking` the six techniques and `none`.
    `objections` is empty when the message is no objection; `unsure` asks for a question to the trainee.
    `pieces` are there for a seller's reply only.
    """

    text: str
    lang: str
    intent: str
    confidence: float
    objections: tuple[Objection, ...] = ()
    ranking: Ranking = ()
    technique_ranking: Ranking = ()
    clauses: tuple[Clause, ...] = ()
    entities: tuple[Mapping[str, Any], ...] = ()
    unsure: bool = False
    model_version: str = ""
    pieces: tuple[Piece, ...] = ()

    @property
    def types(self) -> tuple[str, ...]:
        """The types of its objections, in their order."""
        return tuple(objection.type for objection in self.objections)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON values; `from_json` reads them back."""
        return {
            "text": self.text,
            "lang": self.lang,
            "intent": self.intent,
            "confidence": self.confidence,
            "objections": [objection.to_json() for objection in self.objections],
            "ranking": _pairs(self.ranking),
            "technique_ranking": _pairs(self.technique_ranking),
            "clauses": [clause.to_json() for clause in self.clauses],
            "entities": [dict(entity) for entity in self.entities],
            "unsure": self.unsure,
            "model_version": self.model_version,
            **({"pieces": [piece.to_json() for piece in self.pieces]} if self.pieces else {}),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Reading:
        """Build it from plain JSON values; raises ValueError naming what is wrong."""
        try:
            reading = cls(
                text=str(data["text"]),
                lang=str(data["lang"]),
                intent=str(data["intent"]),
                confidence=float(data["confidence"]),
                objections=tuple(Objection.from_json(item) for item in data.get("objections") or ()),
                ranking=_ranking(data.get("ranking") or ()),
                technique_ranking=_ranking(data.get("technique_ranking") or ()),
                clauses=tuple(Clause.from_json(item) for item in data.get("clauses") or ()),
                entities=tuple(dict(item) for item in data.get("entities") or ()),
                unsure=bool(data.get("unsure", False)),
                model_version=str(data.get("model_version") or ""),
                pieces=tuple(Piece.from_json(item) for item in data.get("pieces") or ()),
            )
        except KeyError as error:
            raise ValueError(f"reading: key {error} is missing") from error
        except TypeError as error:
            raise ValueError(f"reading: a value has the wrong type ({error})") from error
        if reading.lang not in LANGS:
            raise ValueError(f"reading: unknown language {reading.lang!r}")
        return reading

    @classmethod
    def from_message(cls, message: Mapping[str, Any]) -> Reading | None:
        """Take the reading out of a parsed message (`tracker.latest_message`).

        None where the NLU did not run, which is so for every click.
        """
        data = message.get("reading")
        return cls.from_json(data) if data else None


def _ranking(data: Sequence[Sequence[Any]]) -> Ranking:
    return tuple((str(label), float(confidence)) for label, confidence in data)


def _pairs(ranking: Ranking) -> list[list[Any]]:
    return [[label, confidence] for label, confidence in ranking]
