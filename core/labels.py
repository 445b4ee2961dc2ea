"""Which labels of a pull request are our own doing: we put them on, and nobody has touched them since."""

from __future__ import annotations

from sqlalchemy import Engine, select

from core.models import deliveries, effects

REACTION = "paths"  # the one whose labels may go again by themselves
_KINDS = ("AddLabel", "RemoveLabel")
_EVENTS = ("pull_request.labeled", "pull_request.unlabeled")


def own_labels(engine: Engine, number: int, bot: str) -> frozenset[str]:
    """By what was carried out and what was heard, in the order of the deliveries."""
    mine = deliveries.c.subject == f"pull:{number}"
    done = (
        select(effects.c.delivery, effects.c.kind, effects.c.payload)
        .join(deliveries, deliveries.c.id == effects.c.delivery)
        .where(mine, effects.c.kind.in_(_KINDS), effects.c.state == "done", effects.c.reaction == REACTION)
    )
    heard = select(deliveries.c.id, deliveries.c.payload).where(mine, deliveries.c.event.in_(_EVENTS))
    with engine.begin() as connection:
        steps = [(row.delivery, 1, row.payload["label"], row.kind == "AddLabel") for row in connection.execute(done)]
        for row in connection.execute(heard):
            sender = (row.payload.get("sender") or {}).get("login")
            if sender != bot:
                steps.append((row.id, 0, (row.payload.get("label") or {}).get("name", ""), False))
    ours: dict[str, bool] = {}
    for _, _, label, is_ours in sorted(steps):
        ours[label] = is_ours
    return frozenset(label for label, is_ours in ours.items() if is_ours)
