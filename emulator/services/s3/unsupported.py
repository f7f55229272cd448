"""Refuses the operations on buckets and objects that moto takes for others: S3 is told by its addresses alone."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from moto.core.utils import get_service_model
from moto.s3 import exceptions, responses

from emulator.operations import Answer, answer
from emulator.replacements import Replacement
from emulator.services.unsupported import CODE, message

_moto_set_action = responses.S3Response._set_action


class _S3NotImplementedError(exceptions.S3ClientError):
    code = CODE


def _set_action(self: Any, level: str, method: str, query: dict[str, Any]) -> None:
    operation = s3_operation(level, method, frozenset(query))
    if answer("s3", operation) is Answer.REFUSED:
        self.data["Action"] = operation
        raise _S3NotImplementedError(CODE, message("s3", operation))
    _moto_set_action(self, level, method, query)


@functools.lru_cache(maxsize=1024)
def s3_operation(level: str, method: str, query: frozenset[str]) -> str:
    """The S3 operation behind a request: that whose address has most of the query's names.

    Args:
        level: ``BUCKET`` or ``KEY``.
        method: the HTTP method.
        query: the names in the query.
    """
    candidates = _s3_operations()[level, method]
    return max((entry for entry in candidates.items() if entry[0] <= query), key=lambda entry: len(entry[0]))[1]


@functools.cache
def _s3_operations() -> Mapping[tuple[str, str], dict[frozenset[str], str]]:
    found: dict[tuple[str, str], dict[frozenset[str], str]] = {}
    model = get_service_model("s3")
    for name in model.operation_names:
        operation = model.operation_model(name)
        members = operation.input_shape.members if operation.input_shape else {}
        # Not told by the path: boto3's clients, which share the model, take the bucket out of it.
        labels = {label for label, shape in members.items() if shape.serialization.get("location") == "uri"}
        if "Bucket" in labels and not operation.deprecated:
            query = operation.http["requestUri"].partition("?")[2]
            names = frozenset(part.partition("=")[0] for part in query.split("&") if part) - {"x-id"}
            level = "KEY" if "Key" in labels else "BUCKET"
            found.setdefault((level, operation.http["method"]), {}).setdefault(names, name)
    return found


REPLACEMENTS = [
    Replacement(
        "moto.s3.responses:S3Response._set_action",
        _set_action,
        "moto takes unknown parts of a bucket for the bucket itself, and deletes it",
        "51dddb5c8bbf",
    ),
]
