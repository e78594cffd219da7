"""Figures for Prometheus, read anew at each scrape: any number of processes tell the same, and none keeps any."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Connection

from connector.errors import Temporary
from connector.store import metrics_reading
from connector.store.database import Database
from connector.store.metrics_reading import Labelled

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_READ: Sequence[tuple[str, str, tuple[str, ...], Callable[[Connection], Labelled]]] = (
    ("runs", "Runs that are kept.", ("org", "kind", "state"), metrics_reading.runs),
    ("rows", "Rows of these runs by what became of them.", ("org", "kind", "outcome"), metrics_reading.rows),
    ("vendor_calls", "Calls that these runs made.", ("org", "kind", "vendor"), metrics_reading.vendor_calls),
    (
        "salesforce_calls_day",
        "Our calls to Salesforce in the last 24 hours.",
        ("org", "purpose"),
        metrics_reading.calls_of_the_day,
    ),
    ("fresh_seconds", "How old the newest activity is.", ("org",), metrics_reading.fresh_seconds),
    ("open_notices", "Troubles that are not over.", ("org", "kind"), metrics_reading.open_notices),
    ("heartbeat_seconds", "When tick and watch were last seen.", ("name",), metrics_reading.heartbeat_seconds),
    (
        "queued_seconds",
        "How long the oldest run that could begin has waited.",
        (),
        lambda connection: [((), metrics_reading.queued_seconds(connection))],
    ),
)


class _Figures(Collector):
    def __init__(self, database: Database, depths: Callable[[], Mapping[str, int]]) -> None:
        self._database = database
        self._depths = depths

    def collect(self) -> Iterator[GaugeMetricFamily]:
        with self._database.read() as connection:
            for name, words, labels, read in _READ:
                yield _family(name, words, labels, read(connection))
        try:
            depths = [((name,), float(depth)) for name, depth in self._depths().items()]
        except Temporary:
            depths = []
        yield _family("queue_depth", "Jobs that wait for a worker.", ("queue",), depths)


def _family(name: str, words: str, labels: Sequence[str], figures: Labelled) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"real_magnet_{name}", words, labels=labels)
    for values, figure in figures:
        family.add_metric(values, figure)
    return family


def exposition(database: Database, depths: Callable[[], Mapping[str, int]]) -> bytes:
    """Every figure as Prometheus reads it. `depths` tells jobs by queue; when it raises `Temporary`, none are told."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(database, depths))
    return generate_latest(registry)
