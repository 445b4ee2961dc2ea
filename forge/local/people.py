"""REST: users and organizations."""

from __future__ import annotations

from sqlalchemy import Connection

from forge.local import db, payloads
from forge.local.api import Call, Refused, Reply, Routes
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
        return _full(call, tx, account_named(tx, call["login"]))


def account_named(tx: Connection, login: str, kind: str = "") -> Row:
    row = one(tx, db.accounts, login=login)
    if row is None or (kind and row["type"] != kind):
        raise Refused(404, "Not Found")
    return row


@routes("GET", "/orgs/{org}")
async def get_org(call: Call) -> Json:
    with call.tx() as tx:
        row = account_named(tx, call["org"], "Organization")
        v = call.view(tx)
        counts = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
        return {
            **payloads.organization(v, row),
            **counts,
            "name": row["name"],
            "html_url": f"{v.web}/{row['login']}",
            "type": "Organization",
            "has_organization_projects": False,
            "has_repository_projects": False,
            "archived_at": None,
            "created_at": row["created_at"],
            "updated_at": row["created_at"],
        }


def insider(call: Call, tx: Connection) -> Row:
    """The organization of the path, for its members and for installed Apps; others get 403, as on GitHub."""
    person = call.person()
    org = account_named(tx, call["org"], "Organization")
    if person.type == "User" and not is_member(tx, org["id"], person.id):
        raise Refused(403, f"Must be a member of the organization {org['login']}")
    return org


@routes("GET", "/orgs/{org}/members")
async def org_members(call: Call) -> Reply:
    with call.tx() as tx:
        org, v = insider(call, tx), call.view(tx)
        inside = {
            m["account_id"] for t in many(tx, db.teams, org_id=org["id"]) for m in many(tx, db.members, team_id=t["id"])
        }
        return call.paged(sorted(inside), lambda key: payloads.account(v, key))


@routes("GET", "/orgs/{org}/members/{user}")
async def org_member(call: Call) -> None:
    with call.tx() as tx:
        org = account_named(tx, call["org"], "Organization")
        if not is_member(tx, org["id"], account_named(tx, call["user"])["id"]):
            raise Refused(404, "Not Found")
