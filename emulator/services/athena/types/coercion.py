# ruff: noqa: PLR0911 (each return is one case of a table of types)
"""The type to which Trino brings two values that meet."""

from __future__ import annotations

from emulator.services.athena.types.model import INTEGERS, NUMERIC, ORDER, VARCHAR, Type, decimal


def common(left: Type, right: Type) -> Type | None:
    """The type to which Trino coerces both, or None."""
    if left == right or right.name == "unknown":
        return left
    if left.name == "unknown":
        return right
    if left.name in NUMERIC and right.name in NUMERIC:
        return _common_number(left, right)
    if left.name == right.name:
        return _common_same(left, right)
    names = {left.name, right.name}
    if names == {"varchar", "char"}:
        return VARCHAR
    if names == {"date", "timestamp"}:
        return left if left.name == "timestamp" else right
    if "timestamp with time zone" in names and names & {"date", "timestamp"}:
        return left if left.zone else right
    return None


def as_decimal(type_: Type) -> Type:
    """The decimal that holds an integer type, or the decimal itself."""
    return type_ if type_.name == "decimal" else decimal(INTEGERS[type_.name], 0)


def _common_number(left: Type, right: Type) -> Type:
    low, high = sorted((left, right), key=lambda t: ORDER.index(t.name))
    if high.name != "decimal":
        return high
    low = as_decimal(low)
    assert low.precision is not None and low.scale is not None  # noqa: S101
    assert high.precision is not None and high.scale is not None  # noqa: S101
    scale = max(low.scale, high.scale)
    return decimal(max(low.precision - low.scale, high.precision - high.scale) + scale, scale)


def _common_same(left: Type, right: Type) -> Type | None:
    if left.name in ("varchar", "char"):
        lengths = (left.precision, right.precision)
        return Type(left.name, precision=None if None in lengths else max(n for n in lengths if n is not None))
    if left.name == "timestamp":
        return Type("timestamp", precision=max(left.precision or 0, right.precision or 0))
    if left.zone:
        return None
    if len(left.arguments) != len(right.arguments) or not left.arguments:
        return None
    arguments = [common(a, b) for a, b in zip(left.arguments, right.arguments, strict=True)]
    names = tuple(a if a == b else None for a, b in zip(left.names, right.names, strict=True))
    known = [argument for argument in arguments if argument is not None]
    return Type(left.name, tuple(known), names) if len(known) == len(arguments) else None
