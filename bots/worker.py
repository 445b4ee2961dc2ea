"""The loop: claim what is ready, take the snapshot, decide, write the decision down, carry its effects out, finish.

Deliveries of one subject run one at a time and in order; different subjects run side by side. Decided once is decided
for good: after a crash or a limit the outbox goes on where it stood. What cannot be done now goes back to the store
with a time; what was tried too often, or was refused for good, is parked for a person to look at.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, ParamSpec, TypeVar

from bots import cla, reactions
from bots.crash import Crash
from bots.hands import Hands
from core import heard, records
from core.database import looked
from core.settings import Settings, with_repository
from core.store import Delivery, DeliveryState, PendingEffect, Store, now
from core.writer import Writer
from forge import events
from forge.errors import GitHubError, Later, Refused
from forge.facts import Facts
from forge.github import GitHub
from forge.snapshot import Snapshot

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

SIDE_BY_SIDE = 16
POLL_S = 0.5  # deliveries that other processes wrote (the farm, a command) may wake nobody
PARKED = "camelot-delivery.parked"
SOON_S = 60.0  # a wait that ends within this time is ended to the moment


class Worker:
    """One process's hands and eyes on the inbox. Tell it of new work with `wake.set()`."""

    def __init__(self, store: Store, writer: Writer, settings: Settings, github: GitHub, crash: Crash) -> None:
        self.wake = asyncio.Event()
        self._store, self._settings, self._github, self._crash = store, settings, github, crash
        self._writer, self._write = writer, writer.do
        self._snapshot = Snapshot(github, store.engine, settings, settings.load_registry())
        self._hands = Hands(store, settings, github, writer)
        self._running: dict[str, tuple[Delivery, asyncio.Task[None]]] = {}
        self._day: date | None = None
        self._own, self._configuration, self._looked = settings, "", 0.0
        self._seen = 0  # the newest delivery that was looked at for changes of the teams

    @property
    def busy(self) -> bool:
        return bool(self._running)

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await self._begin_day()
            await self._adopt()
            await self._reap()
            await self._claim()
            await self._rest()

    async def drain(self, grace_s: float) -> None:
        """Let what runs come to its end, for so long; what does not stays in the store for the next start."""
        tasks = [task for _, task in self._running.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=grace_s)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._reap()
        await asyncio.to_thread(self._hands.close)

    # --- the loop ---

    async def _begin_day(self) -> None:
        day = self._settings.day()
        if day != self._day:
            began = {"day": day.isoformat()}
            await self._write(self._store.keep, f"day:{day}", "clock", "day.began", "repository", began)
            self._day = day

    async def _adopt(self) -> None:
        """The repository's own settings go over ours; another process may have taken them over."""
        if time.monotonic() - self._looked < POLL_S:
            return
        self._looked = time.monotonic()
        found = await looked(self._store.engine, records.configuration, self._store.engine)
        if found != self._configuration:
            self._configuration = found
            self._settings = with_repository(self._own, found)
            self._snapshot.settings = self._settings
            self._hands.use(self._settings)
            log.info("configuration of the repository is in force bytes=%d", len(found))

    async def _reap(self) -> None:
        """Put away what has ended. An error that nobody expected counts as a failed try."""
        for subject, (delivery, task) in list(self._running.items()):
            if not task.done():
                continue
            if not task.cancelled() and (error := task.exception()):
                await self._failed(delivery, "".join(traceback.format_exception(error)))
            await self._look(self._store.let_go, subject)
            del self._running[subject]

    async def _claim(self) -> None:
        room = SIDE_BY_SIDE - len(self._running)
        if room <= 0:
            return
        for delivery in await self._look(self._store.claim, now(), list(self._running), room):
            self._running[delivery.subject] = (delivery, asyncio.create_task(self._work(delivery)))

    async def _rest(self) -> None:
        """Until something ends, something new is kept, or the poll is due."""
        waiter = asyncio.ensure_future(self.wake.wait())
        tasks = [task for _, task in self._running.values()]
        try:
            await asyncio.wait([waiter, *tasks], timeout=POLL_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiter.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await waiter
        self.wake.clear()

    # --- one delivery ---

    async def _work(self, delivery: Delivery) -> None:
        try:
            await self._handle(delivery)
        except Later as later:
            log.info("delivery %s postponed reason=%s", delivery.guid, later)
            await self._write(self._store.fail, delivery.id, str(later), later.until)
            wait_s = (later.until - now()).total_seconds()
            if wait_s < SOON_S:
                asyncio.get_running_loop().call_later(max(wait_s, 0.0), self.wake.set)
        except GitHubError as error:
            await self._failed(delivery, str(error))

    async def _handle(self, delivery: Delivery) -> None:
        started = time.monotonic()
        self._github.working_for(delivery.id)
        if delivery.state is DeliveryState.NEW:
            decided = await self._decide(delivery)
            if decided is None:
                await self._write(self._store.finish, delivery.id, DeliveryState.IGNORED)
                return
            left, failure = decided
        else:
            left, failure = await self._look(self._store.pending, delivery.id), ""
        await self._carry_out(delivery, left)
        if failure:
            await self._failed(delivery, failure)
            return
        await self._put_away(delivery)
        log.info("delivery %s handled event=%s took_s=%.2f", delivery.guid, delivery.event, time.monotonic() - started)

    async def _decide(self, delivery: Delivery) -> tuple[list[PendingEffect], str] | None:
        """Have every reaction decide that has not yet, and write it down. None: nobody here answers this event.

        Else what there is to carry out, and what went wrong. Only what failed is asked again at the next try.
        """
        self._seen, changed = await self._look(heard.teams_changed, self._store.engine, self._seen)
        if changed:
            self._github.forget_members()
        if not events.is_about(delivery.payload, self._settings.github.repository):
            return None
        event = events.parse(delivery.event, dict(delivery.payload))
        rows = reactions.answering(event, self._settings.github.bot_login) if event else ()
        if not event or not rows:
            return None
        if delivery.attempts:  # else a decision that was written already is left as it is
            left = await self._look(self._store.undecided, delivery.id, [row.name for row in rows])
            rows = tuple(row for row in rows if row.name in left)
        answers = reactions.react(event, await self._facts(event, rows), rows)
        pending = await self._write(self._store.decide, delivery.id, answers)
        return pending, "\n".join(f"{answer.reaction}: {answer.error}" for answer in answers if answer.error)

    async def _facts(self, event: events.Event, rows: tuple[reactions.Row, ...]) -> Facts:
        facts = await self._snapshot.take(event, reactions.reads(rows))
        if facts.pr is None:
            return facts
        people = list(cla.contributors(self._settings, facts.pr))
        accounts, addresses = {person.id for person in people}, {person.email.lower() for person in people}
        document = self._settings.cla.document
        signatures = await self._look(records.in_force, self._store.engine, document, accounts, addresses)
        return replace(facts, unsigned=cla.unsigned(self._settings, facts.pr, signatures))

    async def _carry_out(self, delivery: Delivery, left: Iterable[PendingEffect]) -> None:
        """Carry out what is left, in order. A refusal stops only its own effect; a limit stops them all.

        No effect waits until the one before it is marked as done: a crash in between repeats both, in their order.
        """
        marks = []
        for pending in left:
            try:
                result = await self._carry_out_one(delivery, pending)
            except Later as later:
                await self._write(self._store.effect_failed, pending.id, str(later), later.until)
                raise
            except GitHubError as error:
                await self._effect_failed(pending, error)
                continue
            self._crash.carried_out()
            marks.append(self._writer.gather_soon(self._store.all_carried_out, (pending.id, result)))
            await self._crash.marked(marks[-1])
        await asyncio.gather(*marks)

    async def _carry_out_one(self, delivery: Delivery, pending: PendingEffect) -> Mapping[str, Any]:
        """A status belongs to the commit that was looked at: when the head has moved on meanwhile, it is left out."""
        if pending.kind == "SetStatus":
            sha = pending.payload["sha"]
            if await self._look(self._store.moved_since, delivery.id, delivery.subject, sha):
                return {"superseded": True}
        return await self._hands.carry_out(pending)

    async def _put_away(self, delivery: Delivery) -> None:
        """Done, parked with what was given up, or back to the store until the next try of what is left."""
        await self._write(self._settle, delivery)

    def _settle(self, delivery: Delivery) -> None:
        if self._store.settle(delivery.id) is DeliveryState.PARKED:
            self._tell_operators(delivery, "effects of it were given up")

    def _tell_operators(self, delivery: Delivery, error: str) -> None:
        """Once a delivery; nobody is told of what could not be told."""
        if delivery.event == PARKED:
            return
        payload = {"guid": delivery.guid, "event": delivery.event, "error": error.strip().rpartition("\n")[2]}
        guid = f"parked:{hashlib.sha256(delivery.guid.encode()).hexdigest()}"
        self._store.keep(guid, "bots", PARKED, "operators", payload)

    async def _effect_failed(self, pending: PendingEffect, error: GitHubError) -> None:
        final = isinstance(error, Refused)
        log.warning("effect %s failed kind=%s final=%s error=%s", pending.key, pending.kind, final, error)
        await self._write(self._store.effect_failed, pending.id, str(error), final=final)

    async def _failed(self, delivery: Delivery, error: str) -> None:
        parked = await self._write(self._fail, delivery, error)
        last = error.strip().rpartition("\n")[2]
        log.error("delivery %s failed event=%s parked=%s error=%s", delivery.guid, delivery.event, parked, last)

    def _fail(self, delivery: Delivery, error: str) -> bool:
        """A failed try, in one transaction with what the operators are told. True: it was the last."""
        parked = self._store.fail(delivery.id, error)
        if parked:
            self._tell_operators(delivery, error)
        return parked

    async def _look(self, job: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """A short read of our own database."""
        return await looked(self._store.engine, job, *args, **kwargs)
