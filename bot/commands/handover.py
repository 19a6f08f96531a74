"""Having the running dojo use another model: one signed call to its Rasa."""

from __future__ import annotations

import http.client
import json
import time
from typing import Final

from bot.bootstrap import ensure_secret
from bot.commands import running
from bot.commands.errors import Stop
from bot.commands.stack import LOOPBACK
from bot.services.signing import sign
from bot.settings import Settings

_PATH: Final = "/webhooks/dojo/model"
_SECONDS: Final = 120.0
_OK: Final = 200


def hand_over(settings: Settings, model: str) -> bool:
    """Have the dojo of this home use a model from the next message on; tells whether one runs.

    Raises Stop where it runs and does not take the model; it goes on with the one that it has.
    """
    found = running.find(settings.home)
    if found is None or not found.ready:
        return False
    body = json.dumps({"model": model}).encode()
    timestamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "X-Dojo-Timestamp": timestamp,
        "X-Dojo-Signature": sign(ensure_secret(settings), timestamp, body),
    }
    connection = http.client.HTTPConnection(LOOPBACK, found.rasa_port, timeout=_SECONDS)
    try:
        connection.request("POST", _PATH, body, headers)
        answer = connection.getresponse()
        answer.read()
        status = answer.status
    except (OSError, http.client.HTTPException) as error:
        raise Stop("models.not_taken", model=model, reason=type(error).__name__) from error
    finally:
        connection.close()
    if status != _OK:
        raise Stop("models.not_taken", model=model, reason=status)
    return True
