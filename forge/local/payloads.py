"""GitHub's JSON for what the forge remembers: the same objects in answers and in webhooks."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import quote

from sqlalchemy import Connection, func, select

from forge.local import db
from forge.local.db import Row, get, many, one
from forge.local.rights import is_member

Json: TypeAlias = "dict[str, Any]"
GHOST = {"id": 10137, "login": "ghost", "type": "User"}
_NOREPLY = re.compile(r"(?:\d+\+)?(.+)@users\.noreply\.github\.com")


@dataclass(frozen=True)
class View:
    """What payloads are made from: a transaction to read in, and the forge's address."""

    tx: Connection
    web: str

    @property
    def api(self) -> str:
        return f"{self.web}/api/v3"


def node_id(kind: str, key: object) -> str:
    """GitHub's opaque global name of an object."""
    return base64.b64encode(f"0{len(kind)}:{kind}{key}".encode()).decode()


def account(v: View, account_id: int | None) -> Json | None:
    """A person, organization or bot in the short form; None where GitHub writes null."""
    return account_of(v, get(v.tx, db.accounts, id=account_id)) if account_id else None


def account_of(v: View, row: Row) -> Json:
    login, url = row["login"], f"{v.api}/users/{quote(row['login'])}"
    html = f"{v.web}/apps/{login.removesuffix('[bot]')}" if row["type"] == "Bot" else f"{v.web}/{login}"
    return {
        "login": login,
        "id": row["id"],
        "node_id": node_id("User", row["id"]),
        "avatar_url": f"{v.web}/static/avatar.svg",
        "gravatar_id": "",
        "url": url,
        "html_url": html,
        "followers_url": f"{url}/followers",
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{url}/subscriptions",
        "organizations_url": f"{url}/orgs",
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events{{/privacy}}",
        "received_events_url": f"{url}/received_events",
        "type": row["type"],
        "user_view_type": "public",
        "site_admin": False,
    }


def account_by_email(v: View, email: str) -> Json | None:
    """The account that a commit's address belongs to, as GitHub links commits to people."""
    noreply = _NOREPLY.fullmatch(email)
    row = one(v.tx, db.accounts, login=noreply[1]) if noreply else one(v.tx, db.accounts, email=email)
    return account_of(v, row) if row else None


def organization(v: View, row: Row) -> Json:
    url = f"{v.api}/orgs/{row['login']}"
    return {
        "login": row["login"],
        "id": row["id"],
        "node_id": node_id("Organization", row["id"]),
        "url": url,
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events",
        "hooks_url": f"{url}/hooks",
        "issues_url": f"{url}/issues",
        "members_url": f"{url}/members{{/member}}",
        "public_members_url": f"{url}/public_members{{/member}}",
        "avatar_url": f"{v.web}/static/avatar.svg",
        "description": row["name"] or "",
    }


def full_name(v: View, repo: Row) -> str:
    return f"{get(v.tx, db.accounts, id=repo['owner_id'])['login']}/{repo['name']}"


_REPO_LINKS = {
    "archive": "/{archive_format}{/ref}",
    "assignees": "{/user}",
    "blobs": "git/blobs{/sha}",
    "branches": "{/branch}",
    "collaborators": "{/collaborator}",
    "comments": "{/number}",
    "commits": "{/sha}",
    "compare": "/{base}...{head}",
    "contents": "/{+path}",
    "contributors": "",
    "deployments": "",
    "downloads": "",
    "events": "",
    "forks": "",
    "hooks": "",
    "issues": "{/number}",
    "keys": "{/key_id}",
    "labels": "{/name}",
    "languages": "",
    "merges": "",
    "milestones": "{/number}",
    "notifications": "{?since,all,participating}",
    "pulls": "{/number}",
    "releases": "{/id}",
    "stargazers": "",
    "statuses": "/{sha}",
    "subscribers": "",
    "subscription": "",
    "tags": "",
    "teams": "",
}


def repository(v: View, repo: Row) -> Json:
    owner = get(v.tx, db.accounts, id=repo["owner_id"])
    name = f"{owner['login']}/{repo['name']}"
    url, html = f"{v.api}/repos/{name}", f"{v.web}/{name}"
    pulls_open, forks = _open_issues(v, repo), _forks(v, repo)
    parent = get(v.tx, db.repos, id=repo["parent_id"]) if repo["parent_id"] else None
    return {
        "id": repo["id"],
        "node_id": node_id("Repository", repo["id"]),
        "name": repo["name"],
        "full_name": name,
        "private": repo["private"],
        "owner": account_of(v, owner),
        "html_url": html,
        "description": repo["description"],
        "fork": parent is not None,
        "url": url,
        **{f"{key}_url": f"{url}/{key}{rest}" for key, rest in _REPO_LINKS.items() if key not in ("blobs", "archive")},
        "archive_url": f"{url}/{{archive_format}}{{/ref}}",
        "blobs_url": f"{url}/git/blobs{{/sha}}",
        "git_commits_url": f"{url}/git/commits{{/sha}}",
        "git_refs_url": f"{url}/git/refs{{/sha}}",
        "git_tags_url": f"{url}/git/tags{{/sha}}",
        "trees_url": f"{url}/git/trees{{/sha}}",
        "issue_comment_url": f"{url}/issues/comments{{/number}}",
        "issue_events_url": f"{url}/issues/events{{/number}}",
        "git_url": f"{html}.git",
        "ssh_url": f"{html}.git",
        "clone_url": f"{html}.git",
        "svn_url": html,
        "mirror_url": None,
        "homepage": None,
        "language": None,
        "size": 0,
        "stargazers_count": 0,
        "watchers_count": 0,
        "watchers": 0,
        "forks_count": forks,
        "forks": forks,
        "open_issues_count": pulls_open,
        "open_issues": pulls_open,
        "default_branch": repo["default_branch"],
        "created_at": repo["created_at"],
        "updated_at": repo["pushed_at"],
        "pushed_at": repo["pushed_at"],
        "archived": False,
        "disabled": False,
        "visibility": "private" if repo["private"] else "public",
        "license": None,
        "topics": [],
        "is_template": False,
        "allow_forking": True,
        "web_commit_signoff_required": False,
        "has_issues": True,
        "has_projects": False,
        "has_downloads": False,
        "has_wiki": False,
        "has_pages": False,
        "has_discussions": False,
    }


def _open_issues(v: View, repo: Row) -> int:
    query = select(func.count()).where(db.issues.c.repo_id == repo["id"], db.issues.c.state == "open")
    return v.tx.execute(query).scalar_one()


def _forks(v: View, repo: Row) -> int:
    return v.tx.execute(select(func.count()).where(db.repos.c.parent_id == repo["id"])).scalar_one()


def label(v: View, repo: Row, row: Row) -> Json:
    return {
        "id": row["id"],
        "node_id": node_id("Label", row["id"]),
        "url": f"{v.api}/repos/{full_name(v, repo)}/labels/{quote(row['name'], safe='')}",
        "name": row["name"],
        "color": row["color"],
        "default": False,
        "description": row["description"],
    }


def labels_of(v: View, issue: Row) -> list[Row]:
    ids = select(db.issue_labels.c.label_id).where(db.issue_labels.c.issue_id == issue["id"])
    return many(v.tx, db.labels, db.labels.c.id.in_(ids), order=db.labels.c.name)


def team(v: View, row: Row) -> Json:
    org = get(v.tx, db.accounts, id=row["org_id"])["login"]
    url = f"{v.api}/organizations/{row['org_id']}/team/{row['id']}"
    return {
        "id": row["id"],
        "node_id": node_id("Team", row["id"]),
        "name": row["name"],
        "slug": row["slug"],
        "description": "",
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "permission": "pull",
        "url": url,
        "html_url": f"{v.web}/orgs/{org}/teams/{row['slug']}",
        "members_url": f"{url}/members{{/member}}",
        "repositories_url": f"{url}/repos",
        "parent": None,
    }


def association(v: View, repo: Row, author_id: int) -> str:
    """How GitHub calls the author's relation to the repository."""
    if author_id == repo["owner_id"]:
        return "OWNER"
    if is_member(v.tx, repo["owner_id"], author_id):
        return "MEMBER"
    if one(v.tx, db.rights, repo_id=repo["id"], account_id=author_id):
        return "COLLABORATOR"
    merged = (
        select(func.count())
        .select_from(db.pulls.join(db.issues))
        .where(db.pulls.c.repo_id == repo["id"], db.issues.c.author_id == author_id, db.pulls.c.merged_at.is_not(None))
    )
    return "CONTRIBUTOR" if v.tx.execute(merged).scalar_one() else "NONE"


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
        "mergeable_state": _merge_state(row, pull_row),
        "merged_by": account(v, pull_row["merged_by_id"]),
        "comments": talk,
        "review_comments": 0,
        "maintainer_can_modify": pull_row["maintainer_can_modify"],
        "commits": pull_row["commits"],
        "additions": pull_row["additions"],
        "deletions": pull_row["deletions"],
        "changed_files": pull_row["changed_files"],
    }


def _merge_state(row: Row, pull_row: Row) -> str:
    if row["state"] == "closed":
        return "unknown"
    if not pull_row["mergeable"]:
        return "dirty"
    return "draft" if pull_row["draft"] else "clean"


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
        "submitted_at": row["submitted_at"],
        "commit_id": row["commit_sha"],
    }


def status(v: View, repo: Row, row: Row) -> Json:
    url = f"{v.api}/repos/{full_name(v, repo)}/statuses/{row['sha']}"
    creator = account(v, row["creator_id"]) or {}
    return {
        "url": url,
        "avatar_url": creator.get("avatar_url"),
        "id": row["id"],
        "node_id": node_id("StatusContext", row["id"]),
        "state": row["state"],
        "description": row["description"],
        "target_url": row["target_url"],
        "context": row["context"],
        "creator": creator,
        "created_at": row["created_at"],
        "updated_at": row["created_at"],
    }


def release(v: View, repo: Row, row: Row) -> Json:
    name = full_name(v, repo)
    url = f"{v.api}/repos/{name}/releases/{row['id']}"
    return {
        "id": row["id"],
        "node_id": node_id("Release", row["id"]),
        "url": url,
        "html_url": f"{v.web}/{name}/releases/tag/{quote(row['tag_name'])}",
        "assets_url": f"{url}/assets",
        "upload_url": f"{url}/assets{{?name,label}}",
        "tarball_url": f"{v.api}/repos/{name}/tarball/{row['tag_name']}",
        "zipball_url": f"{v.api}/repos/{name}/zipball/{row['tag_name']}",
        "tag_name": row["tag_name"],
        "target_commitish": row["target"],
        "name": row["name"],
        "body": row["body"],
        "draft": row["draft"],
        "immutable": False,
        "prerelease": row["prerelease"],
        "author": account(v, row["author_id"]),
        "created_at": row["created_at"],
        "updated_at": row["created_at"],
        "published_at": row["published_at"],
        "assets": [],
    }
