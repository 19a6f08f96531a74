"""Start the action server behind a token: ``python -m actions.server --port 5055``.

`rasa run actions` gets the same protection through the hook module rasa_sdk_plugins.
"""

from __future__ import annotations

import argparse
import hmac
import logging
import os
import traceback
import warnings
from collections.abc import Sequence

from sanic import Sanic
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

logger = logging.getLogger(__name__)

TOKEN_HEADER = "X-Action-Token"
LOOPBACK = ("127.0.0.1", "::1", "localhost")
DEFAULT_PORT = 5055
_MAX_REQUEST_BYTES = 8_000_000


class Unprotected(Exception):
    """The server would be open to other machines without a token."""


def protect(app: Sanic, token: str, host: str) -> None:
    """Let only Rasa in, and let nothing out but results.

    With a token every call must carry it.  Without one, as under a plain `rasa run actions`, only programs of
    this machine are served.  Browsers have no business here, whatever page sent them.

    Raises:
        Unprotected: there is no token and the host is not this machine alone.
    """
    if not token and host not in LOOPBACK:
        raise Unprotected(f"DOJO_ACTION_TOKEN must be set to serve actions on {host}")
    expected = token.encode()

    async def admit(request: Request) -> HTTPResponse | None:
        if "origin" in request.headers:
            return json_response({"error": "forbidden"}, status=403)
        if request.path == "/health":
            return None
        if not expected:
            local = request.ip in LOOPBACK and request.server_name in LOOPBACK
            return None if local else json_response({"error": "forbidden"}, status=403)
        given = request.headers.get(TOKEN_HEADER, "").encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(given, expected):
            return json_response({"error": "unauthorized"}, status=401)
        return None

    app.config.REQUEST_MAX_SIZE = _MAX_REQUEST_BYTES
    app.register_middleware(admit, "request")
    app.error_handler.add(Exception, _answer_error)


async def _answer_error(request: Request, error: Exception) -> HTTPResponse:
    """Tell that it failed, not how: a trace may quote what a trainee wrote."""
    if isinstance(error, SanicException) and error.status_code < 500:
        return json_response({"error": "bad_request"}, status=error.status_code)
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "unknown place"
    logger.error("an action failed with %s at %s", type(error).__name__, place)
    return json_response({"error": "action_failed"}, status=500)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve the actions of a package until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m actions.server", description=main.__doc__)
    parser.add_argument("--host", default=os.environ.get("SANIC_HOST", LOOPBACK[0]))
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--actions", default="actions", help="package that holds the actions")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    # after Sanic's import, which puts a filter of its own in front, and before that of sanic_cors
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    from rasa_sdk.endpoint import create_app
    from rasa_sdk.utils import update_sanic_log_level

    update_sanic_log_level()
    app = create_app(options.actions, cors_origins=[])
    try:
        protect(app, os.environ.get("DOJO_ACTION_TOKEN", ""), options.host)
    except Unprotected as error:
        parser.error(str(error))
    app.run(options.host, options.port)


if __name__ == "__main__":
    main()
