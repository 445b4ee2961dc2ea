"""All that happened to one pull request, and why its labels are what they are: from stored rows, deciding nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from sqlalchemy import Engine, select

from core.models import backports, deliveries, effects, notices, pull_requests
from core.store import Store

Row: TypeAlias = "dict[str, Any]"


def explain(engine: Engine, number: int) -> Row | None:
    """Everything kept about pull request `number`; None when nothing is.

    {"number", "pull", "labels": [{"label", "why", ...}], "deliveries": [{..., "decisions", "effects", "calls"}],
    "backports", "notices"}; deliveries oldest first.
    """
    history = _histories(engine, number)
    with engine.begin() as connection:
        pull = connection.execute(select(pull_requests).where(pull_requests.c.number == number)).first()
        ported = connection.execute(select(backports).where(backports.c.number == number).order_by(backports.c.id))
        told = connection.execute(select(notices).where(notices.c.number == number).order_by(notices.c.id))
        backport_rows = [dict(row._mapping) for row in ported]
        notice_rows = [dict(row._mapping) for row in told]
    if pull is None and not history:
        return None
    labels = list(pull.labels) if pull else []
    return {
        "number": number,
        "pull": dict(pull._mapping) if pull else None,
        "labels": [_why(label, history, number) for label in labels],
        "deliveries": history,
        "backports": backport_rows,
        "notices": notice_rows,
    }


def _histories(engine: Engine, number: int) -> list[Row]:
    """Deliveries about the pull request, and those of anything else that led us to do something to it."""
    concerned = select(deliveries.c.subject).join(effects, effects.c.delivery == deliveries.c.id)
    query = concerned.where(effects.c.payload["number"].as_integer() == number).distinct()
    own = f"pull:{number}"
    with engine.begin() as connection:
        subjects = {own, *connection.execute(query).scalars()}
    store = Store(engine)
    rows = [row for subject in subjects for row in store.history(subject) if subject == own or _about(row, number)]
    return sorted(rows, key=lambda row: int(row["id"]))


def _about(delivery: Row, number: int) -> bool:
    return any(effect["payload"].get("number") == number for effect in delivery["effects"])


def _why(label: str, history: list[Row], number: int) -> Row:
    """The newest thing that touched the label: an effect of ours with its reason, or a person."""
    touches = [touch for row in history for touch in _touches(row, label, number)]
    return (
        touches[-1] if touches else {"label": label, "by": "", "why": "it was there before we first looked", "at": ""}
    )


def _touches(delivery: Row, label: str, number: int) -> Iterator[Row]:
    payload = delivery["payload"]
    sender = (payload.get("sender") or {}).get("login", "") if isinstance(payload, Mapping) else ""
    if delivery["event"] == "pull_request.labeled" and (payload.get("label") or {}).get("name") == label:
        if not sender.endswith("[bot]"):
            yield {"label": label, "by": sender, "why": f"{sender} put it on", "at": delivery["received"]}
        return
    reasons = {decision["reaction"]: decision["why"] for decision in delivery["decisions"]}
    for effect in delivery["effects"]:
        mine = effect["kind"] == "AddLabel" and effect["payload"].get("label") == label
        if mine and effect["payload"].get("number") == number:
            because = reasons.get(effect["reaction"]) or f"decided by {effect['reaction']}"
            yield {"label": label, "by": effect["reaction"], "why": because, "at": effect["finished"]}


def lines(story: Row) -> Iterator[str]:
    """The story as text for a terminal, oldest first."""
    pull = story["pull"]
    yield f"#{story['number']} {pull['title']} ({pull['author']}, {pull['state']})" if pull else f"#{story['number']}"
    if pull and pull["stage"]:
        yield f"stage: {pull['stage']}: {pull['why']}"
    for label in story["labels"]:
        yield f"label {label['label']!r}: {label['why']}"
    for port in story["backports"]:
        yield f"backport to {port['branch']}: {port['state']}{': ' + port['why'] if port['why'] else ''}"
    for delivery in story["deliveries"]:
        yield ""
        yield from _delivery(delivery)


def _delivery(delivery: Row) -> Iterator[str]:
    yield f"{delivery['received']} {delivery['event']} [{delivery['state']}] {delivery['guid']}"
    if delivery["error"]:
        yield f"  error: {delivery['error']}"
    for decision in delivery["decisions"]:
        yield f"  {decision['reaction']}: {decision['error'] or decision['why'] or 'nothing to say'}"
        for effect in delivery["effects"]:
            if effect["reaction"] == decision["reaction"]:
                yield f"    {effect['kind']} {brief(effect)} [{effect['state']}]{_error(effect)}"
    for call in delivery["calls"]:
        yield f"  {call['method']} {call['path']} -> {call['status']} in {call['took_s']:.3f} s"


def _error(effect: Row) -> str:
    return f" {effect['error']}" if effect["error"] else ""


SHOWN = ("label", "context", "state", "topic", "branch", "builders", "description", "reviewers")


def brief(effect: Row) -> str:
    """The parts of an effect that tell it from its neighbours: `label=awaiting review`."""
    payload = effect["payload"]
    return " ".join(f"{name}={payload[name]}" for name in SHOWN if payload.get(name))
