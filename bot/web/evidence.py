"""A trainee's reply with the words marked that earned or cost points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.coaching.assessment import LIMIT, METHOD, START
from bot.coaching.taxonomy import FORM_FAULTS

_WHOLE: Final = frozenset({START, LIMIT, *FORM_FAULTS})
"""Rules about a reply as a whole: to mark all of it would say nothing."""


@dataclass(frozen=True)
class Passage:
    """A piece of a reply with the names of what it earned and cost; both empty where it did neither."""

    text: str
    gains: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()

    @property
    def tone(self) -> str:
        """How the piece is to look."""
        return "loss" if self.losses else "gain" if self.gains else ""


def passages(text: str, evidence: Iterable[Mapping[str, Any]], method: str = "") -> tuple[Passage, ...]:
    """Cut a reply at the ends of its evidence, and name what each piece earned or cost.

    Evidence that does not fit the text is left out. `method` is the name of the method that was used.
    """
    found = [(*span, item) for item in evidence if (span := _span(item, len(text)))]
    edges = sorted({0, len(text), *(edge for start, end, _ in found for edge in (start, end))})
    pieces: list[Passage] = []
    for begin, end in zip(edges, edges[1:], strict=False):
        over = [item for start, stop, item in found if start <= begin and end <= stop]
        gains = _names((item for item in over if item["points"] > 0), method)
        losses = _names((item for item in over if item["points"] < 0), method)
        last = pieces[-1] if pieces else None
        if last and (last.gains, last.losses) == (gains, losses):
            pieces[-1] = Passage(last.text + text[begin:end], gains, losses)
        else:
            pieces.append(Passage(text[begin:end], gains, losses))
    return tuple(pieces)


def signed(points: Any) -> str:
    """Return points with their sign."""
    number = points if isinstance(points, int) else 0
    return f"+{number}" if number > 0 else str(number).replace("-", "\N{MINUS SIGN}")


def _span(item: Mapping[str, Any], length: int) -> tuple[int, int] | None:
    span = item.get("span")
    if item.get("rule") in _WHOLE or not isinstance(item.get("points"), int):
        return None
    if not isinstance(span, (list, tuple)) or len(span) != 2 or not all(isinstance(e, int) for e in span):
        return None
    start, end = span
    return (start, end) if 0 <= start < end <= length else None


def _names(items: Iterable[Mapping[str, Any]], method: str) -> tuple[str, ...]:
    names = (
        method if item.get("rule") == METHOD and method else str(item.get("name") or "") for item in items
    )
    return tuple(dict.fromkeys(name for name in names if name))
