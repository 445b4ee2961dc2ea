"""Which labels of a pull request are our own doing: we put them on, and nobody has touched them since."""

from __future__ import annotations

from sqlalchemy import Engine, bindparam, select

from core.database import reading
from core.models import deliveries, effects

REACTION = "paths"  # the one whose labels may go again by themselves
_KINDS = ("AddLabel", "RemoveLabel")
_EVENTS = ("pull_request.labeled", "pull_request.unlabeled")


_MINE = deliveries.c.subject == bindparam("about")
_DONE = (
    select(effects.c.delivery, effects.c.kind, effects.c.payload, effects.c.state)
    .join(deliveries, deliveries.c.id == effects.c.delivery)
    .where(_MINE, effects.c.kind.in_(_KINDS), effects.c.reaction == REACTION)
)
_HEARD = select(deliveries.c.id, deliveries.c.payload).where(_MINE, deliveries.c.event.in_(_EVENTS))


def own_labels(engine: Engine, number: int, bot: str) -> frozenset[str]:
    """By what was carried out and what was heard, in the order of the deliveries."""
    mine = {"about": f"pull:{number}"}
    with reading(engine) as connection:
        done = connection.execute(_DONE, mine).all()
        heard = connection.execute(_HEARD, mine).all()
    # The state is asked for here: by its index SQLite would go through every effect that was ever done.
    carried_out = [row for row in done if row.state == "done"]
    steps = [(row.delivery, 1, row.payload["label"], row.kind == "AddLabel") for row in carried_out]
    for row in heard:
        sender = (row.payload.get("sender") or {}).get("login")
        if sender != bot:
            steps.append((row.id, 0, (row.payload.get("label") or {}).get("name", ""), False))
    ours: dict[str, bool] = {}
    for _, _, label, is_ours in sorted(steps):
        ours[label] = is_ours
    return frozenset(label for label, is_ours in ours.items() if is_ours)
