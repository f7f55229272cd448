"""Execution logs: the events of an execution, in CloudWatch Logs, as the machine's logging configuration asks."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError
from moto.stepfunctions.parser.api import LogLevel
from moto.stepfunctions.parser.asl.eval.event.logging import is_logging_enabled_for

from emulator import clients

_LOG = logging.getLogger(__name__)


class LoggingConfigurationError(Exception):
    """The logging configuration has no log group, or one that does not exist."""


@dataclass(frozen=True)
class Destination:
    """What is written of an execution, and to which log group. The interpreter reads `include_execution_data`."""

    level: str
    log_group: str
    region: str
    include_execution_data: bool


def destination_of(configuration: dict[str, Any] | None) -> Destination | None:
    """The destination that a logging configuration names; None when it is off.

    Raises:
        LoggingConfigurationError: the level is not OFF and no log group, or one that does not exist, is named.
    """
    level = (configuration or {}).get("level", "OFF")
    if configuration is None or level == "OFF":
        return None
    destinations = configuration.get("destinations") or [{}]
    arn = str(destinations[0].get("cloudWatchLogsLogGroup", {}).get("logGroupArn", ""))
    parts = arn.split(":")
    if len(destinations) != 1 or len(parts) != 8 or parts[2:6:3] != ["logs", "log-group"] or parts[7] != "*":
        raise LoggingConfigurationError("must have exactly one log group, whose ARN ends in ':*'")
    region, name = parts[3], parts[6]
    found = clients.client("logs", region).describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    if name not in [group["logGroupName"] for group in found]:
        raise LoggingConfigurationError(f"the log group {name} does not exist")
    return Destination(level, name, region, bool(configuration.get("includeExecutionData", False)))


class ExecutionLog:
    """The log of one execution, in a stream of its own."""

    def __init__(self, execution_arn: str, destination: Destination) -> None:
        self.execution_arn = execution_arn
        self.configuration = destination
        machine, name = execution_arn.split(":")[6:8]
        self._stream = f"states/{machine}/{datetime.now(UTC):%Y-%m-%d-%H-%M}/{name}"
        self._has_stream = False

    def log_level_filter(self, history_event_type: Any) -> bool:
        """Whether events of this type are written at the configured level."""
        return bool(is_logging_enabled_for(LogLevel(self.configuration.level), history_event_type))

    def publish_history_log(self, history_log: dict[str, Any]) -> None:
        """Write one event. As in AWS the delivery is the best effort: it never stops the execution."""
        when = datetime.fromisoformat(str(history_log["event_timestamp"]).replace("Z", "+00:00"))
        milliseconds = int(when.timestamp() * 1000)
        message = {**history_log, "event_timestamp": str(milliseconds), "redrive_count": "0"}
        logs = clients.client("logs", self.configuration.region)
        try:
            if not self._has_stream:
                logs.create_log_stream(logGroupName=self.configuration.log_group, logStreamName=self._stream)
                self._has_stream = True
            logs.put_log_events(
                logGroupName=self.configuration.log_group,
                logStreamName=self._stream,
                logEvents=[{"timestamp": milliseconds, "message": json.dumps(message, default=str)}],
            )
        except ClientError as error:
            _LOG.warning("an event of %s was not logged: %s", self.execution_arn, error)
