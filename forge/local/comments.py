"""REST: comments on issues and pull requests."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from forge.local import db, threads
from forge.local.api import Call, Refused, Reply, Routes, text
from forge.local.db import Row, add, change, drop, get, many, one
from forge.local.events import emit, touch
from forge.local.issues import EVERYBODY
from forge.local.payloads import Json
from forge.local.rights import may

routes = Routes()


@routes("POST", "/repos/{owner}/{repo}/issues/{number}/comments")
async def create_comment(call: Call) -> Reply:
    said = text(await call.json(), "body", "IssueComment")
    with call.tx() as tx:
        repo = call.repo(tx, "anybody", EVERYBODY)
        issue, now = call.issue(tx, repo), call.forge.now()
        row = {"author_id": call.person().id, "body": said, "created_at": now, "updated_at": now}
        comment = get(tx, db.comments, id=add(tx, db.comments, issue_id=issue["id"], **row))
        issue = touch(call.forge, tx, issue)
        _told(call, tx, repo, issue, comment, "created")
        return Reply(201, threads.comment(call.view(tx), repo, issue, comment))


def _told(call: Call, tx: Connection, repo: Row, issue: Row, comment: Row, action: str, **more: Any) -> None:
    v = call.view(tx)
    shown = {"issue": threads.issue(v, repo, issue), "comment": threads.comment(v, repo, issue, comment)}
    emit(call.forge, tx, repo, "issue_comment", call.person().id, action=action, **shown, **more)


@routes("GET", "/repos/{owner}/{repo}/issues/{number}/comments")
async def list_comments(call: Call) -> Reply:
    with call.tx() as tx:
        repo, v = call.repo(tx), call.view(tx)
        issue = call.issue(tx, repo)
        since = call.query("since")
        rows = [row for row in many(tx, db.comments, issue_id=issue["id"]) if not since or row["updated_at"] >= since]
        return call.paged(rows, lambda row: threads.comment(v, repo, issue, row))


def _comment(call: Call, tx: Connection, repo: Row) -> tuple[Row, Row]:
    comment = one(tx, db.comments, id=call.number("id"))
    issue = get(tx, db.issues, id=comment["issue_id"]) if comment else None
    if comment is None or issue is None or issue["repo_id"] != repo["id"]:
        raise Refused(404, "Not Found")
    return issue, comment


@routes("GET", "/repos/{owner}/{repo}/issues/comments/{id}")
async def get_comment(call: Call) -> Json:
    with call.tx() as tx:
        repo = call.repo(tx)
        return threads.comment(call.view(tx), repo, *_comment(call, tx, repo))


@routes("PATCH", "/repos/{owner}/{repo}/issues/comments/{id}")
async def patch_comment(call: Call) -> Json:
    said = text(await call.json(), "body", "IssueComment")
    with call.tx() as tx:
        repo = call.repo(tx, "anybody", EVERYBODY)
        issue, comment = _comment(call, tx, repo)
        _own(call, tx, repo, comment)
        if said != comment["body"]:
            change(tx, db.comments, {"id": comment["id"]}, body=said, updated_at=call.forge.now())
            new = get(tx, db.comments, id=comment["id"])
            _told(call, tx, repo, issue, new, "edited", changes={"body": {"from": comment["body"]}})
            comment = new
        return threads.comment(call.view(tx), repo, issue, comment)


@routes("DELETE", "/repos/{owner}/{repo}/issues/comments/{id}")
async def delete_comment(call: Call) -> None:
    with call.tx() as tx:
        repo = call.repo(tx, "anybody", EVERYBODY)
        issue, comment = _comment(call, tx, repo)
        _own(call, tx, repo, comment)
        drop(tx, db.comments, id=comment["id"])
        _told(call, tx, repo, issue, comment, "deleted")


def _own(call: Call, tx: Connection, repo: Row, comment: Row) -> None:
    person = call.person()
    if person.id != comment["author_id"] and (person.installation_id or not may(tx, person, repo, "write")):
        raise Refused(403, f"{person.login} neither wrote this comment nor has write access.")
