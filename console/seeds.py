"""Who and what the local forge of a house begins with: the organization, its teams, people, repository and App."""

from __future__ import annotations

from typing import Any, TypeAlias

from console.credentials import Credentials
from core.settings import Settings

Seed: TypeAlias = "dict[str, Any]"

APP_ID = 1
INSTALLATION_ID = 1
CLIENT_ID = "Iv1.camelot"

# login -> the teams (settings.teams.*) that it is in; contributors are in none
PEOPLE: dict[str, tuple[str, ...]] = {
    "ada": (),
    "bob": (),
    "triager": ("triage",),
    "core-dev": ("core",),
    "release-manager": ("core", "release_managers"),
}

# team (settings.teams.*) -> what it may do with the repository
PERMISSIONS = {"triage": "triage", "core": "maintain", "release_managers": "admin"}


def email_of(login: str) -> str:
    """The address that the forge knows a person's commits by."""
    return f"{login}@users.invalid"


def project(settings: Settings, credentials: Credentials) -> Seed:
    """People, teams and the repository; it is filled before the App hears of it."""
    teams = settings.teams
    slugs = {role: getattr(teams, role) for role in PERMISSIONS}
    members = {role: [login for login, roles in PEOPLE.items() if role in roles] for role in PERMISSIONS}
    return {
        "users": [
            {"login": login, "name": login, "email": email_of(login), "token": credentials.tokens[login]}
            for login in PEOPLE
        ],
        "organizations": [
            {
                "login": teams.organization,
                "teams": [{"slug": slugs[role], "members": members[role]} for role in PERMISSIONS],
            }
        ],
        "repositories": [
            {
                "full_name": settings.github.repository,
                "teams": {slugs[role]: permission for role, permission in PERMISSIONS.items()},
            }
        ],
    }


def app(settings: Settings, credentials: Credentials) -> Seed:
    """The App that the bots are, installed on the repository, its webhooks sent to where the bots listen."""
    return {
        "apps": [
            {
                "id": APP_ID,
                "slug": settings.github.app_slug,
                "name": "Camelot",
                "owner": settings.teams.organization,
                "public_key": credentials.app_public_key,
                "webhook_url": f"{settings.bots.address}/github/webhook",
                "webhook_secret": credentials.webhook_secret,
                "client_id": CLIENT_ID,
                "client_secret": credentials.client_secret,
                "callback_urls": [f"{settings.farm.web_url}auth/login"],
                "installation_id": INSTALLATION_ID,
                "repositories": [settings.github.repository],
            }
        ]
    }
