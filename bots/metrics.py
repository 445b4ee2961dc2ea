"""Figures for machines, in Prometheus' format: how fast we answer, what waits and how long, what GitHub was asked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from aiohttp import web
from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from core.store import Store, now
from forge.github import GitHub

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """`acknowledged` is observed at each delivery; everything else is counted in the database when it is asked for."""

    def __init__(self, store: Store, github: GitHub) -> None:
        self._registry = CollectorRegistry()
        self.acknowledged = Histogram(
            "camelot_acknowledged_seconds", "From a delivery's headers to our answer", buckets=BUCKETS,
            registry=self._registry,
        )  # fmt: skip
        self._registry.register(_Counted(store, github))

    def page(self) -> web.Response:
        body = generate_latest(self._registry)
        return web.Response(body=body, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})


class _Counted(Collector):
    def __init__(self, store: Store, github: GitHub) -> None:
        self._store, self._github = store, github

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        totals = self._store.totals()
        deliveries = GaugeMetricFamily("camelot_deliveries", "Deliveries by state", labels=["state"])
        effects = GaugeMetricFamily("camelot_effects", "Effects by kind and state", labels=["kind", "state"])
        calls = CounterMetricFamily("camelot_api_calls", "Calls to GitHub", labels=["method", "status"])
        for (state,), count in totals["deliveries"]:
            deliveries.add_metric([state], count)
        for (kind, state), count in totals["effects"]:
            effects.add_metric([kind, state], count)
        for (method, status), count in totals["calls"]:
            calls.add_metric([method, str(status)], count)
        yield from (deliveries, effects, calls)
        yield GaugeMetricFamily("camelot_lag_seconds", "Age of the oldest delivery that is not done", self._lag())
        left = self._github.calls_left
        if left is not None:
            yield GaugeMetricFamily("camelot_api_calls_left", "Calls that GitHub still takes this hour", left)

    def _lag(self) -> float:
        oldest = self._store.oldest_open()
        return (now() - datetime.fromisoformat(oldest)).total_seconds() if oldest else 0.0
