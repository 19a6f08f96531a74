"""Which people in Slack a trainee is, and where their talks were; the dojo's secret tells it."""

from __future__ import annotations

from typing import Final

from bot.services.signing import derived_key, slack_session
from bot.storage.repositories import key_hash
from bot.storage.slack_people import SlackId
from bot.storage.unit_of_work import UnitOfWork

SLACK: Final = "slack"
"""The channel of a session in Slack, and the kind of key that people have there."""

UNKNOWN: Final = "?"
"""In place of a workspace's id."""


def slack_ids(uow: UnitOfWork, secret: bytes, trainee: int) -> tuple[SlackId, ...]:
    """Return the people in Slack that are a trainee: several, where they linked from several workspaces."""
    keys = uow.forgetting.keys_of(trainee)
    return tuple(who for who in uow.slack_people.all() if key_hash(derived_key(secret, SLACK, *who)) in keys)


def workspaces_of(
    uow: UnitOfWork, secret: bytes, *, trainee: int, session: str, channel: str
) -> frozenset[str]:
    """Return the workspaces to which a trainee's session belongs; none for who is not in Slack.

    A talk in Slack belongs to the one where it was (`UNKNOWN` where that cannot be told any more), everything
    else to all in which the trainee is.
    """
    who = slack_ids(uow, secret, trainee)
    theirs = frozenset(one.workspace for one in who)
    if channel != SLACK or len(theirs) < 2:
        return theirs
    for one in who:
        if session in {slack_session(secret, name) for name in uow.slack_people.conversations(one)}:
            return frozenset({one.workspace})
    return frozenset({UNKNOWN})
