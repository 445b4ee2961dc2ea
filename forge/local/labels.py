"""REST: the labels of a repository, and those on its issues and pull requests."""

from __future__ import annotations

import re

from sqlalchemy import Connection

from forge.local import db, payloads
from forge.local.api import Call, Refused, Reply, Routes, invalid, text, texts
from forge.local.db import Row, add, change, drop, get, many, one
from forge.local.events import emit, happened, thread_event, touch
from forge.local.payloads import Json

routes = Routes()
GREY = "ededed"  # GitHub's colour for a label that is made by using it
AREA = "issues|pull_requests"


@routes("GET", "/repos/{owner}/{repo}/labels")
async def list_labels(call: Call) -> Reply:
    with call.tx() as tx:
        repo, v = call.repo(tx), call.view(tx)
        rows = many(tx, db.labels, repo_id=repo["id"], order=db.labels.c.name)
        return call.paged(rows, lambda row: payloads.label(v, repo, row))


@routes("POST", "/repos/{owner}/{repo}/labels")
async def create_label(call: Call) -> Reply:
    body = await call.json()
    name, color = text(body, "name", "Label"), _color(text(body, "color", "Label", GREY))
    with call.tx() as tx:
        repo = call.repo(tx, "write", AREA)
        if one(tx, db.labels, repo_id=repo["id"], name=name):
            raise invalid("Label", "name", "already_exists")
        row = _make(call, tx, repo, name, color, text(body, "description", "Label", "") or None)
        return Reply(201, payloads.label(call.view(tx), repo, row))


def _color(color: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{6}", color):
        raise invalid("Label", "color")
    return color.lower()


def _make(call: Call, tx: Connection, repo: Row, name: str, color: str, description: str | None) -> Row:
    key = add(tx, db.labels, repo_id=repo["id"], name=name, color=color, description=description)
    row = get(tx, db.labels, id=key)
    shown = payloads.label(call.view(tx), repo, row)
    emit(call.forge, tx, repo, "label", call.person().id, action="created", label=shown)
    return row


def _named(call: Call, tx: Connection, repo: Row) -> Row:
    row = one(tx, db.labels, repo_id=repo["id"], name=call["name"])
    if row is None:
        raise Refused(404, "Not Found")
    return row


@routes("GET", "/repos/{owner}/{repo}/labels/{name}")
async def get_label(call: Call) -> Json:
    with call.tx() as tx:
        repo = call.repo(tx)
        return payloads.label(call.view(tx), repo, _named(call, tx, repo))


@routes("PATCH", "/repos/{owner}/{repo}/labels/{name}")
async def patch_label(call: Call) -> Json:
    body = await call.json()
    with call.tx() as tx:
        repo = call.repo(tx, "write", AREA)
        old = _named(call, tx, repo)
        new = {
            "name": text(body, "new_name", "Label", old["name"]),
            "color": _color(text(body, "color", "Label", old["color"])),
            "description": text(body, "description", "Label", old["description"] or "") or None,
        }
        taken = one(tx, db.labels, repo_id=repo["id"], name=new["name"])
        if taken and taken["id"] != old["id"]:
            raise invalid("Label", "name", "already_exists")
        changes = {key: {"from": old[key] or ""} for key, value in new.items() if value != old[key]}
        change(tx, db.labels, {"id": old["id"]}, **new)
        shown = payloads.label(call.view(tx), repo, get(tx, db.labels, id=old["id"]))
        if changes:
            emit(call.forge, tx, repo, "label", call.person().id, action="edited", label=shown, changes=changes)
        return shown


@routes("DELETE", "/repos/{owner}/{repo}/labels/{name}")
async def delete_label(call: Call) -> None:
    """The label leaves every issue with it; each tells `unlabeled` without saying which, as GitHub does."""
    with call.tx() as tx:
        repo = call.repo(tx, "write", AREA)
        row = _named(call, tx, repo)
        shown = payloads.label(call.view(tx), repo, row)
        bearers = [get(tx, db.issues, id=on["issue_id"]) for on in many(tx, db.issue_labels, label_id=row["id"])]
        drop(tx, db.issue_labels, label_id=row["id"])
        drop(tx, db.labels, id=row["id"])
        emit(call.forge, tx, repo, "label", call.person().id, action="deleted", label=shown)
        for issue in bearers:
            happened(call.forge, tx, issue, call.person().id, "unlabeled", row["name"])
            thread_event(call.forge, tx, repo, touch(call.forge, tx, issue), "unlabeled", call.person().id)


def wanted_label(call: Call, tx: Connection, repo: Row, name: str) -> Row:
    """The label called `name`; a name that is new makes one."""
    if not name.strip():
        raise invalid("Label", "name")
    return one(tx, db.labels, repo_id=repo["id"], name=name) or _make(call, tx, repo, name, GREY, None)


def attach(call: Call, tx: Connection, repo: Row, issue: Row, wanted: list[Row], exactly: bool = False) -> None:
    """Put labels on; with `exactly`, take off all others."""
    have = {row["id"]: row for row in payloads.labels_of(call.view(tx), issue)}
    keep = {row["id"] for row in wanted}
    for row in have.values() if exactly else ():
        if row["id"] not in keep:
            drop(tx, db.issue_labels, issue_id=issue["id"], label_id=row["id"])
            _told(call, tx, repo, issue, row, "unlabeled")
    for row in wanted:
        if row["id"] not in have:
            add(tx, db.issue_labels, issue_id=issue["id"], label_id=row["id"])
            have[row["id"]] = row
            _told(call, tx, repo, issue, row, "labeled")


def _told(call: Call, tx: Connection, repo: Row, issue: Row, row: Row, action: str) -> None:
    happened(call.forge, tx, issue, call.person().id, action, row["name"])
    shown = payloads.label(call.view(tx), repo, row)
    thread_event(call.forge, tx, repo, touch(call.forge, tx, issue), action, call.person().id, label=shown)


def _shown(call: Call, tx: Connection, repo: Row, issue: Row) -> list[Json]:
    v = call.view(tx)
    return [payloads.label(v, repo, row) for row in payloads.labels_of(v, issue)]


@routes("GET", "/repos/{owner}/{repo}/issues/{number}/labels")
async def labels_of_issue(call: Call) -> Reply:
    with call.tx() as tx:
        repo = call.repo(tx)
        return call.paged(_shown(call, tx, repo, call.issue(tx, repo)), lambda item: item)


async def _names(call: Call) -> list[str]:
    """GitHub takes {"labels": [...]} and also objects with a name."""
    body = await call.json()
    items = body.get("labels") or []
    if isinstance(items, list) and all(isinstance(item, dict) for item in items):
        return [text(item, "name", "Label") for item in items]
    return texts(body, "labels", "Label")


@routes("POST", "/repos/{owner}/{repo}/issues/{number}/labels")
async def add_labels(call: Call) -> list[Json]:
    return await _set(call, exactly=False)


@routes("PUT", "/repos/{owner}/{repo}/issues/{number}/labels")
async def set_labels(call: Call) -> list[Json]:
    return await _set(call, exactly=True)


async def _set(call: Call, exactly: bool) -> list[Json]:
    names = await _names(call)
    with call.tx() as tx:
        repo = call.repo(tx, "triage", AREA)
        issue = call.issue(tx, repo)
        attach(call, tx, repo, issue, [wanted_label(call, tx, repo, name) for name in names], exactly)
        return _shown(call, tx, repo, issue)


@routes("DELETE", "/repos/{owner}/{repo}/issues/{number}/labels")
async def remove_labels(call: Call) -> None:
    with call.tx() as tx:
        repo = call.repo(tx, "triage", AREA)
        attach(call, tx, repo, call.issue(tx, repo), [], exactly=True)


@routes("DELETE", "/repos/{owner}/{repo}/issues/{number}/labels/{name}")
async def remove_label(call: Call) -> list[Json]:
    with call.tx() as tx:
        repo = call.repo(tx, "triage", AREA)
        issue = call.issue(tx, repo)
        row = one(tx, db.labels, repo_id=repo["id"], name=call["name"])
        if row is None or not drop(tx, db.issue_labels, issue_id=issue["id"], label_id=row["id"]):
            raise Refused(404, "Label does not exist")
        _told(call, tx, repo, issue, row, "unlabeled")
        return _shown(call, tx, repo, issue)
