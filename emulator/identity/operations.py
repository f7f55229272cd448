"""Which operation of which service a request calls, with which parameters, and which actions that needs."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.core.request import Request as MotoRequest
from moto.core.routing import get_service_router
from werkzeug.exceptions import HTTPException

from emulator.identity import parameters, service_reference
from emulator.identity.request import Request
from emulator.identity.service_reference import Action

# Signing name -> prefix of the service's IAM actions, where they differ.
_PREFIXES = {
    "monitoring": "cloudwatch",
    "tagging": "tag",
    "email": "ses",
}
# Signing name -> botocore's names of the REST services that sign with it, where it is not the same.
_REST_SERVICES = {
    "sagemaker": ("sagemaker-runtime", "sagemaker-metrics"),
    "elasticfilesystem": ("efs",),
    "es": ("opensearch", "es"),
    "s3": ("s3control",),
}
# Operations whose action AWS's reference names neither by itself nor by its documentation.
_ACTIONS = {
    "lambda:InvokeAsync": ("InvokeFunction",),
    "lambda:InvokeWithResponseStream": ("InvokeFunction",),
    "lambda:GetLayerVersionByArn": ("GetLayerVersion",),
    "dynamodb:TransactGetItems": ("GetItem",),
    **{
        f"budgets:{verb}{noun}": ("ViewBudget" if verb == "Describe" else "ModifyBudget",)
        for verb in ("Create", "Update", "Delete", "Describe")
        for noun in ("Budget", "Budgets", "Notification", "Subscriber", "NotificationsForBudget")
    },
}
# PartiQL's statements and DynamoDB's transactions: the word that tells the action -> the action.
_PARTIQL = {"select": "PartiQLSelect", "insert": "PartiQLInsert", "update": "PartiQLUpdate", "delete": "PartiQLDelete"}
_WRITES = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
_VERSIONED = re.compile(r"\d{4}_\d{2}_\d{2}$")
_API_VERSION = re.compile(r"^/v\d+(?=/)")


@dataclass(frozen=True)
class Operation:
    """An operation of the API of the service whose actions begin with `prefix`, with its input's members by name."""

    prefix: str
    name: str
    parameters: Mapping[str, Any]

    @property
    def actions(self) -> tuple[Action, ...]:
        """The actions that it needs. What AWS's reference does not know needs the action of its own name, on ``*``."""
        service = service_reference.service(self.prefix)
        names = _ACTIONS.get(f"{self.prefix}:{self.name}") or self._named_by_content() or (self.name,)
        found = [action for name in names for action in (service.of_operation(name) if service else ())]
        if not found and service and self.name.endswith("Batch"):  # SendMessageBatch needs SendMessage
            found += service.of_operation(self.name.removesuffix("Batch"))
        return tuple(found) or (Action(f"{self.prefix}:{self.name}", (), frozenset()),)

    def _named_by_content(self) -> tuple[str, ...]:
        if self.prefix != "dynamodb":
            return ()
        if self.name in ("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"):
            several = self.parameters.get("Statements") or self.parameters.get("TransactStatements")
            statements = [each.get("Statement", "") for each in several or [self.parameters]]
            words = {(statement.split() or [""])[0].lower() for statement in statements}
            return tuple(sorted(_PARTIQL.get(word, word) for word in words))
        if self.name == "TransactWriteItems":
            items = self.parameters.get("TransactItems") or []
            return tuple(sorted({_WRITES.get(kind, kind) for item in items for kind in item}))
        return ()


def identify(request: Request, service: str) -> Operation | None:
    """The operation that a request calls, None when the service has none like it.

    Args:
        request: the request.
        service: the service's signing name, from the credential scope.
    """
    prefix = _PREFIXES.get(service, service)
    target = request.header("X-Amz-Target")
    if target:
        return Operation(prefix, target.rpartition(".")[2], _with_names(request.document))
    if "/operation/" in request.raw_path:
        return Operation(prefix, request.raw_path.rpartition("/operation/")[2], parameters.of_cbor(request))
    if "Action" in request.form:
        return Operation(prefix, request.form["Action"], _with_names(parameters.of_form(request.form)))
    if service == "apigateway":  # its actions are named after the methods, its resources after the paths
        path = _API_VERSION.sub("", request.path)
        return Operation(prefix, request.method, {**request.query, **request.document, "Path": path})
    return _rest(request, service, prefix)


def _rest(request: Request, service: str, prefix: str) -> Operation | None:
    for name in _REST_SERVICES.get(service, (service,)):
        found = _by_address(name, request.method, request.raw_path, request.raw_query) or _match(name, request.environ)
        if found is not None:
            operation, labels = found
            return Operation(prefix, operation, {**request.query, **request.document, **labels})
    return None


@functools.lru_cache(maxsize=2048)
def _by_address(name: str, method: str, path: str, query: str) -> tuple[str, Mapping[str, Any]] | None:
    """The operation at an address, where no header is needed to tell it."""
    address = f"{path}?{query}" if query else path
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "RAW_URI": address,
        "REQUEST_URI": address,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
    }
    return _match(name, environ)


def _match(name: str, environ: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    try:
        operation, labels = get_service_router(name).match(MotoRequest({**environ}))
    except (HTTPException, NotImplementedError, LookupError, ValueError):
        # Not an operation of this service: the caller asks the next one, and refuses what none knows.
        return None
    return _VERSIONED.sub("", operation.name), labels


def _with_names(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """The input with the names that ARNs hold: a queue's is in its address, tables' are keys of a map."""
    address, items = found.get("QueueUrl"), found.get("RequestItems")
    if isinstance(address, str):
        return {**found, "QueueName": address.rpartition("/")[2]}
    if isinstance(items, dict):
        return {**found, "TableName": list(items)}
    return found
