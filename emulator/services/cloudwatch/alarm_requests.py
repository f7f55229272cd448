"""What CloudWatch checks before it keeps an alarm."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from moto.cloudwatch import exceptions

from emulator.services.cloudwatch import alarm_rules, expressions, queries, statistics
from emulator.services.cloudwatch.alarm_evaluation import COMPARISONS
from emulator.services.cloudwatch.alarm_rules import RuleError
from emulator.services.cloudwatch.expressions import ExpressionError
from emulator.services.cloudwatch.metric_functions import UNSUPPORTED
from emulator.services.cloudwatch.statistics import StatisticError

ValidationError = exceptions.ValidationError
_DAY = 86_400
_PERIODS = (10, 20, 30)
_NOT_HERE = (
    "ActionConfiguration",
    "ThresholdMetricId",
    "EvaluationWindow",
    "WarmUpConfiguration",
    "EvaluationCriteria",
    "EvaluationInterval",
)
_OPTIONS = {
    "TreatMissingData": ("breaching", "notBreaching", "ignore", "missing"),
    "EvaluateLowSampleCountPercentile": ("evaluate", "ignore"),
}
_ACTIONS = ("OKActions", "AlarmActions", "InsufficientDataActions")


def check_metric_alarm(asked: Mapping[str, Any], region: str) -> None:
    """Check PutMetricAlarm's request.

    Raises:
        ValidationError: a parameter is wrong, or asks for what this emulator does not do; the message says which.
    """
    _check_name(asked)
    check_actions(asked, region)
    _check_options(asked)
    if asked.get("ComparisonOperator") not in COMPARISONS:
        raise ValidationError(f"ComparisonOperator {asked.get('ComparisonOperator')} is not supported by this emulator")
    if asked.get("Threshold") is None:
        raise ValidationError("Threshold is required when ThresholdMetricId is not specified")
    if bool(asked.get("MetricName")) == bool(asked.get("Metrics")):
        raise ValidationError("Exactly one of MetricName and Metrics must be specified")
    if asked.get("Metrics"):
        _check_queries(asked["Metrics"])
    else:
        _check_metric(asked)
    _check_periods(asked)


def _check_name(asked: Mapping[str, Any]) -> None:
    name = asked.get("AlarmName") or ""
    if not 1 <= len(name) <= 255:
        raise ValidationError(
            f"1 validation error detected: Value '{name}' at 'alarmName' failed to satisfy constraint: Member must "
            "have length between 1 and 255"
        )


def check_actions(asked: Mapping[str, Any], region: str) -> None:
    """Check the ARNs of an alarm's actions.

    Raises:
        ValidationError: there are more than five for a state, or one is no ARN of this region.
    """
    for name in _ACTIONS:
        arns = asked.get(name) or []
        if len(arns) > 5:
            raise ValidationError(
                f"1 validation error detected: Value '{arns}' at '{name[0].lower()}{name[1:]}' failed to satisfy "
                "constraint: Member must have length less than or equal to 5"
            )
        for arn in arns:
            parts = arn.split(":")
            if len(parts) < 6 or parts[0] != "arn":
                raise ValidationError(f"Invalid arn syntax: {arn}")
            if parts[2] in ("sns", "lambda") and parts[3] != region:
                raise ValidationError(f"Invalid region {parts[3]} specified. Only {region} is supported.")


def _check_options(asked: Mapping[str, Any]) -> None:
    for name in _NOT_HERE:
        if asked.get(name) is not None:
            raise ValidationError(f"{name} of an alarm is not supported by this emulator")
    for name, options in _OPTIONS.items():
        value = asked.get(name)
        if value and value not in options:
            supported = f"{', '.join(options[:-1])} and {options[-1]}"
            raise ValidationError(
                f"Option {value} is not supported. Supported options for parameter {name} are {supported}."
            )


def _check_metric(asked: Mapping[str, Any]) -> None:
    for name in ("Namespace", "Period"):
        if not asked.get(name):
            raise ValidationError(f"The parameter {name} is required.")
    if bool(asked.get("Statistic")) == bool(asked.get("ExtendedStatistic")):
        raise ValidationError("Exactly one of Statistic and ExtendedStatistic must be specified")
    period = int(asked["Period"])
    if period not in _PERIODS and period % 60:
        raise ValidationError("Period must be 10, 20, 30 or a multiple of 60")
    try:
        statistics.parse(asked.get("Statistic") or asked["ExtendedStatistic"])
    except StatisticError:
        raise exceptions.InvalidParameterValue(
            f"The value {asked['ExtendedStatistic']} for parameter ExtendedStatistic is not supported."
        ) from None


def _check_queries(metrics: list[dict[str, Any]]) -> None:
    ids = {query["Id"] for query in metrics}
    if sum(query.get("ReturnData", True) is not False for query in metrics) != 1:
        raise ValidationError("Exactly one element of the metrics list should return data.")
    for query in metrics:
        if "Expression" in query:
            _check_expression(query, ids)
        else:
            stat = query["MetricStat"]
            if not queries.is_period(int(stat["Period"])):
                raise ValidationError(f"Period of the metric {query['Id']} must be 10, 20, 30 or a multiple of 60")


def _check_expression(query: Mapping[str, Any], ids: set[str]) -> None:
    where = f"Error in expression '{query['Id']}'"
    if query["Expression"].lstrip().upper().startswith("SELECT "):
        raise ValidationError(f"{where}: Metrics Insights queries are not supported by this emulator")
    try:
        tree = expressions.parse(query["Expression"])
    except ExpressionError as error:
        raise ValidationError(f"{where}: {error}") from None
    unsupported = sorted(expressions.calls(tree) & set(UNSUPPORTED))
    if unsupported:
        raise ValidationError(f"{where}: the function {unsupported[0]} is not supported by this emulator")
    unknown = sorted(name for name in expressions.names(tree) - ids if name.islower())
    if unknown:
        raise ValidationError(f"{where}: Unresolved symbol: {unknown[0]}")


def _check_periods(asked: Mapping[str, Any]) -> None:
    evaluated, needed = asked.get("EvaluationPeriods"), asked.get("DatapointsToAlarm")
    if not evaluated or int(evaluated) < 1:
        raise ValidationError(
            f"1 validation error detected: Value '{evaluated}' at 'evaluationPeriods' failed to satisfy constraint: "
            "Member must have value greater than or equal to 1"
        )
    if needed is not None and not 1 <= int(needed) <= int(evaluated):
        raise ValidationError("DatapointsToAlarm must be between 1 and EvaluationPeriods")
    period = int(asked.get("Period") or 60)
    longest = 7 * _DAY if period >= 3_600 else _DAY
    if period * int(evaluated) > longest:
        days = "a week" if longest > _DAY else "a day"
        raise ValidationError(
            f"Metrics cannot be checked across more than {days} (EvaluationPeriods * Period must be <= {longest})."
        )


def check_composite_alarm(asked: Mapping[str, Any], region: str, known: Mapping[str, Any]) -> None:
    """Check PutCompositeAlarm's request; `known` are the rules of the alarms that exist, None of metric alarms.

    Raises:
        ValidationError: the rule is wrong, refers to alarms that do not exist, or to itself.
    """
    _check_name(asked)
    check_actions(asked, region)
    suppressor = asked.get("ActionsSuppressor")
    if suppressor and not all(
        asked.get(f"ActionsSuppressor{name}Period") is not None for name in ("Wait", "Extension")
    ):
        raise ValidationError(
            "ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod are required with ActionsSuppressor"
        )
    try:
        named = alarm_rules.parse(asked["AlarmRule"]).alarms
    except RuleError as error:
        raise ValidationError(str(error)) from None
    names = [name.rpartition(":alarm:")[2] for name in (*named, *([suppressor] if suppressor else []))]
    missing = sorted(set(names) - set(known) - {asked["AlarmName"]})
    if missing:
        raise ValidationError(
            f"Could not save the composite alarm as alarms [{', '.join(missing)}] in the alarm rule do not exist"
        )
    _check_cycle(asked["AlarmName"], names, known)


def _check_cycle(name: str, referred: list[str], known: Mapping[str, Any]) -> None:
    waiting, seen = list(referred), set()
    while waiting:
        each = waiting.pop()
        if each == name:
            raise ValidationError(f"Could not save the composite alarm because of a cyclic dependency on alarm {name}")
        if each not in seen and known.get(each):
            seen.add(each)
            waiting += [found.rpartition(":alarm:")[2] for found in alarm_rules.parse(known[each]).alarms]


def check_state(value: str, data: str | None) -> None:
    """Check SetAlarmState's request.

    Raises:
        ValidationError: there is no such state.
        InvalidFormat: the data are not JSON.
    """
    if value not in ("OK", "ALARM", "INSUFFICIENT_DATA"):
        raise ValidationError(
            f"1 validation error detected: Value '{value}' at 'stateValue' failed to satisfy constraint: Member must "
            "satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]"
        )
    try:
        json.loads(data or "{}")
    except ValueError:
        raise exceptions.InvalidFormat("StateReasonData must be JSON") from None
