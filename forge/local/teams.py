"""REST: the teams of an organization, who is in them, and the events that tell who came and went."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection

from forge.local import db, payloads
from forge.local.api import Call, Refused, Reply, Routes, digits, invalid, text, texts
from forge.local.db import Row, add, change, drop, get, many, one, put
from forge.local.events import emit_in
from forge.local.payloads import Json
from forge.local.people import account_named, insider
from forge.local.rights import is_member
from forge.local.state import Forge

routes = Routes()
ROLES = ("member", "maintainer")


@routes("GET", "/orgs/{org}/teams")
async def list_teams(call: Call) -> Reply:
    with call.tx() as tx:
        org, v = insider(call, tx), call.view(tx)
        return call.paged(many(tx, db.teams, org_id=org["id"]), lambda row: payloads.team(v, row))


def _team(call: Call, tx: Connection) -> Row:
    team = one(tx, db.teams, org_id=insider(call, tx)["id"], slug=call["slug"])
    if team is None:
        raise Refused(404, "Not Found")
    return team


def _full(call: Call, tx: Connection, row: Row) -> Json:
    v, org = call.view(tx), get(tx, db.accounts, id=row["org_id"])
    counts = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
    about = {**payloads.organization(v, org), **counts, "name": org["name"], "html_url": f"{v.web}/{org['login']}"}
    about |= {"type": "Organization", "has_organization_projects": False, "has_repository_projects": False}
    times = {"created_at": org["created_at"], "updated_at": org["created_at"]}
    return {
        **payloads.team(v, row),
        "members_count": len(many(tx, db.members, team_id=row["id"])),
        "repos_count": len(many(tx, db.rights, team_id=row["id"])),
        "organization": {**about, **times, "archived_at": None},
        **times,
    }


@routes("GET", "/orgs/{org}/teams/{slug}")
async def get_team(call: Call) -> Json:
    with call.tx() as tx:
        return _full(call, tx, _team(call, tx))


def _steward(call: Call, tx: Connection, org: Row, team: Row | None = None) -> None:
    """Teams are changed by whoever maintains one: the team itself, or for a new one any team of the organization."""
    person = call.person()
    kept = [team] if team else many(tx, db.teams, org_id=org["id"])
    mine = {"account_id": person.id, "role": "maintainer"}
    if not any(one(tx, db.members, team_id=row["id"], **mine) for row in kept):
        raise Refused(403, f"Must be a maintainer of a team of {org['login']}: {person.login} is none.")


@routes("POST", "/orgs/{org}/teams")
async def create_team(call: Call) -> Reply:
    body = await call.json()
    name = text(body, "name", "Team")
    slug = re.sub(r"[^a-z0-9_.-]+", "-", name.lower()).strip("-")
    with call.tx() as tx:
        org = insider(call, tx)
        _steward(call, tx, org)
        if not slug or one(tx, db.teams, org_id=org["id"], slug=slug):
            raise invalid("Team", "name", "already_exists" if slug else "invalid")
        team = get(tx, db.teams, id=add(tx, db.teams, org_id=org["id"], slug=slug, name=name))
        _told(call, tx, org, "created", team)
        for login in [call.person().login, *texts(body, "maintainers", "Team")]:
            join(call.forge, tx, team, account_named(tx, login), "maintainer", call.person().id)
        return Reply(201, _full(call, tx, team))


@routes("PATCH", "/orgs/{org}/teams/{slug}")
async def edit_team(call: Call) -> Json:
    body = await call.json()
    with call.tx() as tx:
        team = _team(call, tx)
        org = get(tx, db.accounts, id=team["org_id"])
        _steward(call, tx, org, team)
        name = text(body, "name", "Team", team["name"])
        if name != team["name"]:
            change(tx, db.teams, {"id": team["id"]}, name=name)
            new = get(tx, db.teams, id=team["id"])
            _told(call, tx, org, "edited", new, changes={"name": {"from": team["name"]}})
            team = new
        return _full(call, tx, team)


@routes("DELETE", "/orgs/{org}/teams/{slug}")
async def delete_team(call: Call) -> None:
    with call.tx() as tx:
        team = _team(call, tx)
        org = get(tx, db.accounts, id=team["org_id"])
        _steward(call, tx, org, team)
        drop(tx, db.teams, id=team["id"])
        _told(call, tx, org, "deleted", team)


def _told(call: Call, tx: Connection, org: Row, action: str, team: Row, **more: Any) -> None:
    shown = payloads.team(call.view(tx), team)
    emit_in(call.forge, tx, org, "team", call.person().id, action=action, team=shown, **more)


@routes("GET", "/orgs/{org}/teams/{slug}/members")
async def team_members(call: Call) -> Reply:
    with call.tx() as tx:
        return _members(call, tx, _team(call, tx))


def _members(call: Call, tx: Connection, team: Row) -> Reply:
    v, role = call.view(tx), call.query("role", "all")
    rows = [row for row in many(tx, db.members, team_id=team["id"]) if role in ("all", row["role"])]
    return call.paged(rows, lambda row: payloads.account(v, row["account_id"]))


@routes("GET", "/orgs/{org}/teams/{slug}/memberships/{user}")
async def team_membership(call: Call) -> Json:
    with call.tx() as tx:
        return _membership(call, tx, _team(call, tx))


def _membership(call: Call, tx: Connection, team: Row) -> Json:
    account = account_named(tx, call["user"])
    row = one(tx, db.members, team_id=team["id"], account_id=account["id"])
    if row is None:
        raise Refused(404, "Not Found")
    url = f"{call.forge.api}/teams/{team['id']}/memberships/{account['login']}"
    return {"url": url, "role": row["role"], "state": "active"}


@routes("PUT", "/orgs/{org}/teams/{slug}/memberships/{user}")
async def add_member(call: Call) -> Json:
    role = text(await call.json(), "role", "TeamMember", "member")
    if role not in ROLES:
        raise invalid("TeamMember", "role")
    with call.tx() as tx:
        team = _team(call, tx)
        _steward(call, tx, get(tx, db.accounts, id=team["org_id"]), team)
        join(call.forge, tx, team, account_named(tx, call["user"]), role, call.person().id)
        return _membership(call, tx, team)


@routes("DELETE", "/orgs/{org}/teams/{slug}/memberships/{user}")
async def remove_member(call: Call) -> None:
    with call.tx() as tx:
        team = _team(call, tx)
        account = account_named(tx, call["user"])
        if call.person().id != account["id"]:
            _steward(call, tx, get(tx, db.accounts, id=team["org_id"]), team)
        if not leave(call.forge, tx, team, account, call.person().id):
            raise Refused(404, "Not Found")


def join(forge: Forge, tx: Connection, team: Row, account: Row, role: str, by: int) -> None:
    """Put somebody into a team; who is in none yet also joins the organization. Told only when it is news."""
    org = get(tx, db.accounts, id=team["org_id"])
    new_here = not is_member(tx, org["id"], account["id"])
    known = one(tx, db.members, team_id=team["id"], account_id=account["id"])
    put(tx, db.members, {"team_id": team["id"], "account_id": account["id"]}, role=role)
    if new_here:
        _organization_told(forge, tx, org, account, by, "member_added")
    if known is None:
        _membership_told(forge, tx, org, team, account, by, "added")


def leave(forge: Forge, tx: Connection, team: Row, account: Row, by: int) -> bool:
    """Take somebody out of a team, and with their last team out of the organization; False: was not in."""
    org = get(tx, db.accounts, id=team["org_id"])
    if not drop(tx, db.members, team_id=team["id"], account_id=account["id"]):
        return False
    _membership_told(forge, tx, org, team, account, by, "removed")
    if not is_member(tx, org["id"], account["id"]):
        _organization_told(forge, tx, org, account, by, "member_removed")
    return True


def _membership_told(forge: Forge, tx: Connection, org: Row, team: Row, who: Row, by: int, action: str) -> None:
    v = payloads.View(tx, forge.web)
    shown = {"scope": "team", "member": payloads.account_of(v, who), "team": payloads.team(v, team)}
    emit_in(forge, tx, org, "membership", by, action=action, **shown)


def _organization_told(forge: Forge, tx: Connection, org: Row, who: Row, by: int, action: str) -> None:
    v = payloads.View(tx, forge.web)
    place = f"{v.api}/orgs/{org['login']}"
    membership = {
        "url": f"{place}/memberships/{who['login']}",
        "state": "active",
        "role": "member",
        "organization_url": place,
        "user": payloads.account_of(v, who),
    }
    emit_in(forge, tx, org, "organization", by, action=action, membership=membership)


def _team_by_id(call: Call, tx: Connection) -> Row:
    call.person()
    team = one(tx, db.teams, id=digits(call["id"]))
    if team is None:
        raise Refused(404, "Not Found")
    return team


@routes("GET", "/teams/{id}/members")
async def team_members_by_id(call: Call) -> Reply:
    with call.tx() as tx:
        return _members(call, tx, _team_by_id(call, tx))


@routes("GET", "/teams/{id}/memberships/{user}")
async def team_membership_by_id(call: Call) -> Json:
    with call.tx() as tx:
        return _membership(call, tx, _team_by_id(call, tx))
