"""Which overload of a function a call means, and its arguments coerced to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from emulator.services.athena import types
from emulator.services.athena.casts import Typed, coerce
from emulator.services.athena.errors import QueryError
from emulator.services.athena.functions import signature
from emulator.services.athena.functions.signature import Signature
from emulator.services.athena.types import Type

if TYPE_CHECKING:
    from emulator.services.athena.expressions.compiler import Expressions


def choose(
    self: Expressions,
    name: str,
    nodes: Sequence[exp.Expression],
    overloads: Sequence[Signature],
    node: exp.Expression,
) -> tuple[Signature, list[Typed], dict[str, Type]]:
    """The cheapest overload that takes the arguments, and the arguments coerced to it.

    Raises:
        QueryError: FUNCTION_NOT_FOUND, none does.
    """
    plain = [None if isinstance(n, exp.Lambda) else self.compile(n) for n in nodes]
    best: tuple[int, Signature, dict[str, Type]] | None = None
    for overload in overloads:
        bound: dict[str, Type] = {}
        if overload.accepts(len(nodes)) and _fits(overload, plain, bound):
            distance = sum(
                signature.cost(overload.parameter(i), value.type) for i, value in enumerate(plain) if value is not None
            )
            if best is None or distance < best[0]:
                best = (distance, overload, bound)
    if best is None:
        given = [value.type if value else Type("function") for value in plain]
        raise QueryError("FUNCTION_NOT_FOUND", signature.describe(name, given, overloads), node)
    _, chosen, bound = best
    values = []
    for index, value in enumerate(plain):
        wanted = chosen.parameter(index)
        if value is None:
            values.append(_lambda(self, nodes[index], wanted, bound, node))
        else:
            values.append(_coerced(value, wanted, bound))
    return chosen, values, bound


def _fits(overload: Signature, plain: Sequence[Typed | None], bound: dict[str, Type]) -> bool:
    for index, value in enumerate(plain):
        wanted = overload.parameter(index)
        if (value is None) != (wanted.name == "function"):
            return False
        if value is not None and not signature.unify(wanted, value.type, bound):
            return False
    return True


def _coerced(value: Typed, wanted: Type, bound: Mapping[str, Type]) -> Typed:
    if wanted.name == "decimal" and wanted.precision is None:
        return value
    target = signature.substitute(wanted, bound)
    if target.zone and value.type.zone:
        return value
    if target.name == value.type.name and not target.arguments:
        return value
    if target.name == "row":
        return value
    return coerce(value, target)


def _lambda(self: Expressions, node: Any, wanted: Type, bound: dict[str, Type], outer: exp.Expression) -> Typed:
    *inputs, output = wanted.arguments
    names = [parameter.name for parameter in node.expressions]
    if len(names) != len(inputs):
        raise QueryError(
            "FUNCTION_NOT_FOUND", f"Lambda with {len(names)} parameters where {len(inputs)} are expected", outer
        )
    parameters = [f"_l{self.lambda_depth}_{index}" for index in range(len(names))]
    values = [Typed(p, signature.substitute(t, bound)) for p, t in zip(parameters, inputs, strict=True)]
    body = self.inside_lambda(names, values).compile(node.this)
    if not signature.unify(output, body.type, bound):
        raise QueryError("TYPE_MISMATCH", f"Lambda returns {body.type} where {output} is expected", node)
    body = coerce(body, signature.substitute(output, bound))
    return Typed(f"lambda {', '.join(parameters)}: {body.sql}", body.type)


def returned(returns: Type, values: Sequence[Typed], bound: Mapping[str, Type]) -> Type:
    """The type of the result: where the signature leaves it open, that of an argument."""
    if returns.name == "decimal" and returns.precision is None:
        return next(value.type for value in values if value.type.name == "decimal")
    if signature.AS_LONG in (returns, *returns.arguments):
        kept = Type("varchar", precision=values[0].type.precision)
        return kept if returns == signature.AS_LONG else types.array(kept)
    if returns.zone or returns.name == "timestamp":
        return next((value.type for value in values if value.type.name == returns.name), returns)
    return signature.substitute(returns, bound)
