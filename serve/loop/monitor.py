"""The watched figures and the shadow's counts for Prometheus: a collector to plug into whatever serves `/metrics`."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from serve.clock import Clock
from serve.loop.shadow import Shadow
from serve.loop.watching import Standing, Watched, begins_of, watch
from serve.store.database import Database
from serve.store.watching import week_counts

_KEEP = timedelta(minutes=1)  # how old a figure of a week may be
GAUGES = {
    "aaq_watched_value": "The running week's figure, 0 to 1.",
    "aaq_watched_messages": "How many messages it is of.",
    "aaq_watched_band_low": "The lower end of the band learned from the weeks before.",
    "aaq_watched_band_high": "Its upper end.",
    "aaq_watched_outside": "1 when the figure has left its band, on enough messages to say so.",
}
COUNTERS = {
    "aaq_shadow_answered_total": "Live messages that a candidate answered unseen, since the start.",
    "aaq_shadow_dropped_total": "Live messages that it did not, because too many waited or it failed.",
}


class Monitor(Collector):
    """Reads the figures when it is asked, at most once a minute."""

    def __init__(self, database: Database, shadow: Shadow, clock: Clock) -> None:
        self._database = database
        self._shadow = shadow
        self._clock = clock
        self._read_at: datetime | None = None
        self._figures: list[Watched] = []

    def figures(self) -> list[Watched]:
        """Every watched figure as of now, or of a moment ago."""
        now = self._clock()
        if self._read_at is None or now - self._read_at >= _KEEP:
            begins = begins_of(now)
            with self._database.read() as connection:
                self._figures = list(watch(week_counts(connection, begins, now)))
            self._read_at = now
        return self._figures

    def collect(self) -> Iterable[Metric]:
        """For `prometheus_client`: labelled by figure. What nothing is known of is left out."""
        gauges = {name: GaugeMetricFamily(name, help_, labels=["figure"]) for name, help_ in GAUGES.items()}
        for one in self.figures():
            low, high = one.band or (None, None)
            values = (one.latest.value, one.latest.n, low, high, float(one.standing is Standing.OUTSIDE))
            for gauge, value in zip(gauges.values(), values, strict=True):
                if value is not None:
                    gauge.add_metric([one.name], float(value))
        yield from gauges.values()
        for (name, help_), count in zip(
            COUNTERS.items(), (self._shadow.n_answered, self._shadow.n_dropped), strict=True
        ):
            yield CounterMetricFamily(name, help_, value=count)

    def describe(self) -> Iterable[Metric]:
        """Names without reading the database, so that registering costs nothing."""
        yield from (GaugeMetricFamily(name, help_, labels=["figure"]) for name, help_ in GAUGES.items())
        yield from (CounterMetricFamily(name, help_) for name, help_ in COUNTERS.items())
