"""REST: an App about itself: installations, tokens, and what became of its webhooks."""

from __future__ import annotations

import json
import secrets
from typing import Any

from sqlalchemy import Connection

from forge.local import db, payloads
from forge.local.api import Call, Refused, Reply, Routes, digits
from forge.local.auth import APP_TOKEN, issue_token
from forge.local.db import Row, get, many, one
from forge.local.events import redeliver
from forge.local.payloads import Json, node_id

routes = Routes()


def _app(call: Call, tx: Connection) -> Row:
    """The App that signs the call."""
    if call.actor is None or call.actor.app_id is None:
        raise Refused(401, "A JSON web token could not be decoded")
    return get(tx, db.apps, id=call.actor.app_id)


def _client_id(tx: Connection, app: Row) -> str:
    return str(get(tx, db.clients, app_id=app["id"])["client_id"])


@routes("GET", "/app")
async def get_app(call: Call) -> Json:
    with call.tx() as tx:
        app, v = _app(call, tx), call.view(tx)
        return {
            "id": app["id"],
            "slug": app["slug"],
            "node_id": node_id("Integration", app["id"]),
            "client_id": _client_id(tx, app),
            "owner": payloads.account(v, app["owner_id"]),
            "name": app["name"],
            "description": None,
            "external_url": v.web,
            "html_url": f"{v.web}/apps/{app['slug']}",
            "created_at": app["created_at"],
            "updated_at": app["created_at"],
            "permissions": app["permissions"],
            "events": app["events"],
            "installations_count": len(many(tx, db.installations, app_id=app["id"])),
        }


def _installation(call: Call, tx: Connection, app: Row, row: Row) -> Json:
    v = call.view(tx)
    account = get(tx, db.accounts, id=row["account_id"])
    return {
        "id": row["id"],
        "account": payloads.account_of(v, account),
        "access_tokens_url": f"{v.api}/app/installations/{row['id']}/access_tokens",
        "repositories_url": f"{v.api}/installation/repositories",
        "html_url": f"{v.web}/settings/installations/{row['id']}",
        "app_id": app["id"],
        "app_slug": app["slug"],
        "client_id": _client_id(tx, app),
        "target_id": account["id"],
        "target_type": account["type"],
        "permissions": app["permissions"],
        "events": app["events"],
        "created_at": row["created_at"],
        "updated_at": row["created_at"],
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "repository_selection": "selected",
        "suspended_by": None,
        "suspended_at": None,
    }


@routes("GET", "/app/installations")
async def list_installations(call: Call) -> Reply:
    with call.tx() as tx:
        app = _app(call, tx)
        return call.paged(many(tx, db.installations, app_id=app["id"]), lambda row: _installation(call, tx, app, row))


def _mine(call: Call, tx: Connection, app: Row) -> Row:
    row = one(tx, db.installations, id=digits(call["id"]), app_id=app["id"])
    if row is None:
        raise Refused(404, "Not Found")
    return row


@routes("GET", "/app/installations/{id}")
async def get_installation(call: Call) -> Json:
    with call.tx() as tx:
        app = _app(call, tx)
        return _installation(call, tx, app, _mine(call, tx, app))


@routes("GET", "/repos/{owner}/{repo}/installation")
async def repo_installation(call: Call) -> Json:
    with call.tx() as tx:
        app = _app(call, tx)
        repo = call.repo(tx)
        for row in many(tx, db.installations, app_id=app["id"]):
            if one(tx, db.installed, installation_id=row["id"], repo_id=repo["id"]):
                return _installation(call, tx, app, row)
        raise Refused(404, "Not Found")


@routes("POST", "/app/installations/{id}/access_tokens")
async def create_token(call: Call) -> Reply:
    """A token of an hour. The forge does not narrow it to fewer repositories or permissions: it refuses to pretend."""
    body = await call.json()
    if body.get("repositories") or body.get("repository_ids") or body.get("permissions"):
        raise Refused(422, "This forge makes tokens for a whole installation only: leave the body empty")
    with call.tx() as tx:
        app = _app(call, tx)
        installation = _mine(call, tx, app)
        token = f"{APP_TOKEN}{secrets.token_urlsafe(27).replace('-', 'x').replace('_', 'y')}"
        expires = issue_token(call.forge, tx, installation["id"], token)
        answer = {"token": token, "expires_at": expires, "permissions": app["permissions"]}
        return Reply(201, {**answer, "repository_selection": "selected"})


@routes("GET", "/installation/repositories")
async def installation_repositories(call: Call) -> Reply:
    person = call.person()
    if person.installation_id is None:
        raise Refused(403, "You must authenticate with an installation access token in order to list repositories.")
    with call.tx() as tx:
        v = call.view(tx)
        rows = [
            get(tx, db.repos, id=row["repo_id"])
            for row in many(tx, db.installed, installation_id=person.installation_id)
        ]
        page = call.paged(rows, lambda row: payloads.repository(v, row))
        body = {"total_count": len(rows), "repository_selection": "selected", "repositories": page.body}
        return Reply(200, body, page.headers)


def _delivery(row: Row) -> Json:
    return {
        "id": row["id"],
        "guid": row["guid"],
        "delivered_at": row["delivered_at"] or row["created_at"],
        "redelivery": row["redelivery"],
        "duration": round(row["duration_s"], 3),
        "status": row["status"] or "pending",
        "status_code": row["status_code"],
        "event": row["event"],
        "action": row["action"],
        "installation_id": row["installation_id"],
        "repository_id": row["repo_id"],
        "throttled_at": None,
    }


@routes("GET", "/app/hook/deliveries")
async def list_deliveries(call: Call) -> Reply:
    """Newest first, a page at a time by cursor; what still waits for its first attempt is not listed."""
    with call.tx() as tx:
        app = _app(call, tx)
        size = min(max(int(call.query("per_page", "30")) if call.query("per_page", "30").isdigit() else 30, 1), 100)
        cursor, column = call.query("cursor"), db.deliveries.c.id
        older = [column < digits(cursor.removeprefix("v1_"))] if cursor else []
        rows = many(tx, db.deliveries, *older, order=column.desc(), limit=size + 1, app_id=app["id"], waiting=False)
        page = rows[:size]
        url = f"{call.forge.api}/app/hook/deliveries?per_page={size}&cursor=v1_{page[-1]['id'] if page else 0}"
        headers = {"Link": f'<{url}>; rel="next"'} if len(rows) > size else {}
        return Reply(200, [_delivery(row) for row in page], headers)


def _attempt(call: Call, tx: Connection) -> Row:
    row = one(tx, db.deliveries, id=digits(call["id"]), app_id=_app(call, tx)["id"])
    if row is None:
        raise Refused(404, "Not Found")
    return row


@routes("GET", "/app/hook/deliveries/{id}")
async def get_delivery(call: Call) -> Json:
    with call.tx() as tx:
        row = _attempt(call, tx)
        request: dict[str, Any] = {"headers": row["request_headers"], "payload": json.loads(row["payload"])}
        response = {"headers": row["response_headers"], "payload": row["response_body"]}
        return {**_delivery(row), "url": row["url"], "request": request, "response": response}


@routes("POST", "/app/hook/deliveries/{id}/attempts")
async def redeliver_delivery(call: Call) -> Reply:
    with call.tx() as tx:
        redeliver(call.forge, tx, _attempt(call, tx))
        return Reply(202, {})
