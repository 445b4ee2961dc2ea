"""How work is kept, claimed, retried, parked and replayed: the inbox of deliveries and the outbox of effects.

The order of writing is the promise. A delivery is committed before it is answered. A decision and all its effects are
committed before the first effect is carried out. An effect is marked done after it was carried out, so that a crash
between the two repeats it: effects are therefore safe to repeat. Nothing is deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from core import models
from core.models import decisions, deliveries, effects

MOST_ATTEMPTS = 8  # then the work is parked for a person to look at
FIRST_PAUSE_S = 1.0  # doubled at each further try
LONGEST_PAUSE_S = 600.0


class DeliveryState(StrEnum):
    NEW = "new"  # not decided yet, or a decision failed and is to be tried again
    DECIDED = "decided"  # every decision is written down; effects are left to carry out
    DONE = "done"
    IGNORED = "ignored"  # no reaction answers this event
    PARKED = "parked"  # tried too often; a person must look


class EffectState(StrEnum):
    NEW = "new"
    DONE = "done"
    PARKED = "parked"


@dataclass(frozen=True)
class Delivery:
    """Something that happened, as it was stored."""

    id: int
    guid: str
    source: str
    event: str
    subject: str
    payload: Mapping[str, Any]
    state: DeliveryState
    attempts: int


@dataclass(frozen=True)
class Decided:
    """One reaction's answer to a delivery: its effects as (kind, payload), and why; or the error that stopped it."""

    reaction: str
    effects: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    why: str = ""
    error: str = ""


@dataclass(frozen=True)
class PendingEffect:
    """Something to do, as it was stored. `key` names it for good, also over a restart: put it into hidden markers."""

    id: int
    delivery: int
    reaction: str
    position: int
    kind: str
    payload: Mapping[str, Any]
    attempts: int

    @property
    def key(self) -> str:
        return f"{self.delivery}.{self.reaction}.{self.position}"


def now() -> datetime:
    return datetime.now(UTC)


def text(moment: datetime) -> str:
    """A time as the database holds it: ISO in UTC, so that text sorts as time does."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def pause(attempts: int) -> timedelta:
    """How long to wait after that many failed tries."""
    return timedelta(seconds=min(FIRST_PAUSE_S * 2 ** max(0, attempts - 1), LONGEST_PAUSE_S))


class Store:
    """The inbox and outbox of one database. Synchronous and quick: a call is one short transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    # --- inbox ---

    def keep(self, guid: str, source: str, event: str, subject: str, payload: Mapping[str, Any]) -> bool:
        """Commit a delivery; True when it is new work.

        A repeated GUID does nothing, unless its first try was parked: then it is taken up again.
        """
        row = {
            "guid": guid,
            "source": source,
            "event": event,
            "subject": subject,
            "payload": dict(payload),
            "state": DeliveryState.NEW,
            "received": text(now()),
        }
        try:
            with self.engine.begin() as connection:
                connection.execute(insert(deliveries).values(row))
            return True
        except IntegrityError:
            return self.replay(guid)

    def replay(self, guid: str) -> bool:
        """Take up a parked delivery again, its parked effects included; False when it is not parked."""
        with self.engine.begin() as connection:
            found = connection.execute(
                update(deliveries)
                .where(deliveries.c.guid == guid, deliveries.c.state == DeliveryState.PARKED)
                .values(state=DeliveryState.NEW, attempts=0, next_try="", error="")
                .returning(deliveries.c.id)
            ).scalar()
            if found is None:
                return False
            connection.execute(
                update(effects)
                .where(effects.c.delivery == found, effects.c.state == EffectState.PARKED)
                .values(state=EffectState.NEW, attempts=0, next_try="", error="")
            )
            return True

    def ready(self, at: datetime, busy: Iterable[str] = (), limit: int = 50) -> list[Delivery]:
        """Deliveries to work on now, oldest first, at most one a subject, none of a subject that is `busy`.

        A delivery is ready when no earlier one of its subject is unfinished and its pause is over.
        """
        earlier = deliveries.alias()
        open_states = (DeliveryState.NEW, DeliveryState.DECIDED)
        blocked = exists().where(
            earlier.c.subject == deliveries.c.subject,
            earlier.c.id < deliveries.c.id,
            earlier.c.state.in_(open_states),
        )
        query = (
            select(deliveries)
            .where(
                deliveries.c.state.in_(open_states),
                deliveries.c.next_try <= text(at),
                deliveries.c.subject.not_in(list(busy)),
                ~blocked,
            )
            .order_by(deliveries.c.id)
            .limit(limit)
        )
        with self.engine.begin() as connection:
            return [_delivery(row) for row in connection.execute(query)]

    def undecided(self, delivery: int, reactions: Sequence[str]) -> list[str]:
        """Those of `reactions` that have no decision on this delivery yet, in the order given."""
        query = select(decisions.c.reaction).where(decisions.c.delivery == delivery, decisions.c.state == "decided")
        with self.engine.begin() as connection:
            done = set(connection.execute(query).scalars())
        return [reaction for reaction in reactions if reaction not in done]

    def decide(self, delivery: int, answers: Sequence[Decided]) -> None:
        """Write down what the reactions answered, effects included, in one transaction.

        A reaction that decided already is left as it is: deciding twice must not double its effects.
        """
        at = text(now())
        with self.engine.begin() as connection:
            for answer in answers:
                _write_decision(connection, delivery, answer, at)
            failed = [answer for answer in answers if answer.error]
            if not failed:
                connection.execute(
                    update(deliveries).where(deliveries.c.id == delivery).values(state=DeliveryState.DECIDED)
                )

    def finish(self, delivery: int, state: DeliveryState = DeliveryState.DONE) -> None:
        """The delivery is done with (or ignored)."""
        with self.engine.begin() as connection:
            connection.execute(
                update(deliveries).where(deliveries.c.id == delivery).values(state=state, finished=text(now()))
            )

    def fail(self, delivery: int, error: str, retry_at: datetime | None = None) -> bool:
        """Deciding failed: try again after a pause (or at `retry_at`), or park after MOST_ATTEMPTS. True: parked."""
        with self.engine.begin() as connection:
            return _retry_or_park(connection, deliveries, delivery, error, retry_at, DeliveryState.PARKED)

    # --- outbox ---

    def pending(self, delivery: int) -> list[PendingEffect]:
        """Effects of the delivery that are not done, in the order in which they were decided."""
        query = (
            select(effects)
            .where(effects.c.delivery == delivery, effects.c.state == EffectState.NEW)
            .order_by(effects.c.id)
        )
        with self.engine.begin() as connection:
            return [_effect(row) for row in connection.execute(query)]

    def has_parked(self, delivery: int) -> bool:
        """True when an effect of the delivery was given up."""
        query = select(effects.c.id).where(effects.c.delivery == delivery, effects.c.state == EffectState.PARKED)
        with self.engine.begin() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def carried_out(self, effect: int, result: Mapping[str, Any] | None = None) -> None:
        """The effect is done; `result` is what the world answered (a number, a link)."""
        with self.engine.begin() as connection:
            connection.execute(
                update(effects)
                .where(effects.c.id == effect)
                .values(state=EffectState.DONE, result=dict(result or {}), error="", finished=text(now()))
            )

    def effect_failed(self, effect: int, error: str, retry_at: datetime | None = None, final: bool = False) -> bool:
        """The effect failed: retry after a pause, or park it (at once when `final`). True: parked."""
        with self.engine.begin() as connection:
            return _retry_or_park(connection, effects, effect, error, retry_at, EffectState.PARKED, final)

    def postpone(self, delivery: int) -> None:
        """Set the delivery's next try to that of its earliest waiting effect."""
        earliest = select(func.min(effects.c.next_try)).where(
            effects.c.delivery == delivery, effects.c.state == EffectState.NEW
        )
        with self.engine.begin() as connection:
            when = connection.execute(earliest).scalar() or ""
            connection.execute(update(deliveries).where(deliveries.c.id == delivery).values(next_try=when))

    # --- looking ---

    def idle(self) -> bool:
        """True when nothing is left to decide or to carry out."""
        open_work = select(deliveries.c.id).where(deliveries.c.state.in_((DeliveryState.NEW, DeliveryState.DECIDED)))
        with self.engine.begin() as connection:
            return connection.execute(open_work.limit(1)).first() is None

    def history(self, subject: str) -> list[dict[str, Any]]:
        """Every delivery of a subject with its decisions, effects and API calls, oldest first, for `explain`."""
        with self.engine.begin() as connection:
            rows = connection.execute(
                select(deliveries).where(deliveries.c.subject == subject).order_by(deliveries.c.id)
            )
            return [_with_children(connection, row) for row in rows.all()]

    def note_call(self, delivery: int | None, method: str, path: str, status: int, took_s: float) -> None:
        """One call to GitHub, for `explain` and for counting."""
        row = {"delivery": delivery, "method": method, "path": path, "status": status, "took_s": took_s}
        with self.engine.begin() as connection:
            connection.execute(insert(models.api_calls).values(**row, at=text(now())))

    # --- builds are asked for here and answered by the farm ---

    def ask_build(self, key: str, branch: str, commit: str, builders: str = "", reason: str = "") -> bool:
        """Ask the farm for builds of `commit`; asking again with the same key does nothing (False)."""
        row = {"key": key, "branch": branch, "commit": commit, "builders": builders, "reason": reason}
        try:
            with self.engine.begin() as connection:
                connection.execute(insert(models.build_requests).values(**row, state="new", asked=text(now())))
            return True
        except IntegrityError:
            return False


def _write_decision(connection: Connection, delivery: int, answer: Decided, at: str) -> None:
    mine = and_(decisions.c.delivery == delivery, decisions.c.reaction == answer.reaction)
    state = connection.execute(select(decisions.c.state).where(mine)).scalar()
    if state == "decided":
        return
    values = {"state": "failed" if answer.error else "decided", "why": answer.why, "error": answer.error, "decided": at}
    if state is None:
        connection.execute(insert(decisions).values(delivery=delivery, reaction=answer.reaction, **values))
    else:
        connection.execute(update(decisions).where(mine).values(**values))
    for position, (kind, payload) in enumerate(answer.effects):
        connection.execute(
            insert(effects).values(
                delivery=delivery,
                reaction=answer.reaction,
                position=position,
                kind=kind,
                payload=dict(payload),
                state=EffectState.NEW,
            )
        )


def _retry_or_park(
    connection: Connection,
    table: Any,
    row: int,
    error: str,
    retry_at: datetime | None,
    parked: str,
    final: bool = False,
) -> bool:
    """A wait that the other side asked for (`retry_at`) is no failure of ours and does not count towards parking."""
    counted = 0 if retry_at else 1
    attempts = int(connection.execute(select(table.c.attempts).where(table.c.id == row)).scalar_one()) + counted
    give_up = final or attempts >= MOST_ATTEMPTS
    values: dict[str, Any] = {"attempts": attempts, "error": error}
    values |= {"state": parked} if give_up else {"next_try": text(retry_at or now() + pause(attempts))}
    connection.execute(update(table).where(table.c.id == row).values(**values))
    return give_up


def _with_children(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    whole = dict(row._mapping)
    for name, table in (("decisions", decisions), ("effects", effects), ("calls", models.api_calls)):
        children = connection.execute(select(table).where(table.c.delivery == row.id).order_by(table.c.id))
        whole[name] = [dict(child._mapping) for child in children]
    return whole


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        row.id, row.guid, row.source, row.event, row.subject, row.payload, DeliveryState(row.state), row.attempts
    )


def _effect(row: Row[Any]) -> PendingEffect:
    return PendingEffect(row.id, row.delivery, row.reaction, row.position, row.kind, row.payload, row.attempts)
