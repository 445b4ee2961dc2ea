"""REST: commit statuses, the ticks beside a commit."""

from __future__ import annotations

from sqlalchemy import Connection

from forge.local import db, gitviews, payloads
from forge.local.api import Call, Refused, Reply, Routes, invalid, text
from forge.local.db import Row, add, get, many
from forge.local.events import emit
from forge.local.payloads import Json
from forge.local.standing import combine, latest

routes = Routes()
STATES = ("error", "failure", "pending", "success")
LONGEST = 140  # characters of a description
MOST = 1000  # statuses of one commit and context


@routes("POST", "/repos/{owner}/{repo}/statuses/{sha}")
async def create_status(call: Call) -> Reply:
    body = await call.json()
    state, context = text(body, "state", "Status"), text(body, "context", "Status", "default")
    description, target = text(body, "description", "Status", ""), text(body, "target_url", "Status", "")
    if state not in STATES:
        raise invalid("Status", "state")
    if len(description) > LONGEST:
        raise invalid("Status", "description", "custom", f"description is too long (maximum is {LONGEST} characters)")
    if target and not target.startswith(("http://", "https://")):
        raise invalid("Status", "target_url", "custom", "Target url must use http(s) scheme")
    repo, git = call.repo_git("write", "statuses")
    sha = await git.resolve(call["sha"])
    if sha != call["sha"]:
        raise Refused(422, f"No commit found for SHA: {call['sha']}")
    commit = await git.commit(sha)
    branches = (await git.text("for-each-ref", "--format=%(refname:short)", f"--contains={sha}", "refs/heads")).split()
    with call.tx() as tx:
        row = _store(call, tx, repo, sha, state, context, description, target)
        shown = payloads.status(call.view(tx), repo, row)
        told = {
            key: shown[key]
            for key in ("id", "state", "context", "description", "target_url", "created_at", "updated_at")
        }
        v = call.view(tx)
        named = [gitviews.branch_named(v, repo, name, sha) for name in branches[:10]]
        about = {"sha": sha, "name": payloads.full_name(v, repo), "commit": gitviews.commit(v, repo, commit)}
        emit(call.forge, tx, repo, "status", call.person().id, **told, **about, branches=named)
        return Reply(201, shown)


def _store(
    call: Call, tx: Connection, repo: Row, sha: str, state: str, context: str, description: str, target: str
) -> Row:
    if len(many(tx, db.statuses, repo_id=repo["id"], sha=sha, context=context)) >= MOST:
        said = "This SHA and context has reached the maximum number of statuses."
        raise invalid("Status", "context", "custom", said)
    words = {"description": description or None, "target_url": target or None}
    who = {"creator_id": call.person().id, "created_at": call.forge.now()}
    key = add(tx, db.statuses, repo_id=repo["id"], sha=sha, state=state, context=context, **words, **who)
    return get(tx, db.statuses, id=key)


async def _sha(call: Call) -> tuple[Row, str]:
    repo, git = call.repo_git()
    sha = await git.resolve(call["ref"])
    if sha is None:
        raise Refused(404, "Not Found")
    return repo, sha


@routes("GET", "/repos/{owner}/{repo}/commits/{ref:.+}/statuses")
async def list_statuses(call: Call) -> Reply:
    repo, sha = await _sha(call)
    with call.tx() as tx:
        v = call.view(tx)
        rows = many(tx, db.statuses, order=db.statuses.c.id.desc(), repo_id=repo["id"], sha=sha)
        return call.paged(rows, lambda row: payloads.status(v, repo, row))


@routes("GET", "/repos/{owner}/{repo}/commits/{ref:.+}/status")
async def combined_status(call: Call) -> Reply:
    repo, sha = await _sha(call)
    with call.tx() as tx:
        v = call.view(tx)
        rows = latest(tx, repo, sha)
        page = call.paged(rows, lambda row: _simple(v, repo, row))
        url = f"{v.api}/repos/{payloads.full_name(v, repo)}/commits/{sha}"
        body: Json = {
            "state": combine(rows),
            "statuses": page.body,
            "sha": sha,
            "total_count": len(rows),
            "repository": payloads.repository(v, repo),
            "commit_url": url,
            "url": f"{url}/status",
        }
        return Reply(200, body, page.headers)


def _simple(v: payloads.View, repo: Row, row: Row) -> Json:
    shown = payloads.status(v, repo, row)
    del shown["creator"]
    return shown
