"""Compare what GitHub lists as open with what we last saw, so that no lost webhook is lost for long.

One call a hundred pull requests, and none of them counts where nothing changed (the list is asked for with its ETag).
Only a pull request that changed since our last look is looked at again, as a delivery of its own. GitHub's times are
whole seconds: what changed in this very second may change once more and bear the same time, so it gets one look more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from core import records
from core.records import Known
from core.store import Store, now
from core.writer import Writer
from forge import events
from forge.errors import GitHubError
from forge.github import GitHub

YOUNG = timedelta(seconds=3)  # a second, and what our clock may differ from GitHub's

log = logging.getLogger(__name__)


async def run(hub: GitHub, store: Store, writer: Writer, every_s: float, wake: Callable[[], None]) -> None:
    """Reconcile at the start and then every so often, until cancelled; of several processes, one does it."""
    young: set[tuple[int, str]] = set()
    while True:
        if await asyncio.to_thread(store.locks.take, "chore:reconcile"):
            await reconcile(hub, store, writer, wake, young)
        await asyncio.sleep(every_s)


async def reconcile(
    hub: GitHub, store: Store, writer: Writer, wake: Callable[[], None], young: set[tuple[int, str]]
) -> None:
    """Keep a delivery for every pull request that is not as we know it.

    `young`: number and time of those that had just changed when they were listed; kept from one call to the next.
    """
    try:
        listed = {pull["number"]: str(pull["updated_at"]) for pull in await hub.open_pulls()}
    except GitHubError as error:
        log.warning("reconcile failed error=%s", error)
        return
    known = await asyncio.to_thread(records.known_pulls, store.engine)
    grown = grown_up(listed, young, now())
    found = sorted({*changed(listed, known), *grown})
    for number in found:
        payload = {"action": "recheck", "pull_request": {"number": number}, "reason": "it changed since we last looked"}
        guid = f"reconcile:{number}:{listed.get(number, 'closed')}:{_before(known, number)}"
        guid += ":once-more" if number in grown else ""
        await writer.do(store.keep, guid, "reconcile", "pull_request.recheck", events.pull_subject(number), payload)
    if found:
        wake()
        log.info("reconcile looks again pulls=%d open=%d", len(found), len(listed))


def changed(listed: Mapping[int, str], known: Iterable[Known]) -> Iterator[int]:
    """Numbers of pull requests that are new, changed, or open only by what we know."""
    before = {pull.number: pull for pull in known}
    for number, updated in listed.items():
        pull = before.get(number)
        if pull is None or pull.state != "open" or pull.updated != updated:
            yield number
    yield from (number for number, pull in before.items() if pull.state == "open" and number not in listed)


def grown_up(listed: Mapping[int, str], young: set[tuple[int, str]], at: datetime) -> set[int]:
    """Numbers of those whose last change was young when it was listed and is no longer. Brings `young` up to date."""
    fresh = {(number, day) for number, day in listed.items() if at - datetime.fromisoformat(day) < YOUNG}
    grown = {number for number, day in young if listed.get(number) == day and (number, day) not in fresh}
    young.clear()
    young.update(fresh)
    return grown


def _before(known: Iterable[Known], number: int) -> str:
    """When we last saw it change: one look again a change, however often the list is read meanwhile."""
    return next((pull.updated for pull in known if pull.number == number), "")
