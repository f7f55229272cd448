"""SQL/JSON paths evaluated on values."""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from emulator.services.athena.host_functions.json_path_syntax import Node, PathError, parse


def _load(text: str) -> Any:
    def number(digits: str) -> float | Decimal:
        return float(digits) if "e" in digits.lower() else Decimal(digits)

    def refuse(name: str) -> Any:
        raise ValueError(name)

    return json.loads(text, parse_float=number, parse_constant=refuse)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


@dataclass(frozen=True)
class _Evaluation:
    """What the variables of a path mean, and whether structural errors are passed over."""

    lax: bool
    variables: Mapping[str, Any]

    def run(self, node: Node) -> list[Any]:
        rule: Callable[..., list[Any]] = getattr(self, f"_{node[0]}")
        return rule(*node[1:])

    def _value(self, value: Any) -> list[Any]:
        return [value]

    def _variable(self, name: str) -> list[Any]:
        if name not in self.variables:
            raise PathError(f"no value passed for parameter {name.removeprefix('$')}")
        return [self.variables[name]]

    def _last(self) -> list[Any]:
        if "last" not in self.variables:
            raise PathError("accessing the last array index with no enclosing array")
        return [self.variables["last"]]

    def _number(self, node: Node) -> Any:
        items = self._unwrapped(node)
        if len(items) != 1 or not _is_number(items[0]):
            raise PathError("invalid operand types of an arithmetic expression")
        return items[0]

    def _arithmetic(self, sign: str, left: Node, right: Node) -> list[Any]:
        a, b = self._number(left), self._number(right)
        if isinstance(a, float) != isinstance(b, float):
            a, b = float(a), float(b)
        if sign in "/%" and b == 0:
            raise PathError("division by zero")
        whole = isinstance(a, int) and isinstance(b, int)
        if sign == "/" and whole:
            return [int(Decimal(a) / Decimal(b))]
        if sign == "%":
            return [int(math.fmod(a, b)) if whole else a % b]
        return [{"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}[sign](a, b)]

    def _sign(self, sign: str, node: Node) -> list[Any]:
        items = self._unwrapped(node)
        if not all(map(_is_number, items)):
            raise PathError("invalid operand of a sign")
        return [-item if sign == "-" else item for item in items]

    def _unwrapped(self, node: Node) -> list[Any]:
        """The items; in the lax mode, the elements of those that are arrays."""
        items = self.run(node)
        if not self.lax:
            return items
        return [inner for item in items for inner in (item if isinstance(item, list) else [item])]

    def _objects(self, node: Node) -> Iterator[dict[str, Any]]:
        for item in self._unwrapped(node):
            if isinstance(item, dict):
                yield item
            elif not self.lax:
                raise PathError("invalid item type. Expected: OBJECT")

    def _arrays(self, node: Node) -> Iterator[list[Any]]:
        for item in self.run(node):
            if not isinstance(item, list) and not self.lax:
                raise PathError("invalid item type. Expected: ARRAY")
            yield item if isinstance(item, list) else [item]

    def _member(self, node: Node, key: str) -> list[Any]:
        found = []
        for item in self._objects(node):
            if key in item:
                found.append(item[key])
            elif not self.lax:
                raise PathError(f"missing member '{key}' in JSON object")
        return found

    def _members(self, node: Node) -> list[Any]:
        return [value for item in self._objects(node) for value in item.values()]

    def _elements(self, node: Node) -> list[Any]:
        return [value for item in self._arrays(node) for value in item]

    def _descendants(self, node: Node, key: str) -> list[Any]:
        def below(item: Any) -> Iterator[Any]:
            if isinstance(item, dict) and key in item:
                yield item[key]
            for inner in item.values() if isinstance(item, dict) else item if isinstance(item, list) else ():
                yield from below(inner)

        return [found for item in self.run(node) for found in below(item)]

    def _subscript(self, node: Node, ranges: list[tuple[Node, Node | None]]) -> list[Any]:
        found = []
        for item in self._arrays(node):
            inside = replace(self, variables={**self.variables, "last": len(item) - 1})
            for first, last in ranges:
                start = int(inside._number(first))
                end = start if last is None else int(inside._number(last))
                if not self.lax and not 0 <= start <= end < len(item):
                    raise PathError("invalid array subscript")
                found += item[max(start, 0) : max(end + 1, 0)]
        return found

    def _method(self, node: Node, name: str) -> list[Any]:
        if name == "type":
            return [_type(item) for item in self.run(node)]
        if name == "size":
            return [len(item) for item in self._arrays(node)]
        if name == "keyvalue":
            pairs = ((place, pair) for place, item in enumerate(self._objects(node)) for pair in item.items())
            return [{"name": key, "value": value, "id": place} for place, (key, value) in pairs]
        return [_computed(name, item) for item in self._unwrapped(node)]

    def _filter(self, node: Node, condition: Node) -> list[Any]:
        found = []
        for item in self._unwrapped(node):
            inside = replace(self, variables={**self.variables, "@": item})
            if inside.truth(condition) is True:
                found.append(item)
        return found

    def truth(self, node: Node) -> bool | None:
        """Whether a predicate holds; None where that is unknown."""
        kind = node[0]
        if kind == "not":
            value = self.truth(node[1])
            return None if value is None else not value
        if kind in ("and", "or"):
            decisive = kind == "or"
            values = {self.truth(node[1]), self.truth(node[2])}
            return decisive if decisive in values else None if None in values else not decisive
        if kind == "unknown":
            return self.truth(node[1]) is None
        try:
            return self._predicate(node)
        except PathError:
            return None

    def _predicate(self, node: Node) -> bool | None:
        if node[0] == "exists":
            return bool(self.run(node[1]))
        if node[0] == "starts":
            wanted = self._unwrapped(node[2])
            pairs = [(item, wanted[0]) for item in self._unwrapped(node[1])]
            results = [a.startswith(b) if isinstance(a, str) and isinstance(b, str) else None for a, b in pairs]
        else:
            right = self._unwrapped(node[3])
            results = [_compared(node[1], a, b) for a in self._unwrapped(node[2]) for b in right]
        if self.lax:
            return next((result for result in results if result is not False), False)
        return None if None in results else True in results


_TYPES = ((str, "string"), (list, "array"), (dict, "object"))


def _type(item: Any) -> str:
    if item is None:
        return "null"
    if isinstance(item, bool):
        return "boolean"
    return next((name for kind, name in _TYPES if isinstance(item, kind)), "number")


def _computed(name: str, item: Any) -> Any:
    if name == "double" and isinstance(item, str):
        try:
            return float(item)
        except ValueError:
            raise PathError(f"cannot convert {item} to double") from None
    if not _is_number(item):
        raise PathError(f"invalid item type for method {name}()")
    if name == "double":
        return float(item)
    if name == "abs":
        return abs(item)
    rounded = math.ceil(item) if name == "ceiling" else math.floor(item)
    return float(rounded) if isinstance(item, float) else rounded


_COMPARE = {"==": operator.eq, "!=": operator.ne, "<>": operator.ne, "<": operator.lt, ">": operator.gt,
            "<=": operator.le, ">=": operator.ge}  # fmt: skip


def _compared(sign: str, a: Any, b: Any) -> bool | None:
    if a is None or b is None:
        return a is b and sign == "=="
    same = (_is_number(a) and _is_number(b)) or (type(a) is type(b) and isinstance(a, (str, bool)))
    return bool(_COMPARE[sign](a, b)) if same else None


def evaluate(text: str, path: str, passed: str) -> list[Any]:
    """The items that a path finds; `passed` is a JSON object of the named variables.

    Raises:
        PathError: the input is not JSON, or the path cannot be evaluated on it.
    """
    lax, tree = parse(path)
    try:
        variables = {f"${name}": value for name, value in _load(passed).items()}
        return _Evaluation(lax, {"$": _load(text), **variables}).run(tree)
    except PathError:
        raise
    except ValueError:
        raise PathError("conversion to JSON failed") from None
