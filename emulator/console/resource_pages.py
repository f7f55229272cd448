"""The page of the console on which a resource of CloudFormation is shown."""

from __future__ import annotations

from typing import Any

# By type: the page, and the field that takes the physical id.
_PAGES = {
    "AWS::CloudFormation::Stack": ("stack", "name"),
    "AWS::CloudWatch::Alarm": ("alarm", "name"),
    "AWS::CloudWatch::CompositeAlarm": ("alarm", "name"),
    "AWS::CloudWatch::Dashboard": ("dashboard", "name"),
    "AWS::Lambda::Function": ("function", "name"),
    "AWS::Logs::LogGroup": ("log", "group"),
    "AWS::S3::Bucket": ("bucket", "name"),
    "AWS::StepFunctions::StateMachine": ("machine", "arn"),
}


def with_pages(resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The resources, each with `page`: path and fields of the page that shows it; None where none does."""
    return [{**each, "page": _page(each)} for each in resources]


def _page(resource: dict[str, Any]) -> tuple[str, dict[str, str]] | None:
    known, identity = _PAGES.get(resource["ResourceType"]), resource.get("PhysicalResourceId")
    if known is None or not identity or resource.get("ResourceStatus") == "DELETE_COMPLETE":
        return None
    return known[0], {known[1]: identity}
