"""GitHub's JSON for what people write: issues, pull requests, comments, reviews."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from forge.local import db, standing
from forge.local.db import Row, get, many
from forge.local.payloads import (
    Json,
    View,
    account,
    association,
    full_name,
    label,
    labels_of,
    node_id,
    repository,
    team,
)


def _people(v: View, table: Any, issue: Row) -> list[Json]:
    rows = many(v.tx, table, issue_id=issue["id"])
    found = (account(v, row["account_id"]) for row in rows)
    return [person for person in found if person]


def reactions(url: str) -> Json:
    faces = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")
    return {"url": f"{url}/reactions", "total_count": 0, **dict.fromkeys(faces, 0)}


def _thread(v: View, repo: Row, issue: Row) -> Json:
    """What issues and pull requests have in common."""
    assigned = _people(v, db.assignees, issue)
    return {
        "id": issue["id"],
        "number": issue["number"],
        "title": issue["title"],
        "body": issue["body"],
        "user": account(v, issue["author_id"]),
        "state": issue["state"],
        "locked": False,
        "active_lock_reason": None,
        "labels": [label(v, repo, row) for row in labels_of(v, issue)],
        "assignee": assigned[0] if assigned else None,
        "assignees": assigned,
        "milestone": None,
        "author_association": association(v, repo, issue["author_id"]),
        "created_at": issue["created_at"],
        "updated_at": issue["updated_at"],
        "closed_at": issue["closed_at"],
    }


def issue(v: View, repo: Row, row: Row) -> Json:
    name = full_name(v, repo)
    url = f"{v.api}/repos/{name}/issues/{row['number']}"
    kind = "pull" if row["is_pull"] else "issues"
    talk = v.tx.execute(select(func.count()).where(db.comments.c.issue_id == row["id"])).scalar_one()
    return {
        **_thread(v, repo, row),
        "node_id": node_id("Issue", row["id"]),
        "url": url,
        "repository_url": f"{v.api}/repos/{name}",
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "timeline_url": f"{url}/timeline",
        "html_url": f"{v.web}/{name}/{kind}/{row['number']}",
        "comments": talk,
        "state_reason": row["state_reason"],
        "closed_by": account(v, row["closed_by_id"]),
        "reactions": reactions(url),
        "performed_via_github_app": None,
        **(_pull_part(v, name, row) if row["is_pull"] else {}),
    }


def _pull_part(v: View, name: str, issue: Row) -> Json:
    """What an issue that is a pull request says more."""
    html = f"{v.web}/{name}/pull/{issue['number']}"
    row = get(v.tx, db.pulls, issue_id=issue["id"])
    links = {
        "url": f"{v.api}/repos/{name}/pulls/{issue['number']}",
        "html_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "merged_at": row["merged_at"],
    }
    return {"draft": row["draft"], "pull_request": links}


def _side(v: View, repo: Row, ref: str, sha: str) -> Json:
    owner = account(v, repo["owner_id"])
    login = owner["login"] if owner else ""
    return {"label": f"{login}:{ref}", "ref": ref, "sha": sha, "user": owner, "repo": repository(v, repo)}


def pull_short(v: View, repo: Row, row: Row, pull: Row) -> Json:
    """A pull request as lists show it."""
    name = full_name(v, repo)
    url, html = f"{v.api}/repos/{name}/pulls/{row['number']}", f"{v.web}/{name}/pull/{row['number']}"
    issue_url = f"{v.api}/repos/{name}/issues/{row['number']}"
    statuses_url = f"{v.api}/repos/{name}/statuses/{pull['head_sha']}"
    wanted = many(v.tx, db.requested, issue_id=row["id"])
    links = {
        "self": url,
        "html": html,
        "issue": issue_url,
        "comments": f"{issue_url}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{v.api}/repos/{name}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": statuses_url,
    }
    return {
        **_thread(v, repo, row),
        "node_id": node_id("PullRequest", row["id"]),
        "url": url,
        "html_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "issue_url": issue_url,
        "commits_url": f"{url}/commits",
        "review_comments_url": f"{url}/comments",
        "review_comment_url": f"{v.api}/repos/{name}/pulls/comments{{/number}}",
        "comments_url": f"{issue_url}/comments",
        "statuses_url": statuses_url,
        "draft": pull["draft"],
        "merged_at": pull["merged_at"],
        "merge_commit_sha": pull["merge_sha"],
        "auto_merge": None,
        "requested_reviewers": [person for w in wanted if (person := account(v, w["account_id"]))],
        "requested_teams": [team(v, get(v.tx, db.teams, id=w["team_id"])) for w in wanted if w["team_id"]],
        "head": _side(v, get(v.tx, db.repos, id=pull["head_repo_id"]), pull["head_ref"], pull["head_sha"]),
        "base": _side(v, repo, pull["base_ref"], pull["base_sha"]),
        "_links": {key: {"href": target} for key, target in links.items()},
    }


def pull(v: View, repo: Row, row: Row, pull_row: Row) -> Json:
    """A pull request in full."""
    merged = pull_row["merged_at"] is not None
    talk = v.tx.execute(select(func.count()).where(db.comments.c.issue_id == row["id"])).scalar_one()
    return {
        **pull_short(v, repo, row, pull_row),
        "merged": merged,
        "mergeable": pull_row["mergeable"],
        "rebaseable": pull_row["mergeable"],
        "mergeable_state": standing.state(v.tx, repo, row, pull_row),
        "merged_by": account(v, pull_row["merged_by_id"]),
        "comments": talk,
        "review_comments": 0,
        "maintainer_can_modify": pull_row["maintainer_can_modify"],
        "commits": pull_row["commits"],
        "additions": pull_row["additions"],
        "deletions": pull_row["deletions"],
        "changed_files": pull_row["changed_files"],
    }


def comment(v: View, repo: Row, issue: Row, row: Row) -> Json:
    name, kind = full_name(v, repo), "pull" if issue["is_pull"] else "issues"
    url = f"{v.api}/repos/{name}/issues/comments/{row['id']}"
    return {
        "id": row["id"],
        "node_id": node_id("IssueComment", row["id"]),
        "url": url,
        "html_url": f"{v.web}/{name}/{kind}/{issue['number']}#issuecomment-{row['id']}",
        "issue_url": f"{v.api}/repos/{name}/issues/{issue['number']}",
        "user": account(v, row["author_id"]),
        "body": row["body"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "author_association": association(v, repo, row["author_id"]),
        "reactions": reactions(url),
        "performed_via_github_app": None,
    }


def review(v: View, repo: Row, issue: Row, row: Row, webhook: bool = False) -> Json:
    """A review; its state is in capitals in answers and in small letters in webhooks."""
    name = full_name(v, repo)
    html = f"{v.web}/{name}/pull/{issue['number']}#pullrequestreview-{row['id']}"
    pull_url = f"{v.api}/repos/{name}/pulls/{issue['number']}"
    return {
        "id": row["id"],
        "node_id": node_id("PullRequestReview", row["id"]),
        "user": account(v, row["author_id"]),
        "body": row["body"],
        "state": row["state"].lower() if webhook else row["state"],
        "html_url": html,
        "pull_request_url": pull_url,
        "author_association": association(v, repo, row["author_id"]),
        "_links": {"html": {"href": html}, "pull_request": {"href": pull_url}},
        "commit_id": row["commit_sha"],
        **({"submitted_at": row["submitted_at"]} if row["submitted_at"] else {}),
    }
