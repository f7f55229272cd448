"""Aliases: which version answers, chosen by their weights, and what Lambda refuses of two versions behind one name."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from moto.awslambda.exceptions import InvalidParameterValueException, PreconditionFailedException

from emulator.replacements import Replacement

_LATEST = "$LATEST"
_MOST_FURTHER_VERSIONS = 1
# What draws the versions. A test seeds it; nobody else draws from it.
draws = random.Random()  # noqa: S311 (traffic is shared out, nothing is kept secret)


def chosen(alias: Any) -> str:
    """The version that handles the next event of an alias (moto's)."""
    weights = weights_of(alias)
    if not weights:
        return str(alias.function_version)
    versions = [str(alias.function_version), *weights]
    return draws.choices(versions, [1.0 - sum(weights.values()), *weights.values()])[0]


def weights_of(alias: Any) -> dict[str, float]:
    """The shares of an alias's further versions, 0 to 1; the rest is its own version's."""
    found: dict[str, float] = (alias.routing_config or {}).get("AdditionalVersionWeights") or {}
    return found


def _create(self: Any) -> tuple[int, dict[str, Any], str]:
    name, asked = unquote(self.path.rsplit("/", 2)[-2]), json.loads(self.body)
    _check(self.backend, name, asked["FunctionVersion"], asked.get("RoutingConfig"))
    alias = self.backend.create_alias(
        name=asked["Name"],
        function_name=name,
        function_version=asked["FunctionVersion"],
        description=asked.get("Description", ""),
        routing_config=asked.get("RoutingConfig"),
    )
    return 201, {"status": 201}, json.dumps(alias.to_json())


def _update(self: Any) -> tuple[int, dict[str, Any], str]:
    name, asked = unquote(self.path.rsplit("/")[-3]), json.loads(self.body)
    alias = self.backend.get_alias(name=unquote(self.path.rsplit("/", 2)[-1]), function_name=name)
    if asked.get("RevisionId") not in (None, alias.revision_id):
        raise PreconditionFailedException(
            "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to "
            "retrieve the latest Revision Id"
        )
    version = asked.get("FunctionVersion", alias.function_version)
    routing = asked.get("RoutingConfig", alias.routing_config)
    _check(self.backend, name, version, routing)
    alias.update(asked.get("Description"), version, routing)
    alias.revision_id = str(uuid.uuid4())
    return 200, {"status": 200}, json.dumps(alias.to_json())


def _check(backend: Any, name: str, version: str, routing: Mapping[str, Any] | None) -> None:
    """Refuse versions that are not there, and pairs of versions that Lambda does not share traffic between.

    Raises:
        UnknownFunctionException: there is no such version.
        InvalidParameterValueException: says what of the weights is wrong.
    """
    own = backend.get_function(name, version)
    weights = (routing or {}).get("AdditionalVersionWeights") or {}
    if len(weights) > _MOST_FURTHER_VERSIONS:
        raise InvalidParameterValueException(
            f"Number of items in AdditionalVersionWeights cannot be greater than {_MOST_FURTHER_VERSIONS}"
        )
    for further, weight in weights.items():
        if _LATEST in (version, further):
            raise InvalidParameterValueException(
                f"{_LATEST} is not supported for an alias pointing to more than 1 version"
            )
        if further == version:
            raise InvalidParameterValueException(
                f"Invalid function version {further}. Function version {further} is already included in routing "
                "configuration."
            )
        if not 0.0 <= weight <= 1.0:
            raise InvalidParameterValueException(
                f"Invalid weight {weight} of version {further}: it must be from 0.0 to 1.0"
            )
        _check_alike(own, backend.get_function(name, further))


def _check_alike(own: Any, further: Any) -> None:
    if own.role != further.role:
        raise InvalidParameterValueException("The versions of an alias with weights must have the same execution role.")
    if (own.dead_letter_config or None) != (further.dead_letter_config or None):
        raise InvalidParameterValueException(
            "The versions of an alias with weights must have the same dead-letter queue, or none."
        )


_RESPONSE = "moto.awslambda.responses:LambdaResponse"
REPLACEMENTS = [
    Replacement(f"{_RESPONSE}.create_alias", _create, "moto takes all weights and versions", "7b9781a5abee"),
    Replacement(
        f"{_RESPONSE}.update_alias",
        _update,
        "moto takes all weights, and changes an alias of any revision",
        "385d65fb37ee",
    ),
]
