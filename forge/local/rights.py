"""Who may do what: permissions of people from ownership, teams and collaboration; of Apps from their installation."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from forge.local.db import Row, accounts, apps, get, installations, installed, many, members, one, rights, teams

LEVELS = ("none", "read", "triage", "write", "maintain", "admin")
_SPELLINGS = {"pull": "read", "push": "write"}


@dataclass(frozen=True)
class Actor:
    """Who calls: a person (`User`), or an App (`Bot`) through an installation, or an App itself (`app_id` alone).

    `via_app_id`: the App through which a person calls, after a login there.
    """

    id: int
    login: str
    type: str
    installation_id: int | None = None
    app_id: int | None = None
    via_app_id: int | None = None


def level(name: str) -> str:
    """The level that a permission's name means. Raises ValueError for a word that is none."""
    found = _SPELLINGS.get(name, name)
    if found not in LEVELS:
        raise ValueError(f"{name!r} is not a permission: write one of {', '.join(LEVELS)}")
    return found


def permission(tx: Connection, repo: Row, account_id: int) -> str:
    """The highest level that a person has in a repository; everybody reads what is public."""
    account = get(tx, accounts, id=account_id)
    if account_id == repo["owner_id"]:
        return "admin"
    granted = ["none" if repo["private"] or account["type"] == "Organization" else "read"]
    mine = {row["team_id"] for row in many(tx, members, account_id=account_id)}
    for row in many(tx, rights, repo_id=repo["id"]):
        if row["account_id"] == account_id or row["team_id"] in mine:
            granted.append(row["permission"])
    return max(granted, key=LEVELS.index)


def may(tx: Connection, actor: Actor | None, repo: Row, need: str) -> bool:
    if actor is None:
        return need == "read" and not repo["private"]
    if actor.installation_id:
        inside = one(tx, installed, installation_id=actor.installation_id, repo_id=repo["id"])
        return inside is not None or (need == "read" and not repo["private"])
    return LEVELS.index(permission(tx, repo, actor.id)) >= LEVELS.index(need)


def app_may(tx: Connection, actor: Actor, repo: Row, area: str) -> bool:
    """Whether the App's installation covers the repository and holds write permission in one of `area` (a|b)."""
    if one(tx, installed, installation_id=actor.installation_id, repo_id=repo["id"]) is None:
        return False
    installation = get(tx, installations, id=actor.installation_id)
    granted = get(tx, apps, id=installation["app_id"])["permissions"]
    return any(granted.get(name) in ("write", "admin") for name in area.split("|"))


def is_member(tx: Connection, org_id: int, account_id: int) -> bool:
    return any(
        one(tx, members, team_id=team["id"], account_id=account_id) is not None
        for team in many(tx, teams, org_id=org_id)
    )
