"""CloudTrail's API: trails, their selectors and status, and the look-up of events."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

from moto.cloudtrail import exceptions
from moto.cloudtrail.models import cloudtrail_backends

from emulator import clock, settings
from emulator.replacements import Replacement
from emulator.services.cloudtrail import digests, event_history, selectors, trail_requests, trails
from emulator.services.cloudtrail.trail_requests import refused
from emulator.services.cloudtrail.trails import Trail

_TRAILS, _PAGE = 5, 50
_CONFIGURATION = (
    "S3BucketName", "S3KeyPrefix", "SnsTopicName", "IncludeGlobalServiceEvents", "IsMultiRegionTrail",
    "EnableLogFileValidation", "CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn", "KmsKeyId", "IsOrganizationTrail",
)  # fmt: skip


def _asked(self: Any) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(self.body or "{}")
    return read


def _all() -> list[Trail]:
    backends: list[Any] = list(cloudtrail_backends[settings.current().account].values())
    return [trail for backend in backends for trail in backend.trails.values()]


def _find(self: Any, name: str | None, parameter: str = "Name") -> Trail:
    """The trail of a name (of this region) or ARN.

    Raises:
        JsonRESTError: there is none.
    """
    if not name:
        raise refused("InvalidTrailNameException", f"{parameter} is required.")
    if not name.startswith("arn:"):
        _check_name(name)
    for trail in _all():
        if name == trail.arn or (name == trail.name and trail.region == self.region):
            return trail
    account = settings.current().account
    arn = name if name.startswith("arn:") else f"arn:aws:cloudtrail:{self.region}:{account}:trail/{name}"
    raise exceptions.TrailNotFoundException(account_id=account, name=arn)


def _check_name(name: str) -> None:
    if len(name) < 3:
        raise exceptions.TrailNameTooShort(actual_length=len(name))
    if len(name) > 128:
        raise exceptions.TrailNameTooLong(actual_length=len(name))
    if not re.match("[0-9a-zA-Z]", name):
        raise exceptions.TrailNameNotStartingCorrectly
    if not re.search("[0-9a-zA-Z]$", name):
        raise exceptions.TrailNameNotEndingCorrectly
    if not re.fullmatch(r"[.\-_0-9a-zA-Z]+", name):
        raise exceptions.TrailNameInvalidChars


def _told(trail: Trail) -> dict[str, Any]:
    """A trail as CreateTrail and UpdateTrail answer."""
    left_out = ("HomeRegion", "HasCustomEventSelectors", "HasInsightSelectors")
    return {name: value for name, value in trail.describe().items() if name not in left_out}


def _create_trail(self: Any) -> str:
    asked = _asked(self)
    name, own = asked["Name"], self.cloudtrail_backend.trails
    _check_name(name)
    if any(trail.name == name and trail.region == self.region for trail in _all()):
        raise refused(
            "TrailAlreadyExistsException", f"Trail {name} already exists for customer: {settings.current().account}"
        )
    if len(own) >= _TRAILS:
        raise refused(
            "MaximumNumberOfTrailsExceededException",
            f"User: {settings.current().account} already has {_TRAILS} trails in {self.region}.",
        )
    trail = Trail(name, self.region, {key: asked[key] for key in _CONFIGURATION if asked.get(key) is not None})
    trail_requests.check(trail.configuration, trail.arn, self.region)
    own[name] = trail
    self.cloudtrail_backend.tagging_service.tag_resource(trail.arn, asked.get("TagsList") or [])
    return json.dumps(_told(trail))


def _update_trail(self: Any) -> str:
    asked = _asked(self)
    trail = _find(self, asked.get("Name"))
    given = {key: asked[key] for key in _CONFIGURATION if key in asked}
    # An empty text takes a setting away.
    configuration = {key: value for key, value in {**trail.configuration, **given}.items() if value not in ("", None)}
    trail_requests.check(configuration, trail.arn, trail.region)
    trail.configuration = configuration
    return json.dumps(_told(trail))


def _delete_trail(self: Any) -> str:
    trail = _find(self, _asked(self).get("Name"))
    trails.stop(trail)
    backend: Any = cloudtrail_backends[settings.current().account][trail.region]
    del backend.trails[trail.name]
    backend.tagging_service.delete_all_tags_for_resource(trail.arn)
    return "{}"


def _get_trail(self: Any) -> str:
    return json.dumps({"Trail": _find(self, _asked(self).get("Name")).describe()})


def _describe_trails(self: Any) -> str:
    asked = _asked(self)
    wanted, shadows = asked.get("trailNameList") or [], asked.get("includeShadowTrails") is not False
    found = [
        trail.describe()
        for trail in _all()
        if (trail.region == self.region or (shadows and trail.configuration.get("IsMultiRegionTrail")))
        and (not wanted or {trail.name, trail.arn} & set(wanted))
    ]
    return json.dumps({"trailList": found})


def _list_trails(_self: Any) -> str:
    told = [{"Name": trail.name, "TrailARN": trail.arn, "HomeRegion": trail.region} for trail in _all()]
    return json.dumps({"Trails": told})


def _get_trail_status(self: Any) -> str:
    trail = _find(self, _asked(self).get("Name"))
    status = trail.delivery
    moments = {
        "StartLoggingTime": trail.started,
        "StopLoggingTime": trail.stopped,
        "LatestDeliveryTime": status.delivered,
        "LatestNotificationTime": status.notified,
        "LatestCloudWatchLogsDeliveryTime": status.logged,
        "LatestDigestDeliveryTime": status.digested,
    }
    errors = {
        "LatestDeliveryError": status.error,
        "LatestCloudWatchLogsDeliveryError": status.logs_error,
        "LatestDigestDeliveryError": status.digest_error,
    }
    told: dict[str, Any] = {"IsLogging": trail.logging}
    told |= {name: moment.timestamp() for name, moment in moments.items() if moment}
    told |= {name: error for name, error in errors.items() if error}
    return json.dumps(told)


def _start_logging(self: Any) -> str:
    trails.start(_find(self, _asked(self).get("Name")))
    return "{}"


def _stop_logging(self: Any) -> str:
    trails.stop(_find(self, _asked(self).get("Name")))
    return "{}"


def _put_event_selectors(self: Any) -> str:
    asked = _asked(self)
    trail = _find(self, asked.get("TrailName"), "TrailName")
    basic, advanced = asked.get("EventSelectors") or [], asked.get("AdvancedEventSelectors") or []
    trail_requests.check_selectors(basic, advanced)
    trail.select([{**selectors.DEFAULT, **selector} for selector in basic], advanced)
    return _selectors(trail)


def _get_event_selectors(self: Any) -> str:
    return _selectors(_find(self, _asked(self).get("TrailName"), "TrailName"))


def _selectors(trail: Trail) -> str:
    told: dict[str, Any] = {"TrailARN": trail.arn}
    if trail.advanced:
        return json.dumps({**told, "AdvancedEventSelectors": trail.advanced})
    return json.dumps({**told, "EventSelectors": trail.basic or [selectors.DEFAULT]})


def _put_insight_selectors(self: Any) -> str:
    asked = _asked(self)
    trail = _find(self, asked.get("TrailName"), "TrailName")
    trail.insights = asked.get("InsightSelectors") or []
    return json.dumps({"TrailARN": trail.arn, "InsightSelectors": trail.insights})


def _get_insight_selectors(self: Any) -> str:
    trail = _find(self, _asked(self).get("TrailName"), "TrailName")
    if not trail.insights:
        raise refused("InsightNotEnabledException", f"Trail {trail.name} does not have Insights enabled.")
    return json.dumps({"TrailARN": trail.arn, "InsightSelectors": trail.insights})


def _list_public_keys(_self: Any) -> str:
    key = digests.public_key()
    told = {
        "Value": base64.b64encode(key["Value"]).decode(),
        "ValidityStartTime": key["ValidityStartTime"].timestamp(),
        "ValidityEndTime": key["ValidityEndTime"].timestamp(),
        "Fingerprint": key["Fingerprint"],
    }
    return json.dumps({"PublicKeyList": [told]})


def _lookup_events(self: Any) -> str:
    asked = _asked(self)
    attributes, size = asked.get("LookupAttributes") or [], int(asked.get("MaxResults") or _PAGE)
    if len(attributes) > 1 or any(each["AttributeKey"] not in event_history.ATTRIBUTES for each in attributes):
        raise refused("InvalidLookupAttributesException", "You can specify one lookup attribute of those that exist.")
    if not 1 <= size <= _PAGE:
        raise refused("InvalidMaxResultsException", f"MaxResults must be between 1 and {_PAGE}.")
    start, end = asked.get("StartTime") or 0, asked.get("EndTime") or clock.seconds()
    if start > end:
        raise refused("InvalidTimeRangeException", "The start time must be before the end time.")
    if asked.get("EventCategory"):
        raise refused("InvalidEventCategoryException", "Insights events are not supported by this emulator.")
    attribute = (attributes[0]["AttributeKey"], attributes[0]["AttributeValue"]) if attributes else None
    found = event_history.events(self.region, attribute, float(start), float(end))
    return json.dumps(_page(found, str(asked.get("NextToken") or ""), size))


def _page(found: Iterator[dict[str, Any]], token: str, size: int) -> dict[str, Any]:
    """A page begins after the event that the token names."""
    if token:
        for event in found:
            if event["EventId"] == token:
                break
        else:
            raise refused("InvalidNextTokenException", "The token is not valid, or it is too old.")
    events: list[dict[str, Any]] = []
    for event in found:
        if len(events) == size:
            return {"Events": events, "NextToken": events[-1]["EventId"]}
        events.append(event)
    return {"Events": events}


_RESPONSE = "moto.cloudtrail.responses:CloudTrailResponse"
_CHECKS = "moto asks for no policy, and delivers nothing"
REPLACEMENTS = [
    Replacement(f"{_RESPONSE}.create_trail", _create_trail, _CHECKS, "ea67f8b94de2"),
    Replacement(f"{_RESPONSE}.update_trail", _update_trail, _CHECKS, "57dd290c6ce3"),
    Replacement(
        f"{_RESPONSE}.delete_trail", _delete_trail, "moto deletes by name only, and what is absent", "1ea4fe33a0e6"
    ),
    Replacement(f"{_RESPONSE}.get_trail", _get_trail, "a trail has more to tell", "31a90a7c35e8"),
    Replacement(f"{_RESPONSE}.describe_trails", _describe_trails, "moto ignores names", "a3488a933410"),
    Replacement(f"{_RESPONSE}.list_trails", _list_trails, "trails are kept otherwise", "01778e2e7b92"),
    Replacement(f"{_RESPONSE}.get_trail_status", _get_trail_status, "moto's deliveries are made up", "581e0bf8df72"),
    Replacement(f"{_RESPONSE}.start_logging", _start_logging, "moto logs nothing", "ae72471dd6ce"),
    Replacement(f"{_RESPONSE}.stop_logging", _stop_logging, "what waits is delivered", "5be6aaf0713c"),
    Replacement(f"{_RESPONSE}.put_event_selectors", _put_event_selectors, "moto checks no selectors", "61af48c0b8f4"),
    Replacement(f"{_RESPONSE}.get_event_selectors", _get_event_selectors, "moto tells no default", "630204a63bba"),
    Replacement(
        f"{_RESPONSE}.put_insight_selectors", _put_insight_selectors, "moto adds to what was set", "8a195cc1abc7"
    ),
    Replacement(
        f"{_RESPONSE}.get_insight_selectors", _get_insight_selectors, "moto finds none where AWS fails", "ec208a8d0eda"
    ),
    Replacement(f"{_RESPONSE}.list_public_keys", _list_public_keys, "moto has no ListPublicKeys"),
    Replacement(f"{_RESPONSE}.lookup_events", _lookup_events, "moto has no LookupEvents"),
]
