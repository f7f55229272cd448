"""The functions of metric math."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from emulator.services.cloudwatch.expressions import ExpressionError


@dataclass(frozen=True)
class Series:
    """Values by time (seconds since 1970), in order of time. `period` is in seconds."""

    label: str
    period: int
    points: Mapping[int, float]


Value = float | str | Series | list[Series]
Times = tuple[int, ...]


def at(value: float | Series | None, time: int) -> float | None:
    """A number is the same at every time."""
    return value.points.get(time) if isinstance(value, Series) else value


def call(name: str, arguments: list[Value], times: Times) -> Value:
    """What a function returns; `times` are those of every period asked for.

    Raises:
        ExpressionError: there is no such function, its arguments are wrong, or this emulator does not support it.
    """
    if name in UNSUPPORTED:
        raise ExpressionError(f"the function {name} is not supported by this emulator")
    if name not in _FUNCTIONS:
        raise ExpressionError(f"Unsupported function: {name}")
    try:
        return _FUNCTIONS[name](arguments, times)
    except (IndexError, TypeError, AttributeError, statistics.StatisticsError):
        raise ExpressionError(f"Invalid arguments for function {name}") from None


def _mapped(compute: Callable[[float], float]) -> Callable[[list[Value], Times], Value]:
    """A function of each value of its one argument."""

    def over(value: Value) -> Value:
        if isinstance(value, float):
            return compute(value)
        if isinstance(value, list):
            return [series for each in value if isinstance(series := over(each), Series)]
        points = {}
        for time, found in _series(value).points.items():
            try:
                points[time] = compute(found)
            except ValueError:  # outside of the function's domain
                continue
        return replace(_series(value), points=points)

    return lambda arguments, _times: over(_only(arguments))


def _reduced(compute: Callable[[Iterable[float]], float]) -> Callable[[list[Value], Times], Value]:
    """A function that makes one number of one series, and one series of several."""

    def reduce(arguments: list[Value], _times: Times) -> Value:
        value = _only(arguments)
        if isinstance(value, Series):
            return float(compute(value.points.values())) if value.points else math.nan
        if not isinstance(value, list):
            raise ExpressionError("a time series is needed")
        times = sorted({time for series in value for time in series.points})
        columns = {time: [series.points[time] for series in value if time in series.points] for time in times}
        return Series("", min((each.period for each in value), default=0), _over(columns, compute))

    return reduce


def _over(columns: Mapping[int, list[float]], compute: Callable[[Iterable[float]], float]) -> dict[int, float]:
    return {time: float(compute(values)) for time, values in columns.items()}


def _only(arguments: list[Value]) -> Value:
    if len(arguments) != 1:
        raise IndexError("one argument")
    return arguments[0]


def _series(value: Value) -> Series:
    if not isinstance(value, Series):
        raise TypeError("a time series is needed")
    return value


def _several(value: Value) -> list[Series]:
    return value if isinstance(value, list) else [_series(value)]


def _fill(arguments: list[Value], times: Times) -> Value:
    source, filler = arguments
    if isinstance(source, list):
        return [_filled(each, filler, times) for each in source]
    return _filled(_series(source), filler, times)


def _filled(series: Series, filler: Value, times: Times) -> Series:
    known = sorted(series.points)
    points: dict[int, float] = {}
    for time in times:
        found = series.points.get(time, _gap(series, filler, known, time))
        if found is not None:
            points[time] = found
    return replace(series, points=points)


def _gap(series: Series, filler: Value, known: list[int], time: int) -> float | None:
    if isinstance(filler, float | Series):
        return at(filler, time)
    before = max((each for each in known if each < time), default=None)
    after = min((each for each in known if each > time), default=None)
    if filler == "REPEAT":
        return None if before is None else series.points[before]
    if filler != "LINEAR":
        raise TypeError("a number, a series, REPEAT or LINEAR")
    if before is None or after is None:
        return None
    share = (time - before) / (after - before)
    return series.points[before] + share * (series.points[after] - series.points[before])


def _difference(per_second: bool) -> Callable[[list[Value], Times], Value]:
    def between(series: Series) -> Series:
        times = sorted(series.points)
        points = {}
        for before, time in itertools.pairwise(times):
            change = series.points[time] - series.points[before]
            points[time] = change / (time - before) if per_second else change
        return replace(series, points=points)

    return _each(between)


def _each(change: Callable[[Series], Series]) -> Callable[[list[Value], Times], Value]:
    def over(arguments: list[Value], _times: Times) -> Value:
        value = _only(arguments)
        return [change(each) for each in value] if isinstance(value, list) else change(_series(value))

    return over


def _elapsed(series: Series) -> Series:
    times = sorted(series.points)
    return replace(series, points={time: float(time - before) for before, time in itertools.pairwise(times)})


def _running_sum(series: Series) -> Series:
    total, points = 0.0, {}
    for time in sorted(series.points):
        total += series.points[time]
        points[time] = total
    return replace(series, points=points)


def _calendar(part: Callable[[datetime], int]) -> Callable[[list[Value], Times], Value]:
    def of(series: Series) -> Series:
        return replace(series, points={time: float(part(datetime.fromtimestamp(time, UTC))) for time in series.points})

    return _each(of)


def _constant(arguments: list[Value], times: Times) -> Value:
    value = _only(arguments)
    if not isinstance(value, float):
        raise TypeError("a number")
    return Series("TIME_SERIES", times[1] - times[0] if len(times) > 1 else 60, dict.fromkeys(times, value))


def _sort(arguments: list[Value], _times: Times) -> Value:
    source, by, direction, *limit = arguments
    measures: Mapping[str, Callable[[Iterable[float]], float]] = {
        "SUM": math.fsum,
        "AVG": statistics.fmean,
        "MIN": min,
        "MAX": max,
    }
    if not isinstance(by, str) or by not in measures:
        raise TypeError("SUM, AVG, MIN or MAX")
    compute = measures[by]
    ordered = sorted(
        (each for each in _several(source) if each.points),
        key=lambda each: compute(each.points.values()),
        reverse=direction == "DESC",
    )
    return ordered[: int(limit[0])] if limit and isinstance(limit[0], float) else ordered


def _slice(arguments: list[Value], _times: Times) -> Value:
    source, *bounds = arguments
    first, last = [int(each) for each in bounds if isinstance(each, float)], len(_several(source))
    start, end = first[0], first[1] if len(first) > 1 else last
    return _several(source)[start:end]


def _chosen(index: int) -> Callable[[list[Value], Times], Value]:
    return lambda arguments, _times: _several(_only(arguments))[index]


def _period(arguments: list[Value], _times: Times) -> Value:
    return float(_series(_only(arguments)).period)


def _count(arguments: list[Value], _times: Times) -> Value:
    return float(len(_several(_only(arguments))))


def _not_empty(arguments: list[Value], _times: Times) -> Value:
    return [each for each in _several(_only(arguments)) if each.points]


UNSUPPORTED = (
    "ANOMALY_DETECTION_BAND",
    "DB_PERF_INSIGHTS",
    "INSIGHT_RULE_METRIC",
    "LAMBDA",
    "SEARCH",
    "SERVICE_QUOTA",
)
_FUNCTIONS: Mapping[str, Callable[[list[Value], Times], Value]] = {
    "ABS": _mapped(abs),
    "CEIL": _mapped(lambda value: float(math.ceil(value))),
    "FLOOR": _mapped(lambda value: float(math.floor(value))),
    "LOG": _mapped(math.log),
    "LOG10": _mapped(math.log10),
    "AVG": _reduced(statistics.fmean),
    "MAX": _reduced(max),
    "MIN": _reduced(min),
    "STDDEV": _reduced(statistics.pstdev),
    "SUM": _reduced(math.fsum),
    "DATAPOINT_COUNT": _reduced(lambda values: float(len(list(values)))),
    "FILL": _fill,
    "DIFF": _difference(per_second=False),
    "RATE": _difference(per_second=True),
    "DIFF_TIME": _each(_elapsed),
    "RUNNING_SUM": _each(_running_sum),
    "PERIOD": _period,
    "METRIC_COUNT": _count,
    "REMOVE_EMPTY": _not_empty,
    "FIRST": _chosen(0),
    "LAST": _chosen(-1),
    "SLICE": _slice,
    "SORT": _sort,
    "TIME_SERIES": _constant,
    "MINUTE": _calendar(lambda moment: moment.minute),
    "HOUR": _calendar(lambda moment: moment.hour),
    "DAY": _calendar(lambda moment: moment.isoweekday()),
    "DATE": _calendar(lambda moment: moment.day),
    "MONTH": _calendar(lambda moment: moment.month),
    "YEAR": _calendar(lambda moment: moment.year),
    "EPOCH": _calendar(lambda moment: int(moment.timestamp())),
}
