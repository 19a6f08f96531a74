"""What trainers published, for Slack's forms: the dojo's own web server, which can read it, sends it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from bot.content.loader import read_content
from bot.content.schema import Content

logger = logging.getLogger(__name__)

WANTED: Final = 409
"""The status that asks for the texts of a stamp that is not known here."""

Verify = Callable[[str, bytes, str], bool]
"""Tells whether the dojo signed a body at a time: timestamp, body, signature."""


class Stocking:
    """Takes in the texts that lie over the packaged files, and hands on the content that they make."""

    def __init__(self, verify: Verify, hand_on: Callable[[Content], None]) -> None:
        """Begin with the packaged content, at stamp 0."""
        self._verify, self._hand_on = verify, hand_on
        self._stamp = 0
        self._reading = asyncio.Lock()

    async def take(self, headers: Mapping[str, str], body: bytes) -> int:
        """Take content in; return the HTTP status: 200 once it is in use, `WANTED` without its texts."""
        stamp, signature = headers.get("x-dojo-timestamp", ""), headers.get("x-dojo-signature", "")
        if not self._verify(stamp, body, signature):
            logger.warning("refused published content: not signed")
            return 401
        said = _read(body)
        if said is None:
            return 400
        async with self._reading:
            if said["stamp"] <= self._stamp:
                return 200
            if "overlay" not in said:
                return WANTED
            content, faults = await asyncio.to_thread(read_content, None, said["overlay"])
            if faults:
                logger.error("published content is not offered in Slack, it has faults")
                return 422
            self._hand_on(content)
            self._stamp = said["stamp"]
        return 200


def _read(body: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or not {"stamp"} <= set(said) <= {"stamp", "overlay"}:
        return None
    overlay = said.get("overlay", {})
    texts = isinstance(overlay, dict) and all(isinstance(text, str) for text in overlay.values())
    return said if texts and type(said["stamp"]) is int else None
