"""Signatures of functions, written as Trino's documentation writes them, and the choice among overloads.

``name(type, T, ...) -> type : template``. Capital letters are type variables; ``function(T,U)`` is a lambda from T to
U; ``...`` repeats the type before it. In the template ``{0}`` is the first argument and ``{*}`` all of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from emulator.services.athena import types
from emulator.services.athena.types import Type

# The varchar that is at most as long as the first argument.
AS_LONG = Type("varchar", precision=-1)


@dataclass(frozen=True)
class Signature:
    """One overload of one function."""

    name: str
    parameters: tuple[Type, ...]
    returns: Type
    template: str
    variadic: bool = False

    def parameter(self, index: int) -> Type:
        """The type of the argument at an index."""
        return self.parameters[min(index, len(self.parameters) - 1)]

    def accepts(self, count: int) -> bool:
        """Whether it takes that many arguments."""
        return count == len(self.parameters) or (self.variadic and count >= len(self.parameters))


def pattern(text: str) -> Type:
    """A type of a signature: as `types.parse`, and with variables and functions."""
    text = text.strip()
    if re.fullmatch(r"[A-Z]", text):
        return Type(text)
    if text.startswith("row(x "):
        return types.parse(text)
    found = re.fullmatch(r"(array|map|function|row|qdigest)\((.*)\)", text)
    if found:
        inner = tuple(map(pattern, types.split(found[2])))
        return Type(found[1], inner, (None,) * len(inner) if found[1] == "row" else ())
    if text == "decimal":
        return Type("decimal")
    if text == "varchar(x)":
        return AS_LONG
    return types.parse(text)


def table(text: str) -> dict[str, tuple[Signature, ...]]:
    """Signatures by name, from one per line; empty lines and comments are skipped.

    Raises:
        ValueError: a line that is not a signature.
    """
    found: dict[str, tuple[Signature, ...]] = {}
    for line in text.splitlines():
        if not line.strip() or line.strip().startswith("#"):
            continue
        match = re.fullmatch(r"\s*(\w+)\((.*?)\) -> (.*?) : (.*)", line)
        if match is None:
            raise ValueError(f"not a signature: {line!r}")
        name, arguments, returns, template = match.groups()
        variadic = arguments.endswith("...")
        arguments = arguments.removesuffix("...").rstrip(", ")
        parameters = tuple(map(pattern, types.split(arguments))) if arguments.strip() else ()
        found[name] = (*found.get(name, ()), Signature(name, parameters, pattern(returns), template, variadic))
    return found


def unify(wanted: Type, given: Type, bound: dict[str, Type]) -> bool:
    """Whether an argument of type `given` can be passed for `wanted`; binds type variables on the way."""
    if len(wanted.name) == 1:
        merged = types.common(bound[wanted.name], given) if wanted.name in bound else given
        if merged is not None:
            bound[wanted.name] = merged
        return merged is not None
    if given.name == "unknown":
        return True
    if wanted.name == "decimal" and wanted.precision is None:
        return given.name == "decimal"
    if wanted.arguments:
        return wanted.name == given.name and all(
            unify(w, g, bound) for w, g in zip(wanted.arguments, given.arguments, strict=True)
        )
    if wanted.name == given.name:
        return True
    merged = types.common(wanted, given)
    return merged is not None and merged.name == wanted.name


def cost(wanted: Type, given: Type) -> int:
    """How far an argument must be coerced: 0 exactly that type, more the wider; to choose among overloads."""
    if wanted.name == given.name or len(wanted.name) == 1:
        return 0 if wanted.name == given.name else 20
    order = types.ORDER
    if wanted.name in order and given.name in order:
        return order.index(wanted.name) - order.index(given.name)
    return 10


def substitute(wanted: Type, bound: Mapping[str, Type]) -> Type:
    """A signature's type with its variables bound."""
    if len(wanted.name) == 1:
        return bound.get(wanted.name, types.UNKNOWN)
    if wanted.arguments:
        return replace(wanted, arguments=tuple(substitute(argument, bound) for argument in wanted.arguments))
    return wanted


def describe(name: str, given: Sequence[Type], overloads: Sequence[Signature]) -> str:
    """Trino's message where no overload fits."""
    expected = ", ".join(f"{name}({', '.join(map(str, o.parameters))})" for o in overloads)
    return f"Unexpected parameters ({', '.join(map(str, given))}) for function {name}. Expected: {expected}"
