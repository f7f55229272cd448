"""What moto's EMR Serverless drops of an application; tags, which have no operations there."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import camelcase_to_underscores
from moto.emrserverless import responses, urls
from moto.emrserverless.exceptions import ResourceNotFoundException

from emulator.replacements import Replacement

_DROPPED = (
    "architecture",
    "imageConfiguration",
    "interactiveConfiguration",
    "monitoringConfiguration",
    "runtimeConfiguration",
    "schedulerConfiguration",
    "workerTypeSpecifications",
)

_moto_create = responses.EMRServerlessResponse.create_application
_moto_update = responses.EMRServerlessResponse.update_application


def _keep(self: Any, application_id: str, names: tuple[str, ...]) -> None:
    application = self.emrserverless_backend.get_application(application_id)
    for name in names:
        if (value := self._get_param(name)) is not None:
            setattr(application, camelcase_to_underscores(name), value)


def _create_application(self: Any) -> ActionResult:
    answer: ActionResult = _moto_create(self)
    identifier: str = answer.result["applicationId"]  # type: ignore[index]
    self.emrserverless_backend.get_application(identifier).architecture = "X86_64"
    _keep(self, identifier, _DROPPED)
    return answer


def _update_application(self: Any) -> ActionResult:
    answer: ActionResult = _moto_update(self)
    _keep(self, self._get_param("applicationId"), (*_DROPPED, "releaseLabel"))
    return answer


def _tagged(self: Any) -> Any:
    """The application whose ARN is in the request's path."""
    arn = unquote(self.path).split("/tags/", 1)[1]
    for application in self.emrserverless_backend.list_applications(None):
        if application.arn == arn:
            return application
    raise ResourceNotFoundException(arn)


def _tag_resource(self: Any) -> EmptyResult:
    _tagged(self).tags.update(self._get_param("tags"))
    return EmptyResult()


def _untag_resource(self: Any) -> EmptyResult:
    application = _tagged(self)
    for key in self.querystring.get("tagKeys", []):
        application.tags.pop(key, None)
    return EmptyResult()


def _list_tags_for_resource(self: Any) -> ActionResult:
    return ActionResult({"tags": _tagged(self).tags})


_RESPONSE = "moto.emrserverless.responses:EMRServerlessResponse"
REPLACEMENTS = [
    Replacement(
        f"{_RESPONSE}.create_application",
        _create_application,
        "moto drops seven properties of an application",
        "0ba15473b6bc",
    ),
    Replacement(
        f"{_RESPONSE}.update_application",
        _update_application,
        "moto drops eight properties of an application",
        "4ab0cd65ed3b",
    ),
    Replacement(f"{_RESPONSE}.tag_resource", _tag_resource, "moto has no tags of applications"),
    Replacement(f"{_RESPONSE}.untag_resource", _untag_resource, "moto has no tags of applications"),
    Replacement(f"{_RESPONSE}.list_tags_for_resource", _list_tags_for_resource, "moto has no tags of applications"),
]
# moto reads its table of paths when the first request of the service arrives.
urls.url_paths["{0}/tags/(?P<resourceArn>.+)$"] = responses.EMRServerlessResponse.dispatch
