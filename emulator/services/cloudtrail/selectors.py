"""Event selectors: which events a trail wants."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emulator.services.cloudtrail.operation import DATA, S3_OBJECT
from emulator.services.cloudtrail.records import Event

BASIC_TYPES = (S3_OBJECT, "AWS::Lambda::Function", "AWS::DynamoDB::Table")
TYPES = (S3_OBJECT, *(kind for kind, _ in DATA.values()))
DEFAULT = {
    "ReadWriteType": "All",
    "IncludeManagementEvents": True,
    "DataResources": [],
    "ExcludeManagementEventSources": [],
}
_READ_WRITE = {"All": (True, False), "ReadOnly": (True,), "WriteOnly": (False,)}
# Operator of a field selector -> its test, whether it is a negation.
_TESTS: Mapping[str, tuple[Callable[[str, str], bool], bool]] = {
    "Equals": (str.__eq__, False),
    "StartsWith": (str.startswith, False),
    "EndsWith": (str.endswith, False),
    "NotEquals": (str.__eq__, True),
    "NotStartsWith": (str.startswith, True),
    "NotEndsWith": (str.endswith, True),
}


def _arns(event: Event) -> list[str]:
    """Of the data that an event is about; where it lists a bucket, what its objects' ARNs begin with."""
    resources = event.record.get("resources", [])
    return [each.get("ARN") or each["ARNPrefix"] for each in resources if each["type"] == event.data]


_FIELDS: Mapping[str, Callable[[Event], list[str]]] = {
    "eventCategory": lambda event: [event.record["eventCategory"]],
    "readOnly": lambda event: ["true" if event.called.reading else "false"],
    "eventName": lambda event: [event.called.event_name],
    "eventSource": lambda event: [event.source],
    "eventType": lambda event: [event.record["eventType"]],
    "resources.type": lambda event: [event.data] if event.data else [],
    "resources.ARN": _arns,
    "userIdentity.arn": lambda event: [event.record["userIdentity"].get("arn", "")],
}
FIELDS, OPERATORS = tuple(_FIELDS), tuple(_TESTS)


def wanted_types(basic: Sequence[Mapping[str, Any]], advanced: Sequence[Mapping[str, Any]]) -> set[str]:
    """The resource types of which selectors want data events."""
    types = {resource["Type"] for selector in basic for resource in selector.get("DataResources") or []}
    for selector in advanced:
        for field in selector["FieldSelectors"]:
            if field["Field"] == "resources.type":
                types |= set(field.get("Equals") or [])
    return types


def select(event: Event, basic: Sequence[Mapping[str, Any]], advanced: Sequence[Mapping[str, Any]]) -> bool:
    """Whether one of a trail's selectors wants an event."""
    if advanced:
        return any(all(_holds(field, event) for field in selector["FieldSelectors"]) for selector in advanced)
    return any(_basic(selector, event) for selector in basic)


def _basic(selector: Mapping[str, Any], event: Event) -> bool:
    if event.called.reading not in _READ_WRITE[selector.get("ReadWriteType") or "All"]:
        return False
    if not event.data:
        excluded = selector.get("ExcludeManagementEventSources") or []
        return selector.get("IncludeManagementEvents", True) is not False and event.source not in excluded
    return any(
        resource["Type"] == event.data
        and any(_covers(value, arn) for value in resource["Values"] for arn in _arns(event) or [""])
        for resource in selector.get("DataResources") or []
    )


def _covers(value: str, arn: str) -> bool:
    """``arn:aws:s3`` and ``arn:aws:lambda`` are all of a service, other values the beginning of an ARN."""
    return value.count(":") <= 2 or arn.startswith(value) or (not arn and value == "arn:aws:s3:::")


def _holds(field: Mapping[str, Any], event: Event) -> bool:
    values = _FIELDS[field["Field"]](event)
    for name, (test, negated) in _TESTS.items():
        wanted = field.get(name)
        if wanted and any(test(value, each) for value in values for each in wanted) == negated:
            return False
    return True
