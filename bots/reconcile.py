"""Compare what GitHub lists as open with what we last saw, so that no lost webhook is lost for long.

One call a hundred pull requests, and none of them counts where nothing changed (the list is asked for with its ETag).
Only a pull request that changed since our last look is looked at again, as a delivery of its own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping

from core import records
from core.records import Known
from core.store import Store
from core.writer import Writer
from forge import events
from forge.errors import GitHubError
from forge.github import GitHub

log = logging.getLogger(__name__)


async def run(hub: GitHub, store: Store, writer: Writer, every_s: float, wake: Callable[[], None]) -> None:
    """Reconcile at the start and then every so often, until cancelled; of several processes, one does it."""
    while True:
        if await asyncio.to_thread(store.locks.take, "chore:reconcile"):
            await reconcile(hub, store, writer, wake)
        await asyncio.sleep(every_s)


async def reconcile(hub: GitHub, store: Store, writer: Writer, wake: Callable[[], None]) -> None:
    """Keep a delivery for every pull request that is not as we know it."""
    try:
        listed = {pull["number"]: str(pull["updated_at"]) for pull in await hub.open_pulls()}
    except GitHubError as error:
        log.warning("reconcile failed error=%s", error)
        return
    known = await asyncio.to_thread(records.known_pulls, store.engine)
    found = sorted(changed(listed, known))
    for number in found:
        payload = {"action": "recheck", "pull_request": {"number": number}, "reason": "it changed since we last looked"}
        guid = f"reconcile:{number}:{listed.get(number, 'closed')}:{_before(known, number)}"
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


def _before(known: Iterable[Known], number: int) -> str:
    """When we last saw it change: one look again a change, however often the list is read meanwhile."""
    return next((pull.updated for pull in known if pull.number == number), "")
