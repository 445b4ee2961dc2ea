"""REST: merge a pull request: by a merge commit, squashed, or rebased, all in the object store."""

from __future__ import annotations

from collections.abc import Sequence

from forge.local import db, payloads, standing
from forge.local.api import Call, Refused, Routes, invalid, text
from forge.local.contents import signature_of
from forge.local.db import Row, change, get
from forge.local.gitrepo import Commit, GitError, GitRepo, iso
from forge.local.moves import announce, web_flow
from forge.local.payloads import Json

routes = Routes()
NOT_MERGEABLE = "Pull Request is not mergeable"


@routes("PUT", "/repos/{owner}/{repo}/pulls/{number}/merge")
async def merge(call: Call) -> Json:
    """The intention is stored before the branch moves, so that a merge cut short by a crash is known to be one."""
    body = await call.json()
    method = text(body, "merge_method", "PullRequest", "merge")
    if method not in ("merge", "squash", "rebase"):
        raise invalid("PullRequest", "merge_method")
    repo, git = call.repo_git("write", "contents")
    async with call.forge.locks[repo["id"]]:
        issue, pull = _check(call, repo, body)
        sha = await _make(call, git, method, repo, issue, pull, body)
        if sha is None:
            raise Refused(405, "This branch can't be rebased" if method == "rebase" else NOT_MERGEABLE)
        with call.tx() as tx:
            intent = {"intent_sha": sha, "intent_by_id": call.person().id}
            change(tx, db.pulls, {"issue_id": issue["id"]}, **intent)
        try:
            await git.update_ref(f"refs/heads/{pull['base_ref']}", sha, pull["base_sha"])
        except GitError:
            raise Refused(405, "Base branch was modified. Review and try the merge again.") from None
        await announce(call.forge, repo, call.person().id)
    return {"sha": sha, "merged": True, "message": "Pull Request successfully merged"}


def _check(call: Call, repo: Row, body: Json) -> tuple[Row, Row]:
    with call.tx() as tx:
        issue, pull = call.pull(tx, repo)
    if issue["state"] != "open" or pull["mergeable"] is False:
        raise Refused(405, NOT_MERGEABLE)
    if pull["draft"]:
        raise Refused(405, "Pull Request is still a draft")
    if body.get("sha") not in (None, pull["head_sha"]):
        raise Refused(409, "Head branch was modified. Review and try the merge again.")
    with call.tx() as tx:
        missing = standing.missing(tx, repo, pull)
    if missing:
        raise Refused(405, missing)
    return issue, pull


async def _make(call: Call, git: GitRepo, method: str, repo: Row, issue: Row, pull: Row, body: Json) -> str | None:
    """The commit that the base branch shall hold; None when it conflicts."""
    base, head = pull["base_sha"], pull["head_sha"]
    commits = list(reversed(await git.log(head, f"^{base}")))
    if method == "rebase":
        return await _rebase(call, git, base, [item for item in commits if len(item.parents) == 1])
    tree = await git.merge_tree(base, head)
    if tree is None:
        return None
    now = iso(call.forge.clock())
    with call.tx() as tx:
        doer = get(tx, db.accounts, id=issue["author_id"] if method == "squash" else call.person().id)
        head_owner = get(tx, db.accounts, id=get(tx, db.repos, id=pull["head_repo_id"])["owner_id"])["login"]
    if method == "squash":
        title, message = f"{issue['title']} (#{issue['number']})", _squashed(call, issue, commits)
        parents = [base]
    else:
        title = f"Merge pull request #{issue['number']} from {head_owner}/{pull['head_ref']}"
        message, parents = issue["title"], [base, head]
    title = text(body, "commit_title", "PullRequest", title)
    message = text(body, "commit_message", "PullRequest", message).strip()
    words = f"{title}\n\n{message}\n" if message else f"{title}\n"
    return await git.commit_tree(tree, parents, words, signature_of(doer, now), web_flow(call.forge))


def _squashed(call: Call, issue: Row, commits: Sequence[Commit]) -> str:
    """The description, and everybody else who wrote a commit."""
    with call.tx() as tx:
        v = call.view(tx)
        author = get(tx, db.accounts, id=issue["author_id"])
        others = {
            commit.author.email: commit.author
            for commit in commits
            if (payloads.account_by_email(v, commit.author.email) or {}).get("id") != author["id"]
            and commit.author.email != author["email"]
        }
    credit = "\n".join(f"Co-authored-by: {who.name} <{who.email}>" for who in others.values())
    return "\n\n".join(part for part in ((issue["body"] or "").replace("\r\n", "\n").strip(), credit) if part)


async def _rebase(call: Call, git: GitRepo, base: str, commits: Sequence[Commit]) -> str | None:
    at: str | None = base
    with call.tx() as tx:
        committer = signature_of(get(tx, db.accounts, id=call.person().id), iso(call.forge.clock()))
    for commit in commits:
        at = await git.pick(commit, at, committer) if at else None
    return at
