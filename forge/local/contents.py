"""REST: files of a repository, read and written without a clone."""

from __future__ import annotations

import base64
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from forge.local import gitviews, payloads
from forge.local.api import Call, Refused, Reply, Routes, invalid, text
from forge.local.db import Row, accounts, get
from forge.local.gitrepo import Commit, GitRepo, Signature, iso
from forge.local.moves import announce, web_flow
from forge.local.payloads import Json

routes = Routes()


def signature_of(account: Row, date: str) -> Signature:
    """A person as git knows them; without a public address, GitHub's own for them."""
    email = account["email"] or f"{account['id']}+{account['login']}@users.noreply.github.com"
    return Signature(account["name"] or account["login"], email, date)


@routes("GET", "/repos/{owner}/{repo}/contents/{path:.*}")
async def get_contents(call: Call) -> Any:
    repo, git = call.repo_git()
    ref = call.query("ref") or repo["default_branch"]
    path = call["path"].strip("/")
    commit = await git.resolve(ref)
    found = await git.entry(commit, path) if commit else None
    if commit is None or found is None:
        raise Refused(404, "Not Found")
    kind, sha = found
    if kind == "tree":
        rows = await git.tree(commit, path)
        return [
            _entry(call, repo, ref, entry, "dir" if k == "tree" else "file", s, size) for _, k, s, size, entry in rows
        ]
    data = await git.blob(sha)
    if "raw" in call.request.headers.get("Accept", ""):
        return Reply(200, data, {"Content-Type": "application/vnd.github.raw; charset=utf-8"})
    content = {"content": base64.encodebytes(data).decode(), "encoding": "base64"}
    return {**_entry(call, repo, ref, path, "file", sha, len(data)), **content}


def _entry(call: Call, repo: Row, ref: str, path: str, kind: str, sha: str, size: int) -> Json:
    with call.tx() as tx:
        name = payloads.full_name(call.view(tx), repo)
    url = f"{call.forge.api}/repos/{name}/contents/{quote(path)}?ref={quote(ref)}"
    html = f"{call.forge.web}/{name}/{'tree' if kind == 'dir' else 'blob'}/{quote(ref)}/{quote(path)}"
    git_url = f"{call.forge.api}/repos/{name}/git/{'trees' if kind == 'dir' else 'blobs'}/{sha}"
    raw = None if kind == "dir" else f"{call.forge.web}/{name}/raw/{quote(ref)}/{quote(path)}"
    return {
        "type": kind,
        "name": PurePosixPath(path).name,
        "path": path,
        "sha": sha,
        "size": 0 if kind == "dir" else size,
        "url": url,
        "html_url": html,
        "git_url": git_url,
        "download_url": raw,
        "_links": {"self": url, "git": git_url, "html": html},
    }


@routes("PUT", "/repos/{owner}/{repo}/contents/{path:.+}")
async def put_contents(call: Call) -> Reply:
    """Create or change one file by a commit on a branch; changing needs the hash of what it replaces."""
    body = await call.json()
    message = text(body, "message", "Commit")
    try:
        data = base64.b64decode(text(body, "content", "Commit", ""))
    except ValueError:  # also of letters that are no ASCII
        raise Refused(422, "content is not valid Base64") from None
    return await _write(call, body, message, data)


@routes("DELETE", "/repos/{owner}/{repo}/contents/{path:.+}")
async def delete_contents(call: Call) -> Reply:
    body = await call.json()
    return await _write(call, body, text(body, "message", "Commit"), None)


async def _write(call: Call, body: Json, message: str, data: bytes | None) -> Reply:
    repo, git = call.repo_git("write", "contents")
    branch = text(body, "branch", "Commit", repo["default_branch"])
    path = _safe(call["path"])
    async with call.forge.locks[repo["id"]]:
        old = await git.tip(branch)
        if old is None and await git.refs("refs/heads"):
            raise Refused(404, f"Branch {branch} not found")
        before = await git.entry(old, path) if old else None
        _check_replaced(path, before[1] if before else None, text(body, "sha", "Commit", "") or None, data)
        blob = await git.write_blob(data) if data is not None else None
        sha = await _commit(call, git, body, message, old, await git.tree_with(old, path, blob))
        await git.update_ref(f"refs/heads/{branch}", sha, old)
        await announce(call.forge, repo, call.person().id)
    made = await git.commit(sha)
    entry = _entry(call, repo, branch, path, "file", blob, len(data or b"")) if blob else None
    return Reply(200 if before else 201, {"content": entry, "commit": _shown(call, repo, made)})


def _shown(call: Call, repo: Row, made: Commit) -> Json:
    with call.tx() as tx:
        return gitviews.git_commit(call.view(tx), repo, made)


def _safe(path: str) -> str:
    if any(part in ("", ".", "..", ".git") for part in path.split("/")):
        raise invalid("Commit", "path", "custom", "path contains a malformed path component")
    return path


def _check_replaced(path: str, current: str | None, given: object, data: bytes | None) -> None:
    if current is None and data is None:
        raise Refused(404, "Not Found")
    if current is not None and given is None:
        raise Refused(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    if given is not None and given != current:
        raise Refused(409, f"{path} does not match {given}")


async def _commit(call: Call, git: GitRepo, body: Json, message: str, parent: str | None, tree: str) -> str:
    now = iso(call.forge.clock())
    with call.tx() as tx:
        author = signature_of(get(tx, accounts, id=call.person().id), now)
    given = body.get("author")
    if isinstance(given, dict) and given.get("name") and given.get("email"):
        author = Signature(str(given["name"]), str(given["email"]), now)
    return await git.commit_tree(tree, [parent] if parent else [], message, author, web_flow(call.forge))
