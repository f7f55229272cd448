"""A distributed Map's ItemBatcher: items put together, as many as fit."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from emulator.services.stepfunctions import failures
from emulator.services.stepfunctions.templates import Template

INPUT_LIMIT = 262_144
_FIELDS = {
    "BatchInput",
    "MaxItemsPerBatch",
    "MaxItemsPerBatchPath",
    "MaxInputBytesPerBatch",
    "MaxInputBytesPerBatchPath",
}


class ItemBatcher:
    """A Map state's ItemBatcher."""

    def __init__(self, declared: Mapping[str, Any], language: str) -> None:
        """Read the declaration.

        Raises:
            ValueError: it names no limit, or what AWS does not know.
        """
        if unknown := sorted(declared.keys() - _FIELDS):
            raise ValueError(f"The ItemBatcher field {unknown[0]} is not supported by this emulator's Step Functions")
        limits = _limit(declared, "MaxItemsPerBatch"), _limit(declared, "MaxInputBytesPerBatch")
        if limits == (None, None):
            raise ValueError("An ItemBatcher needs MaxItemsPerBatch or MaxInputBytesPerBatch")
        self._count, self._bytes = (Template(limit, language) for limit in limits)
        self._input = Template({"BatchInput": declared["BatchInput"]} if "BatchInput" in declared else {}, language)

    def batches(self, env: Any, items: Sequence[Any]) -> list[tuple[dict[str, Any], int]]:
        """The inputs of the children, each with the number of items in it.

        Raises:
            FailureEventException: an item alone is larger than a batch may be.
        """
        shared = self._input.evaluate(env)
        count, size = _number(self._count.evaluate(env)), _number(self._bytes.evaluate(env))
        limit = min(size or INPUT_LIMIT, INPUT_LIMIT)
        groups = list(_groups(items, count or len(items), limit - _bytes({**shared, "Items": []})))
        if any(_bytes({**shared, "Items": group}) > limit for group in groups):
            cause = f"The size of a batch of items exceeds the maximum of {limit} bytes."
            raise failures.map_run_failed(env, failures.DATA_LIMIT_EXCEEDED, cause)
        return [({**shared, "Items": group}, len(group)) for group in groups]


def _limit(declared: Mapping[str, Any], name: str) -> Any:
    return {"limit.$": declared[f"{name}Path"]} if f"{name}Path" in declared else declared.get(name)


def _number(value: Any) -> int:
    found = value["limit"] if isinstance(value, dict) else value
    return int(found or 0)


def _bytes(value: Any) -> int:
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


def _groups(items: Sequence[Any], count: int, size: int) -> Iterator[list[Any]]:
    group: list[Any] = []
    used = 0
    for item in items:
        needed = _bytes(item) + 1
        if group and (len(group) == count or used + needed > size + 1):
            yield group
            group, used = [], 0
        group.append(item)
        used += needed
    if group:
        yield group
