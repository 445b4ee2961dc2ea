"""Refs moved, by a push, a merge or an API call: tell it, and bring the pull requests concerned up to date.

What git holds is compared with what was last announced, so a move is told once whoever made it, and one that a crash
interrupted is told at the next start. The caller holds the repository's lock.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, and_, or_

from forge.local import db, gitviews, payloads
from forge.local.db import Row, change, drop, get, many, one, put
from forge.local.events import emit, happened, thread_event, touch
from forge.local.gitrepo import NONE, Commit, GitRepo, Signature, iso
from forge.local.payloads import View
from forge.local.state import Forge

WEB_FLOW = "web-flow"  # GitHub's own account: the committer of what is merged or edited on the web
COMMITS_TOLD = 2048  # GitHub's limit in one push event
TAGS_TOLD = 3  # GitHub sends nothing when more tags arrive at once
_CLOSES = re.compile(r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+(?:GH-|#)(\d+)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Move:
    """A ref went from `before` to `after` (either may be NONE)."""

    ref: str
    before: str
    after: str
    forced: bool = False
    tip: Commit | None = None
    commits: tuple[tuple[Commit, tuple[tuple[str, str], ...]], ...] = ()  # oldest first, each with (letter, path)...

    @property
    def branch(self) -> str:
        return self.ref.removeprefix("refs/heads/")

    @property
    def kind(self) -> str:
        return "tag" if self.ref.startswith("refs/tags/") else "branch"


@dataclass(frozen=True)
class Standing:
    """How a pull request stands after a move; `end` is "", closed or merged."""

    issue_id: int
    values: dict[str, Any]
    end: str = ""


def web_flow(forge: Forge) -> Signature:
    return Signature("GitHub", "noreply@github.com", iso(forge.clock()))


async def announce(forge: Forge, repo: Row, actor_id: int) -> None:
    """Turn every move since the last announcement into events and refreshed pull requests, in one transaction."""
    async with forge.changing:
        git = forge.git_of(repo)
        with forge.tx() as tx:
            known = {row["name"]: row["sha"] for row in many(tx, db.refs, repo_id=repo["id"])}
        actual = await git.refs("refs/heads", "refs/tags")
        names = sorted(
            known.keys() | actual.keys(), key=lambda name: (name != f"refs/heads/{repo['default_branch']}", name)
        )
        moves = [Move(n, known.get(n, NONE), actual.get(n, NONE)) for n in names if known.get(n) != actual.get(n)]
        told = [await _describe(git, move, known) for move in moves]
        standings = [await _stand(forge, *row) for row in _concerned(forge, repo, told)]
        with forge.tx() as tx:
            drop(tx, db.pushes, repo_id=repo["id"])
            _tell(forge, tx, repo, told, actor_id)
            for standing in standings:
                _settle(forge, tx, standing, actor_id)


async def _describe(git: GitRepo, move: Move, known: dict[str, str]) -> Move:
    if move.after == NONE:
        return move
    tip = await git.resolve(move.after)
    if tip is None:
        return move
    old = [move.before] if move.before != NONE else [*known.values()]
    span = tip, *(f"^{sha}" for sha in old)
    commits = [] if move.kind == "tag" else list(reversed(await git.log(*span, count=COMMITS_TOLD)))
    files = await git.names(*span, count=COMMITS_TOLD) if commits else {}
    forced = move.before != NONE and not await git.is_ancestor(move.before, move.after)
    pairs = tuple((commit, tuple(files.get(commit.sha, ()))) for commit in commits)
    return replace(move, forced=forced, tip=await git.commit(tip), commits=pairs)


def _tell(forge: Forge, tx: Connection, repo: Row, moves: list[Move], actor_id: int) -> None:
    """Store the moves and their events: create, push, delete."""
    quiet = sum(move.kind == "tag" for move in moves) > TAGS_TOLD
    if moves:
        change(tx, db.repos, {"id": repo["id"]}, pushed_at=forge.now())
        repo = get(tx, db.repos, id=repo["id"])
    for move in moves:
        if move.after == NONE:
            drop(tx, db.refs, repo_id=repo["id"], name=move.ref)
        else:
            put(tx, db.refs, {"repo_id": repo["id"], "name": move.ref}, sha=move.after)
        if not (quiet and move.kind == "tag"):
            _events(forge, tx, repo, move, actor_id)


def _events(forge: Forge, tx: Connection, repo: Row, move: Move, actor_id: int) -> None:
    short = move.ref.split("/", 2)[2]
    named = {"ref": short, "ref_type": move.kind, "pusher_type": "user"}
    if move.before == NONE:
        more = {"master_branch": repo["default_branch"], "description": repo["description"]}
        emit(forge, tx, repo, "create", actor_id, **named, **more)
    emit(forge, tx, repo, "push", actor_id, **_push(View(tx, forge.web), repo, move, actor_id))
    if move.after == NONE:
        emit(forge, tx, repo, "delete", actor_id, **named)


def _push(v: View, repo: Row, move: Move, actor_id: int) -> dict[str, Any]:
    pusher = get(v.tx, db.accounts, id=actor_id)
    commits = [gitviews.pushed_commit(v, repo, commit, files) for commit, files in move.commits]
    tip = gitviews.pushed_commit(v, repo, move.tip, move.commits[-1][1] if move.commits else ()) if move.tip else None
    name = payloads.full_name(v, repo)
    return {
        "ref": move.ref,
        "before": move.before,
        "after": move.after,
        "created": move.before == NONE,
        "deleted": move.after == NONE,
        "forced": move.forced,
        "base_ref": None,
        "compare": f"{v.web}/{name}/compare/{move.before[:12]}...{move.after[:12]}",
        "commits": commits,
        "head_commit": tip,
        "pusher": {"name": pusher["login"], "email": pusher["email"]},
    }


def _concerned(forge: Forge, repo: Row, moves: list[Move]) -> list[tuple[Row, Row, Row, Row]]:
    """(base repository, head repository, issue, pull) of each open pull request whose base or head moved."""
    branches = [move.branch for move in moves if move.kind == "branch"]
    mine, moved_base = db.pulls.c.repo_id == repo["id"], db.in_(db.pulls.c.base_ref, branches)
    from_me, moved_head = db.pulls.c.head_repo_id == repo["id"], db.in_(db.pulls.c.head_ref, branches)
    with forge.tx() as tx:
        rows = many(tx, db.pulls, or_(and_(mine, moved_base), and_(from_me, moved_head)), merged_at=None)
        found = [(get(tx, db.issues, id=row["issue_id"]), row) for row in rows]
        return [
            (get(tx, db.repos, id=row["repo_id"]), get(tx, db.repos, id=row["head_repo_id"]), issue, row)
            for issue, row in found
            if issue["state"] == "open"
        ]


async def _stand(forge: Forge, base: Row, head: Row, issue: Row, pull: Row) -> Standing:
    base_git, head_git = forge.git_of(base), forge.git_of(head)
    base_sha, head_sha = await base_git.tip(pull["base_ref"]), await head_git.tip(pull["head_ref"])
    if base_sha is None:
        return Standing(issue["id"], {}, "closed")
    merged = await _merged(base_git, pull, base_sha)
    if merged:
        return Standing(issue["id"], merged, "merged")
    if head_sha is None:
        return Standing(issue["id"], {}, "closed")
    values = await standing(forge, base_git, head_git, issue["number"], base_sha, head_sha)
    return Standing(issue["id"], {**values, "base_sha": base_sha, "head_sha": head_sha})


async def _merged(git: GitRepo, pull: Row, base_sha: str) -> dict[str, Any]:
    """How the base branch now holds this pull request: by our own merge, or because somebody pushed its commits."""
    if pull["intent_sha"] and await git.is_ancestor(pull["intent_sha"], base_sha):
        return {"merge_sha": pull["intent_sha"], "merged_by_id": pull["intent_by_id"]}
    moved = base_sha != pull["base_sha"] and pull["commits"] > 0
    if moved and await git.is_ancestor(pull["head_sha"], base_sha):
        return {"merge_sha": base_sha}
    return {}


async def standing(
    forge: Forge, git: GitRepo, head_git: GitRepo, number: int, base_sha: str, head_sha: str
) -> dict[str, Any]:
    """Bring refs/pull/N up to date in the base repository; the columns of `pulls` that follow from both commits."""
    if head_git.path != git.path:
        await git.text("fetch", "--quiet", "--no-tags", str(head_git.path), head_sha)
    fork_point, merge_sha, (behind, commits) = await asyncio.gather(
        git.merge_base(base_sha, head_sha), _test_merge(forge, git, base_sha, head_sha), git.apart(base_sha, head_sha)
    )
    changes = await git.diff(fork_point, head_sha, patches=False) if fork_point else []
    await git.update_refs({f"refs/pull/{number}/head": head_sha, f"refs/pull/{number}/merge": merge_sha})
    return {
        "mergeable": merge_sha is not None,
        "merge_sha": merge_sha,
        "commits": commits,
        "behind": behind,
        "additions": sum(item.additions for item in changes),
        "deletions": sum(item.deletions for item in changes),
        "changed_files": len(changes),
    }


async def refresh(forge: Forge, repo: Row, issue: Row, base: str = "") -> bool:
    """Store how a pull request stands with its branches as they are now; False when one of them is gone."""
    async with forge.changing:
        with forge.tx() as tx:
            pull = get(tx, db.pulls, issue_id=issue["id"])
            git, head_git = forge.git(tx, repo), forge.git(tx, get(tx, db.repos, id=pull["head_repo_id"]))
        base_sha = await git.tip(base or pull["base_ref"])
        head_sha = await head_git.tip(pull["head_ref"])
        if base_sha is None or head_sha is None:
            return False
        values = await standing(forge, git, head_git, issue["number"], base_sha, head_sha)
        with forge.tx() as tx:
            change(tx, db.pulls, {"issue_id": issue["id"]}, **values, base_sha=base_sha, head_sha=head_sha)
    return True


async def _test_merge(forge: Forge, git: GitRepo, base_sha: str, head_sha: str) -> str | None:
    """The commit that refs/pull/N/merge is at: what merging would give; None when it conflicts."""
    tree = await git.merge_tree(base_sha, head_sha)
    if tree is None:
        return None
    who = web_flow(forge)
    return await git.commit_tree(tree, [base_sha, head_sha], f"Merge {head_sha} into {base_sha}", who, who)


def _settle(forge: Forge, tx: Connection, standing: Standing, actor_id: int) -> None:
    """Store how a pull request stands now and tell what that means: synchronize, or closed."""
    before = get(tx, db.pulls, issue_id=standing.issue_id)
    issue = get(tx, db.issues, id=standing.issue_id)
    repo = get(tx, db.repos, id=issue["repo_id"])
    if standing.end == "merged":
        by = int(standing.values.get("merged_by_id") or actor_id)
        values = {**standing.values, "merged_by_id": by, "merged_at": forge.now(), "mergeable": None}
        change(tx, db.pulls, {"issue_id": issue["id"]}, **values, intent_sha=None, intent_by_id=None)
        close(forge, tx, repo, issue, by, "merged")
        _close_named(forge, tx, repo, issue, before, by)
        return
    if standing.end == "closed":
        close(forge, tx, repo, issue, actor_id, "closed")
        return
    change(tx, db.pulls, {"issue_id": issue["id"]}, **standing.values)
    new = standing.values["head_sha"]
    if new != before["head_sha"]:
        issue = touch(forge, tx, issue)
        happened(forge, tx, issue, actor_id, "pushed", new)
        thread_event(forge, tx, repo, issue, "synchronize", actor_id, before=before["head_sha"], after=new)


def close(forge: Forge, tx: Connection, repo: Row, issue: Row, actor_id: int, how: str) -> Row:
    """Close an issue or pull request; `how` is what its timeline says."""
    reason = None if issue["is_pull"] else "completed"
    issue = touch(forge, tx, issue, state="closed", closed_at=forge.now(), closed_by_id=actor_id, state_reason=reason)
    happened(forge, tx, issue, actor_id, how)
    thread_event(forge, tx, repo, issue, "closed", actor_id)
    return issue


def _close_named(forge: Forge, tx: Connection, repo: Row, issue: Row, pull: Row, actor_id: int) -> None:
    """Merging into the default branch closes the issues that the description says it fixes."""
    if pull["base_ref"] != repo["default_branch"]:
        return
    for number in dict.fromkeys(_CLOSES.findall(issue["body"] or "")):
        named = one(tx, db.issues, repo_id=repo["id"], number=int(number), is_pull=False, state="open")
        if named is not None:
            close(forge, tx, repo, named, actor_id, "closed")


async def announce_what_was_missed(forge: Forge) -> None:
    """At the start: tell the moves that an earlier run made and did not live to tell."""
    with forge.tx() as tx:
        repos = many(tx, db.repos)
        pushing: dict[int, int] = {row["repo_id"]: row["account_id"] for row in many(tx, db.pushes)}
    for repo in repos:
        if not (forge.git_of(repo).path / "HEAD").exists():
            continue  # the crash came before the repository was made; whoever asked for it asks again
        async with forge.locks[repo["id"]]:
            await announce(forge, repo, pushing.get(repo["id"]) or int(repo["owner_id"]))
