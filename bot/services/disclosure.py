"""What people are told about themselves: their rows, less what is others', and who looked at them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from bot.coaching.review import COMMENT
from bot.storage.unit_of_work import UnitOfWork

Row = tuple[str, dict[str, Any]]
"""A row and its table."""

_SUBJECTS: Final = {
    "sessions": ("session", "public_id"),
    "lessons": ("lesson", "id"),
    "trainees": ("trainee", "id"),
}
"""The tables whose rows the audit log has a name for, that name, and the column it calls them by."""

_AMONG_TRAINERS: Final = frozenset({"comment", "tag", "rate", "undo", "redo"})
_REVIEW: Final = "review"
_MACHINE: Final = "machine"


def of_trainee(uow: UnitOfWork, trainee: int, *, account: int | None = None) -> list[Row]:
    """Return all that is kept of a trainee's practice, and who looked at it, at them or at their account."""
    rows = list(uow.forgetting.rows_of(trainee))
    return [*_for_trainee(rows), *_looks(uow, rows, account)]


def lines(rows: Iterable[Row]) -> Iterator[str]:
    """Yield rows as JSON Lines."""
    for table, row in rows:
        yield json.dumps({"table": table, **row}, ensure_ascii=False, default=_written) + "\n"


def _for_trainee(rows: Iterable[Row]) -> Iterator[Row]:
    """Leave out what trainers said among themselves: comments not meant for the trainee, blind ratings."""
    private: set[int] = set()
    for table, row in rows:
        if table == "review_events":
            data = row["data"]
            if (row["kind"] == COMMENT and not data.get("told")) or data.get("event") in private:
                private.add(row["id"])
                continue
        if table != "ratings":
            yield table, row


def _looks(uow: UnitOfWork, rows: Iterable[Row], account: int | None) -> Iterator[Row]:
    """Yield who looked or changed something, in which role, and when, oldest first; not what was said."""
    about: dict[str, set[str]] = {} if account is None else {"account": {str(account)}}
    for table, row in rows:
        if table in _SUBJECTS:
            subject, column = _SUBJECTS[table]
            about.setdefault(subject, set()).add(str(row[column]))
    entries = [
        entry
        for subject, ids in about.items()
        for entry in uow.audit.about(subject, ids)
        if account is None or entry.account != account
    ]
    known = {id_: uow.accounts.find(id_) for id_ in {entry.account for entry in entries} if id_ is not None}
    for entry in sorted(entries, key=lambda one: one.id):
        who = known.get(entry.account) if entry.account is not None else None
        yield (
            "audit",
            {
                "at": entry.at,
                "by": "" if who is None else who.name,
                "role": _MACHINE if who is None else who.role,
                "action": _REVIEW if entry.action in _AMONG_TRAINERS else entry.action,
                "subject": entry.subject,
                "subject_id": entry.subject_id,
            },
        )


def _written(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
