"""Prometheus metrics of the HTTP door: how many, how long, and the pool of connections."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_POOL = ("pool_size", "pool_available", "requests_waiting")


class Metrics:
    """Counters of one process; with several workers they are summed from files at the scrape."""

    def __init__(self, pool: Callable[[], Mapping[str, int]] = dict) -> None:
        self.registry = CollectorRegistry()
        self._pool = pool
        self._requests = Counter(
            "osler_http_requests",
            "Requests answered",
            ("interaction", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "osler_http_request_seconds",
            "Time to the answer (of a stream: to its first byte)",
            ("interaction",),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._gauges = {
            name: Gauge(
                f"osler_database_{name}",
                f"Connections to the database: {name.replace('_', ' ')}",
                registry=self.registry,
                multiprocess_mode="livesum",
            )
            for name in _POOL
        }
        self._children: dict[tuple[str, int], tuple[Any, Any]] = {}

    def observe(self, interaction: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        # Looking up a labelled child costs as much as counting in it, so keep them.
        pair = self._children.get((interaction, status))
        if pair is None:
            pair = (
                self._requests.labels(interaction, str(status)),
                self._seconds.labels(interaction),
            )
            self._children[interaction, status] = pair
        pair[0].inc()
        pair[1].observe(seconds)

    def page(self) -> tuple[str, bytes]:
        """Content type and text of the metrics page."""
        stats = self._pool()
        for name, gauge in self._gauges.items():
            gauge.set(stats.get(name, 0))
        registry = self.registry
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return CONTENT_TYPE_LATEST, generate_latest(registry)
