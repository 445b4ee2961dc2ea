"""REST: pull requests: open, look at, edit."""

from __future__ import annotations

from sqlalchemy import Connection

from forge.local import db, gitviews, threads
from forge.local.api import Call, Refused, Reply, Routes, find_repo, invalid, text
from forge.local.db import Row, add, change, get, many, one
from forge.local.events import happened, thread_event, touch
from forge.local.gitrepo import GitRepo
from forge.local.issues import edit_thread, may_edit, new_thread, next_number, reopening
from forge.local.moves import refresh, standing
from forge.local.payloads import Json

routes = Routes()
FILES = 3000  # GitHub lists no more
COMMITS = 250


async def _tip(git: GitRepo, branch: str, name: str) -> str:
    found = await git.tip(branch)
    if found is None:
        raise invalid("PullRequest", name)
    return found


def _head(call: Call, tx: Connection, repo: Row, head: str) -> tuple[Row, str]:
    """The repository and branch that `branch`, `owner:branch` or `owner/name:branch` means."""
    owner, colon, branch = head.partition(":")
    if not colon:
        return repo, head
    login, _, name = owner.partition("/")
    account = one(tx, db.accounts, login=login)
    forks = many(tx, db.repos, owner_id=account["id"], parent_id=repo["id"]) if account else []
    found = find_repo(tx, login, name) if name else next(iter(forks), None)
    if account and account["id"] == repo["owner_id"] and not name:
        found = repo
    if found is None:
        raise invalid("PullRequest", "head")
    return found, branch


@routes("POST", "/repos/{owner}/{repo}/pulls")
async def create_pull(call: Call) -> Reply:
    body = await call.json()
    title, base = text(body, "title", "PullRequest"), text(body, "base", "PullRequest")
    with call.tx() as tx:
        repo = call.repo(tx, "anybody", "pull_requests")
        head_repo, branch = _head(call, tx, repo, text(body, "head", "PullRequest"))
        git, head_git = call.forge.git(tx, repo), call.forge.git(tx, head_repo)
    async with call.forge.changing:
        base_sha, head_sha = await _tip(git, base, "base"), await _tip(head_git, branch, "head")
        _refuse_double(call, repo, head_repo, branch, base)
        if head_git.path != git.path:
            await git.text("fetch", "--quiet", "--no-tags", str(head_git.path), head_sha)
        await _refuse_empty(git, base, branch, base_sha, head_sha)
        with call.tx() as tx:
            number = next_number(tx, repo)  # taken at once: an issue may be opened meanwhile
        values = await standing(call.forge, git, head_git, number, base_sha, head_sha)
        row = {"base_ref": base, "base_sha": base_sha, "head_ref": branch, "head_sha": head_sha, **values}
        row |= {"repo_id": repo["id"], "head_repo_id": head_repo["id"], "draft": body.get("draft") is True}
        row["maintainer_can_modify"] = body.get("maintainer_can_modify", True) is not False
        return _store(call, repo, number, title, text(body, "body", "PullRequest", "") or None, row)


def _store(call: Call, repo: Row, number: int, title: str, body: str | None, row: Row) -> Reply:
    with call.tx() as tx:
        issue = new_thread(call, tx, repo, True, title, body, number)
        add(tx, db.pulls, issue_id=issue["id"], **row)
        thread_event(call.forge, tx, repo, issue, "opened", call.person().id)
        pull = get(tx, db.pulls, issue_id=issue["id"])
        return Reply(201, threads.pull(call.view(tx), repo, issue, pull))


def _refuse_double(call: Call, repo: Row, head_repo: Row, branch: str, base: str) -> None:
    with call.tx() as tx:
        for row in many(tx, db.pulls, repo_id=repo["id"], head_repo_id=head_repo["id"], head_ref=branch, base_ref=base):
            if get(tx, db.issues, id=row["issue_id"])["state"] == "open":
                owner = get(tx, db.accounts, id=head_repo["owner_id"])["login"]
                said = f"A pull request already exists for {owner}:{branch}."
                raise Refused(
                    422, "Validation Failed", [{"resource": "PullRequest", "code": "custom", "message": said}]
                )


async def _refuse_empty(git: GitRepo, base: str, branch: str, base_sha: str, head_sha: str) -> None:
    if await git.merge_base(base_sha, head_sha) is None:
        said = f"The {branch} branch has no history in common with {base}"
    elif await git.count(head_sha, f"^{base_sha}") == 0:
        said = f"No commits between {base} and {branch}"
    else:
        return
    raise Refused(422, "Validation Failed", [{"resource": "PullRequest", "code": "custom", "message": said}])


@routes("GET", "/repos/{owner}/{repo}/pulls")
async def list_pulls(call: Call) -> Reply:
    with call.tx() as tx:
        repo, v = call.repo(tx), call.view(tx)
        rows = [(get(tx, db.issues, id=row["issue_id"]), row) for row in many(tx, db.pulls, repo_id=repo["id"])]
        wanted = [pair for pair in rows if _listed(call, tx, *pair)]
        order = "updated_at" if call.query("sort") == "updated" else "number"
        down = call.query("direction", "asc" if call.query("sort") == "updated" else "desc") == "desc"
        wanted.sort(key=lambda pair: (pair[0][order], pair[0]["number"]), reverse=down)
        return call.paged(wanted, lambda pair: threads.pull_short(v, repo, *pair))


def _listed(call: Call, tx: Connection, issue: Row, pull: Row) -> bool:
    head, base, state = call.query("head"), call.query("base"), call.query("state", "open")
    if state not in ("all", issue["state"]) or (base and base != pull["base_ref"]):
        return False
    if not head:
        return True
    head_repo = get(tx, db.repos, id=pull["head_repo_id"])
    owner = get(tx, db.accounts, id=head_repo["owner_id"])["login"]
    return head.lower() == f"{owner}:{pull['head_ref']}".lower()


@routes("GET", "/repos/{owner}/{repo}/pulls/{number}")
async def get_pull(call: Call) -> Json:
    with call.tx() as tx:
        repo = call.repo(tx)
        return threads.pull(call.view(tx), repo, *call.pull(tx, repo))


@routes("PATCH", "/repos/{owner}/{repo}/pulls/{number}")
async def patch_pull(call: Call) -> Json:
    body = await call.json()
    with call.tx() as tx:
        repo = call.repo(tx, "anybody", "pull_requests")
        issue, pull = call.pull(tx, repo)
        may_edit(call, tx, repo, issue)
    base = text(body, "base", "PullRequest", pull["base_ref"])
    if base != pull["base_ref"]:
        await _retarget(call, repo, issue, pull, base)
    await reopening(call, repo, issue, body)
    with call.tx() as tx:
        issue = edit_thread(call, tx, repo, get(tx, db.issues, id=issue["id"]), body)
        return threads.pull(call.view(tx), repo, issue, get(tx, db.pulls, issue_id=issue["id"]))


async def _retarget(call: Call, repo: Row, issue: Row, pull: Row, base: str) -> None:
    if not await refresh(call.forge, repo, issue, base):
        raise invalid("PullRequest", "base")
    person = call.person()
    with call.tx() as tx:
        change(tx, db.pulls, {"issue_id": issue["id"]}, base_ref=base)
        issue = touch(call.forge, tx, issue)
        happened(call.forge, tx, issue, person.id, "base_ref_changed", base)
        changes = {"base": {"ref": {"from": pull["base_ref"]}, "sha": {"from": pull["base_sha"]}}}
        thread_event(call.forge, tx, repo, issue, "edited", person.id, changes=changes)


@routes("GET", "/repos/{owner}/{repo}/pulls/{number}/files")
async def list_files(call: Call) -> Reply:
    repo, git = call.repo_git()
    with call.tx() as tx:
        _, pull = call.pull(tx, repo)
    fork_point = await git.merge_base(pull["base_sha"], pull["head_sha"])
    found = await git.diff(fork_point or pull["base_sha"], pull["head_sha"])
    with call.tx() as tx:
        v = call.view(tx)
        return call.paged(found[:FILES], lambda item: gitviews.file(v, repo, pull["head_sha"], item))


@routes("GET", "/repos/{owner}/{repo}/pulls/{number}/commits")
async def list_commits(call: Call) -> Reply:
    repo, git = call.repo_git()
    with call.tx() as tx:
        _, pull = call.pull(tx, repo)
    found = list(reversed(await git.log(pull["head_sha"], f"^{pull['base_sha']}")))
    with call.tx() as tx:
        v = call.view(tx)
        return call.paged(found[:COMMITS], lambda item: gitviews.commit(v, repo, item))


@routes("GET", "/repos/{owner}/{repo}/pulls/{number}/merge")
async def is_merged(call: Call) -> None:
    with call.tx() as tx:
        _, pull = call.pull(tx, call.repo(tx))
        if not pull["merged_at"]:
            raise Refused(404, "Not Found")


@routes("PUT", "/repos/{owner}/{repo}/pulls/{number}/draft")
async def set_draft(call: Call) -> Json:
    """{"draft": true or false}. GitHub has this only in GraphQL; here it is a call of our own."""
    draft = (await call.json()).get("draft") is True
    with call.tx() as tx:
        repo = call.repo(tx, "anybody", "pull_requests")
        issue, pull = call.pull(tx, repo)
        may_edit(call, tx, repo, issue)
        if draft != pull["draft"]:
            change(tx, db.pulls, {"issue_id": issue["id"]}, draft=draft)
            action = "converted_to_draft" if draft else "ready_for_review"
            issue = touch(call.forge, tx, issue)
            happened(call.forge, tx, issue, call.person().id, action)
            thread_event(call.forge, tx, repo, issue, action, call.person().id)
        return threads.pull(call.view(tx), repo, issue, get(tx, db.pulls, issue_id=issue["id"]))
