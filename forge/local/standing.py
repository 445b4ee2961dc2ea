"""How a pull request stands with its statuses and the rules of its base branch: the ticks, and what they add up to."""

from __future__ import annotations

from sqlalchemy import Connection

from forge.local import db
from forge.local.db import Row, many, one


def latest(tx: Connection, repo: Row, sha: str) -> list[Row]:
    """The newest status of each context."""
    newest = {row["context"]: row for row in many(tx, db.statuses, repo_id=repo["id"], sha=sha)}
    return list(newest.values())


def combine(rows: list[Row]) -> str:
    """One word for all: failure beats pending beats success; none at all is pending."""
    states = {row["state"] for row in rows}
    if states & {"failure", "error"}:
        return "failure"
    return "success" if states == {"success"} else "pending"


def required(tx: Connection, repo: Row, branch: str) -> tuple[list[str], bool]:
    """The contexts that must be green before a merge into `branch`, and whether it must hold the newest base."""
    rules = one(tx, db.protections, repo_id=repo["id"], branch=branch)
    checks = (rules["rules"].get("required_status_checks") or {}) if rules else {}
    return list(checks.get("contexts", [])), bool(checks.get("strict"))


def missing(tx: Connection, repo: Row, pull: Row) -> str:
    """What branch protection still waits for, in GitHub's words; empty when nothing."""
    wanted, strict = required(tx, repo, pull["base_ref"])
    have = {row["context"]: row["state"] for row in latest(tx, repo, pull["head_sha"])}
    words = {"failure": "is failing", "error": "is failing", "pending": "is pending"}
    open_ones = [context for context in wanted if have.get(context) != "success"]
    if strict and pull["behind"]:
        return "Head branch is out of date with the base branch."
    if len(open_ones) > 1:
        return f"{len(open_ones)} of {len(wanted)} required status checks have not succeeded: {', '.join(open_ones)}."
    return "".join(f'Required status check "{c}" {words.get(have.get(c, ""), "is expected")}.' for c in open_ones)


def state(tx: Connection, repo: Row, issue: Row, pull: Row) -> str:
    """GitHub's `mergeable_state`, the worst news first."""
    if issue["state"] == "closed":
        return "unknown"
    if not pull["mergeable"]:
        return "dirty"
    if pull["draft"]:
        return "draft"
    wanted, strict = required(tx, repo, pull["base_ref"])
    ticks = latest(tx, repo, pull["head_sha"])
    green = {row["context"] for row in ticks if row["state"] == "success"}
    if not green.issuperset(wanted):
        return "blocked"
    if strict and pull["behind"]:
        return "behind"
    return "clean" if not ticks or combine(ticks) == "success" else "unstable"
