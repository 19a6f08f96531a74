"""What is kept of somebody for Slack, in rows that they can read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any, Final

from bot.services.signing import slack_session
from bot.services.slack_ids import slack_ids
from bot.storage.unit_of_work import UnitOfWork

_WISHES: Final = {
    "lang": "language_chosen",
    "daily": "reminder_at",
    "daily_since": "reminder_chosen_at",
    "snoozed": "reminder_put_off_until",
}
"""What people choose in Slack, as the channel calls it, and as it is told; anything else as it is."""

_TIMES: Final = frozenset({"daily_since", "snoozed"})


def slack_rows(
    uow: UnitOfWork, secret: bytes, trainee: int, *, linked: bool
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what is kept of a trainee for Slack, each row with its table: who they are there and what they
    chose, their talks, the bot's messages, and what they wrote that is not answered yet.

    Args:
        linked: whether they tied Slack to an account of their own.
    """
    for who in slack_ids(uow, secret, trainee):
        for row in uow.slack_people.rows_of("slack_people", who):
            yield "slack_people", {**_person(row), "linked": linked}
        for row in uow.slack_people.rows_of("slack_conversations", who):
            of = {"name": row["name"], "session": slack_session(secret, row["name"])}
            yield "slack_conversations", {**of, "active_at": _instant(row["active_at"])}
        for row in uow.slack_people.rows_of("slack_posts", who):
            said = json.loads(row["arguments"])
            of = {"conversation": row["conversation"], "channel": row["channel"], "state": row["state"]}
            of["text"] = str(said.get("text") or "")
            yield "slack_posts", {**of, "made_at": _instant(row["made_at"])}
        for row in uow.slack_people.rows_of("slack_events", who):
            said = json.loads(row["event"] or "{}")
            of = {"conversation": row["conversation"], "state": row["state"], "text": said.get("text", "")}
            yield "slack_events", {**of, "received_at": _instant(row["received_at"])}


def _person(row: Mapping[str, Any]) -> dict[str, Any]:
    told = {
        "workspace": row["workspace"],
        "user": row["user"],
        "name": row["name"],
        "language": row["locale"],
        "time_zone": row["zone"],
        "direct_messages": row["im"],
        "asked_slack_at": _instant(row["asked_at"]),
    }
    for name, value in json.loads(row["wishes"]).items():
        told[_WISHES.get(name, name)] = _instant(value) if name in _TIMES else value
    return told


def _instant(seconds: float) -> datetime | None:
    return datetime.fromtimestamp(seconds, timezone.utc) if seconds else None
