"""The operations on templates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from emulator.cloudformation.descriptions import template_summary
from emulator.cloudformation.errors import ApiError
from emulator.cloudformation.revisions import checked_template, template_body
from emulator.cloudformation.service import Call, Operation
from emulator.cloudformation.template import Template


def _get_template(call: Call) -> dict[str, Any]:
    template = _deployed(call)
    processed = call.arguments.get("TemplateStage") == "Processed" and template.transforms
    body = json.dumps(template.content) if processed else template.body
    return {"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]}


def _deployed(call: Call) -> Template:
    stack, name = call.stack(), call.arguments.get("ChangeSetName")
    if name is None:
        return stack.revision.template
    for change_set in stack.change_sets.values():
        if name in (change_set.id, change_set.name):
            return change_set.revision.template
    raise ApiError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)


def _template(call: Call) -> Template:
    if "StackName" in call.arguments:
        return call.stack().revision.template
    return checked_template(template_body(call.arguments, call.region), call.region, call.service.types)


def _get_template_summary(call: Call) -> dict[str, Any]:
    return template_summary(_template(call))


def _validate_template(call: Call) -> dict[str, Any]:
    summary = template_summary(_template(call))
    shown = ("Description", "Capabilities", "CapabilitiesReason", "DeclaredTransforms")
    keys = ("ParameterKey", "DefaultValue", "NoEcho", "Description")
    parameters = [{key: entry[key] for key in keys if key in entry} for entry in summary["Parameters"]]
    return {"Parameters": parameters} | {key: summary[key] for key in shown if key in summary}


OPERATIONS: Mapping[str, Operation] = {
    "GetTemplate": _get_template,
    "GetTemplateSummary": _get_template_summary,
    "ValidateTemplate": _validate_template,
}
