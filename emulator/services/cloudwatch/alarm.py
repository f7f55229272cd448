"""An alarm: what was asked for, the state it is in, and what happened to it."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from emulator import clock, settings

OK, ALARM, INSUFFICIENT_DATA = "OK", "ALARM", "INSUFFICIENT_DATA"
STATES = (OK, ALARM, INSUFFICIENT_DATA)
METRIC_ALARM, COMPOSITE_ALARM = "MetricAlarm", "CompositeAlarm"
_HISTORY = 200
_ACTIONS = {OK: "OKActions", ALARM: "AlarmActions", INSUFFICIENT_DATA: "InsufficientDataActions"}
REGION_NAMES = {"us-east-1": "US East (N. Virginia)", "eu-west-1": "EU (Ireland)", "eu-central-1": "EU (Frankfurt)"}


@dataclass(frozen=True)
class State:
    """A state, why it is so in words, and as data (JSON, empty when there is none)."""

    value: str
    reason: str
    data: str
    since: datetime


@dataclass
class Alarm:
    """`configuration` is PutMetricAlarm's or PutCompositeAlarm's request, without its tags."""

    region: str
    configuration: Mapping[str, Any]
    state: State = field(init=False)
    updated: datetime = field(default_factory=clock.now)
    actions_enabled: bool = True
    history: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_HISTORY))
    suppression: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """A new alarm knows nothing yet."""
        self.state = State(INSUFFICIENT_DATA, "Unchecked: Initial alarm creation", "", clock.now())
        self.actions_enabled = self.configuration.get("ActionsEnabled") is not False

    @property
    def name(self) -> str:
        """The alarm's name."""
        return str(self.configuration["AlarmName"])

    @property
    def alarm_arn(self) -> str:
        """The alarm's ARN; moto asks for it by this name."""
        return f"arn:aws:cloudwatch:{self.region}:{settings.current().account}:alarm:{self.name}"

    @property
    def type(self) -> str:
        """MetricAlarm or CompositeAlarm."""
        return COMPOSITE_ALARM if "AlarmRule" in self.configuration else METRIC_ALARM

    def actions(self, state: str) -> list[str]:
        """ARNs of what is to be done when the alarm goes into a state."""
        return list(self.configuration.get(_ACTIONS[state]) or [])

    @property
    def queries(self) -> list[dict[str, Any]]:
        """The metric data queries whose result is compared with the threshold."""
        asked = self.configuration
        if asked.get("Metrics"):
            return [dict(each) for each in asked["Metrics"]]
        metric = {name: asked[name] for name in ("Namespace", "MetricName", "Dimensions") if asked.get(name)}
        stat = {
            "Metric": metric,
            "Period": asked["Period"],
            "Stat": asked.get("Statistic") or asked.get("ExtendedStatistic"),
        }
        if asked.get("Unit"):
            stat["Unit"] = asked["Unit"]
        return [{"Id": "m1", "MetricStat": stat, "ReturnData": True}]

    @property
    def watched(self) -> dict[str, Any]:
        """The query that the threshold is for."""
        return next(query for query in self.queries if query.get("ReturnData", True) is not False)

    @property
    def period(self) -> int:
        """Seconds of one datapoint."""
        own = self.watched.get("Period") or self.watched.get("MetricStat", {}).get("Period")
        periods = [each["MetricStat"]["Period"] for each in self.queries if "MetricStat" in each]
        return int(own or min(periods, default=60))

    def note(self, kind: str, summary: str, data: Mapping[str, Any]) -> None:
        """Add to the alarm's history."""
        self.history.append(
            {
                "AlarmName": self.name,
                "AlarmType": self.type,
                "Timestamp": clock.now(),
                "HistoryItemType": kind,
                "HistorySummary": summary,
                "HistoryData": json.dumps({"version": "1.0", **data}, default=str),
            }
        )

    def describe(self) -> dict[str, Any]:
        """The alarm as DescribeAlarms tells it."""
        asked = {name: value for name, value in self.configuration.items() if value is not None}
        lists = {name: self.actions(state) for state, name in _ACTIONS.items()}
        told = {
            **asked,
            **lists,
            "AlarmArn": self.alarm_arn,
            "AlarmConfigurationUpdatedTimestamp": self.updated,
            "ActionsEnabled": self.actions_enabled,
            "StateValue": self.state.value,
            "StateReason": self.state.reason,
            "StateUpdatedTimestamp": self.state.since,
            "StateTransitionedTimestamp": self.state.since,
            **self.suppression,
        }
        if self.state.data:
            told["StateReasonData"] = self.state.data
        if self.type == METRIC_ALARM and not asked.get("Metrics"):
            told.setdefault("Dimensions", [])
        return told


def timestamp(moment: datetime) -> str:
    """A moment as CloudWatch writes it in its data: 2026-11-22T19:00:00.000+0000."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"
