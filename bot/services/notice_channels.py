"""The channels in which trainers are told: whose each is, and who is told of in it. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

_ENTRY: Final = re.compile(
    r"(?:(?P<team>[^=,]+)=)?\s*(?:(?P<workspace>[TE][A-Z0-9]{1,31})/)?(?P<channel>[CG][A-Z0-9]{1,31})"
)


@dataclass(frozen=True)
class NoticeChannel:
    """A channel of Slack's for trainers.

    Attributes:
        channel: its id.
        workspace: where it is; empty for the only one that the bot is in.
        team: name of the dojo's team whose trainees are told of in it; empty for no team in particular.
    """

    channel: str
    workspace: str = ""
    team: str = ""


def read_channels(text: str) -> tuple[NoticeChannel, ...]:
    """Read `C0123`, or several with commas, each of a workspace (`T0AAA/C0123`), a team (`North=C0123`) or
    both (`North=T0AAA/C0123`). Raises ValueError."""
    found = []
    for entry in filter(None, map(str.strip, text.split(","))):
        read = _ENTRY.fullmatch(entry)
        if read is None:
            raise ValueError("must be a channel's id (C0123ABCD), or T0AAAAAAA/C0123ABCD, Team=C0123ABCD")
        team = (read["team"] or "").strip()
        found.append(NoticeChannel(read["channel"], read["workspace"] or "", team))
    if len(found) > 1 and not all(one.workspace or one.team for one in found):
        raise ValueError("must name the workspace or the team of each channel where there are several")
    return tuple(found)


def channels_for(
    channels: Sequence[NoticeChannel], teams: Collection[str], workspaces: Collection[str]
) -> tuple[NoticeChannel, ...]:
    """Return the channels in which somebody may be told of.

    Args:
        channels: all there are.
        teams: names of the teams that they are in.
        workspaces: where they are in Slack; nobody else hears of them. Empty: they are not in Slack.
    """
    sole = len(channels) == 1

    def hears(one: NoticeChannel) -> bool:
        if one.workspace and workspaces and one.workspace not in workspaces:
            return False
        if one.team:
            return one.team in teams
        return sole or one.workspace in workspaces

    return tuple(filter(hears, channels))
