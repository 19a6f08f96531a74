"""The way of published content to Slack's forms, which live in Rasa's process and know no database."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import aiohttp

from bot.services.shelf import Shelf
from bot.services.signing import sign_content

logger = logging.getLogger(__name__)

_SECONDS: Final = 10.0
_OK: Final = 200
_WANTED: Final = 409


class Supplier:
    """Sends what lies over the packaged files to the Slack channel of the Rasa server at `url`."""

    def __init__(self, shelf: Shelf, url: str, secret: bytes, clock: Callable[[], datetime]) -> None:
        """Send the shelf's content, signed."""
        self._shelf, self._secret, self._clock = shelf, secret, clock
        self._url = f"{url.rstrip('/')}/webhooks/slack/content"

    def supply(self) -> None:
        """Say which content is in use, and send it where it is not known; nothing published, nothing sent."""
        if self._shelf.standing.stamp:
            asyncio.run(self._supply())

    async def _supply(self) -> None:
        standing = self._shelf.standing
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as client:
                status = await self._post(client, {"stamp": standing.stamp})
                if status == _WANTED:
                    overlay = dict(standing.overlay)
                    status = await self._post(client, {"stamp": standing.stamp, "overlay": overlay})
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            logger.warning("published content waits for Slack (%s)", type(error).__name__)
            return
        if status != _OK:
            logger.warning("the Slack channel did not take the published content (%s)", status)

    async def _post(self, client: aiohttp.ClientSession, said: Mapping[str, Any]) -> int:
        body = json.dumps(said).encode()
        timestamp = str(int(self._clock().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "X-Dojo-Timestamp": timestamp,
            "X-Dojo-Signature": sign_content(self._secret, timestamp, body),
        }
        async with client.post(self._url, data=body, headers=headers) as answer:
            return answer.status
