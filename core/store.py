"""How work is kept, claimed, retried, parked and replayed: the inbox of deliveries and the outbox of effects.

The order of writing is the promise. A delivery is committed before it is answered. A decision and all its effects are
committed before the first effect is carried out. An effect is marked done after it was carried out, so that a crash
between the two repeats it: effects are therefore safe to repeat. Nothing is deleted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Engine,
    Row,
    Select,
    String,
    and_,
    bindparam,
    column,
    exists,
    func,
    insert,
    select,
    table,
    update,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import UserDefinedType

from core import locks, models
from core.database import reading, writing
from core.models import OPEN, decisions, deliveries, effects

MOST_ATTEMPTS = 8  # then the work is parked for a person to look at
FIRST_PAUSE_S = 1.0  # doubled at each further try
LONGEST_PAUSE_S = 600.0
MORE_CANDIDATES = 64  # looked at beyond what is wanted: other processes may be at work on the first ones
CHANNEL = "camelot_kept"  # where PostgreSQL tells every process of new deliveries


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
class Arrival:
    """Something that happened, as it is to be stored; `payload` is JSON text. `ignored`: nobody answers this event."""

    guid: str
    source: str
    event: str
    subject: str
    payload: str
    ignored: bool = False


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


class _JsonText(UserDefinedType[str]):
    """JSON that is text already: what came from outside is stored byte for byte, and not written anew."""

    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:
        return "JSON"


_TEXT_COLUMNS = ("guid", "source", "event", "subject", "state", "next_try", "error", "received", "finished")
_INBOX = table(
    "deliveries",
    *(column(name, String) for name in _TEXT_COLUMNS),
    column("attempts"),
    column("payload", _JsonText()),
)


# Asked for at every delivery; made once, because making them takes longer than asking.
_MINE: BindParameter[Any] = bindparam("delivery")
_DECIDED = select(decisions.c.reaction).where(decisions.c.delivery == _MINE, decisions.c.state == "decided")
_STATES = select(decisions.c.reaction, decisions.c.state).where(decisions.c.delivery == _MINE)
_IS_DECIDED = update(deliveries).where(deliveries.c.id == _MINE).values(state=DeliveryState.DECIDED.value)
_OF_MINE = select(effects).where(effects.c.delivery == _MINE).order_by(effects.c.id)
_PENDING = _OF_MINE.where(effects.c.state == EffectState.NEW.value)
_FINISH = update(deliveries).where(deliveries.c.id == _MINE).values(state=bindparam("ending"), finished=bindparam("at"))
_LATER_HEAD = (
    select(deliveries.c.payload["after"].as_string())
    .where(
        deliveries.c.subject == bindparam("about"),
        deliveries.c.id > _MINE,
        deliveries.c.event == "pull_request.synchronize",
    )
    .order_by(deliveries.c.id.desc())
    .limit(1)
)
_CARRIED_OUT = (
    update(effects)
    .where(effects.c.id == bindparam("effect"))
    .values(state=EffectState.DONE.value, result=bindparam("answer"), error="", finished=bindparam("at"))
)
_LEFT = (
    select(effects.c.state, func.min(effects.c.next_try).label("next_try"))
    .where(effects.c.delivery == _MINE, effects.c.state != EffectState.DONE.value)
    .group_by(effects.c.state)
)
_POSTPONE = update(deliveries).where(deliveries.c.id == _MINE).values(next_try=bindparam("when"))
_EARLIER = deliveries.alias("earlier")
_IS_HEAD = (
    sql(f"deliveries.{OPEN}"),
    deliveries.c.next_try <= bindparam("until"),
    ~exists().where(
        _EARLIER.c.subject == deliveries.c.subject, _EARLIER.c.id < deliveries.c.id, sql(f"earlier.{OPEN}")
    ),
)
_HEADS = (
    select(deliveries.c.id, deliveries.c.subject).where(*_IS_HEAD).order_by(deliveries.c.id).limit(bindparam("most"))
)
_WHOLE_HEADS = (
    select(deliveries)
    .where(deliveries.c.id.in_(bindparam("mine", expanding=True)), *_IS_HEAD)
    .order_by(deliveries.c.id)
)
_IDLE = select(deliveries.c.id).where(sql(f"deliveries.{OPEN}")).limit(1)
_NEW_DECISIONS, _NEW_EFFECTS = insert(decisions), insert(effects)
_NOTES = insert(models.api_calls)
_BLANK = {"next_try": "", "error": "", "finished": ""}


class Store:
    """The inbox and outbox of one database. Synchronous and quick: a call is one short transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._locks: locks.Locks | None = None

    @property
    def locks(self) -> locks.Locks:
        """What this process holds while others must not."""
        if self._locks is None:
            self._locks = locks.of(self.engine)
        return self._locks

    def close(self) -> None:
        """Give back every lock and connection."""
        if self._locks is not None:
            self._locks.close()
            self._locks = None
        self.engine.dispose()

    # --- inbox ---

    def keep(self, guid: str, source: str, event: str, subject: str, payload: Mapping[str, Any]) -> bool:
        """Commit a delivery; True when it is new work.

        A repeated GUID does nothing, unless its first try was parked: then it is taken up again.
        """
        return self.keep_all([Arrival(guid, source, event, subject, json.dumps(dict(payload)))])[0]

    def keep_all(self, arrivals: Sequence[Arrival]) -> list[bool]:
        """The same for many at once, in one statement."""
        at = text(now())
        rows = [_row(arrival, at) for arrival in arrivals]
        dialect = postgresql if self.engine.dialect.name == "postgresql" else sqlite
        query = dialect.insert(_INBOX).on_conflict_do_nothing(index_elements=["guid"]).returning(_INBOX.c.guid)
        with writing(self.engine) as connection:
            new = set(connection.execute(query, rows).scalars())
            if new and dialect is postgresql:
                connection.execute(sql(f"NOTIFY {CHANNEL}"))
            return [_first(new, arrival.guid) or self.replay(arrival.guid) for arrival in arrivals]

    def replay(self, guid: str) -> bool:
        """Take up a parked delivery again, its parked effects included; False when it is not parked."""
        with writing(self.engine) as connection:
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
        return self._still_ready(at, list(self._heads(at, set(busy), limit))[:limit])

    def _heads(self, at: datetime, busy: set[str], most: int) -> dict[int, str]:
        """Id and subject of deliveries to work on, oldest first, `most` of them or some more when there are."""
        with reading(self.engine) as connection:
            found = connection.execute(_HEADS, {"until": text(at), "most": most + len(busy)}).all()
        return {row.id: row.subject for row in found if row.subject not in busy}

    def claim(self, at: datetime, busy: Iterable[str] = (), limit: int = 50) -> list[Delivery]:
        """The same, and no other process works on their subjects until `let_go`, or until this one ends."""
        mine: dict[int, str] = {}
        for delivery, subject in self._heads(at, set(busy), limit + MORE_CANDIDATES).items():
            if len(mine) < limit and self.locks.take(subject):
                mine[delivery] = subject
        still = self._still_ready(at, list(mine))
        for subject in set(mine.values()) - {delivery.subject for delivery in still}:
            self.let_go(subject)
        return still

    def _still_ready(self, at: datetime, mine: Sequence[int]) -> list[Delivery]:
        """Between looking and locking another process may have done it, so it is looked at once more."""
        if not mine:
            return []
        with reading(self.engine) as connection:
            found = connection.execute(_WHOLE_HEADS, {"until": text(at), "mine": list(mine)})
            return [_delivery(row) for row in found]

    def let_go(self, subject: str) -> None:
        """This process works on the subject no longer."""
        self.locks.release(subject)

    def unknown(self, guids: Iterable[str]) -> set[str]:
        """Those GUIDs that the inbox does not hold."""
        wanted = list(guids)
        query = select(deliveries.c.guid).where(deliveries.c.guid.in_(wanted))
        with reading(self.engine) as connection:
            return set(wanted) - set(connection.execute(query).scalars())

    def moved_since(self, delivery: int, subject: str, sha: str) -> bool:
        """True when a later delivery tells that the subject's head is another commit than `sha` by now."""
        with reading(self.engine) as connection:
            after = connection.execute(_LATER_HEAD, {"delivery": delivery, "about": subject}).scalar()
        return bool(after) and after != sha

    def undecided(self, delivery: int, reactions: Sequence[str]) -> list[str]:
        """Those of `reactions` that have no decision on this delivery yet, in the order given."""
        with reading(self.engine) as connection:
            done = set(connection.execute(_DECIDED, {"delivery": delivery}).scalars())
        return [reaction for reaction in reactions if reaction not in done]

    def decide(self, delivery: int, answers: Sequence[Decided]) -> list[PendingEffect]:
        """Write down what the reactions answered, effects included, in one transaction; what there is to carry out.

        A reaction that decided already is left as it is: deciding twice must not double its effects.
        """
        with writing(self.engine) as connection:
            _write_decisions(connection, delivery, answers, text(now()))
            failed = [answer for answer in answers if answer.error]
            if not failed:
                connection.execute(_IS_DECIDED, {"delivery": delivery})
            return [_effect(row) for row in connection.execute(_PENDING, {"delivery": delivery})]

    def finish(self, delivery: int, state: DeliveryState = DeliveryState.DONE) -> None:
        """The delivery is done with (or ignored)."""
        with writing(self.engine) as connection:
            connection.execute(_FINISH, {"delivery": delivery, "ending": state.value, "at": text(now())})

    def fail(self, delivery: int, error: str, retry_at: datetime | None = None) -> bool:
        """Deciding failed: try again after a pause (or at `retry_at`), or park after MOST_ATTEMPTS. True: parked."""
        with writing(self.engine) as connection:
            return _retry_or_park(connection, deliveries, delivery, error, retry_at, DeliveryState.PARKED)

    # --- outbox ---

    def pending(self, delivery: int) -> list[PendingEffect]:
        """Effects of the delivery that are not done, in the order in which they were decided."""
        with reading(self.engine) as connection:
            return [_effect(row) for row in connection.execute(_PENDING, {"delivery": delivery})]

    def carried_out(self, effect: int, result: Mapping[str, Any] | None = None) -> None:
        """The effect is done; `result` is what the world answered (a number, a link)."""
        self.all_carried_out([(effect, result)])

    def all_carried_out(self, done: Sequence[tuple[int, Mapping[str, Any] | None]]) -> list[None]:
        """The same for many effects at once."""
        at = text(now())
        rows = [{"effect": effect, "answer": dict(result or {}), "at": at} for effect, result in done]
        with writing(self.engine) as connection:
            connection.execute(_CARRIED_OUT, rows)
        return [None] * len(done)

    def effect_failed(self, effect: int, error: str, retry_at: datetime | None = None, final: bool = False) -> bool:
        """The effect failed: retry after a pause, or park it (at once when `final`). True: parked."""
        with writing(self.engine) as connection:
            return _retry_or_park(connection, effects, effect, error, retry_at, EffectState.PARKED, final)

    def settle(self, delivery: int) -> DeliveryState | None:
        """Put the delivery away: done, or parked with an effect that was given up. None: effects are left to carry out.

        Then its next try is that of the earliest of them.
        """
        with writing(self.engine) as connection:
            left = {row.state: row.next_try for row in connection.execute(_LEFT, {"delivery": delivery})}
            if EffectState.NEW in left:
                connection.execute(_POSTPONE, {"delivery": delivery, "when": left[EffectState.NEW]})
                return None
            state = DeliveryState.PARKED if left else DeliveryState.DONE
            connection.execute(_FINISH, {"delivery": delivery, "ending": state.value, "at": text(now())})
            return state

    # --- looking ---

    def idle(self) -> bool:
        """True when nothing is left to decide or to carry out."""
        with reading(self.engine) as connection:
            return connection.execute(_IDLE).first() is None

    def history(self, subject: str) -> list[dict[str, Any]]:
        """Every delivery of a subject with its decisions, effects and API calls, oldest first, for `explain`."""
        with reading(self.engine) as connection:
            rows = connection.execute(
                select(deliveries).where(deliveries.c.subject == subject).order_by(deliveries.c.id)
            )
            return [_with_children(connection, row) for row in rows.all()]

    def totals(self) -> dict[str, list[tuple[tuple[Any, ...], int]]]:
        """How many there are: deliveries by state, effects by kind and state, calls by method and status."""
        calls = models.api_calls.c
        keys = {
            "deliveries": (deliveries.c.state,),
            "effects": (effects.c.kind, effects.c.state),
            "calls": (calls.method, calls.status),
        }
        with reading(self.engine) as connection:
            return {
                name: [(tuple(row[:-1]), int(row[-1])) for row in connection.execute(_counted(*columns))]
                for name, columns in keys.items()
            }

    def oldest_open(self) -> str:
        """When the oldest delivery that is not done arrived; empty when all are done."""
        oldest = select(deliveries.c.received).where(sql(f"deliveries.{OPEN}")).order_by(deliveries.c.id).limit(1)
        with reading(self.engine) as connection:
            return connection.execute(oldest).scalar() or ""

    def note_calls(self, calls: Sequence[Mapping[str, Any]]) -> list[None]:
        """Many calls to GitHub at once; each is {delivery, method, path, status, took_s, at}."""
        with writing(self.engine) as connection:
            connection.execute(_NOTES, list(calls))
        return [None] * len(calls)

    def note_call(self, delivery: int | None, method: str, path: str, status: int, took_s: float) -> None:
        """One call to GitHub, for `explain` and for counting."""
        row = {"delivery": delivery, "method": method, "path": path, "status": status, "took_s": took_s}
        with writing(self.engine) as connection:
            connection.execute(insert(models.api_calls).values(**row, at=text(now())))

    # --- builds are asked for here and answered by the farm ---

    def ask_build(
        self,
        key: str,
        branch: str,
        commit: str,
        builders: str = "",
        reason: str = "",
        tests: str = "",
        pace: str = "",
        scope: str = "",
        names: Sequence[str] = (),
    ) -> bool:
        """Ask the farm for builds, as core/results.BuildRequest says; the same key again does nothing (False)."""
        row = {"key": key, "branch": branch, "commit": commit, "builders": builders, "reason": reason, "tests": tests}
        more = {"pace": pace, "scope": scope, "names": list(names), "state": "new", "asked": text(now())}
        dialect = postgresql if self.engine.dialect.name == "postgresql" else sqlite
        query = dialect.insert(models.build_requests).values(**row, **more)
        with writing(self.engine) as connection:
            new = query.on_conflict_do_nothing(index_elements=["key"]).returning(models.build_requests.c.id)
            return connection.execute(new).scalar() is not None


def _counted(*columns: Any) -> Select[Any]:
    return select(*columns, func.count()).group_by(*columns).order_by(*columns)


def _row(arrival: Arrival, at: str) -> dict[str, Any]:
    row = {**vars(arrival), "received": at, "attempts": 0, **_BLANK}
    ignored = row.pop("ignored")
    state = DeliveryState.IGNORED if ignored else DeliveryState.NEW
    return {**row, "state": state.value, "finished": at if ignored else ""}


def _first(new: set[str], guid: str) -> bool:
    """True once for each new GUID: of a delivery that came twice in one batch, the second is no news."""
    if guid not in new:
        return False
    new.remove(guid)
    return True


def _write_decisions(connection: Connection, delivery: int, answers: Sequence[Decided], at: str) -> None:
    """All of them in three statements, however many there are."""
    known = {row.reaction: row.state for row in connection.execute(_STATES, {"delivery": delivery})}
    fresh = [answer for answer in answers if known.get(answer.reaction) != "decided"]
    rows = [
        {
            "delivery": delivery,
            "reaction": answer.reaction,
            "state": "failed" if answer.error else "decided",
            "why": answer.why,
            "error": answer.error,
            "decided": at,
        }
        for answer in fresh
    ]
    if new := [row for row in rows if row["reaction"] not in known]:
        connection.execute(insert(decisions), new)
    for row in rows:
        if row["reaction"] in known:
            mine = and_(decisions.c.delivery == delivery, decisions.c.reaction == row["reaction"])
            connection.execute(update(decisions).where(mine).values(**row))
    if outbox := [row for answer in fresh for row in _outbox(delivery, answer)]:
        connection.execute(_NEW_EFFECTS, outbox)


def _outbox(delivery: int, answer: Decided) -> Iterator[dict[str, Any]]:
    mine = {"delivery": delivery, "reaction": answer.reaction, "state": EffectState.NEW.value}
    for position, (kind, payload) in enumerate(answer.effects):
        yield {**mine, "position": position, "kind": kind, "payload": dict(payload)}


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
    for name, known in (("decisions", decisions), ("effects", effects), ("calls", models.api_calls)):
        children = connection.execute(select(known).where(known.c.delivery == row.id).order_by(known.c.id))
        whole[name] = [dict(child._mapping) for child in children]
    return whole


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        row.id, row.guid, row.source, row.event, row.subject, row.payload, DeliveryState(row.state), row.attempts
    )


def _effect(row: Row[Any]) -> PendingEffect:
    return PendingEffect(row.id, row.delivery, row.reaction, row.position, row.kind, row.payload, row.attempts)
