"""What Prometheus reads: requests, decisions, and how queue, escalations, outbox and release stand. No texts, no ids.

Counters live in this process, or, with `PROMETHEUS_MULTIPROC_DIR`, in a folder that several share; how things stand is
read from the database at each scrape.
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from serve.clock import Clock
from serve.loop.live import LiveRelease
from serve.store.database import Database
from serve.store.deliveries import count_by_state
from serve.store.standing import Standing, standing

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """The service's counters and how they are written out."""

    def __init__(
        self, database: Database, live: LiveRelease, clock: Clock, folder: Path | None, *more: Collector
    ) -> None:
        """`more`: collectors of others that are read at each scrape too."""
        self._counted = CollectorRegistry()
        self.requests = Counter(
            "aaq_requests", "Requests, by route and status.", ("method", "route", "status"), registry=self._counted
        )
        self.seconds = Histogram(
            "aaq_request_seconds", "How long requests took.", ("route",), buckets=_SECONDS, registry=self._counted
        )
        self.decisions = Counter(
            "aaq_decisions", "Messages taken in, by outcome.", ("outcome",), registry=self._counted
        )
        self._folder = folder
        self._standing = CollectorRegistry()
        for collector in (_Standing(database, live, clock), *more):
            self._standing.register(collector)

    def note_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request. route: its template, never the address."""
        self.requests.labels(method, route, str(status)).inc()
        self.seconds.labels(route).observe(seconds)

    def written(self) -> bytes:
        """The text format. Raises SQLAlchemyError when the database cannot be read."""
        counted = self._counted
        if self._folder is not None:
            counted = CollectorRegistry()
            MultiProcessCollector(counted, path=str(self._folder))  # type: ignore[no-untyped-call]
        return generate_latest(counted) + generate_latest(self._standing)


class _Standing(Collector):
    """How things stand, read when asked."""

    def __init__(self, database: Database, live: LiveRelease, clock: Clock) -> None:
        self._database = database
        self._live = live
        self._clock = clock

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand: registering must not read the database."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """One reading."""
        with self._database.read() as connection:
            now, by_state = standing(connection), count_by_state(connection)
        yield _gauge("aaq_queue_messages", "Messages that wait for a coach.", "outcome", now.n_open)
        yield _gauge("aaq_outbox_deliveries", "Deliveries, by state.", "state", sorted(by_state.items()))
        cases = GaugeMetricFamily("aaq_open_escalations", "Distress cases that nobody has acknowledged.")
        cases.add_metric([], now.n_unacknowledged)
        yield cases
        oldest = GaugeMetricFamily("aaq_oldest_escalation_seconds", "Age of the oldest of them; 0 without one.")
        oldest.add_metric([], _age(now, self._clock()))
        yield oldest
        release = self._live.answerer.release
        info = InfoMetricFamily("aaq_release", "The release that answers; empty when every message goes to a human.")
        info.add_metric([], {"id": release.id if release else ""})
        yield info
        waiting = GaugeMetricFamily("aaq_waiting_writes", "Writes that wait for the database's writer.")
        waiting.add_metric([], self._database.n_waiting)
        yield waiting


def _gauge(name: str, about: str, label: str, values: Iterable[tuple[str, int]]) -> Metric:
    family = GaugeMetricFamily(name, about, labels=[label])
    for key, value in values:
        family.add_metric([key], value)
    return family


def _age(now: Standing, at: datetime) -> float:
    return 0.0 if now.oldest_at is None else max(0.0, (at - now.oldest_at).total_seconds())
