"""The way to an identity provider (OpenID Connect, authorization code with PKCE), by Authlib."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from joserfc.errors import JoseError
from starlette.requests import Request
from starlette.responses import Response

from bot.services.oidc_signing_in import Subject

SESSION_COOKIE: Final = "dojo_oidc"
SESSION_SECONDS: Final = 600
PATH: Final = "/oidc"
_TIMEOUT: Final = 10.0


class OidcFailed(Exception):
    """The provider could not be reached, refused, or sent what does not hold; the log says which."""


@dataclass(frozen=True)
class Provider:
    """An identity provider and how this dojo is known there.

    Attributes:
        name: what the button says.
        team: the name of the team that newcomers join; empty: only who has an account signs in.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str = "OpenID"
    team: str = ""


class Oidc:
    """Sends browsers to the provider and takes them back."""

    def __init__(self, provider: Provider) -> None:
        """Prepare; nothing is fetched before somebody signs in."""
        self.provider = provider
        self._client = OAuth().register(
            "dojo",
            client_id=provider.client_id,
            client_secret=provider.client_secret,
            server_metadata_url=f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid email profile",
                "code_challenge_method": "S256",
                "timeout": _TIMEOUT,
            },
        )

    async def send_there(self, request: Request[Any], back: str) -> Response:
        """Send a browser to the provider; raises OidcFailed."""
        try:
            await self._check_issuer()
            answer: Response = await self._client.authorize_redirect(
                request, str(request.url.replace(path=f"{PATH}/back", query=""))
            )
        except (AuthlibBaseError, httpx2.HTTPError, RuntimeError, KeyError, ValueError) as error:
            raise OidcFailed(type(error).__name__) from error
        request.session["back"] = back
        return answer

    async def take_back(self, request: Request[Any]) -> tuple[Subject, str]:
        """Return whom the provider vouches for, and where they wanted to go; raises OidcFailed.

        State, nonce, signature, issuer, audience and times are checked.
        """
        wanted = {
            "iss": {"essential": True, "values": [self.provider.issuer]},
            "aud": {"essential": True, "values": [self.provider.client_id]},
        }
        try:
            await self._check_issuer()
            token = await self._client.authorize_access_token(request, claims_options=wanted)
            claims = token["userinfo"]
            subject = Subject(
                issuer=str(claims["iss"]),
                id=str(claims["sub"]),
                name=str(claims.get("name") or claims.get("preferred_username") or ""),
                email=str(claims.get("email") or ""),
                verified=claims.get("email_verified") is True,
            )
        except (
            AuthlibBaseError, JoseError, httpx2.HTTPError, RuntimeError, KeyError, TypeError, ValueError,
        ) as error:  # fmt: skip
            raise OidcFailed(type(error).__name__) from error
        return subject, str(request.session.pop("back", "/"))

    async def _check_issuer(self) -> None:
        """Believe only a document that names the very issuer that was set (OpenID Connect Discovery, 4.3)."""
        known = await self._client.load_server_metadata()
        if known.get("issuer") != self.provider.issuer:
            raise ValueError("another issuer")
