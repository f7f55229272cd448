"""HTTP APIs: the address at which they can be called here, and what moto's stages lack: an update, and tags."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from moto.apigatewayv2 import models, responses, urls

from emulator import settings
from emulator.replacements import Replacement
from emulator.services.execute_api import checks

_moto_init = models.Api.__init__
_moto_tag = responses.ApiGatewayV2Response.tag_resource
_moto_untag = responses.ApiGatewayV2Response.untag_resource
_moto_tags = responses.ApiGatewayV2Response.get_tags


def _init(self: Any, *args: Any, **kwargs: Any) -> None:
    _moto_init(self, *args, **kwargs)
    self.api_endpoint = f"{settings.current().endpoint}/_aws/execute-api/{self.api_id}"


def _update_stage(self: Any) -> tuple[int, dict[str, str], str]:
    parts = self.path.split("/")
    backend, name = self.apigatewayv2_backend, unquote(parts[-1])
    stage = backend.get_stage(parts[-3], name)
    api = backend.get_api(parts[-3])
    checks.check_stage(json.loads(self.body))
    changed = models.Stage(api, {**stage.config, **json.loads(self.body), "stageName": name})
    changed.created, changed.tags = stage.created, stage.tags
    api.stages[name] = changed
    return 200, {}, json.dumps(changed.to_json())


def _stage(self: Any) -> models.Stage | None:
    """The stage whose ARN is in the path, ``…/apis/<api>/stages/<stage>``; None for what is not a stage."""
    parts = unquote(self.path).split("/")
    if parts[-2] != "stages":
        return None
    stage: models.Stage = self.apigatewayv2_backend.get_stage(parts[-3], parts[-1])
    return stage


def _tag_resource(self: Any) -> Any:
    if (stage := _stage(self)) is None:
        return _moto_tag(self)
    stage.tags = {**stage.tags, **json.loads(self.body).get("tags", {})}
    return 201, {}, "{}"


def _untag_resource(self: Any) -> Any:
    if (stage := _stage(self)) is None:
        return _moto_untag(self)
    removed = self.querystring.get("tagKeys") or []
    stage.tags = {key: value for key, value in stage.tags.items() if key not in removed}
    return 200, {}, "{}"


def _get_tags(self: Any) -> Any:
    stage = _stage(self)
    return _moto_tags(self) if stage is None else (200, {}, json.dumps({"tags": stage.tags}))


_RESPONSE = "moto.apigatewayv2.responses:ApiGatewayV2Response"
# moto reads its table of paths when the first request of the service arrives.
urls.url_paths["{0}/v2/tags/(?P<resource_arn_pt1>.+)/stages/(?P<resource_arn_pt2>[^/]+)$"] = (
    responses.ApiGatewayV2Response.dispatch
)
REPLACEMENTS = [
    Replacement(f"{_RESPONSE}.tag_resource", _tag_resource, "moto tags no stages", "7a95a47c0615"),
    Replacement(f"{_RESPONSE}.untag_resource", _untag_resource, "moto tags no stages", "faac6c0a4bdd"),
    Replacement(f"{_RESPONSE}.get_tags", _get_tags, "moto tags no stages", "f8583aaa532b"),
    Replacement(
        "moto.apigatewayv2.models:Api.__init__",
        _init,
        "the public address of an API cannot be reached here",
        "35bac927d7aa",
    ),
    Replacement(
        "moto.apigatewayv2.responses:ApiGatewayV2Response.update_stage", _update_stage, "moto has no UpdateStage"
    ),
]
