"""Telling trainers in a channel of theirs, if they want, what trainees hand in and disagree with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.services.access import TRAINER, Person
from bot.services.notice_channels import NoticeChannel, channels_for
from bot.services.slack_ids import workspaces_of
from bot.storage.notices import NoticeRecord
from bot.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

KEPT: Final = timedelta(days=7)
"""What nobody took for so long is not told any more."""

_AT_ONCE: Final = 50


@dataclass(frozen=True)
class Notice:
    """Something to tell trainers.

    Attributes:
        key: the same whenever this notice is sent, and of no other.
        kind: `handed_in` or `appealed`.
        name: of the trainee as trainers see it, a pseudonym where their team wants it.
        scenario: id of the role-play, empty for none.
        workspaces: of Slack, to which it belongs: nobody in another one is told. Empty: to none.
        channels: where it is to be told.
    """

    id: int
    key: str
    kind: str
    name: str
    session: str
    scenario: str
    workspaces: frozenset[str] = frozenset()
    channels: tuple[NoticeChannel, ...] = ()


def open_notices(
    units: UnitOfWorkFactory, secret: bytes = b"", channels: Sequence[NoticeChannel] = ()
) -> tuple[Notice, ...]:
    """Return what is to be told, the oldest first, and in which of the channels. Raises Unavailable."""
    with units(reading=True) as uow:
        found = uow.notices.open(_AT_ONCE)
        names = uow.sight.names(Person(key="", role=TRAINER), {one.trainee_id for one in found})
        return tuple(_notice(uow, secret, one, names.get(one.trainee_id, ""), channels) for one in found)


def _notice(
    uow: UnitOfWork, secret: bytes, one: NoticeRecord, name: str, channels: Sequence[NoticeChannel]
) -> Notice:
    account = uow.trainees.account_of(one.trainee_id)
    of = frozenset() if account is None else uow.teams.of(account)
    teams = {team.name for team in uow.teams.all() if team.id in of}
    workspaces = workspaces_of(uow, secret, trainee=one.trainee_id, session=one.session, channel=one.channel)
    return Notice(
        one.id,
        # ids of rows that were deleted may be given out again
        f"n.{one.id}.{int(one.made_at.timestamp())}",
        one.kind,
        name,
        one.session,
        one.scenario,
        workspaces,
        channels_for(channels, teams, workspaces),
    )


def notice_sent(units: UnitOfWorkFactory, *, notice: int, now: datetime) -> None:
    """Remember that a notice was taken. Raises Unavailable."""
    with units() as uow:
        uow.notices.sent(notice, now)
        uow.commit()


def prune_notices(units: UnitOfWorkFactory, *, now: datetime) -> int:
    """Delete old notices, sent or not; return how many that were. Raises Unavailable."""
    with units() as uow:
        pruned = uow.notices.prune(now - KEPT)
        uow.commit()
    return pruned
