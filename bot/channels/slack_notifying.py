"""Notices for trainers: what the dojo's own web server has posted in the channels that a setting names."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from bot.channels.slack_events import NOTICE, SlackEvent, is_sound
from bot.channels.slack_reception import Reception

logger = logging.getLogger(__name__)

_TEXTS: Final = frozenset({"key", "kind", "name", "scenario", "link", "channel", "workspace", "only"})

Verify = Callable[[str, bytes, str], bool]
"""Tells whether the dojo signed a body at a time: timestamp, body, signature."""


class Notifying:
    """Hands notices to the reception, whose inbox takes each key once, after restarts too."""

    def __init__(self, workspace: Callable[[], str], verify: Verify, reception: Reception) -> None:
        """Post in the workspace that a notice names, else in this one, which is empty until it is known."""
        self._workspace, self._verify, self._reception = workspace, verify, reception

    async def take(self, headers: Mapping[str, str], body: bytes) -> int:
        """Take a notice in; return the HTTP status: 200 only when it is kept for good."""
        stamp, signature = headers.get("x-dojo-timestamp", ""), headers.get("x-dojo-signature", "")
        if not self._verify(stamp, body, signature):
            logger.warning("refused a notice for trainers: not signed")
            return 401
        said = _read(body)
        if said is None:
            return 400
        workspace = said["workspace"] or self._workspace()
        if not workspace:
            logger.warning("a notice for trainers waits: it is not known in which workspace the channel is")
            return 503
        if said["only"] and workspace not in said["only"].split():
            return 200  # of somebody in another workspace: not for these trainers
        event = SlackEvent(workspace, NOTICE, said["key"], "", said["channel"], payload=said, at=time.time())
        if not is_sound(event):
            return 400
        try:
            await self._reception.take(event)
        except OSError as error:
            logger.error("a notice for trainers cannot be kept (%s)", type(error).__name__)
            return 503
        return 200


def _read(body: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or set(said) != _TEXTS:
        return None
    texts = all(isinstance(value, str) for value in said.values())
    return said if texts and said["key"] and said["channel"] else None
