"""Signing in through the school's own sign-in (OpenID Connect), with Authlib: state, nonce and PKCE (S256).

The provider says who somebody is (issuer and subject) and, when a claim is named for it, what they may do. A name alone
opens no account: somebody who comes with a name that is taken here is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from fastapi import Request, Response
from joserfc.errors import JoseError
from sqlalchemy.exc import IntegrityError
from starlette.concurrency import run_in_threadpool

from serve.people.accounts import ROLES, Accounts, Role
from serve.settings import Settings
from serve.store.records import User

_log = structlog.get_logger()
_NAMES = ("preferred_username", "email", "name", "sub")  # the first that is there becomes the account's name


class OidcRefused(PermissionError):
    """The provider's answer does not let this person in; says why in words for them."""


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """Where people sign in, and what the provider's words mean here.

    role_claim: the claim (a word or a list of words) that says what somebody may do · roles: the provider's word -> our
    role · default_role: for whom no word fits; None refuses them.
    """

    issuer: str
    client_id: str
    client_secret: str
    role_claim: str | None
    roles: Mapping[str, Role]
    default_role: Role | None


def oidc_settings(settings: Settings) -> OidcSettings | None:
    """The service's settings as this module wants them; None when only passwords are used."""
    if not (settings.oidc_issuer and settings.oidc_client_id and settings.oidc_client_secret):
        return None
    return OidcSettings(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret.get_secret_value(),
        settings.oidc_role_claim,
        settings.oidc_roles,
        settings.oidc_default_role,
    )


def role_of(claims: Mapping[str, Any], settings: OidcSettings) -> Role | None:
    """The highest role that the claims give, else the default; None when there is neither."""
    said = claims.get(settings.role_claim) if settings.role_claim else None
    words = [said] if isinstance(said, str) else said if isinstance(said, list) else []
    given = {settings.roles[word] for word in words if isinstance(word, str) and word in settings.roles}
    return max(given, key=ROLES.index) if given else settings.default_role


def name_of(claims: Mapping[str, Any]) -> str:
    """What somebody is called here."""
    return next(str(claims[claim])[:200] for claim in _NAMES if claims.get(claim))


class Oidc:
    """The way to the provider and back."""

    def __init__(self, settings: OidcSettings, accounts: Accounts, address: str) -> None:
        """`address`: the service's own, to which the provider sends people back."""
        self._settings = settings
        self._accounts = accounts
        self._redirect_uri = f"{address}/sign-in/school/back"
        self._client = OAuth().register(
            "oidc",
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            server_metadata_url=f"{settings.issuer}/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid profile email",
                "code_challenge_method": "S256",
                "timeout": 10,
                "trust_env": False,
            },
        )

    async def leave(self, request: Request) -> Response:
        """Send the browser to the provider. Raises OidcRefused when it does not answer."""
        try:
            response: Response = await self._client.authorize_redirect(request, self._redirect_uri)
        except (httpx2.HTTPError, AuthlibBaseError, ValueError) as error:
            raise self._refused("the school's sign-in does not answer", error) from error
        return response

    async def arrive(self, request: Request) -> User:
        """Who came back from the provider; their account is made the first time. Raises OidcRefused."""
        try:
            token = await self._client.authorize_access_token(request)
        except (httpx2.HTTPError, AuthlibBaseError, JoseError, ValueError) as error:
            raise self._refused("the school's sign-in did not confirm who you are; please try again", error) from error
        claims = token.get("userinfo")
        # Without an id_token Authlib returns a token and no claims: nobody has vouched for this person.
        if not claims or claims.get("iss") != self._settings.issuer or not claims.get("sub"):
            raise self._refused("the school's sign-in did not say who you are", None)
        return await run_in_threadpool(self._account, claims)

    def _account(self, claims: Mapping[str, Any]) -> User:
        external_id = f"{claims['iss']} {claims['sub']}"
        role = role_of(claims, self._settings)
        if role is None:
            raise OidcRefused("your account has no role here; ask whoever manages AAQ Triage")
        user = self._accounts.find_external(external_id)
        if user is None:
            name = name_of(claims)
            try:
                self._accounts.add(name, role, external_id=external_id)
            except IntegrityError:
                user = self._accounts.find_external(external_id)  # two tabs at once: the other made it
                if user is None:
                    raise OidcRefused("somebody else has an account with your name here; ask an admin") from None
        elif self._settings.role_claim and user.role != role:
            self._accounts.change_role(user.id, role)
        user = self._accounts.find_external(external_id)
        if user is None or user.disabled_at is not None:
            raise OidcRefused("your account is disabled")
        return user

    def _refused(self, words: str, error: Exception | None) -> OidcRefused:
        _log.warning("oidc.refused", error=type(error).__name__ if error else "no claims")
        return OidcRefused(words)
