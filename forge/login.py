"""Logging in with GitHub: OAuth's web flow with PKCE. The person's token is used at once and never kept."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from oauthlib.oauth2 import OAuth2Error, WebApplicationClient

from core.settings import GitHub as GitHubSettings
from forge.client import TIMEOUT_S
from forge.errors import GitHubError
from forge.github import GitHub, Json


@dataclass(frozen=True)
class Attempt:
    """What has to be remembered between leaving for GitHub and coming back."""

    state: str
    verifier: str


class Login:
    """The App as an OAuth client. `back` is the address that GitHub sends people back to."""

    def __init__(self, settings: GitHubSettings, github: GitHub, back: str) -> None:
        self._settings, self._github, self._back = settings, github, back

    @property
    def possible(self) -> bool:
        return bool(self._settings.client_id and self._settings.client_secret.get_secret_value())

    def begin(self) -> tuple[str, Attempt]:
        """Where to send the person, and what to remember meanwhile."""
        client = WebApplicationClient(self._settings.client_id)
        attempt = Attempt(secrets.token_urlsafe(24), client.create_code_verifier(64))
        challenge = client.create_code_challenge(attempt.verifier, "S256")
        address = client.prepare_request_uri(
            _as_https(f"{self._web}/login/oauth/authorize"),
            redirect_uri=self._back,
            scope=["user:email"],
            state=attempt.state,
            code_challenge=challenge,
            code_challenge_method="S256",
        )
        scheme = self._web.partition("://")[0]
        return f"{scheme}://{str(address).partition('://')[2]}", attempt

    async def finish(self, came_back_to: str, attempt: Attempt) -> Json | None:
        """The account with its verified `addresses`; None when the person said no, or did not begin here.

        Raises GitHubError when GitHub gives no answer.
        """
        client = WebApplicationClient(self._settings.client_id)
        try:
            code = client.parse_request_uri_response(_as_https(came_back_to), state=attempt.state)["code"]
        except (OAuth2Error, KeyError):
            return None
        form = {
            "client_id": self._settings.client_id,
            "client_secret": self._settings.client_secret.get_secret_value(),
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": attempt.verifier,
        }
        token = (await self._trade(form)).get("access_token")
        return await self._github.who_is(token) if isinstance(token, str) and token else None

    async def _trade(self, form: Mapping[str, str]) -> Json:
        """The code for a token. GitHub refuses with 200 and an `error`."""
        url, headers = f"{self._web}/login/oauth/access_token", {"Accept": "application/json"}
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(url, data=form, headers=headers) as answer,
            ):
                answer.raise_for_status()
                said = await answer.json()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise GitHubError("GitHub gives no answer about this login") from error
        return said if isinstance(said, dict) else {}

    @property
    def _web(self) -> str:
        return self._settings.web_url.rstrip("/")


def _as_https(address: str) -> str:
    """The library takes nothing but https; a forge on loopback, and we behind a proxy, are reached by http."""
    return "https://" + address.partition("://")[2]
