"""Signing in with an identity provider, where one is set."""

from __future__ import annotations

import logging
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.services.errors import NotFound
from bot.services.oidc_signing_in import sign_in_subject
from bot.web.faults import Fault
from bot.web.oidc import Oidc, OidcFailed
from bot.web.own_path import own_path
from bot.web.people import remember_sign_in
from bot.web.room import room_of

logger = logging.getLogger(__name__)


async def go(request: Request[Any]) -> Response:
    """Send the browser to the provider."""
    try:
        return await _oidc(request).send_there(request, own_path(request.query_params.get("back", "/")))
    except OidcFailed as error:
        logger.warning("the identity provider cannot be used: %s", error)
        raise Fault(503, "provider_failed") from error


async def come_back(request: Request[Any]) -> Response:
    """Sign in whom the provider vouches for."""
    room, oidc = room_of(request), _oidc(request)
    try:
        subject, back = await oidc.take_back(request)
    except OidcFailed as error:
        logger.warning("a sign-in by the identity provider does not hold: %s", error)
        raise Fault(422, "provider_failed") from error
    try:
        token = await room.ask(
            sign_in_subject,
            room.context.cookie_secret,
            subject=subject,
            team=oidc.provider.team,
            lang=room.pages.lang(request),
            now=room.desk.now(),
        )
    except NotFound as error:
        raise Fault(403, "nobody_here") from error
    response = RedirectResponse(own_path(back), status_code=303)
    remember_sign_in(request, response, token)
    return response


def _oidc(request: Request[Any]) -> Oidc:
    oidc = room_of(request).oidc
    if oidc is None:
        raise HTTPException(404)
    return oidc
