"""The forms of the review page: read into what the use case takes, kept for who has to send them again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.datastructures import FormData

from bot.coaching.families import NATURE, OBJECTION, TECHNIQUE
from bot.coaching.labels import MARK
from bot.coaching.review import APPEAL, COMMENT, LABEL, REVIEWED, SCORE, TAG, UNDO
from bot.services.errors import Refused
from bot.services.numeral import whole_number
from bot.services.reviewing import Form

_ON: Final = "on"
_LISTS: Final = {OBJECTION: "types", MARK: "steps"}
_HIDDEN: Final = frozenset({"csrf", "seen", "token"})


def read_form(form: FormData) -> Form:
    """Return what a form says; raises Refused("kind") where it says nothing that makes sense."""
    kind = _text(form, "do")
    turn = _number(form, "turn", wrong=0)
    read = _READERS.get(kind)
    if read is None:
        raise Refused("kind")
    return Form(kind, _number(form, "seen") or 0, _text(form, "token"), turn, read(form))


def undone_event(form: FormData) -> int:
    """Return the id of the event that a form takes back, 0 for a form of another kind."""
    return (_number(form, "event") or 0) if _text(form, "do") == UNDO else 0


def kept(form: FormData) -> list[tuple[str, str]]:
    """Return the fields of a form in order, so that it can be sent once more."""
    return [(name, str(value)) for name, value in form.multi_items() if name not in _HIDDEN]


def _comment(form: FormData) -> dict[str, Any]:
    return {"text": _text(form, "text"), "told": _text(form, "told") == _ON}


def _label(form: FormData) -> dict[str, Any]:
    family = _text(form, "family")
    if family in _LISTS:
        return {"family": family, "value": {_LISTS[family]: [str(one) for one in form.getlist("value")]}}
    key = {NATURE: NATURE, TECHNIQUE: TECHNIQUE}.get(family, "")
    return {"family": family, "value": {key: _text(form, "value")}}


def _score(form: FormData) -> dict[str, Any]:
    score = _number(form, "score", wrong=-1)
    return {"talk": _number(form, "talk"), "score": score, "reason": _text(form, "reason")}


def _appeal(form: FormData) -> dict[str, Any]:
    return {
        "appeal": _number(form, "appeal"),
        "verdict": _text(form, "verdict"),
        "points": _number(form, "points"),
        "reason": _text(form, "reason"),
    }


def _reviewed(form: FormData) -> dict[str, Any]:
    return {"on": _text(form, "on") == _ON}


def _tag(form: FormData) -> dict[str, Any]:
    return {"tag": _text(form, "tag"), "on": _text(form, "on") == _ON}


_READERS: Final[Mapping[str, Any]] = {
    COMMENT: _comment,
    LABEL: _label,
    SCORE: _score,
    APPEAL: _appeal,
    REVIEWED: _reviewed,
    TAG: _tag,
}


def _text(form: FormData, name: str) -> str:
    return str(form.get(name) or "")


def _number(form: FormData, name: str, *, wrong: int | None = None) -> int | None:
    """Return a number, None where none is given; `wrong` for what is none, or too huge."""
    text = _text(form, name).strip()
    size = whole_number(text.removeprefix("-"))
    if size is None:
        return wrong if text else None
    return -size if text.startswith("-") else size
