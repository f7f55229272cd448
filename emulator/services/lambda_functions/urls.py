"""Function URLs: an HTTP address for a function or an alias, kept by moto's API, answered by `lambda_http`."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from moto.awslambda import models, responses, urls
from moto.awslambda.exceptions import GenericResourcNotFound, InvalidParameterValueException, LambdaClientError

from emulator import settings
from emulator.replacements import Replacement
from emulator.services.lambda_functions import invocation

PATH = "/_aws/lambda-url/"
_AUTHENTICATION = ("AWS_IAM", "NONE")


class _ExistsError(LambdaClientError):
    code = 409

    def __init__(self, arn: str) -> None:
        super().__init__("ResourceConflictException", f"Failed to create function url config for [functionArn = {arn}]")


def find(url_id: str) -> tuple[Any, str, Any] | None:
    """The function, the qualifier (empty: none) and the configuration of an address; None where there is none."""
    here = settings.current()
    functions: Iterable[Any] = models.lambda_backends[here.account][here.region].list_functions()
    for function in functions:
        for qualifier, config in function.urls.items():
            if config.url.rstrip("/").rsplit("/", 1)[1] == url_id:
                return function, qualifier, config
    return None


def _target(self: Any) -> tuple[Any, str]:
    name, qualifier = unquote(self.path.split("/functions/")[1].split("/")[0]), self._get_param("Qualifier") or ""
    if ":" in name.rsplit(":function:", 1)[-1]:
        name, _, qualifier = name.rpartition(":")
    function = invocation.latest(self.backend.get_function(name, qualifier or None))
    if qualifier == invocation.LATEST or qualifier.isdigit():
        raise InvalidParameterValueException("Function URLs are for functions and their aliases, not for versions.")
    return function, qualifier


def _existing(self: Any) -> tuple[Any, str]:
    function, qualifier = _target(self)
    if qualifier not in function.urls:
        raise GenericResourcNotFound
    return function, qualifier


def _check(config: dict[str, Any]) -> None:
    if config.get("AuthType", "NONE") not in _AUTHENTICATION:
        raise InvalidParameterValueException(f"AuthType {config['AuthType']} is none of {', '.join(_AUTHENTICATION)}")
    if config.get("InvokeMode", "BUFFERED") != "BUFFERED":
        raise InvalidParameterValueException(
            f"InvokeMode {config['InvokeMode']} is not supported by this emulator: responses are buffered."
        )


def _create(self: Any) -> tuple[int, dict[str, Any], str]:
    function, qualifier = _target(self)
    config = json.loads(self.body)
    _check(config)
    arn = f"{function.function_arn}:{qualifier}" if qualifier else function.function_arn
    if qualifier in function.urls:
        raise _ExistsError(arn)
    made = models.FunctionUrlConfig(function, config)
    made.url = f"{settings.current().endpoint}{PATH}{uuid.uuid4().hex}/"
    function.urls[qualifier] = made
    return 201, {"status": 201}, json.dumps(_shown(function, qualifier))


def _shown(function: Any, qualifier: str) -> dict[str, Any]:
    arn = f"{function.function_arn}:{qualifier}" if qualifier else function.function_arn
    shown = {**function.urls[qualifier].to_dict(), "FunctionArn": arn, "InvokeMode": "BUFFERED"}
    return {name: value for name, value in shown.items() if value is not None}


def _get(self: Any) -> tuple[int, dict[str, Any], str]:
    return 200, {}, json.dumps(_shown(*_existing(self)))


def _update(self: Any) -> str:
    function, qualifier = _existing(self)
    config = json.loads(self.body)
    _check(config)
    kept = function.urls[qualifier]
    kept.update({})
    kept.config = {**kept.config, **config}
    return json.dumps(_shown(function, qualifier))


def _delete(self: Any) -> tuple[int, dict[str, Any], str]:
    function, qualifier = _existing(self)
    del function.urls[qualifier]
    return 204, {"status": 204}, ""


def _list(self: Any) -> str:
    function, _ = _target(self)
    return json.dumps({"FunctionUrlConfigs": [_shown(function, qualifier) for qualifier in function.urls]})


# moto reads its table of paths when the first request of the service arrives.
urls.url_paths[r"{0}/(?P<api_version>[^/]+)/functions/(?P<function_name>[\w_:%-]+)/urls$"] = (
    responses.LambdaResponse.dispatch
)
_RESPONSE = "moto.awslambda.responses:LambdaResponse"
_REASON = "moto's addresses cannot be called, and aliases have none"
REPLACEMENTS = [
    Replacement(f"{_RESPONSE}.create_function_url_config", _create, _REASON, "da0086c6fba2"),
    Replacement(f"{_RESPONSE}.get_function_url_config", _get, _REASON, "3de6e5125ee7"),
    Replacement(f"{_RESPONSE}.update_function_url_config", _update, _REASON, "4f7a7e742e30"),
    Replacement(f"{_RESPONSE}.delete_function_url_config", _delete, _REASON, "a9fd47611c71"),
    Replacement(f"{_RESPONSE}.list_function_url_configs", _list, _REASON),
]
