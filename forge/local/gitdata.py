"""REST: refs, commits and comparisons."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from forge.local import db, gitviews, payloads, threads
from forge.local.api import Call, Refused, Reply, Routes, find_repo, text
from forge.local.db import Row, get, many, one
from forge.local.gitrepo import EMPTY_TREE, NONE, Commit, GitError, GitRepo
from forge.local.moves import announce
from forge.local.payloads import Json

routes = Routes()
COMPARED = 250  # commits that GitHub shows in a comparison
FILES = 300


@routes("GET", "/repos/{owner}/{repo}/git/ref/{ref:.+}")
async def get_ref(call: Call) -> Json:
    repo, git = call.repo_git()
    name = f"refs/{call['ref']}"
    sha = (await git.refs(name)).get(name)
    if sha is None:
        raise Refused(404, "Not Found")
    return await _ref(call, repo, git, name, sha)


async def _ref(call: Call, repo: Row, git: GitRepo, name: str, sha: str) -> Json:
    kind = await git.text("cat-file", "-t", sha)
    with call.tx() as tx:
        return gitviews.ref(call.view(tx), repo, name, sha, kind)


@routes("GET", "/repos/{owner}/{repo}/git/matching-refs/{ref:.*}")
async def matching_refs(call: Call) -> Reply:
    repo, git = call.repo_git()
    prefix = f"refs/{call['ref']}"
    found = sorted((name, sha) for name, sha in (await git.refs()).items() if name.startswith(prefix))
    shown = [await _ref(call, repo, git, name, sha) for name, sha in found]
    return call.paged(shown, lambda item: item)


@routes("POST", "/repos/{owner}/{repo}/git/refs")
async def create_ref(call: Call) -> Reply:
    body = await call.json()
    name, sha = text(body, "ref", "Reference"), text(body, "sha", "Reference")
    repo, git = call.repo_git("write", "contents")
    if not name.startswith(("refs/heads/", "refs/tags/")) or not await git.valid_ref(name):
        raise Refused(422, "Reference name must start with 'refs/' and be valid: " + name)
    if not await git.resolve(sha):
        raise Refused(422, "Object does not exist")
    async with call.forge.locks[repo["id"]]:
        if name in await git.refs(name):
            raise Refused(422, "Reference already exists")
        await git.update_ref(name, sha, NONE)
        await announce(call.forge, repo, call.person().id)
    return Reply(201, await _ref(call, repo, git, name, sha))


@routes("PATCH", "/repos/{owner}/{repo}/git/refs/{ref:.+}")
async def update_ref(call: Call) -> Json:
    body = await call.json()
    repo, git = call.repo_git("write", "contents")
    name, sha = f"refs/{call['ref']}", text(body, "sha", "Reference")
    if not await git.resolve(sha):
        raise Refused(422, "Object does not exist")
    async with call.forge.locks[repo["id"]]:
        old = (await git.refs(name)).get(name)
        if old is None or not name.startswith(("refs/heads/", "refs/tags/")):
            raise Refused(422, "Reference does not exist")
        forward = await git.is_ancestor(old, sha)
        if not forward and body.get("force") is not True:
            raise Refused(422, "Update is not a fast forward")
        if not forward and _protected(call, repo, name):
            raise Refused(422, "Cannot force-push to a protected branch")
        await git.update_ref(name, sha, old)
        await announce(call.forge, repo, call.person().id)
    return await _ref(call, repo, git, name, sha)


@routes("DELETE", "/repos/{owner}/{repo}/git/refs/{ref:.+}")
async def delete_ref(call: Call) -> None:
    repo, git = call.repo_git("write", "contents")
    name = f"refs/{call['ref']}"
    async with call.forge.locks[repo["id"]]:
        old = (await git.refs(name)).get(name)
        if old is None or not name.startswith(("refs/heads/", "refs/tags/")):
            raise Refused(422, "Reference does not exist")
        if _protected(call, repo, name):
            raise Refused(422, "Cannot delete a protected branch")
        await git.update_ref(name, NONE, old)
        await announce(call.forge, repo, call.person().id)


def _protected(call: Call, repo: Row, name: str) -> bool:
    with call.tx() as tx:
        return one(tx, db.protections, repo_id=repo["id"], branch=name.removeprefix("refs/heads/")) is not None


@routes("GET", "/repos/{owner}/{repo}/git/commits/{sha}")
async def get_git_commit(call: Call) -> Json:
    repo, git = call.repo_git()
    found = await git.commit(await _commit(git, call["sha"], 404))
    with call.tx() as tx:
        return gitviews.git_commit(call.view(tx), repo, found)


@routes("GET", "/repos/{owner}/{repo}/git/trees/{sha:.+}")
async def get_tree(call: Call) -> Json:
    repo, git = call.repo_git()
    status, out = await git.run("rev-parse", "--verify", "--quiet", f"{call['sha']}^{{tree}}", allow=(0, 1, 128))
    if status:
        raise Refused(404, "Not Found")
    tree, folders, rows = out.decode().strip(), [""], []
    while folders:
        found = await git.tree(tree, folders.pop())
        rows += found
        if call.query("recursive"):
            folders += [path for _, kind, _, _, path in found if kind == "tree"]
    with call.tx() as tx:
        url = f"{call.forge.api}/repos/{payloads.full_name(call.view(tx), repo)}/git"
    entries = [
        {"path": path, "mode": mode, "type": kind, "sha": sha, "url": f"{url}/{kind}s/{sha}"}
        | ({"size": size} if kind == "blob" else {})
        for mode, kind, sha, size, path in sorted(rows, key=lambda row: row[4])
    ]
    return {"sha": tree, "url": f"{url}/trees/{tree}", "tree": entries, "truncated": False}


@routes("GET", "/repos/{owner}/{repo}/commits")
async def list_commits(call: Call) -> Reply:
    repo, git = call.repo_git()
    start = await git.resolve(call.query("sha") or repo["default_branch"])
    if start is None:
        raise Refused(404, "Not Found") if call.query("sha") else Refused(409, "Git Repository is empty.")
    found = [commit for commit in await git.log(start, path=call.query("path")) if _in_time(call, commit)]
    with call.tx() as tx:
        v = call.view(tx)
        return call.paged(found, lambda item: gitviews.commit(v, repo, item))


def _in_time(call: Call, commit: Commit) -> bool:
    at = datetime.fromisoformat(commit.committer.date)
    since, until = call.query("since"), call.query("until")
    try:
        return (not since or at >= datetime.fromisoformat(since)) and (not until or at <= datetime.fromisoformat(until))
    except (ValueError, TypeError):
        raise Refused(400, "since and until must be times like 2026-11-20T00:00:00Z") from None


@routes("GET", "/repos/{owner}/{repo}/commits/{sha}/pulls")
async def pulls_of_commit(call: Call) -> Reply:
    """The pull requests that contain the commit, or were merged as it."""
    repo, git = call.repo_git()
    sha = await _commit(git, call["sha"])
    with call.tx() as tx:
        rows = many(tx, db.pulls, repo_id=repo["id"])
    found = [row for row in rows if row["merge_sha"] == sha and row["merged_at"]]
    if not found:
        holding = await git.text("for-each-ref", "--format=%(refname)", f"--contains={sha}", "refs/pull/*/head")
        numbers = {int(name.split("/")[2]) for name in holding.split()}
        with call.tx() as tx:
            near = [row for row in rows if get(tx, db.issues, id=row["issue_id"])["number"] in numbers]
        found = [row for row in near if not await git.is_ancestor(sha, row["base_sha"])]
    with call.tx() as tx:
        v = call.view(tx)
        return call.paged(found, lambda row: threads.pull_short(v, repo, get(tx, db.issues, id=row["issue_id"]), row))


@routes("GET", "/repos/{owner}/{repo}/commits/{ref:(?:(?!/status(?:es)?$).)+}")
async def get_commit(call: Call) -> Any:
    repo, git = call.repo_git()
    found = await git.commit(await _commit(git, call["ref"]))
    if "sha" in call.request.headers.get("Accept", ""):
        return Reply(200, found.sha, {"Content-Type": "application/vnd.github.sha; charset=utf-8"})
    files = await git.diff(found.parents[0] if found.parents else EMPTY_TREE, found.sha)
    with call.tx() as tx:
        return gitviews.commit(call.view(tx), repo, found, files[:FILES])


async def _commit(git: GitRepo, revision: str, status: int = 422) -> str:
    found = await git.resolve(revision)
    if found is None:
        raise Refused(status, f"No commit found for SHA: {revision}" if status == 422 else "Not Found")
    return found


@routes("GET", "/repos/{owner}/{repo}/compare/{basehead:.+}")
async def compare(call: Call) -> Json:
    """BASE...HEAD, either side as branch, hash, or owner:branch of a fork. Commits come in pages when that is asked."""
    repo, git = call.repo_git()
    left, dots, right = call["basehead"].partition("...")
    if not dots:
        raise Refused(404, "Not Found")
    base, head = await _side(call, repo, git, left), await _side(call, repo, git, right)
    fork_point = await git.merge_base(base, head)
    if fork_point is None:
        raise Refused(404, f"No common ancestor between {left} and {right}.")
    commits = await git.log(head, f"^{base}")
    behind = await git.count(base, f"^{head}")
    files = await git.diff(fork_point, head)
    ends = [await git.commit(sha) for sha in (base, fork_point)]
    with call.tx() as tx:
        v = call.view(tx)
        name = payloads.full_name(v, repo)
        html = f"{v.web}/{name}/compare/{call['basehead']}"
        return {
            "url": f"{v.api}/repos/{name}/compare/{call['basehead']}",
            "html_url": html,
            "permalink_url": html,
            "diff_url": f"{html}.diff",
            "patch_url": f"{html}.patch",
            "base_commit": gitviews.commit(v, repo, ends[0]),
            "merge_base_commit": gitviews.commit(v, repo, ends[1]),
            "status": _STANDING[bool(commits), bool(behind)],
            "ahead_by": len(commits),
            "behind_by": behind,
            "total_commits": len(commits),
            "commits": [gitviews.commit(v, repo, item) for item in _page(call, list(reversed(commits)))],
            "files": [gitviews.file(v, repo, head, item) for item in files[:FILES]],
        }


def _page(call: Call, commits: list[Commit]) -> list[Commit]:
    if not (call.query("page") or call.query("per_page")):
        return commits[:COMPARED]
    shown: list[Commit] = call.paged(commits, lambda item: item).body
    return shown


_STANDING = {
    (False, False): "identical",
    (True, False): "ahead",
    (False, True): "behind",
    (True, True): "diverged",
}


async def _side(call: Call, repo: Row, git: GitRepo, name: str) -> str:
    owner, colon, branch = name.partition(":")
    if not colon:
        return await _commit(git, name, 404)
    with call.tx() as tx:
        other = find_repo(tx, owner, repo["name"])
    if other is None:
        raise Refused(404, "Not Found")
    other_git = call.forge.git_of(other)
    sha = await _commit(other_git, branch, 404)
    if other["id"] != repo["id"]:
        try:
            await git.text("fetch", "--quiet", "--no-tags", str(other_git.path), sha)
        except GitError:
            raise Refused(404, "Not Found") from None
    return sha
