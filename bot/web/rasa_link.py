"""The way to Rasa: one signed call per message, the bot's messages back as a stream of lines."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from datetime import datetime
from typing import Any, Final

import aiohttp

from bot.services.signing import sign

logger = logging.getLogger(__name__)

_CONNECT_SECONDS: Final = 3.0
_SILENCE_SECONDS: Final = 45.0
_TOO_LARGE: Final = 413
_OK: Final = 200
_LINE_BYTES: Final = 1024 * 1024


class RasaFailed(Exception):
    """The message was not answered; `code` is unreachable, try_again or too_long. It may be sent again."""

    def __init__(self, code: str) -> None:
        """Say what happened."""
        super().__init__(code)
        self.code = code


class RasaLink:
    """Keeps the connections to Rasa's webhook."""

    def __init__(self, url: str, secret: bytes, clock: Callable[[], datetime]) -> None:
        """Call the dojo channel of the Rasa server at `url`."""
        self._url = f"{url.rstrip('/')}/webhooks/dojo/webhook"
        self._secret = secret
        self._clock = clock
        self._client: aiohttp.ClientSession | None = None

    async def ask(self, message: Mapping[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        """Send a message and yield the bot's messages as they come; ends when Rasa says `done`.

        Raises RasaFailed, also after some messages: then the whole answer comes again at the next try.
        """
        body = json.dumps(message).encode()
        timestamp = str(int(self._clock().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "X-Dojo-Timestamp": timestamp,
            "X-Dojo-Signature": sign(self._secret, timestamp, body),
        }
        try:
            async with self._connected().post(self._url, data=body, headers=headers) as answer:
                if answer.status != _OK:
                    raise RasaFailed(await _refusal(answer))
                async for line in answer.content:
                    said = json.loads(line)
                    if said.get("done"):
                        return
                    if "error" in said:
                        raise RasaFailed("try_again")
                    yield said
        except (aiohttp.ClientConnectorError, aiohttp.ServerTimeoutError) as error:
            raise RasaFailed("unreachable") from error
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError) as error:
            raise RasaFailed("try_again") from error
        raise RasaFailed("try_again")

    async def close(self) -> None:
        """Close the kept connections."""
        if self._client is not None:
            await self._client.close()

    def _connected(self) -> aiohttp.ClientSession:
        if self._client is None:
            timeout = aiohttp.ClientTimeout(
                total=None, sock_connect=_CONNECT_SECONDS, sock_read=_SILENCE_SECONDS
            )
            self._client = aiohttp.ClientSession(
                timeout=timeout, read_bufsize=_LINE_BYTES, connector=aiohttp.TCPConnector(limit=0)
            )
        return self._client


async def _refusal(answer: aiohttp.ClientResponse) -> str:
    if answer.status == _TOO_LARGE:
        return "too_long"
    # What Rasa says about a refused call is for whoever runs the dojo; it quotes nobody.
    logger.warning("the dojo channel answered %s: %s", answer.status, (await answer.text())[:200])
    return "try_again"
