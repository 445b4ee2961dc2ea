"""GitHub's JSON for what git holds: commits, files, branches, refs, and the commits of a push."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from forge.local.db import Row, one, protections
from forge.local.gitrepo import Commit, FileChange, Signature
from forge.local.payloads import Json, View, account_by_email, full_name, node_id
from forge.local.state import stamp_text

_UNSIGNED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


def _person(signature: Signature) -> Json:
    return {"name": signature.name, "email": signature.email, "date": stamp_text(signature.date)}


def commit(v: View, repo: Row, found: Commit, files: Sequence[FileChange] | None = None) -> Json:
    """A commit of a repository; with `files`, in full."""
    name = full_name(v, repo)
    url, html = f"{v.api}/repos/{name}/commits", f"{v.web}/{name}/commit"
    git_url = f"{v.api}/repos/{name}/git"
    body: Json = {
        "sha": found.sha,
        "node_id": node_id("Commit", found.sha),
        "url": f"{url}/{found.sha}",
        "html_url": f"{html}/{found.sha}",
        "comments_url": f"{url}/{found.sha}/comments",
        "commit": {
            "url": f"{git_url}/commits/{found.sha}",
            "author": _person(found.author),
            "committer": _person(found.committer),
            "message": found.message,
            "tree": {"sha": found.tree, "url": f"{git_url}/trees/{found.tree}"},
            "comment_count": 0,
            "verification": _UNSIGNED,
        },
        "author": account_by_email(v, found.author.email),
        "committer": account_by_email(v, found.committer.email),
        "parents": [{"sha": p, "url": f"{url}/{p}", "html_url": f"{html}/{p}"} for p in found.parents],
    }
    if files is None:
        return body
    plus, minus = sum(f.additions for f in files), sum(f.deletions for f in files)
    stats = {"additions": plus, "deletions": minus, "total": plus + minus}
    return {**body, "stats": stats, "files": [file(v, repo, found.sha, item) for item in files]}


def git_commit(v: View, repo: Row, found: Commit) -> Json:
    """A commit as the git database API shows it."""
    name = full_name(v, repo)
    git_url = f"{v.api}/repos/{name}/git"
    html = f"{v.web}/{name}/commit"
    return {
        "sha": found.sha,
        "node_id": node_id("Commit", found.sha),
        "url": f"{git_url}/commits/{found.sha}",
        "html_url": f"{html}/{found.sha}",
        "author": _person(found.author),
        "committer": _person(found.committer),
        "message": found.message,
        "tree": {"sha": found.tree, "url": f"{git_url}/trees/{found.tree}"},
        "parents": [{"sha": p, "url": f"{git_url}/commits/{p}", "html_url": f"{html}/{p}"} for p in found.parents],
        "verification": _UNSIGNED,
    }


def file(v: View, repo: Row, revision: str, item: FileChange) -> Json:
    """A changed file of a commit, comparison or pull request."""
    name, path = full_name(v, repo), quote(item.path)
    body: Json = {
        "sha": item.blob,
        "filename": item.path,
        "status": item.status,
        "additions": item.additions,
        "deletions": item.deletions,
        "changes": item.additions + item.deletions,
        "blob_url": f"{v.web}/{name}/blob/{revision}/{path}",
        "raw_url": f"{v.web}/{name}/raw/{revision}/{path}",
        "contents_url": f"{v.api}/repos/{name}/contents/{path}?ref={revision}",
    }
    if item.patch is not None:
        body["patch"] = item.patch
    if item.previous is not None:
        body["previous_filename"] = item.previous
    return body


def branch_named(v: View, repo: Row, name: str, sha: str) -> Json:
    """A branch in its shortest form, as the webhook of a status has it."""
    short = branch_short(v, repo, name, sha)
    return {key: short[key] for key in ("name", "commit", "protected")}


def branch_short(v: View, repo: Row, name: str, sha: str) -> Json:
    url = f"{v.api}/repos/{full_name(v, repo)}"
    rules = one(v.tx, protections, repo_id=repo["id"], branch=name)
    contexts = (rules["rules"].get("required_status_checks") or {}).get("contexts", []) if rules else []
    level = "non_admins" if contexts else "off"
    return {
        "name": name,
        "commit": {"sha": sha, "url": f"{url}/commits/{sha}"},
        "protected": rules is not None,
        "protection": {
            "enabled": rules is not None,
            "required_status_checks": {"enforcement_level": level, "contexts": contexts, "checks": []},
        },
        "protection_url": f"{url}/branches/{quote(name)}/protection",
    }


def branch(v: View, repo: Row, name: str, tip: Commit) -> Json:
    short = branch_short(v, repo, name, tip.sha)
    url = f"{v.api}/repos/{full_name(v, repo)}/branches/{quote(name)}"
    links = {"self": url, "html": f"{v.web}/{full_name(v, repo)}/tree/{quote(name)}"}
    return {**short, "commit": commit(v, repo, tip), "_links": links}


def ref(v: View, repo: Row, name: str, sha: str, kind: str = "commit") -> Json:
    url = f"{v.api}/repos/{full_name(v, repo)}/git"
    target = {"sha": sha, "type": kind, "url": f"{url}/{kind}s/{sha}"}
    return {"ref": name, "node_id": node_id("Ref", name), "url": f"{url}/{quote(name)}", "object": target}


def pushed_commit(v: View, repo: Row, found: Commit, files: Sequence[tuple[str, str]]) -> Json:
    """A commit in a push event; `files` are (letter, path) as git's name-status gives them."""
    return {
        "id": found.sha,
        "tree_id": found.tree,
        "distinct": True,
        "message": found.message,
        "timestamp": found.committer.date,
        "url": f"{v.web}/{full_name(v, repo)}/commit/{found.sha}",
        "author": _pusher(v, found.author),
        "committer": _pusher(v, found.committer),
        "added": [path for letter, path in files if letter == "A"],
        "removed": [path for letter, path in files if letter == "D"],
        "modified": [path for letter, path in files if letter not in "AD"],
    }


def _pusher(v: View, signature: Signature) -> Json:
    account = account_by_email(v, signature.email)
    known = {"username": account["login"]} if account else {}
    return {"name": signature.name, "email": signature.email, "date": signature.date, **known}
