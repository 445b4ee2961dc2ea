"""One API call as a handler sees it: who calls, about which repository, with what; and what it may answer."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from aiohttp import web
from sqlalchemy import Connection

from forge.local import rights
from forge.local.db import Row, accounts, get, gone, issues, one, pulls, repos
from forge.local.gitrepo import GitRepo
from forge.local.payloads import View
from forge.local.rights import Actor
from forge.local.state import Forge

FORGE: web.AppKey[Forge] = web.AppKey("forge", Forge)
DOCUMENTATION = "https://docs.github.com/rest"
T = TypeVar("T")


class Refused(Exception):
    """The call ends with this status and GitHub's error body."""

    def __init__(self, status: int, message: str, errors: list[Any] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.errors = status, message, errors


class Moved(Refused):
    """301: what was asked for is at `url` now."""

    def __init__(self, url: str) -> None:
        super().__init__(301, "Moved Permanently")
        self.url = url


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


Handler: TypeAlias = "Callable[[Call], Awaitable[Any]]"


class Routes:
    """A module's table of calls, filled by its decorators: `@routes("GET", "/repos/{owner}/{repo}/labels")`."""

    def __init__(self) -> None:
        self.table: list[tuple[str, str, Handler]] = []

    def __call__(self, method: str, path: str) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self.table.append((method, path, handler))
            return handler

        return register


@dataclass(frozen=True)
class Call:
    forge: Forge
    request: web.Request
    actor: Actor | None

    def __getitem__(self, name: str) -> str:
        """A part of the path."""
        part = self.request.match_info[name]
        if "\0" in part:
            raise Refused(404, "Not Found")
        return part

    def number(self, name: str = "number") -> int:
        """A part of the path that must be a number; anything else does not exist."""
        return digits(self[name])

    def query(self, name: str, default: str = "") -> str:
        return self.request.query.get(name, default)

    @contextmanager
    def tx(self) -> Iterator[Connection]:
        with self.forge.tx() as tx:
            yield tx

    def view(self, tx: Connection) -> View:
        return View(tx, self.forge.web)

    def person(self) -> Actor:
        """Who calls. Refuses the anonymous."""
        if self.actor is None:
            raise Refused(401, "Requires authentication")
        return self.actor

    async def json(self) -> dict[str, Any]:
        """The body, an object; an absent body is an empty one."""
        raw = await self.request.read()
        if not raw.strip():
            return {}
        try:
            body = json.loads(raw)
        except ValueError:
            raise Refused(400, "Problems parsing JSON") from None
        if not isinstance(body, dict):
            raise Refused(400, "Body should be a JSON object")
        return body

    def repo(self, tx: Connection, need: str = "read", area: str = "metadata") -> Row:
        """The repository of the path, if the caller may do `need` in it; `area` is the permission an App must hold."""
        repo = find_repo(tx, self["owner"], self["repo"])
        if repo is None or not rights.may(tx, self.actor, repo, "read"):
            raise Refused(404, "Not Found")
        if need == "read":
            return repo
        actor = self.person()
        if actor.installation_id and not rights.app_may(tx, actor, repo, area):
            raise Refused(403, "Resource not accessible by integration")
        if not rights.may(tx, actor, repo, "read" if need == "anybody" else need):
            raise Refused(403, f"Must have {need} access to the repository: {actor.login} has not.")
        return repo

    def issue(self, tx: Connection, repo: Row, name: str = "number") -> Row:
        found = one(tx, issues, repo_id=repo["id"], number=self.number(name))
        if found is None:
            raise self._gone(tx, repo, self.number(name))
        return found

    def _gone(self, tx: Connection, repo: Row, number: int) -> Refused:
        """301 to where an issue has moved, 410 when it was deleted, 404 when it never was."""
        mark = one(tx, gone, repo_id=repo["id"], number=number)
        if mark is None:
            return Refused(404, "Not Found")
        if mark["now_id"] is None:
            return Refused(410, "This issue was deleted")
        now = get(tx, issues, id=mark["now_id"])
        place = get(tx, repos, id=now["repo_id"])
        return Moved(f"{self.forge.api}/repositories/{place['id']}/issues/{now['number']}")

    def pull(self, tx: Connection, repo: Row) -> tuple[Row, Row]:
        issue = self.issue(tx, repo)
        pull = one(tx, pulls, issue_id=issue["id"])
        if pull is None:
            raise Refused(404, "Not Found")
        return issue, pull

    def repo_git(self, need: str = "read", area: str = "metadata") -> tuple[Row, GitRepo]:
        with self.tx() as tx:
            repo = self.repo(tx, need, area)
            return repo, self.forge.git(tx, repo)

    def paged(self, items: Iterable[T], render: Callable[[T], Any]) -> Reply:
        """The page that the query asks for, with GitHub's Link header."""
        every = list(items)
        size = min(max(_count(self.query("per_page"), 30), 1), 100)
        page = max(_count(self.query("page"), 1), 1)
        last = max(-(-len(every) // size), 1)
        body = [render(item) for item in every[(page - 1) * size : page * size]]
        return Reply(200, body, self._links(page, last))

    def _links(self, page: int, last: int) -> dict[str, str]:
        wanted = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
        if page == 1:
            del wanted["prev"], wanted["first"]
        if page >= last:
            del wanted["next"], wanted["last"]
        url = f"{self.forge.web}{self.request.path}"
        links = [
            f'<{url}?{self.request.rel_url.update_query(page=str(at)).raw_query_string}>; rel="{name}"'
            for name, at in wanted.items()
        ]
        return {"Link": ", ".join(links)} if links else {}


def _count(text: str, default: int) -> int:
    return int(text) if re.fullmatch(r"\d{1,9}", text) else default


def digits(text: str) -> int:
    """A number out of a path; what cannot be one does not exist."""
    if not re.fullmatch(r"\d{1,18}", text):
        raise Refused(404, "Not Found")
    return int(text)


def find_repo(tx: Connection, owner: str, name: str) -> Row | None:
    account = one(tx, accounts, login=owner)
    return one(tx, repos, owner_id=account["id"], name=name) if account else None


def invalid(resource: str, name: str, code: str = "invalid", message: str = "") -> Refused:
    """422 as GitHub words it."""
    problem = {"resource": resource, "field": name, "code": code}
    return Refused(422, "Validation Failed", [{**problem, **({"message": message} if message else {})}])


def text(body: dict[str, Any], name: str, resource: str, default: str | None = None) -> str:
    """A string of the body; required when there is no default."""
    value = body.get(name)
    if value is None:
        if default is None:
            raise invalid(resource, name, "missing_field")
        return default
    if not isinstance(value, str) or "\0" in value or (default is None and not value.strip()):
        raise invalid(resource, name)
    return value


def texts(body: dict[str, Any], name: str, resource: str) -> list[str]:
    """A list of strings of the body, empty when absent."""
    value = body.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise invalid(resource, name)
    return value
