"""The policies that are attached to resources: who may use a queue, a topic, a function, a secret, a repository."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException

from emulator.identity import policy
from emulator.identity.lookups import backend
from emulator.identity.policy import Policy
from emulator.settings import Settings


def of(arn: str, settings: Settings) -> Policy | None:
    """The policy of the resource with this ARN; None where it has none, or its kind knows none.

    Those of buckets, keys and roles are read where their own rules are applied.
    """
    parts = arn.split(":", 5)
    find = _FINDERS.get(parts[2]) if len(parts) == 6 else None
    document = find(backend(parts[2], parts[3], settings), parts[5]) if find else None
    if not document:
        return None
    return policy.parse(document if isinstance(document, str) else json.dumps(document))


def _queue(sqs: Any, name: str) -> Any:
    found = sqs.queues.get(name)
    return found.policy if found is not None else None


def _topic(sns: Any, name: str) -> Any:
    found = next((topic for arn, topic in list(sns.topics.items()) if arn.endswith(f":{name}")), None)
    return found.policy if found is not None else None


def _function(functions: Any, resource: str) -> Any:
    kind, _, name = resource.partition(":")
    if kind != "function":
        return None
    try:
        # Permissions of versions and aliases are kept with the function, their ARN as the statement's resource.
        found = functions.get_function(name.partition(":")[0])
    except UnknownFunctionException:
        return None
    return {"Version": "2012-10-17", "Statement": found.policy.statements}


def _secret(secrets: Any, resource: str) -> Any:
    name = resource.removeprefix("secret:")
    found = next((each for each in list(secrets.secrets.values()) if each.arn.endswith(f":{name}")), None)
    return getattr(found, "policy", None)  # a replica has none of its own


def _repository(ecr: Any, resource: str) -> Any:
    found = ecr.repositories.get(resource.removeprefix("repository/"))
    return found.policy if found is not None else None


def _catalog(glue: Any, resource: str) -> Any:
    if not resource.startswith(("catalog", "database", "table")):
        return None
    return next((each.get("PolicyInJson") for each in list(glue.resource_policies.values())), None)


def _bus(events: Any, resource: str) -> Any:
    found = events.event_buses.get(resource.removeprefix("event-bus/"))
    return found.policy if found is not None else None


_FINDERS: dict[str, Callable[[Any, str], Any]] = {
    "ecr": _repository,
    "events": _bus,
    "glue": _catalog,
    "lambda": _function,
    "secretsmanager": _secret,
    "sns": _topic,
    "sqs": _queue,
}
