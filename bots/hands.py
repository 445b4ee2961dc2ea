"""Carries out one stored effect: calls to GitHub through forge, git through forge, the rest in our own database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar

from core import records, results
from core.records import Pull
from core.settings import Settings
from core.store import MOST_ATTEMPTS, PendingEffect, Store, now
from core.writer import Writer
from forge import channels, effects, events, operators
from forge.apply import apply
from forge.backport import Backporter
from forge.effects import (
    AddLabel,
    AdoptConfiguration,
    Announce,
    Backport,
    CloseNotice,
    Effect,
    Forecast,
    OpenNotice,
    Recheck,
    RecordBackport,
    RememberPull,
    RemoveLabel,
    StartBuild,
    StopBuilds,
    Tell,
    TellOperators,
)
from forge.errors import GitHubError
from forge.facts import FORECAST
from forge.github import GitHub
from forge.outcome import Outcomes

log = logging.getLogger(__name__)

Result = Mapping[str, Any]
P = ParamSpec("P")
T = TypeVar("T")

# Effects on our own database alone: a dry run carries them out too.
OURS = (
    AdoptConfiguration,
    TellOperators,
    StartBuild,
    StopBuilds,
    RecordBackport,
    OpenNotice,
    CloseNotice,
    Recheck,
    RememberPull,
    Announce,
)


class Hands:
    """All that an effect may touch."""

    def __init__(self, store: Store, settings: Settings, github: GitHub, writer: Writer | None = None) -> None:
        self._store, self._settings, self._github, self._writer = store, settings, github, writer
        self._backporter = Backporter(settings, github)

    async def _commit(self, job: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Write to our own database, together with whoever else writes at this moment."""
        if self._writer is None:
            return await asyncio.to_thread(job, *args, **kwargs)
        return await self._writer.do(job, *args, **kwargs)

    def use(self, settings: Settings) -> None:
        """The settings have changed."""
        self._settings = settings
        self._backporter.use(settings)

    async def carry_out(self, pending: PendingEffect) -> Result:
        """Do it, once more if it must be; what is worth keeping of the answer. Raises forge.errors."""
        effect = effects.load(pending.kind, pending.payload)
        if self._settings.github.dry_run and not isinstance(effect, OURS):
            log.info("dry run effect %s kind=%s payload=%s", pending.key, pending.kind, dict(pending.payload))
            return {"dry_run": True}
        match effect:
            case Backport() | Forecast():
                return await self._pick(effect, pending)
            case AddLabel(number, label) | RemoveLabel(number, label):
                result = await apply(self._github, effect)
                there = isinstance(effect, AddLabel)
                await self._commit(records.relabel, self._store.engine, number, label, there)
                return result
            case TellOperators(words):
                return {"told": await operators.tell(self._settings.operators.notify_url, words)}
            case Tell():
                return await channels.tell(self._settings, effect, pending.key, now())
            case (
                AdoptConfiguration()
                | Announce()
                | StartBuild()
                | StopBuilds()
                | RecordBackport()
                | OpenNotice()
                | CloseNotice()
                | Recheck()
                | RememberPull()
            ):
                return await self._commit(self._write, effect, pending.key)
            case _:
                return await apply(self._github, effect)

    def _write(self, effect: Effect, key: str) -> Result:
        """Effects on our own database."""
        engine = self._store.engine
        match effect:
            case StartBuild():
                new = self._store.ask_build(**vars(effect))
                return {"new": new}
            case StopBuilds(scope, commit):
                return {"superseded": results.supersede(engine, scope, commit)}
            case RecordBackport(number, branch, state, why, result):
                records.set_backport(engine, number, branch, state, why, result)
            case OpenNotice(notice, number, commit, body, why):
                return {"new": records.open_notice(engine, notice, number, commit, body, why)}
            case CloseNotice(notice):
                return {"closed": records.close_notice(engine, notice)}
            case AdoptConfiguration(sha, text):
                return {"new": records.adopt_configuration(engine, sha, text)}
            case RememberPull():
                records.remember_pull(engine, Pull(**vars(effect)))
            case Announce(channel):
                payload = dict(vars(effect))
                self._store.keep(f"effect:{key}", "bots", "camelot-news.due", f"channel:{channel}"[:120], payload)
            case Recheck(number, reason):
                payload = {"action": "recheck", "pull_request": {"number": number}, "reason": reason}
                self._keep(key, "pull_request.recheck", number, payload)
        return {}

    def close(self) -> None:
        """End the processes of git that are kept for picks."""
        self._backporter.close()

    async def _pick(self, effect: Backport | Forecast, pending: PendingEffect) -> Result:
        """Try it. Where another try may help, one is made later; every other end, and the last try's, is an answer."""
        if isinstance(effect, Backport):
            outcomes = await self._backporter.backport(effect)
        else:
            outcomes = await self._backporter.forecast(effect)
        waiting = [f"{branch}: {outcome.why}" for branch, outcome in outcomes.items() if outcome.retry]
        if waiting and pending.attempts + 1 < MOST_ATTEMPTS:
            raise GitHubError(f"picks of #{effect.number}: {'; '.join(waiting)}")
        return await self._commit(self._picked, effect, pending.key, outcomes)

    def _picked(self, effect: Backport | Forecast, key: str, outcomes: Outcomes) -> Result:
        """Remember how each attempt ended, and tell of them with a delivery of its own."""
        kind = FORECAST if isinstance(effect, Forecast) else ""
        for branch, outcome in outcomes.items():
            state, why, number = f"{kind}{outcome.state}", outcome.why, outcome.number
            records.set_backport(self._store.engine, effect.number, branch, state, why, number)
        self._keep(key, "backport.finished", effect.number, {"number": effect.number})
        return {branch: f"{kind}{outcome.state}" for branch, outcome in outcomes.items()}

    def _keep(self, key: str, event: str, number: int, payload: Result) -> None:
        """A delivery of our own; its GUID is the effect's key, so that it is kept once however often this is done."""
        self._store.keep(f"effect:{key}", "bots", event, events.pull_subject(number), payload)
