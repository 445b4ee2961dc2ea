"""REST: users, organizations and their teams."""

from __future__ import annotations

from sqlalchemy import Connection

from forge.local import db, payloads
from forge.local.api import Call, Refused, Reply, Routes, digits
from forge.local.db import Row, get, many, one
from forge.local.payloads import Json
from forge.local.rights import is_member

routes = Routes()


def _full(call: Call, tx: Connection, row: Row) -> Json:
    extra = dict.fromkeys(("company", "location", "hireable", "bio", "twitter_username"))
    counts = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
    times = {"created_at": row["created_at"], "updated_at": row["created_at"]}
    names = {"name": row["name"], "email": row["email"], "blog": ""}
    return {**payloads.account_of(call.view(tx), row), **names, **extra, **counts, **times}


@routes("GET", "/user")
async def me(call: Call) -> Json:
    person = call.person()
    if person.type == "Bot":
        raise Refused(403, "Resource not accessible by integration")
    with call.tx() as tx:
        return _full(call, tx, get(tx, db.accounts, id=person.id))


@routes("GET", "/user/emails")
async def my_emails(call: Call) -> Reply:
    """One's own addresses. The account's own is the primary one and verified: the seed's author vouches for it."""
    person = call.person()
    with call.tx() as tx:
        if person.type == "Bot" or (person.via_app_id and not _may_see_emails(tx, person.via_app_id)):
            raise Refused(403, "Resource not accessible by integration")
        email = get(tx, db.accounts, id=person.id)["email"]
        known = [{"email": email, "primary": True, "verified": True, "visibility": "public"}] if email else []
        for row in many(tx, db.emails, account_id=person.id):
            known.append({"email": row["email"], "primary": False, "verified": row["verified"], "visibility": None})
    return call.paged(known, lambda item: item)


def _may_see_emails(tx: Connection, app_id: int) -> bool:
    return "email_addresses" in get(tx, db.apps, id=app_id)["permissions"]


@routes("GET", "/users/{login}")
async def get_user(call: Call) -> Json:
    with call.tx() as tx:
        return _full(call, tx, _account(tx, call["login"]))


def _account(tx: Connection, login: str, kind: str = "") -> Row:
    row = one(tx, db.accounts, login=login)
    if row is None or (kind and row["type"] != kind):
        raise Refused(404, "Not Found")
    return row


@routes("GET", "/orgs/{org}")
async def get_org(call: Call) -> Json:
    with call.tx() as tx:
        return payloads.organization(call.view(tx), _account(tx, call["org"], "Organization"))


@routes("GET", "/orgs/{org}/teams")
async def list_teams(call: Call) -> Reply:
    """Teams are for members and installed Apps; others get 403, as on GitHub."""
    with call.tx() as tx:
        org = _insider(call, tx)
        v = call.view(tx)
        return call.paged(many(tx, db.teams, org_id=org["id"]), lambda row: payloads.team(v, row))


def _insider(call: Call, tx: Connection) -> Row:
    person = call.person()
    org = _account(tx, call["org"], "Organization")
    if person.type == "User" and not is_member(tx, org["id"], person.id):
        raise Refused(403, f"Must be a member of the organization {org['login']}")
    return org


def _team(call: Call, tx: Connection) -> Row:
    org = _insider(call, tx)
    team = one(tx, db.teams, org_id=org["id"], slug=call["slug"])
    if team is None:
        raise Refused(404, "Not Found")
    return team


@routes("GET", "/orgs/{org}/teams/{slug}")
async def get_team(call: Call) -> Json:
    with call.tx() as tx:
        return payloads.team(call.view(tx), _team(call, tx))


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
    account = _account(tx, call["user"])
    row = one(tx, db.members, team_id=team["id"], account_id=account["id"])
    if row is None:
        raise Refused(404, "Not Found")
    url = f"{call.forge.api}/teams/{team['id']}/memberships/{account['login']}"
    return {"url": url, "role": row["role"], "state": "active"}


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


@routes("GET", "/orgs/{org}/members")
async def org_members(call: Call) -> Reply:
    with call.tx() as tx:
        org, v = _insider(call, tx), call.view(tx)
        inside = {
            m["account_id"] for t in many(tx, db.teams, org_id=org["id"]) for m in many(tx, db.members, team_id=t["id"])
        }
        return call.paged(sorted(inside), lambda key: payloads.account(v, key))


@routes("GET", "/orgs/{org}/members/{user}")
async def org_member(call: Call) -> None:
    with call.tx() as tx:
        org = _account(tx, call["org"], "Organization")
        if not is_member(tx, org["id"], _account(tx, call["user"])["id"]):
            raise Refused(404, "Not Found")
