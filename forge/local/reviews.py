"""REST: reviews of pull requests, and asking for them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from forge.local import db, payloads, threads
from forge.local.api import Call, Refused, Reply, Routes, text, texts
from forge.local.db import Row, add, change, drop, get, many, one
from forge.local.events import emit, happened, thread_event, touch
from forge.local.payloads import Json
from forge.local.rights import may, permission

routes = Routes()
VERDICTS = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}
AREA = "pull_requests"


@routes("GET", "/repos/{owner}/{repo}/pulls/{number}/reviews")
async def list_reviews(call: Call) -> Reply:
    """The whole history, oldest first; a pending review is its author's alone."""
    with call.tx() as tx:
        repo, v = call.repo(tx), call.view(tx)
        issue, _ = call.pull(tx, repo)
        me = call.actor.id if call.actor else None
        rows = [
            r for r in many(tx, db.reviews, issue_id=issue["id"]) if r["state"] != "PENDING" or r["author_id"] == me
        ]
        return call.paged(rows, lambda row: threads.review(v, repo, issue, row))


@routes("GET", "/repos/{owner}/{repo}/pulls/{number}/comments")
async def list_line_comments(call: Call) -> Reply:
    """Comments on single lines: the forge keeps none."""
    with call.tx() as tx:
        call.pull(tx, call.repo(tx))
        return call.paged([], lambda row: row)


@routes("POST", "/repos/{owner}/{repo}/pulls/{number}/reviews")
async def create_review(call: Call) -> Json:
    body = await call.json()
    if body.get("comments"):
        raise Refused(422, "This forge keeps no comments on single lines: put them into the body")
    event, said = text(body, "event", "PullRequestReview", ""), text(body, "body", "PullRequestReview", "")
    with call.tx() as tx:
        repo = call.repo(tx, "anybody", AREA)
        issue, pull = call.pull(tx, repo)
        commit = text(body, "commit_id", "PullRequestReview", pull["head_sha"])
        row = {"author_id": call.person().id, "state": "PENDING", "body": said, "commit_sha": commit}
        review = get(tx, db.reviews, id=add(tx, db.reviews, issue_id=issue["id"], **row))
        if event:
            review = _submit(call, tx, repo, issue, review, event, said)
        return threads.review(call.view(tx), repo, issue, review)


def _submit(call: Call, tx: Connection, repo: Row, issue: Row, review: Row, event: str, said: str) -> Row:
    _refuse(call, issue, event, said)
    change(tx, db.reviews, {"id": review["id"]}, state=VERDICTS[event], body=said, submitted_at=call.forge.now())
    drop(tx, db.requested, issue_id=issue["id"], account_id=call.person().id)
    review = get(tx, db.reviews, id=review["id"])
    _told(call, tx, repo, touch(call.forge, tx, issue), review, "submitted")
    return review


def _refuse(call: Call, issue: Row, event: str, said: str) -> None:
    if event not in VERDICTS:
        raise Refused(422, f"{event} is not a review event: send APPROVE, REQUEST_CHANGES or COMMENT")
    if call.person().id == issue["author_id"] and event != "COMMENT":
        verb = "approve" if event == "APPROVE" else "request changes on"
        raise Refused(422, "Unprocessable Entity", [f"Can not {verb} your own pull request"])
    if event != "APPROVE" and not said.strip():
        raise Refused(422, "Unprocessable Entity", ["Body cannot be blank"])


def _told(call: Call, tx: Connection, repo: Row, issue: Row, review: Row, action: str, **more: Any) -> None:
    v = call.view(tx)
    pull = threads.pull_short(v, repo, issue, get(tx, db.pulls, issue_id=issue["id"]))
    shown = {"review": threads.review(v, repo, issue, review, webhook=True), "pull_request": pull}
    emit(call.forge, tx, repo, "pull_request_review", call.person().id, action=action, **shown, **more)


def _review(call: Call, tx: Connection, issue: Row) -> Row:
    row = one(tx, db.reviews, id=call.number("id"), issue_id=issue["id"])
    if row is None:
        raise Refused(404, "Not Found")
    return row


@routes("GET", "/repos/{owner}/{repo}/pulls/{number}/reviews/{id}")
async def get_review(call: Call) -> Json:
    with call.tx() as tx:
        repo = call.repo(tx)
        issue, _ = call.pull(tx, repo)
        return threads.review(call.view(tx), repo, issue, _review(call, tx, issue))


@routes("PUT", "/repos/{owner}/{repo}/pulls/{number}/reviews/{id}")
async def update_review(call: Call) -> Json:
    """Its author may say it otherwise; the verdict stays."""
    said = text(await call.json(), "body", "PullRequestReview")
    with call.tx() as tx:
        repo = call.repo(tx, "anybody", AREA)
        issue, _ = call.pull(tx, repo)
        before = _review(call, tx, issue)
        if before["author_id"] != call.person().id:
            raise Refused(422, "Can not update a review that is not your own")
        change(tx, db.reviews, {"id": before["id"]}, body=said)
        review = get(tx, db.reviews, id=before["id"])
        if before["state"] != "PENDING" and said != before["body"]:
            changes = {"body": {"from": before["body"]}}
            _told(call, tx, repo, touch(call.forge, tx, issue), review, "edited", changes=changes)
        return threads.review(call.view(tx), repo, issue, review)


@routes("DELETE", "/repos/{owner}/{repo}/pulls/{number}/reviews/{id}")
async def delete_review(call: Call) -> Json:
    """Only what is still pending can be taken back."""
    with call.tx() as tx:
        repo = call.repo(tx, "anybody", AREA)
        issue, _ = call.pull(tx, repo)
        review = _review(call, tx, issue)
        if review["author_id"] != call.person().id or review["state"] != "PENDING":
            raise Refused(422, "Can not delete a non-pending pull request review")
        drop(tx, db.reviews, id=review["id"])
        return threads.review(call.view(tx), repo, issue, review)


@routes("POST", "/repos/{owner}/{repo}/pulls/{number}/reviews/{id}/events")
async def submit_review(call: Call) -> Json:
    body = await call.json()
    with call.tx() as tx:
        repo = call.repo(tx, "anybody", AREA)
        issue, _ = call.pull(tx, repo)
        review = _review(call, tx, issue)
        if review["author_id"] != call.person().id or review["state"] != "PENDING":
            raise Refused(422, "Can not submit a review that is not pending or not your own")
        event = text(body, "event", "PullRequestReview")
        said = text(body, "body", "PullRequestReview", review["body"])
        review = _submit(call, tx, repo, issue, review, event, said)
        return threads.review(call.view(tx), repo, issue, review)


@routes("PUT", "/repos/{owner}/{repo}/pulls/{number}/reviews/{id}/dismissals")
async def dismiss_review(call: Call) -> Json:
    why = text(await call.json(), "message", "PullRequestReview")
    with call.tx() as tx:
        repo = call.repo(tx, "write", AREA)
        issue, _ = call.pull(tx, repo)
        review = _review(call, tx, issue)
        if review["state"] not in ("APPROVED", "CHANGES_REQUESTED"):
            raise Refused(422, "Can not dismiss a commented or dismissed pull request review")
        change(tx, db.reviews, {"id": review["id"]}, state="DISMISSED")
        happened(call.forge, tx, issue, call.person().id, "review_dismissed", why)
        review = get(tx, db.reviews, id=review["id"])
        _told(call, tx, repo, touch(call.forge, tx, issue), review, "dismissed")
        return threads.review(call.view(tx), repo, issue, review)


@routes("GET", "/repos/{owner}/{repo}/pulls/{number}/requested_reviewers")
async def requested_reviewers(call: Call) -> Json:
    with call.tx() as tx:
        repo, v = call.repo(tx), call.view(tx)
        issue, pull = call.pull(tx, repo)
        shown = threads.pull_short(v, repo, issue, pull)
        return {"users": shown["requested_reviewers"], "teams": shown["requested_teams"]}


@routes("POST", "/repos/{owner}/{repo}/pulls/{number}/requested_reviewers")
async def request_reviewers(call: Call) -> Reply:
    body = await call.json()
    with call.tx() as tx:
        repo = call.repo(tx, "anybody", AREA)
        issue, pull = call.pull(tx, repo)
        person = call.person()
        if person.id != issue["author_id"] and not may(tx, person, repo, "triage"):
            raise Refused(403, f"Must have triage access to the repository: {person.login} has not.")
        for column, row in [*_people(call, tx, repo, issue, body), *_teams(tx, repo, body)]:
            _ask(call, tx, repo, issue, column, row)
        issue = get(tx, db.issues, id=issue["id"])
        return Reply(201, threads.pull_short(call.view(tx), repo, issue, pull))


def _people(call: Call, tx: Connection, repo: Row, issue: Row, body: Json) -> list[tuple[str, Row]]:
    found = []
    for login in texts(body, "reviewers", "PullRequest"):
        account = one(tx, db.accounts, login=login)
        if account and account["id"] == issue["author_id"]:
            raise Refused(422, "Review cannot be requested from pull request author.")
        if account is None or not _may_review(call, tx, repo, issue, account):
            name = payloads.full_name(call.view(tx), repo)
            raise Refused(
                422,
                "Reviews may only be requested from collaborators. One or more of the users or teams you specified"
                f" is not a collaborator of the {name} repository.",
            )
        found.append(("account_id", account))
    return found


def _may_review(call: Call, tx: Connection, repo: Row, issue: Row, account: Row) -> bool:
    """Collaborators, and on public repositories whoever has reviewed already."""
    known = payloads.association(call.view(tx), repo, account["id"]) not in ("NONE", "CONTRIBUTOR")
    reviewed = one(tx, db.reviews, issue_id=issue["id"], author_id=account["id"]) is not None
    return account["type"] == "User" and (
        known or reviewed or permission(tx, repo, account["id"]) not in ("none", "read")
    )


def _teams(tx: Connection, repo: Row, body: Json) -> list[tuple[str, Row]]:
    slugs = texts(body, "team_reviewers", "PullRequest")
    found = [one(tx, db.teams, org_id=repo["owner_id"], slug=slug) for slug in slugs]
    if None in found:
        raise Refused(422, f"Could not resolve to a team of the repository's organization: {', '.join(slugs)}")
    return [("team_id", row) for row in found if row]


def _ask(call: Call, tx: Connection, repo: Row, issue: Row, column: str, row: Row) -> None:
    if one(tx, db.requested, issue_id=issue["id"], **{column: row["id"]}):
        return
    add(tx, db.requested, issue_id=issue["id"], **{column: row["id"]})
    _asked(call, tx, repo, issue, column, row, "review_requested")


def _asked(call: Call, tx: Connection, repo: Row, issue: Row, column: str, row: Row, action: str) -> None:
    v = call.view(tx)
    person = column == "account_id"
    who = {"requested_reviewer": payloads.account_of(v, row)} if person else {"requested_team": payloads.team(v, row)}
    happened(call.forge, tx, issue, call.person().id, action, row["login"] if person else row["slug"])
    thread_event(call.forge, tx, repo, touch(call.forge, tx, issue), action, call.person().id, **who)


@routes("DELETE", "/repos/{owner}/{repo}/pulls/{number}/requested_reviewers")
async def unrequest_reviewers(call: Call) -> Json:
    body = await call.json()
    with call.tx() as tx:
        repo = call.repo(tx, "triage", AREA)
        issue, pull = call.pull(tx, repo)
        people = [one(tx, db.accounts, login=login) for login in texts(body, "reviewers", "PullRequest")]
        pairs = [("account_id", row) for row in people if row] + _teams(tx, repo, body)
        for column, row in pairs:
            if drop(tx, db.requested, issue_id=issue["id"], **{column: row["id"]}):
                _asked(call, tx, repo, issue, column, row, "review_request_removed")
        return threads.pull_short(call.view(tx), repo, get(tx, db.issues, id=issue["id"]), pull)
