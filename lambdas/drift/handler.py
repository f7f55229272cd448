"""Monitoring: asks Athena about a window of kept predictions, judges them, and publishes what was found."""

from __future__ import annotations

import datetime as dt
import os
from typing import Any

from crispstack.aws.monitoring import look_for_drift
from crispstack.deployment.drift_metrics import metrics
from crispstack.deployment.request_log import write_lines
from crispstack.settings import DriftSettings


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Event: perhaps ``days``, how far back to look in place of the charter's window.

    Answer: ``drifted``, ``summary``, and the report's ``artifact_uri``; None where there is no champion yet.
    """
    settings = DriftSettings.from_environment(os.environ)
    now = dt.datetime.now(dt.UTC)
    found = look_for_drift(settings, now, event.get("days"))
    if found is None:
        return {"drifted": False, "summary": "No model has been released yet.", "artifact_uri": None}
    report, uri = found
    write_lines([metrics(report, now)])
    return {"drifted": report.drifted, "summary": report.summary, "artifact_uri": uri}
