"""Set the forge up from one file, as a person would in GitHub's settings. Applying it again changes nothing."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Connection

from forge.local import db, rights, teams
from forge.local.db import Row, add, change, get, one, put
from forge.local.events import ping
from forge.local.moves import WEB_FLOW
from forge.local.state import Forge, hashed

EVERYTHING = {
    "administration": "write",
    "checks": "write",
    "contents": "write",
    "email_addresses": "read",
    "issues": "write",
    "members": "read",
    "metadata": "read",
    "pull_requests": "write",
    "statuses": "write",
}
HOOK = """\
#!/bin/sh
# Refuses to rewrite or delete a protected branch. Arguments: ref, old commit, new commit.
grep -qxF -- "$1" protected 2>/dev/null || exit 0
case "$3" in *[!0]*) ;; *) echo "GH006: $1 is protected and cannot be deleted" >&2; exit 1 ;; esac
case "$2" in *[!0]*) ;; *) exit 0 ;; esac
git merge-base --is-ancestor "$2" "$3" && exit 0
echo "GH006: $1 is protected and takes no forced push: merge it into your branch and push again" >&2
exit 1
"""


class SeedError(ValueError):
    """The seed cannot be used; the text says which key, and what to write."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Email(_Part):
    email: str
    verified: bool = True


class User(_Part):
    """`token` is a personal access token; it is also what the person logs in with on the forge's own pages."""

    login: str
    id: int | None = None
    name: str = ""
    email: str | None = None  # the primary one, verified and public
    emails: tuple[Email, ...] = ()  # further ones
    token: str | None = None


class Member(_Part):
    login: str
    role: Literal["member", "maintainer"] = "member"


class Team(_Part):
    slug: str
    name: str = ""
    id: int | None = None
    members: tuple[str | Member, ...] = ()


class Organization(_Part):
    login: str
    id: int | None = None
    name: str = ""
    teams: tuple[Team, ...] = ()


class Label(_Part):
    name: str
    color: str = "ededed"
    description: str | None = None


class Repository(_Part):
    full_name: str
    id: int | None = None
    description: str | None = None
    default_branch: str = "main"
    private: bool = False
    collaborators: dict[str, str] = Field(default_factory=dict)  # login: permission
    teams: dict[str, str] = Field(default_factory=dict)  # slug: permission
    labels: tuple[Label, ...] = ()
    protected: dict[str, tuple[str, ...]] = Field(default_factory=dict)  # branch: contexts that must be green


class App(_Part):
    id: int
    slug: str
    name: str = ""
    owner: str
    public_key: str
    bot_id: int | None = None
    webhook_url: str = ""
    webhook_secret: str = ""
    client_id: str = ""  # empty: made from the id
    client_secret: str = ""  # empty: nobody can log in through this App
    callback_urls: tuple[str, ...] = ()  # where a login may return to, or below
    installation_id: int
    repositories: tuple[str, ...] = ()
    permissions: dict[str, str] = Field(default_factory=lambda: dict(EVERYTHING))
    events: tuple[str, ...] = ("*",)


class Seed(_Part):
    admin_token: str = ""
    users: tuple[User, ...] = ()
    organizations: tuple[Organization, ...] = ()
    repositories: tuple[Repository, ...] = ()
    apps: tuple[App, ...] = ()


def read(file: Path) -> Seed:
    """The seed in a .toml or .json file. Raises SeedError."""
    try:
        text = file.read_text(encoding="utf-8")
        return parse(tomllib.loads(text) if file.suffix == ".toml" else json.loads(text), str(file))
    except OSError as error:
        raise SeedError(f"{file}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        if isinstance(error, SeedError):
            raise
        raise SeedError(f"{file}: is neither TOML (*.toml) nor JSON: {error}") from None


def parse(data: Any, where: str = "seed") -> Seed:
    try:
        return Seed.model_validate(data)
    except ValidationError as error:
        problem = error.errors()[0]
        key = ".".join(str(part) for part in problem["loc"])
        raise SeedError(f"{where}: {key}: {problem['msg']}") from None


async def apply(forge: Forge, seed: Seed) -> None:
    """Make it so. People, organizations, repositories, then Apps: each may name those before it. Raises SeedError."""
    prepare_hooks(forge)
    with forge.tx() as tx:
        _account(forge, tx, WEB_FLOW, "User", name="GitHub Web Flow", email="noreply@github.com")
        for user in seed.users:
            token = hashed(user.token) if user.token else None
            known = {"token_hash": token} if token else {}
            names = {"name": user.name or user.login, "email": user.email}
            row = _account(forge, tx, user.login, "User", user.id, **names, **known)
            for further in user.emails:
                key = {"account_id": row["id"], "email": further.email}
                put(tx, db.emails, key, verified=further.verified)
        for organization in seed.organizations:
            _organization(forge, tx, organization)
    for repository in seed.repositories:
        with forge.tx() as tx:
            repo = _repository(forge, tx, repository)
        await make_git(forge, repo)
        protect_git(forge, repo)
    with forge.tx() as tx:
        for app in seed.apps:
            _app(forge, tx, app)


def _account(forge: Forge, tx: Connection, login: str, kind: str, key: int | None = None, **values: Any) -> Row:
    if not change(tx, db.accounts, {"login": login}, type=kind, **values):
        given = {"id": key} if key else {}
        add(tx, db.accounts, login=login, type=kind, created_at=forge.now(), **given, **values)
    return get(tx, db.accounts, login=login)


def account_named(tx: Connection, login: str) -> Row:
    found = one(tx, db.accounts, login=login)
    if found is None:
        raise SeedError(f"seed: {login!r} is no account: name it under users or organizations first")
    return found


def _organization(forge: Forge, tx: Connection, wanted: Organization) -> None:
    """Who joins or leaves a team by a later seed is told as if somebody had changed it by hand."""
    org = _account(forge, tx, wanted.login, "Organization", wanted.id, name=wanted.name or wanted.login)
    for team in wanted.teams:
        key = {"org_id": org["id"], "slug": team.slug}
        given = {"id": team.id} if team.id and not one(tx, db.teams, **key) else {}
        put(tx, db.teams, key, name=team.name or team.slug, **given)
        row = get(tx, db.teams, **key)
        people = [who if isinstance(who, Member) else Member(login=who) for who in team.members]
        inside = {account_named(tx, who.login)["id"]: who for who in people}
        for gone in db.many(tx, db.members, team_id=row["id"]):
            if gone["account_id"] not in inside:
                teams.leave(forge, tx, row, get(tx, db.accounts, id=gone["account_id"]), org["id"])
        for account_id, who in inside.items():
            teams.join(forge, tx, row, get(tx, db.accounts, id=account_id), who.role, org["id"])


def _repository(forge: Forge, tx: Connection, wanted: Repository) -> Row:
    owner_login, _, name = wanted.full_name.partition("/")
    owner = account_named(tx, owner_login)
    key = {"owner_id": owner["id"], "name": name}
    fixed = {"description": wanted.description, "private": wanted.private, "default_branch": wanted.default_branch}
    if not change(tx, db.repos, key, **fixed):
        now = forge.now()
        given = {"id": wanted.id} if wanted.id else {}
        add(tx, db.repos, **key, **fixed, **given, created_at=now, pushed_at=now, last_number=0)
    repo = get(tx, db.repos, **key)
    for login, permission in wanted.collaborators.items():
        _grant(tx, repo, permission, account_id=account_named(tx, login)["id"])
    for slug, permission in wanted.teams.items():
        team = one(tx, db.teams, org_id=owner["id"], slug=slug)
        if team is None:
            raise SeedError(f"seed: {slug!r} is no team of {owner_login}: name it under its organization")
        _grant(tx, repo, permission, team_id=team["id"])
    for label in wanted.labels:
        if one(tx, db.labels, repo_id=repo["id"], name=label.name) is None:
            add(tx, db.labels, repo_id=repo["id"], name=label.name, color=label.color, description=label.description)
    for branch, contexts in wanted.protected.items():
        rules = {"required_status_checks": {"strict": False, "contexts": list(contexts)}}
        put(tx, db.protections, {"repo_id": repo["id"], "branch": branch}, rules=rules)
    return repo


def _grant(tx: Connection, repo: Row, permission: str, **whom: int) -> None:
    try:
        put(tx, db.rights, {"repo_id": repo["id"], **whom}, permission=rights.level(permission))
    except ValueError as error:
        raise SeedError(f"seed: {error}") from None


def _app(forge: Forge, tx: Connection, wanted: App) -> None:
    slug = wanted.slug.removesuffix("[bot]")
    owner = account_named(tx, wanted.owner)
    bot = _account(forge, tx, f"{slug}[bot]", "Bot", wanted.bot_id, name=wanted.name or slug)
    fixed = wanted.model_dump(include={"public_key", "webhook_url", "webhook_secret", "permissions", "events"})
    before = one(tx, db.apps, id=wanted.id)
    values = {**fixed, "events": list(wanted.events), "slug": slug, "name": wanted.name or slug}
    links = {"bot_id": bot["id"], "owner_id": owner["id"]}
    if not change(tx, db.apps, {"id": wanted.id}, **values, **links):
        add(tx, db.apps, id=wanted.id, **values, **links, created_at=forge.now())
    _client(tx, wanted)
    if one(tx, db.installations, id=wanted.installation_id) is None:
        row = {"app_id": wanted.id, "account_id": owner["id"], "created_at": forge.now()}
        add(tx, db.installations, id=wanted.installation_id, **row)
    for full_name in wanted.repositories:
        login, _, name = full_name.partition("/")
        repo = one(tx, db.repos, owner_id=account_named(tx, login)["id"], name=name)
        if repo is None:
            raise SeedError(f"seed: {full_name!r} is no repository: name it under repositories first")
        put(tx, db.installed, {"installation_id": wanted.installation_id, "repo_id": repo["id"]})
    if wanted.webhook_url and (before is None or before["webhook_url"] != wanted.webhook_url):
        ping(forge, tx, get(tx, db.apps, id=wanted.id))


def _client(tx: Connection, wanted: App) -> None:
    identity = wanted.client_id or f"Iv1.{wanted.id:016x}"
    secret = hashed(wanted.client_secret) if wanted.client_secret else ""
    values = {"client_id": identity, "secret_hash": secret, "callbacks": list(wanted.callback_urls)}
    put(tx, db.clients, {"app_id": wanted.id}, **values)


def hooks_folder(forge: Forge) -> Path:
    return forge.data / "hooks"


def prepare_hooks(forge: Forge) -> None:
    """The one git hook, shared by every repository: it guards protected branches."""
    hook = hooks_folder(forge) / "update"
    hook.parent.mkdir(parents=True, exist_ok=True)
    hook.write_text(HOOK, encoding="utf-8")
    hook.chmod(0o755)


async def make_git(forge: Forge, repo: Row, parent: Row | None = None) -> None:
    """The bare repository, unless it is there; HEAD points to the default branch."""
    git = forge.git_of(repo)
    if not (git.path / "HEAD").exists():
        await git.create(repo["default_branch"], hooks_folder(forge), forge.git_of(parent).path if parent else None)
    await git.text("symbolic-ref", "HEAD", f"refs/heads/{repo['default_branch']}")


def protect_git(forge: Forge, repo: Row) -> None:
    """Tell the hook which branches are protected."""
    with forge.tx() as tx:
        rows = db.many(tx, db.protections, repo_id=repo["id"])
        path = forge.git(tx, repo).path
    lines = "".join(f"refs/heads/{row['branch']}\n" for row in rows)
    (path / "protected").write_text(lines, encoding="utf-8")
