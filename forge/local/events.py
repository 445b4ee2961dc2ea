"""A change becomes webhooks: one stored delivery for every App that is installed on the repository and listens."""

from __future__ import annotations

import json
import uuid
from typing import Any

from sqlalchemy import Connection

from forge.local import db, payloads, threads
from forge.local.db import Row, add, get, many
from forge.local.payloads import Json, View, node_id
from forge.local.state import Forge


def emit(forge: Forge, tx: Connection, repo: Row, event: str, sender_id: int, **body: Any) -> None:
    """Store `event` for every listening App, in the transaction of the change itself: both happen or neither."""
    v = View(tx, forge.web)
    owner = get(tx, db.accounts, id=repo["owner_id"])
    full: Json = {**body, "repository": payloads.repository(v, repo)}
    if owner["type"] == "Organization":
        full["organization"] = payloads.organization(v, owner)
    full["sender"] = payloads.account(v, sender_id)
    for place in many(tx, db.installed, repo_id=repo["id"]):
        _for(forge, tx, get(tx, db.installations, id=place["installation_id"]), event, full, repo["id"])


def emit_in(forge: Forge, tx: Connection, org: Row, event: str, sender_id: int, **body: Any) -> None:
    """The same for what happens in an organization as a whole: Apps that are installed there hear of it."""
    v = View(tx, forge.web)
    full: Json = {**body, "organization": payloads.organization(v, org), "sender": payloads.account(v, sender_id)}
    for installation in many(tx, db.installations, account_id=org["id"]):
        _for(forge, tx, installation, event, full)


def _for(forge: Forge, tx: Connection, installation: Row, event: str, full: Json, repo_id: int | None = None) -> None:
    app = get(tx, db.apps, id=installation["app_id"])
    if app["webhook_url"] and ("*" in app["events"] or event in app["events"]):
        mark = {"id": installation["id"], "node_id": node_id("Installation", installation["id"])}
        store(forge, tx, app, event, {**full, "installation": mark}, installation["id"], repo_id)


def store(
    forge: Forge,
    tx: Connection,
    app: Row,
    event: str,
    payload: Json,
    installation_id: int | None = None,
    repo_id: int | None = None,
) -> None:
    """Queue one delivery with a GUID of its own."""
    key = add(
        tx,
        db.deliveries,
        app_id=app["id"],
        installation_id=installation_id,
        repo_id=repo_id,
        guid=str(uuid.uuid4()),
        event=event,
        action=payload.get("action"),
        payload=json.dumps(payload, separators=(",", ":")),
        redelivery=False,
        waiting=True,
        created_at=forge.now(),
    )
    db.change(tx, db.deliveries, {"id": key}, turn=key)
    forge.wake.set()


def redeliver(forge: Forge, tx: Connection, attempt: Row, turn: int = 0, not_before: float = 0.0) -> None:
    """Queue another attempt with the same GUID; `turn` keeps an earlier place in the queue, else it goes to the end."""
    kept = ("app_id", "installation_id", "repo_id", "guid", "event", "action", "payload")
    key = add(
        tx,
        db.deliveries,
        **{name: attempt[name] for name in kept},
        redelivery=True,
        waiting=True,
        created_at=forge.now(),
        not_before=not_before,
    )
    db.change(tx, db.deliveries, {"id": key}, turn=turn or key)
    forge.wake.set()


def ping(forge: Forge, tx: Connection, app: Row) -> None:
    """What GitHub sends when a webhook is set up."""
    hook = {
        "type": "App",
        "id": app["id"],
        "name": "web",
        "active": True,
        "events": app["events"],
        "app_id": app["id"],
        "config": {"content_type": "json", "insecure_ssl": "0", "url": app["webhook_url"]},
        "created_at": app["created_at"],
        "updated_at": forge.now(),
    }
    store(forge, tx, app, "ping", {"zen": "Keep it logically awesome.", "hook_id": app["id"], "hook": hook})


def happened(forge: Forge, tx: Connection, issue: Row, actor_id: int, event: str, detail: str = "") -> None:
    """Note in an issue's timeline what was done to it."""
    now = forge.now()
    add(tx, db.timeline, issue_id=issue["id"], actor_id=actor_id, event=event, detail=detail, created_at=now)


def touch(forge: Forge, tx: Connection, issue: Row, **values: Any) -> Row:
    """Change an issue and its time; the row as it now is."""
    db.change(tx, db.issues, {"id": issue["id"]}, updated_at=forge.now(), **values)
    return get(tx, db.issues, id=issue["id"])


def thread_event(forge: Forge, tx: Connection, repo: Row, issue: Row, action: str, sender_id: int, **more: Any) -> None:
    """`pull_request` or `issues` with `action`, whichever this is."""
    v = View(tx, forge.web)
    if not issue["is_pull"]:
        shown = threads.issue(v, repo, issue)
        del shown["closed_by"]  # an answer says it, a webhook does not
        emit(forge, tx, repo, "issues", sender_id, action=action, issue=shown, **more)
        return
    pull = threads.pull(v, repo, issue, get(tx, db.pulls, issue_id=issue["id"]))
    emit(
        forge, tx, repo, "pull_request", sender_id,
        action=action, number=issue["number"], pull_request=pull, **more,
    )  # fmt: skip
