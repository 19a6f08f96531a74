"""The way of notices to trainers: one signed call each to the Slack channel, which posts it once."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import quote

import aiohttp

from bot.services.notice_channels import NoticeChannel
from bot.services.signing import sign_notice
from bot.services.telling import Notice, notice_sent, open_notices
from bot.storage.unit_of_work import UnitOfWorkFactory

logger = logging.getLogger(__name__)

_SECONDS: Final = 10.0
_OK: Final = 200


class Notifier:
    """Has the Slack channel of the Rasa server at `url` tell trainers what they have not been told."""

    def __init__(
        self,
        units: UnitOfWorkFactory,
        url: str,
        secret: bytes,
        address: str,
        channels: Sequence[NoticeChannel],
        clock: Callable[[], datetime],
    ) -> None:
        """Tell in these channels, and link to the pages at `address`."""
        self._units, self._secret, self._clock, self._channels = units, secret, clock, channels
        self._url = f"{url.rstrip('/')}/webhooks/slack/notify"
        self._address = address.rstrip("/")

    def tell(self) -> None:
        """Send what is open; what is not taken stays open. Raises Unavailable.

        What is to be told in no channel is done with.
        """
        found = open_notices(self._units, self._secret, self._channels)
        if found:
            asyncio.run(self._send(found))

    async def _send(self, found: Iterable[Notice]) -> None:
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as client:
            for notice in found:
                try:
                    statuses = [await self._post(client, notice, channel) for channel in notice.channels]
                except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
                    logger.warning("notices for trainers wait (%s)", type(error).__name__)
                    return
                refused = [status for status in statuses if status != _OK]
                if refused:
                    logger.warning("the Slack channel did not take a notice (%s)", refused[0])
                else:
                    notice_sent(self._units, notice=notice.id, now=self._clock())

    async def _post(self, client: aiohttp.ClientSession, notice: Notice, where: NoticeChannel) -> int:
        said = {
            # one in several channels is taken once in each
            "key": f"{notice.key}.{where.channel}",
            "channel": where.channel,
            "workspace": where.workspace,
            "only": " ".join(sorted(notice.workspaces)),
            "kind": notice.kind,
            "name": notice.name,
            "scenario": notice.scenario,
            "link": f"{self._address}/review/{quote(notice.session, safe='')}",
        }
        body = json.dumps(said).encode()
        timestamp = str(int(self._clock().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "X-Dojo-Timestamp": timestamp,
            "X-Dojo-Signature": sign_notice(self._secret, timestamp, body),
        }
        async with client.post(self._url, data=body, headers=headers) as answer:
            return answer.status
