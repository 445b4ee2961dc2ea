"""REST: releases, as far as a tag and its notes go."""

from __future__ import annotations

from sqlalchemy import Connection

from forge.local import db, payloads
from forge.local.api import Call, Refused, Reply, Routes, invalid, text
from forge.local.db import Row, add, get, many, one
from forge.local.events import emit
from forge.local.gitrepo import NONE
from forge.local.moves import announce
from forge.local.payloads import Json

routes = Routes()


@routes("POST", "/repos/{owner}/{repo}/releases")
async def create_release(call: Call) -> Reply:
    """Publishing makes the tag when it is not there."""
    body = await call.json()
    tag, draft = text(body, "tag_name", "Release"), body.get("draft") is True
    repo, git = call.repo_git("write", "contents")
    target = text(body, "target_commitish", "Release", repo["default_branch"])
    with call.tx() as tx:
        if one(tx, db.releases, repo_id=repo["id"], tag_name=tag):
            raise invalid("Release", "tag_name", "already_exists")
    if not await git.valid_ref(f"refs/tags/{tag}"):
        raise invalid("Release", "tag_name")
    if not draft and f"refs/tags/{tag}" not in await git.refs(f"refs/tags/{tag}"):
        sha = await git.resolve(target)
        if sha is None:
            raise invalid("Release", "target_commitish")
        async with call.forge.locks[repo["id"]]:
            await git.update_ref(f"refs/tags/{tag}", sha, NONE)
            await announce(call.forge, repo, call.person().id)
    with call.tx() as tx:
        row = _store(call, tx, repo, tag, target, draft, body)
        shown = payloads.release(call.view(tx), repo, row)
        for action in ("created",) if draft else ("created", "published", "released"):
            emit(call.forge, tx, repo, "release", call.person().id, action=action, release=shown)
        return Reply(201, shown)


def _store(call: Call, tx: Connection, repo: Row, tag: str, target: str, draft: bool, body: Json) -> Row:
    now = call.forge.now()
    words = {name: text(body, name, "Release", "") or None for name in ("name", "body")}
    times = {"created_at": now, "published_at": None if draft else now}
    flags = {"draft": draft, "prerelease": body.get("prerelease") is True}
    who = {"author_id": call.person().id}
    key = add(tx, db.releases, repo_id=repo["id"], tag_name=tag, target=target, **words, **times, **flags, **who)
    return get(tx, db.releases, id=key)


@routes("GET", "/repos/{owner}/{repo}/releases")
async def list_releases(call: Call) -> Reply:
    with call.tx() as tx:
        repo, v = call.repo(tx), call.view(tx)
        rows = many(tx, db.releases, order=db.releases.c.id.desc(), repo_id=repo["id"])
        return call.paged(rows, lambda row: payloads.release(v, repo, row))


@routes("GET", "/repos/{owner}/{repo}/releases/latest")
async def latest_release(call: Call) -> Json:
    with call.tx() as tx:
        repo = call.repo(tx)
        final = {"repo_id": repo["id"], "draft": False, "prerelease": False}
        rows = many(tx, db.releases, order=db.releases.c.id.desc(), **final)
        return _shown(call, tx, repo, rows[0] if rows else None)


def _shown(call: Call, tx: Connection, repo: Row, row: Row | None) -> Json:
    if row is None:
        raise Refused(404, "Not Found")
    return payloads.release(call.view(tx), repo, row)


@routes("GET", "/repos/{owner}/{repo}/releases/tags/{tag:.+}")
async def release_by_tag(call: Call) -> Json:
    with call.tx() as tx:
        repo = call.repo(tx)
        return _shown(call, tx, repo, one(tx, db.releases, repo_id=repo["id"], tag_name=call["tag"]))


@routes("GET", "/repos/{owner}/{repo}/releases/{id}")
async def get_release(call: Call) -> Json:
    with call.tx() as tx:
        repo = call.repo(tx)
        return _shown(call, tx, repo, one(tx, db.releases, repo_id=repo["id"], id=call.number("id")))
