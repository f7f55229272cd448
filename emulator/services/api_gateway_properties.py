"""HTTP APIs: the address at which they can be called here, and the update of a stage, which moto does not have."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from moto.apigatewayv2 import models

from emulator import settings
from emulator.replacements import Replacement

_moto_init = models.Api.__init__


def _init(self: Any, *args: Any, **kwargs: Any) -> None:
    _moto_init(self, *args, **kwargs)
    self.api_endpoint = f"{settings.current().endpoint}/_aws/execute-api/{self.api_id}"


def _update_stage(self: Any) -> tuple[int, dict[str, str], str]:
    parts = self.path.split("/")
    backend, name = self.apigatewayv2_backend, unquote(parts[-1])
    stage = backend.get_stage(parts[-3], name)
    api = backend.get_api(parts[-3])
    changed = models.Stage(api, {**stage.config, **json.loads(self.body), "stageName": name})
    changed.created, changed.tags = stage.created, stage.tags
    api.stages[name] = changed
    return 200, {}, json.dumps(changed.to_json())


REPLACEMENTS = [
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
