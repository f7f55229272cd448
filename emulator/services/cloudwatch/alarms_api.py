"""CloudWatch's API for alarms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.cloudwatch import exceptions
from moto.core.responses import ActionResult, EmptyResult

from emulator import clock
from emulator.replacements import Replacement
from emulator.services.cloudwatch import alarm_requests, alarm_states, queries
from emulator.services.cloudwatch.alarm import COMPOSITE_ALARM, METRIC_ALARM, Alarm
from emulator.services.cloudwatch.publication import seconds

_PAGE = 100


class InvalidNextTokenError(exceptions.CloudWatchException):
    """A token that no page gave."""

    code = "InvalidNextToken"


def _asked(self: Any) -> dict[str, Any]:
    return {name: value for name, value in self._get_params().items() if value is not None and name != "Tags"}


def put(backend: Any, asked: Mapping[str, Any], tags: list[dict[str, str]] | None = None) -> Alarm:
    """Make or change an alarm; a changed one keeps its state until it is evaluated again."""
    alarms: dict[str, Alarm] = backend.alarms
    known = alarms.get(asked["AlarmName"])
    alarm = Alarm(backend.region_name, dict(asked))
    if known is not None:
        if known.type != alarm.type:
            raise exceptions.ValidationError(f"An alarm of another type exists with the name {alarm.name}")
        alarm.state, alarm.history = known.state, known.history
    alarms[alarm.name] = alarm
    kind = "Create" if known is None else "Update"
    done = f'Alarm "{alarm.name}" {"created" if known is None else "updated"}'
    alarm.note("ConfigurationUpdate", done, {"type": kind, f"{kind.lower()}dAlarm": alarm.describe()})
    if tags and known is None:
        backend.tagger.tag_resource(alarm.alarm_arn, tags)
    alarm_states.watch()
    return alarm


def _put_metric_alarm(self: Any) -> EmptyResult:
    asked = _asked(self)
    alarm_requests.check_metric_alarm(asked, self.region)
    put(self.cloudwatch_backend, asked, self._get_param("Tags"))
    return EmptyResult()


def _put_composite_alarm(self: Any) -> EmptyResult:
    asked = _asked(self)
    known = {name: each.configuration.get("AlarmRule") for name, each in self.cloudwatch_backend.alarms.items()}
    alarm_requests.check_composite_alarm(asked, self.region, known)
    alarm_states.evaluate_composite(put(self.cloudwatch_backend, asked, self._get_param("Tags")))
    return EmptyResult()


def _backend_put_metric_alarm(self: Any, **given: Any) -> Alarm:
    """What moto's other services call, with names of their own."""
    names = {
        "name": "AlarmName",
        "description": "AlarmDescription",
        "metric_data_queries": "Metrics",
        "ok_actions": "OKActions",
    }
    asked = {
        names.get(name, "".join(part.title() for part in name.split("_"))): value
        for name, value in given.items()
        if value not in (None, [])
    }
    return put(self, asked)


def _delete_alarms(self: Any) -> EmptyResult:
    names = self._get_param("AlarmNames", [])
    found = [self.cloudwatch_backend.alarms[name] for name in names if name in self.cloudwatch_backend.alarms]
    for alarm in found:
        if any(parent.name not in names for parent in alarm_states.parents(alarm)):
            raise exceptions.ValidationError(
                f"Cannot delete {alarm.name} as there are composite alarm(s) depending on it."
            )
    for alarm in found:
        self.cloudwatch_backend.tagger.delete_all_tags_for_resource(alarm.alarm_arn)
    self.cloudwatch_backend.delete_alarms(names)
    return EmptyResult()


def _describe_alarms(self: Any) -> ActionResult:
    asked = self._get_params()
    alarms = sorted(self.cloudwatch_backend.alarms.values(), key=lambda each: each.name)
    types = asked.get("AlarmTypes") or [METRIC_ALARM]
    # By their names, alarms of both types are found.
    types = [METRIC_ALARM, COMPOSITE_ALARM] if asked.get("AlarmNames") and not asked.get("AlarmTypes") else types
    relatives = _relatives(self, asked)
    found = [
        each
        for each in alarms
        if _is_described(each, asked) and (each.name in relatives if relatives is not None else each.type in types)
    ]
    page, token = _page(found, asked)
    if relatives is not None:  # of relatives AWS tells only which they are and how they are
        told = [{name: each.describe()[name] for name in ("AlarmName", "AlarmArn", "StateValue")} for each in page]
    else:
        told = [each.describe() for each in page]
    return ActionResult(
        {
            "MetricAlarms": [each for alarm, each in zip(page, told, strict=True) if alarm.type == METRIC_ALARM],
            "CompositeAlarms": [each for alarm, each in zip(page, told, strict=True) if alarm.type == COMPOSITE_ALARM],
            "NextToken": token,
        }
    )


def _relatives(self: Any, asked: Mapping[str, Any]) -> set[str] | None:
    for parameter, relation in (
        ("ChildrenOfAlarmName", alarm_states.children),
        ("ParentsOfAlarmName", alarm_states.parents),
    ):
        name = asked.get(parameter)
        if name:
            alarm = self.cloudwatch_backend.alarms.get(name)
            if alarm is None:
                raise exceptions.ResourceNotFound(f"Alarm {name} does not exist")
            return (
                {each.name for each in relation(alarm)}
                if parameter[0] == "P" or "AlarmRule" in alarm.configuration
                else set()
            )
    return None


def _is_described(alarm: Alarm, asked: Mapping[str, Any]) -> bool:
    names, prefix = asked.get("AlarmNames"), asked.get("ActionPrefix")
    actions = [arn for state in ("OK", "ALARM", "INSUFFICIENT_DATA") for arn in alarm.actions(state)]
    return (
        (not names or alarm.name in names)
        and alarm.name.startswith(asked.get("AlarmNamePrefix") or "")
        and asked.get("StateValue") in (None, alarm.state.value)
        and (not prefix or any(arn.startswith(prefix) for arn in actions))
    )


def _page(found: list[Any], asked: Mapping[str, Any]) -> tuple[list[Any], str | None]:
    token, size = str(asked.get("NextToken") or "0"), int(asked.get("MaxRecords") or _PAGE)
    if not token.isdigit():
        raise InvalidNextTokenError("The next token specified is invalid.")
    first = int(token)
    return found[first : first + size], str(first + size) if first + size < len(found) else None


def _describe_alarms_for_metric(self: Any) -> ActionResult:
    asked = self._get_params()
    metric = queries.metric_of(asked)
    found = [
        each.describe()
        for each in self.cloudwatch_backend.alarms.values()
        if each.configuration.get("MetricName")
        and queries.metric_of(each.configuration) == metric
        and all(
            asked.get(name) in (None, each.configuration.get(name))
            for name in ("Statistic", "ExtendedStatistic", "Period", "Unit")
        )
    ]
    return ActionResult({"MetricAlarms": found})


def _set_alarm_state(self: Any) -> EmptyResult:
    asked = self._get_params()
    alarm_requests.check_state(asked["StateValue"], asked.get("StateReasonData"))
    alarm = self.cloudwatch_backend.alarms.get(asked["AlarmName"])
    if alarm is None:
        raise exceptions.ResourceNotFound(f"Alarm {asked['AlarmName']} does not exist")
    alarm_states.change(alarm, asked["StateValue"], asked["StateReason"], asked.get("StateReasonData") or "")
    return EmptyResult()


def _describe_alarm_history(self: Any) -> ActionResult:
    asked = self._get_params()
    start = seconds(asked["StartDate"]) if asked.get("StartDate") else 0.0
    end = seconds(asked["EndDate"]) if asked.get("EndDate") else clock.seconds() + 1
    types = asked.get("AlarmTypes") or [METRIC_ALARM]
    items = [
        item
        for alarm in self.cloudwatch_backend.alarms.values()
        if asked.get("AlarmName") in (None, alarm.name) and (asked.get("AlarmName") or alarm.type in types)
        for item in alarm.history
        if start <= item["Timestamp"].timestamp() <= end
        and asked.get("HistoryItemType") in (None, item["HistoryItemType"])
    ]
    # What happened at one time stays in its order, latest first.
    items.sort(key=lambda item: item["Timestamp"])
    if asked.get("ScanBy") != "TimestampAscending":
        items.reverse()
    page, token = _page(items, asked)
    return ActionResult({"AlarmHistoryItems": page, "NextToken": token})


_RESPONSE = "moto.cloudwatch.responses:CloudWatchResponse"
_NEVER_EVALUATED = "moto's alarms are not evaluated, and checked little"
REPLACEMENTS = [
    Replacement(f"{_RESPONSE}.put_metric_alarm", _put_metric_alarm, _NEVER_EVALUATED, "5feec7a73726"),
    Replacement(f"{_RESPONSE}.put_composite_alarm", _put_composite_alarm, "moto has no composite alarms"),
    Replacement(
        "moto.cloudwatch.models:CloudWatchBackend.put_metric_alarm",
        _backend_put_metric_alarm,
        "other services make alarms here",
        "aff786ddccbc",
    ),
    Replacement(f"{_RESPONSE}.delete_alarms", _delete_alarms, "moto asks for no composite alarms", "ecdfb5f5b810"),
    Replacement(
        f"{_RESPONSE}.describe_alarms", _describe_alarms, "moto combines no filters and gives no pages", "f660829b233b"
    ),
    Replacement(
        f"{_RESPONSE}.describe_alarms_for_metric",
        _describe_alarms_for_metric,
        "moto ignores dimensions",
        "c6266fa9fe02",
    ),
    Replacement(f"{_RESPONSE}.set_alarm_state", _set_alarm_state, _NEVER_EVALUATED, "ac16b000ef07"),
    Replacement(f"{_RESPONSE}.describe_alarm_history", _describe_alarm_history, "moto has no DescribeAlarmHistory"),
]
