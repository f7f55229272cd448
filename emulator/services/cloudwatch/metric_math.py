"""Metric math: what a tree of an expression is, over the series that it refers to."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from emulator.services.cloudwatch import metric_functions
from emulator.services.cloudwatch.expressions import Call, ExpressionError, Listing, Name, Node, Number, Text
from emulator.services.cloudwatch.metric_functions import Series, Value

_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
    "==": lambda left, right: float(left == right),
    "!=": lambda left, right: float(left != right),
    "<": lambda left, right: float(left < right),
    ">": lambda left, right: float(left > right),
    "<=": lambda left, right: float(left <= right),
    ">=": lambda left, right: float(left >= right),
    "&&": lambda left, right: float(bool(left) and bool(right)),
    "||": lambda left, right: float(bool(left) or bool(right)),
}
_KEYWORDS = ("REPEAT", "LINEAR", "ASC", "DESC", "SUM", "AVG", "MIN", "MAX")


@dataclass(frozen=True)
class Scope:
    """What an expression may refer to: results by their query's id, and those of queries that name a metric."""

    results: Mapping[str, list[Series]]
    metrics: tuple[str, ...]
    times: tuple[int, ...]  # of every period between start and end


def evaluate(node: Node, scope: Scope) -> Value:
    """The value of a tree: a number, one series, or a list of series.

    Raises:
        ExpressionError: a function does not exist, does not take such arguments, or is not supported here.
    """
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Text):
        return node.value
    if isinstance(node, Name):
        return _named(node.value, scope)
    if isinstance(node, Listing):
        return [each for item in node.items for each in _several(evaluate(item, scope))]
    return _call(node, scope)


def _named(name: str, scope: Scope) -> Value:
    if name in scope.results:
        found = scope.results[name]
        return found[0] if len(found) == 1 else found
    if name.upper() in _KEYWORDS:
        return name.upper()
    raise ExpressionError(f"Unresolved symbol: {name}")


def _several(value: Value) -> list[Series]:
    if isinstance(value, Series):
        return [value]
    if isinstance(value, list):
        return value
    raise ExpressionError("A list may only hold time series")


def _call(node: Call, scope: Scope) -> Value:
    if node.function == "METRICS":
        return _metrics(node, scope)
    arguments = [evaluate(argument, scope) for argument in node.arguments]
    if node.function == "negative":
        return combine("*", -1.0, arguments[0])
    if node.function in _ARITHMETIC:
        return combine(node.function, *arguments)
    if node.function == "IF":
        return _if(arguments)
    return metric_functions.call(node.function, arguments, scope.times)


def _metrics(node: Call, scope: Scope) -> Value:
    """METRICS() is every metric of the request; METRICS("cpu") those whose id has these letters in it."""
    wanted = node.arguments[0] if node.arguments else Text("")
    if not isinstance(wanted, Text):
        raise ExpressionError("METRICS takes a text")
    return [each for name in scope.metrics if wanted.value in name for each in scope.results[name]]


def combine(sign: str, left: Value, right: Value) -> Value:
    """An operator between numbers, series and lists of series; two series combine where both have data."""
    if isinstance(left, str) or isinstance(right, str):
        raise ExpressionError(f"Unsupported operand type(s) for {sign}: 'String'")
    if isinstance(left, list):
        if isinstance(right, list):
            if len(left) != len(right):
                raise ExpressionError(f"Unsupported operand type(s) for {sign}: 'Array[TimeSeries]'")
            return [_pair(sign, one, other) for one, other in zip(left, right, strict=True)]
        return [_pair(sign, one, right) for one in left]
    if isinstance(right, list):
        return [_pair(sign, left, other) for other in right]
    if isinstance(left, float) and isinstance(right, float):
        return _apply(sign, left, right)
    return _pair(sign, left, right)


def _pair(sign: str, left: float | Series, right: float | Series) -> Series:
    whole = left if isinstance(left, Series) else right
    if not isinstance(whole, Series):
        raise ExpressionError(f"Unsupported operand type(s) for {sign}")
    points = {}
    for time in whole.points:
        one, other = metric_functions.at(left, time), metric_functions.at(right, time)
        if one is not None and other is not None:
            points[time] = _apply(sign, one, other)
    # What cannot be computed, such as a division by zero, is a period without data.
    return replace(whole, points={time: value for time, value in points.items() if math.isfinite(value)})


def _apply(sign: str, left: float, right: float) -> float:
    try:
        result = _ARITHMETIC[sign](left, right)
    except (ZeroDivisionError, OverflowError):
        return math.nan
    return result if isinstance(result, float) else math.nan


def _if(arguments: list[Value]) -> Value:
    """IF(condition, then, else): period by period; without `else` the period has no data."""
    if len(arguments) not in (2, 3) or any(isinstance(each, str | list) for each in arguments):
        raise ExpressionError("IF takes a condition and one or two time series or numbers")
    condition, *_ = arguments
    branches = [each for each in arguments[1:] if isinstance(each, float | Series)]
    otherwise = branches[1] if len(branches) == 2 else None
    if isinstance(condition, float):
        chosen = branches[0] if condition else otherwise
        return Series("IF", 0, {}) if chosen is None else chosen
    if not isinstance(condition, Series):
        raise ExpressionError("IF takes a condition")
    points = {}
    for time, truth in condition.points.items():
        value = metric_functions.at(branches[0] if truth else otherwise, time)
        if value is not None:
            points[time] = value
    return replace(condition, points=points)
