"""The form that answers a task of a release. It asks for a token each time and leaves no cookie behind.

Who answers is who the forge says the token belongs to, as with a signature under the contributor agreement where nobody
can log in: the task's owner, or somebody of the release managers' team. Without a cookie there is nothing that a page
elsewhere could make a browser send along; forms that say that they come from elsewhere are refused all the same.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web
from sqlalchemy import Engine

from core.settings import Settings, SettingsError
from core.store import Store
from forge import github
from forge.errors import GitHubError
from release import tasks

LONGEST_TOKEN = 1000


@dataclass
class Refused(Exception):
    """The answer does not count: an HTTP status and a sentence for the person."""

    status: int
    sentence: str


async def answer(request: web.Request, settings: Settings, engine: Engine, task: int) -> None:
    """Take the form's `evidence` for a task, from the person whose `token` it is. Raises Refused."""
    _from_here(request, settings)
    form = await request.post()
    evidence, token = (str(form.get(name) or "").strip() for name in ("evidence", "token"))
    if not token or len(token) > LONGEST_TOKEN or not token.isascii():
        raise Refused(400, "Nothing was done: paste a token of your account, so that we know who you are.")
    who, team = await _people(token, settings, engine)
    try:
        await asyncio.to_thread(tasks.complete, engine, task, who, evidence, team)
    except tasks.TaskError as error:
        raise Refused(400, str(error)) from None


def _from_here(request: web.Request, settings: Settings) -> None:
    """Browsers say where a form comes from; who says nothing is no browser, and has the token anyway."""
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site", "same-origin")
    ours = {request.host, urlsplit(settings.console.address).netloc}
    if site not in ("same-origin", "none") or (origin is not None and urlsplit(origin).netloc not in ours):
        raise Refused(403, "Nothing was done: this form is not from our page. Please answer on the page itself.")


async def _people(token: str, settings: Settings, engine: Engine) -> tuple[str, frozenset[str]]:
    """Whose token it is, and the team of release managers, whose members answer for one another."""
    teams = settings.teams
    try:
        async with github.connect(settings.github, Store(engine)) as hub:
            found = await hub.who_is(token)
            if found is None or found.get("type") == "Bot":
                raise Refused(403, "Nothing was done: the forge knows no person by this token. Make a new one.")
            return str(found["login"]), await hub.members(teams.organization, teams.release_managers, needed=False)
    except SettingsError as error:
        raise Refused(503, f"Nothing was done: the forge cannot be asked who you are, for {error}.") from None
    except GitHubError:
        raise Refused(503, "Nothing was done: the forge does not answer just now. Please try again soon.") from None
