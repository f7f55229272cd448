"""Metrics as CloudWatch keeps them: per second or per minute, every value with how often it came."""

from __future__ import annotations

import bisect
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

_KEPT = 50_000  # points of one metric: a month of minutes
STANDARD, HIGH = 60, 1  # storage resolutions in seconds


@dataclass(frozen=True)
class Metric:
    """What identifies a metric. `dimensions` are pairs of name and value, sorted by name."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Mapping[str, str] | None = None) -> Metric:
        """A metric of dimensions in any order."""
        return cls(namespace, name, tuple(sorted((dimensions or {}).items())))


@dataclass(frozen=True)
class StatisticSet:
    """Values that were summed up before they were published."""

    count: float
    sum: float
    minimum: float
    maximum: float


@dataclass
class Distribution:
    """Values with how often each came, and statistic sets."""

    values: dict[float, float] = field(default_factory=dict)
    sets: list[StatisticSet] = field(default_factory=list)

    def add(self, value: float, count: float = 1.0) -> None:
        """Count a value."""
        self.values[value] = self.values.get(value, 0.0) + count

    def merge(self, other: Distribution) -> None:
        """Add all of another distribution."""
        for value, count in other.values.items():
            self.add(value, count)
        self.sets.extend(other.sets)

    @property
    def count(self) -> float:
        """How many samples."""
        return sum(self.values.values()) + sum(each.count for each in self.sets)

    @property
    def sum(self) -> float:
        """The sum of all samples."""
        return sum(value * count for value, count in self.values.items()) + sum(each.sum for each in self.sets)

    @property
    def minimum(self) -> float:
        """The smallest sample."""
        return min([*self.values, *(each.minimum for each in self.sets)])

    @property
    def maximum(self) -> float:
        """The largest sample."""
        return max([*self.values, *(each.maximum for each in self.sets)])


@dataclass
class _Series:
    times: list[int] = field(default_factory=list)
    points: dict[int, Distribution] = field(default_factory=dict)

    def at(self, time: int) -> Distribution:
        if time not in self.points:
            bisect.insort(self.times, time)
            self.points[time] = Distribution()
            if len(self.times) > _KEPT:
                del self.points[self.times.pop(0)]
        return self.points[time]


class MetricStore:
    """The metrics of one region."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._series: dict[Metric, dict[str, _Series]] = {}

    def put(
        self, metric: Metric, time: float, samples: Distribution, unit: str = "None", resolution: int = STANDARD
    ) -> None:
        """Add samples at a time (seconds since 1970), kept in steps of the resolution."""
        moment = int(time // resolution) * resolution
        with self._lock:
            self._series.setdefault(metric, {}).setdefault(unit, _Series()).at(moment).merge(samples)

    def metrics(self) -> list[Metric]:
        """Every metric that has data."""
        with self._lock:
            return list(self._series)

    def units(self, metric: Metric) -> list[str]:
        """The units in which a metric was published."""
        with self._lock:
            return list(self._series.get(metric, {}))

    def latest(self, metric: Metric) -> int:
        """When a metric was last published; 0 never."""
        with self._lock:
            return max((series.times[-1] for series in self._series.get(metric, {}).values()), default=0)

    def periods(
        self, metric: Metric, start: int, end: int, period: int, unit: str | None = None
    ) -> Iterator[tuple[int, Distribution]]:
        """What was published in each period between `start` and `end` (exclusive), by the period's start.

        Periods without data are left out. Without `unit` all units count together.
        """
        found: dict[int, Distribution] = {}
        with self._lock:
            for name, series in self._series.get(metric, {}).items():
                if unit in (None, name):
                    for time in _between(series.times, start, end):
                        moment = start + (time - start) // period * period
                        found.setdefault(moment, Distribution()).merge(series.points[time])
        yield from sorted(found.items())


def _between(times: list[int], start: int, end: int) -> Iterable[int]:
    return times[bisect.bisect_left(times, start) : bisect.bisect_left(times, end)]


_stores: dict[str, MetricStore] = {}


def store(region: str) -> MetricStore:
    """The metrics of a region."""
    return _stores.setdefault(region, MetricStore())
