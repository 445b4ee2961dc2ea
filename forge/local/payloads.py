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
    further = None if noreply or row else one(v.tx, db.emails, email=email, verified=True)
    if further:
        row = get(v.tx, db.accounts, id=further["account_id"])
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
        "type": "organization",
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
