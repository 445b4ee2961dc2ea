"""REST: issues (a pull request is one too), and the numbers they share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from forge.local import db, payloads, threads
from forge.local.api import Call, Refused, Reply, Routes, find_repo, invalid, text, texts
from forge.local.db import Row, add, change, drop, get, many, one
from forge.local.events import happened, thread_event, touch
from forge.local.labels import attach, wanted_label
from forge.local.moves import close, refresh
from forge.local.payloads import Json
from forge.local.rights import may
from forge.local.state import Forge

routes = Routes()
EVERYBODY = "issues|pull_requests"  # the App permissions that either kind of thread is written with


def next_number(tx: Connection, repo: Row) -> int:
    """Take the repository's next number: issues and pull requests count together."""
    number: int = get(tx, db.repos, id=repo["id"])["last_number"] + 1
    change(tx, db.repos, {"id": repo["id"]}, last_number=number)
    return number


def new_thread(call: Call, tx: Connection, repo: Row, is_pull: bool, title: str, body: str | None, number: int) -> Row:
    """A new issue row; nothing is told yet."""
    now = call.forge.now()
    key = add(
        tx,
        db.issues,
        repo_id=repo["id"],
        number=number,
        is_pull=is_pull,
        title=title,
        body=body,
        author_id=call.person().id,
        state="open",
        created_at=now,
        updated_at=now,
    )
    return get(tx, db.issues, id=key)


def may_edit(call: Call, tx: Connection, repo: Row, issue: Row) -> None:
    """Titles, texts and states belong to the author and to those who triage."""
    person = call.person()
    if person.id != issue["author_id"] and not may(tx, person, repo, "triage"):
        raise Refused(403, f"Must have triage access to the repository: {person.login} has not.")


@routes("POST", "/repos/{owner}/{repo}/issues")
async def create_issue(call: Call) -> Reply:
    body = await call.json()
    with call.tx() as tx:
        repo = call.repo(tx, "anybody", "issues")
        person = call.person()
        title, words = text(body, "title", "Issue"), text(body, "body", "Issue", "") or None
        issue = new_thread(call, tx, repo, False, title, words, next_number(tx, repo))
        thread_event(call.forge, tx, repo, issue, "opened", person.id)
        if may(tx, person, repo, "triage"):
            labels = [wanted_label(call, tx, repo, name) for name in texts(body, "labels", "Issue")]
            attach(call, tx, repo, issue, labels)
        return Reply(201, threads.issue(call.view(tx), repo, get(tx, db.issues, id=issue["id"])))


@routes("GET", "/repos/{owner}/{repo}/issues")
async def list_issues(call: Call) -> Reply:
    with call.tx() as tx:
        repo, v = call.repo(tx), call.view(tx)
        state, names = call.query("state", "open"), {n for n in call.query("labels").split(",") if n}
        creator = one(tx, db.accounts, login=call.query("creator")) if call.query("creator") else None
        since = call.query("since")
        rows = [
            row
            for row in many(tx, db.issues, repo_id=repo["id"], order=db.issues.c.number.desc())
            if state in ("all", row["state"])
            and (not names or names <= {label["name"] for label in payloads.labels_of(v, row)})
            and (not call.query("creator") or (creator is not None and row["author_id"] == creator["id"]))
            and (not since or row["updated_at"] >= since)
        ]
        rows = rows[::-1] if call.query("direction") == "asc" else rows
        return call.paged(rows, lambda row: threads.issue(v, repo, row))


@routes("GET", "/repos/{owner}/{repo}/issues/{number}")
async def get_issue(call: Call) -> Json:
    with call.tx() as tx:
        repo = call.repo(tx)
        return threads.issue(call.view(tx), repo, call.issue(tx, repo))


@routes("GET", "/repositories/{id}/issues/{number}")
async def get_issue_by_repository_id(call: Call) -> Json:
    """Where a redirect leads: the address that a repository keeps when it is renamed."""
    with call.tx() as tx:
        repo = one(tx, db.repos, id=call.number("id"))
        if repo is None or not may(tx, call.actor, repo, "read"):
            raise Refused(404, "Not Found")
        return threads.issue(call.view(tx), repo, call.issue(tx, repo))


async def remove(forge: Forge, full_name: str, number: int, moved_to: str = "") -> None:
    """Delete an issue, or transfer it to another repository. GitHub has both in its pages and in GraphQL only.

    Raises LookupError when there is no such issue or repository.
    """
    with forge.tx() as tx:
        repo, target = _repo_named(tx, full_name), _repo_named(tx, moved_to) if moved_to else None
        issue = get(tx, db.issues, repo_id=repo["id"], number=number, is_pull=False)
        by = int(repo["owner_id"])
        if target is None:
            thread_event(forge, tx, repo, issue, "deleted", by)
            drop(tx, db.issues, id=issue["id"])
            add(tx, db.gone, repo_id=repo["id"], number=number, now_id=None)
            return
        before = get(tx, db.issues, id=issue["id"])
        change(tx, db.issues, {"id": issue["id"]}, repo_id=target["id"], number=next_number(tx, target))
        drop(tx, db.issue_labels, issue_id=issue["id"])
        add(tx, db.gone, repo_id=repo["id"], number=number, now_id=issue["id"])
        v = payloads.View(tx, forge.web)
        shown = threads.issue(v, target, get(tx, db.issues, id=issue["id"]))
        del shown["closed_by"]
        changes = {"new_issue": shown, "new_repository": payloads.repository(v, target)}
        thread_event(forge, tx, repo, before, "transferred", by, changes=changes)


def _repo_named(tx: Connection, full_name: str) -> Row:
    owner, _, name = full_name.partition("/")
    found = find_repo(tx, owner, name)
    if found is None:
        raise LookupError(f"{full_name!r} is no repository of this forge")
    return found


@routes("PATCH", "/repos/{owner}/{repo}/issues/{number}")
async def patch_issue(call: Call) -> Json:
    body = await call.json()
    with call.tx() as tx:
        repo = call.repo(tx, "anybody", EVERYBODY)
        issue = call.issue(tx, repo)
        may_edit(call, tx, repo, issue)
    await reopening(call, repo, issue, body)
    with call.tx() as tx:
        issue = edit_thread(call, tx, repo, get(tx, db.issues, id=issue["id"]), body)
        if "labels" in body:
            call.repo(tx, "triage", EVERYBODY)
            wanted = [wanted_label(call, tx, repo, name) for name in texts(body, "labels", "Issue")]
            attach(call, tx, repo, issue, wanted, exactly=True)
        return threads.issue(call.view(tx), repo, get(tx, db.issues, id=issue["id"]))


async def reopening(call: Call, repo: Row, issue: Row, body: Json) -> None:
    """Before a pull request opens again its branches are looked at: they may have moved, or be gone."""
    if body.get("state") != "open" or issue["state"] == "open" or not issue["is_pull"]:
        return
    with call.tx() as tx:
        merged = get(tx, db.pulls, issue_id=issue["id"])["merged_at"]
    if merged:
        raise invalid("PullRequest", "state", "custom", "state cannot be changed. The pull request was merged.")
    if not await refresh(call.forge, repo, issue):
        raise invalid("PullRequest", "state", "custom", "state cannot be changed. The branch has been deleted.")


def edit_thread(call: Call, tx: Connection, repo: Row, issue: Row, body: Json) -> Row:
    """Title, body and state of an issue or pull request, each told as GitHub tells it."""
    may_edit(call, tx, repo, issue)
    issue = _edit_words(call, tx, repo, issue, body)
    state = body.get("state")
    if state is None or state == issue["state"]:
        return issue
    if state == "closed":
        return close(call.forge, tx, repo, issue, call.person().id, "closed")
    if state != "open":
        raise invalid("Issue", "state")
    issue = touch(call.forge, tx, issue, state="open", closed_at=None, closed_by_id=None, state_reason=None)
    happened(call.forge, tx, issue, call.person().id, "reopened")
    thread_event(call.forge, tx, repo, issue, "reopened", call.person().id)
    return issue


def _edit_words(call: Call, tx: Connection, repo: Row, issue: Row, body: Json) -> Row:
    given = {
        "title": text(body, "title", "Issue", issue["title"]),
        "body": text(body, "body", "Issue", issue["body"] or ""),
    }
    if not given["title"].strip():
        raise invalid("Issue", "title", "missing_field")
    new = {name: value for name, value in given.items() if value != (issue[name] or "")}
    if not new:
        return issue
    changes: dict[str, Any] = {name: {"from": issue[name] or ""} for name in new}
    if "title" in new:
        happened(call.forge, tx, issue, call.person().id, "renamed", new["title"])
    issue = touch(call.forge, tx, issue, **new)
    thread_event(call.forge, tx, repo, issue, "edited", call.person().id, changes=changes)
    return issue


@routes("POST", "/repos/{owner}/{repo}/issues/{number}/assignees")
async def add_assignees(call: Call) -> Reply:
    names = texts(await call.json(), "assignees", "Issue")
    with call.tx() as tx:
        repo = call.repo(tx, "triage", EVERYBODY)
        issue = call.issue(tx, repo)
        for name in names:
            account = one(tx, db.accounts, login=name)
            if account is None or one(tx, db.assignees, issue_id=issue["id"], account_id=account["id"]):
                continue  # GitHub passes over whom it cannot assign
            add(tx, db.assignees, issue_id=issue["id"], account_id=account["id"])
            _assigned(call, tx, repo, issue, account, "assigned")
        return Reply(201, threads.issue(call.view(tx), repo, get(tx, db.issues, id=issue["id"])))


@routes("DELETE", "/repos/{owner}/{repo}/issues/{number}/assignees")
async def remove_assignees(call: Call) -> Json:
    names = texts(await call.json(), "assignees", "Issue")
    with call.tx() as tx:
        repo = call.repo(tx, "triage", EVERYBODY)
        issue = call.issue(tx, repo)
        for name in names:
            account = one(tx, db.accounts, login=name)
            if account and drop(tx, db.assignees, issue_id=issue["id"], account_id=account["id"]):
                _assigned(call, tx, repo, issue, account, "unassigned")
        return threads.issue(call.view(tx), repo, get(tx, db.issues, id=issue["id"]))


def _assigned(call: Call, tx: Connection, repo: Row, issue: Row, account: Row, action: str) -> None:
    issue = touch(call.forge, tx, issue)
    happened(call.forge, tx, issue, call.person().id, action, account["login"])
    who = payloads.account_of(call.view(tx), account)
    thread_event(call.forge, tx, repo, issue, action, call.person().id, assignee=who)
