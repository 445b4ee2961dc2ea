"""REST: repositories, their branches, protection, forks, and who may do what in them."""

from __future__ import annotations

import re

from sqlalchemy import Connection

from forge.local import db, gitviews, payloads, rights
from forge.local.api import Call, Refused, Reply, Routes, find_repo, invalid, text
from forge.local.db import Row, add, drop, get, many, one, put
from forge.local.events import emit
from forge.local.gitrepo import GitRepo
from forge.local.moves import announce
from forge.local.payloads import Json
from forge.local.rights import LEVELS
from forge.local.seed import make_git, protect_git

routes = Routes()


@routes("GET", "/repos/{owner}/{repo}")
async def get_repo(call: Call) -> Json:
    with call.tx() as tx:
        return _full(call, tx, call.repo(tx))


def _full(call: Call, tx: Connection, repo: Row) -> Json:
    """A repository as it shows itself when asked for alone."""
    v = call.view(tx)
    parent = get(tx, db.repos, id=repo["parent_id"]) if repo["parent_id"] else None
    above = {"parent": payloads.repository(v, parent), "source": payloads.repository(v, parent)} if parent else {}
    level = rights.permission(tx, repo, call.actor.id) if call.actor else "read"
    owner = get(tx, db.accounts, id=repo["owner_id"])
    org = {"organization": payloads.account_of(v, owner)} if owner["type"] == "Organization" else {}
    return {
        **payloads.repository(v, repo),
        **above,
        **org,
        "permissions": _permissions(level),
        "network_count": 0,
        "subscribers_count": 0,
        "allow_merge_commit": True,
        "allow_squash_merge": True,
        "allow_rebase_merge": True,
    }


def _permissions(level: str) -> dict[str, bool]:
    names = {"pull": "read", "triage": "triage", "push": "write", "maintain": "maintain", "admin": "admin"}
    return {name: LEVELS.index(level) >= LEVELS.index(least) for name, least in names.items()}


@routes("GET", "/repos/{owner}/{repo}/collaborators/{user}/permission")
async def collaborator_permission(call: Call) -> Json:
    with call.tx() as tx:
        repo = call.repo(tx)
        call.person()
        account = one(tx, db.accounts, login=call["user"])
        if account is None:
            raise Refused(404, f"{call['user']} is not a user")
        level = rights.permission(tx, repo, account["id"])
        old = {"triage": "read", "maintain": "write"}.get(level, level)
        user = {**payloads.account_of(call.view(tx), account), "permissions": _permissions(level), "role_name": level}
        return {"permission": old, "role_name": level, "user": user}


@routes("GET", "/repos/{owner}/{repo}/branches")
async def list_branches(call: Call) -> Reply:
    repo, git = call.repo_git()
    found = await git.refs("refs/heads")
    with call.tx() as tx:
        v = call.view(tx)
        return call.paged(
            found.items(), lambda item: gitviews.branch_short(v, repo, item[0].removeprefix("refs/heads/"), item[1])
        )


@routes("GET", "/repos/{owner}/{repo}/branches/{branch:.+}/protection")
async def get_protection(call: Call) -> Json:
    with call.tx() as tx:
        repo = call.repo(tx)
        row = one(tx, db.protections, repo_id=repo["id"], branch=call["branch"])
        if row is None:
            raise Refused(404, "Branch not protected")
        return _protection(call, repo, row)


def _protection(call: Call, repo: Row, row: Row) -> Json:
    with call.tx() as tx:
        url = f"{call.forge.api}/repos/{payloads.full_name(call.view(tx), repo)}/branches/{row['branch']}/protection"
    checks = row["rules"].get("required_status_checks")
    body: Json = {
        "url": url,
        "enforce_admins": {"url": f"{url}/enforce_admins", "enabled": True},
        "allow_force_pushes": {"enabled": False},
        "allow_deletions": {"enabled": False},
    }
    if checks:
        pairs = [{"context": context, "app_id": None} for context in checks["contexts"]]
        place = f"{url}/required_status_checks"
        body["required_status_checks"] = {
            **checks, "url": place, "contexts_url": f"{place}/contexts", "checks": pairs,
        }  # fmt: skip
    return body


@routes("PUT", "/repos/{owner}/{repo}/branches/{branch:.+}/protection")
async def put_protection(call: Call) -> Json:
    body = await call.json()
    repo, git = call.repo_git("admin", "administration")
    await _tip(git, call["branch"])
    checks = body.get("required_status_checks")
    if checks is not None and not isinstance(checks, dict):
        raise invalid("ProtectedBranch", "required_status_checks")
    rules = {"required_status_checks": _checks(checks)} if checks is not None else {}
    with call.tx() as tx:
        put(tx, db.protections, {"repo_id": repo["id"], "branch": call["branch"]}, rules=rules)
        row = get(tx, db.protections, repo_id=repo["id"], branch=call["branch"])
    protect_git(call.forge, repo)
    return _protection(call, repo, row)


def _checks(wanted: Json) -> Json:
    contexts = wanted.get("contexts") or [check.get("context") for check in wanted.get("checks") or []]
    if not all(isinstance(context, str) for context in contexts):
        raise invalid("ProtectedBranch", "contexts")
    return {"strict": bool(wanted.get("strict")), "contexts": list(contexts)}


@routes("DELETE", "/repos/{owner}/{repo}/branches/{branch:.+}/protection")
async def delete_protection(call: Call) -> None:
    with call.tx() as tx:
        repo = call.repo(tx, "admin", "administration")
        if not drop(tx, db.protections, repo_id=repo["id"], branch=call["branch"]):
            raise Refused(404, "Branch not protected")
    protect_git(call.forge, repo)


@routes("GET", "/repos/{owner}/{repo}/branches/{branch:.+}")
async def get_branch(call: Call) -> Json:
    repo, git = call.repo_git()
    tip = await git.commit(await _tip(git, call["branch"]))
    with call.tx() as tx:
        return gitviews.branch(call.view(tx), repo, call["branch"], tip)


async def _tip(git: GitRepo, branch: str) -> str:
    found = await git.tip(branch)
    if found is None:
        raise Refused(404, "Branch not found")
    return found


@routes("GET", "/repos/{owner}/{repo}/forks")
async def list_forks(call: Call) -> Reply:
    with call.tx() as tx:
        repo, v = call.repo(tx), call.view(tx)
        return call.paged(many(tx, db.repos, parent_id=repo["id"]), lambda row: payloads.repository(v, row))


def _repository_name(wished: str) -> str:
    """As GitHub takes a name: whatever no address may hold becomes a dash, and 100 letters are kept. Raises Refused."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", wished)[:100]
    if name in ("", ".", ".."):
        raise invalid("Repository", "name", "custom", "name is invalid")
    return name


@routes("POST", "/repos/{owner}/{repo}/forks")
async def create_fork(call: Call) -> Reply:
    """A fork is a repository of its own; asking again gives the one that is there."""
    body, person = await call.json(), call.person()
    with call.tx() as tx:
        parent = call.repo(tx)
        name = _repository_name(text(body, "name", "Fork", parent["name"]))
        owner = get(tx, db.accounts, id=person.id)
        if owner["id"] == parent["owner_id"]:
            raise Refused(422, "You cannot fork your own repository")
        fork = find_repo(tx, owner["login"], name)
        if fork is not None and fork["parent_id"] != parent["id"]:
            raise invalid("Repository", "name", "custom", "name already exists on this account")
        if fork is None:
            copied = {key: parent[key] for key in ("description", "private", "default_branch")}
            now = call.forge.now()
            row = {**copied, "parent_id": parent["id"], "created_at": now, "pushed_at": now, "last_number": 0}
            fork = get(tx, db.repos, id=add(tx, db.repos, owner_id=owner["id"], name=name, **row))
            shown = {**payloads.repository(call.view(tx), fork), "public": not fork["private"]}
            emit(call.forge, tx, parent, "fork", person.id, forkee=shown)
    async with call.forge.locks[fork["id"]]:
        await make_git(call.forge, fork, parent)
        await announce(call.forge, fork, person.id)
    with call.tx() as tx:
        return Reply(202, _full(call, tx, fork))
